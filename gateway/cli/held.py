"""`gateway held`, `resend`: what waits for a person, and what a person decides."""

from collections import Counter
from collections.abc import Callable
from typing import Annotated, Any

import typer

from gateway.cli.output import JsonOption, ReasonOption, operator, print_json, workspace_of

__all__ = ["app", "decide", "register"]

app = typer.Typer(help="What waits for a person, and deciding on it.", no_args_is_help=True)

Id = Annotated[str, typer.Argument(metavar="ID")]
Cause = Annotated[str | None, typer.Option("--cause", help="Only what waits for this cause, by its code or its title: retries-exhausted.")]
Partner = Annotated[str | None, typer.Option("--partner", help="Only of this partner.")]
Age = Annotated[str | None, typer.Option("--older-than", help="Only what waits for longer: 30m, 24h, 7d.")]
Most = Annotated[int, typer.Option("--limit", min=1, max=10_000, help="At most so many, the oldest first.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say which ones.")]


@app.command("list")
def list_(
    context: typer.Context,
    cause: Cause = None,
    partner: Partner = None,
    older_than: Age = None,
    group: Annotated[bool, typer.Option("--group", help="One line per cause.")] = False,
    limit: Most = 200,
    as_json: JsonOption = False,
) -> None:
    """List what is held, refused or overdue: the oldest first, with its cause, whose turn it is, and what to do."""
    from gateway.cli.client import ask
    from gateway.cli.words import command
    from gateway.plural import counted

    which: dict[str, Any] = {"cause": cause, "partner": partner, "older_than": older_than}
    if group:
        _print_groups(ask(workspace_of(context), "held-groups", **which), as_json=as_json)
        return
    answer = ask(workspace_of(context), "held", limit=limit, **which)
    if as_json:
        print_json(answer)
        return
    if not answer["held"]:
        typer.echo("nothing is held")
        return
    for one in answer["held"]:
        print_held(context, one)
    causes = Counter(str(one.get("title", one["state"])) for one in answer["held"])
    tally = ", ".join(f"{count} {title}" for title, count in causes.most_common())
    typer.echo(
        f"{counted(len(answer['held']), 'thing')} for a person: {tally}. `{command(context, 'docs', 'show', 'ID')}` tells all of one."
    )
    if len(answer["held"]) == limit:
        typer.echo(f"  there may be more: --limit {limit * 10}")


def print_held(context: typer.Context, one: dict[str, Any]) -> None:
    """One entry of the work list."""
    from gateway.cli.thing import commands_for
    from gateway.cli.words import echo_wrapped, moment, visible
    from gateway.plural import counted

    number = one.get("businessNumber", "")
    about = visible(one.get("about") or one["thing"].replace("_", " "))
    named = about if not number or number in about else f"{about}, number {visible(number)}"
    partner = f" · {one['partnerId']}" if one.get("partnerId") else ""
    typer.echo(f"{typer.style(named, bold=True)}{partner} · {one['state']} since {moment(one['since'])} · {one['id']}")
    reasons = one["sentences"] or ([one["detail"]] if one.get("detail") else [])
    cause = f" ({one['cause']})" if one.get("cause") else ""
    echo_wrapped(f"{one.get('title', one['stateMeaning'])}{cause}: {one.get('why', '')}", indent="  ")
    for reason in reasons:
        echo_wrapped(visible(reason), indent="    ")
    if one["errors"] > len(one["sentences"]):
        typer.echo(f"    and {counted(one['errors'] - len(one['sentences']), 'more error', 'more errors')}")
    if one.get("nextAction"):
        whose = f"{one['owner']}, {visible(one['person'])}" if one.get("person") else one["owner"]
        echo_wrapped(f"next ({whose}): {one['nextAction']}", indent="  ", hanging="    ")
    for line in commands_for(context, one["decisions"]):
        typer.echo(f"    {line}")


def _print_groups(answer: dict[str, Any], *, as_json: bool) -> None:
    from gateway.cli.words import echo_wrapped, moment
    from gateway.plural import counted

    if as_json:
        print_json(answer)
        return
    for one in answer["groups"]:
        of = f", {counted(one['partners'], 'partner')}" if one["partners"] else ""
        what = counted(one["count"], one["thing"].replace("_", " "), f"{one['thing'].replace('_', ' ')}s".replace("ys", "ies"))
        code = f" ({one['cause']})" if one.get("cause") else ""
        typer.echo(f"{typer.style(one.get('title', 'no cause'), bold=True)}{code} · {what}{of} · since {moment(one['since'])}")
        if one.get("nextAction"):
            echo_wrapped(f"next ({one['owner']}): {one['nextAction']} ({one['runbook']})", indent="  ", hanging="    ")
    if not answer["groups"]:
        typer.echo("nothing is held")


ManyId = Annotated[str | None, typer.Argument(metavar="[ID]", help="One thing; without it, all that the options mean.")]


def _deciding(what: str) -> Callable[..., None]:
    """A command that decides on one thing, or on many."""

    def work(
        context: typer.Context,
        reason: ReasonOption,
        id_: ManyId = None,
        cause: Cause = None,
        partner: Partner = None,
        older_than: Age = None,
        limit: Most = 100,
        dry_run: DryRun = False,
        as_json: JsonOption = False,
    ) -> None:
        which: dict[str, Any] = {"cause": cause, "partner": partner, "older_than": older_than}
        _decide(context, what, id_, reason, as_json, limit=limit, dry_run=dry_run, **which)

    return work


_MANY = "or all that a cause, a partner or an age means."
app.command("release", help=f"Let something held go on although the machine stopped it, {_MANY}")(_deciding("release"))
app.command("discard", help=f"Put something held aside for good, {_MANY}")(_deciding("discard"))


def _decide(
    context: typer.Context, what: str, id_: str | None, reason: str, as_json: bool, *, limit: int, dry_run: bool, **which: Any
) -> None:
    from gateway.cli.client import ask
    from gateway.cli.output import CliError
    from gateway.plural import counted

    if id_ is not None:
        if dry_run or any(which.values()):
            raise CliError("an id, or options that mean many", "Leave one of them out.")
        decide(context, "reject" if what == "discard" else what, id_, reason, as_json)
        return
    answer = ask(workspace_of(context), f"held-{what}", reason=reason, by=operator(), limit=limit, dry_run=dry_run, **which)
    if as_json:
        print_json(answer)
        return
    done = "released" if what == "release" else "put aside"
    typer.echo(f"{counted(answer['count'], 'thing')} {'would be ' if dry_run else ''}{done}")
    for one_id in answer.get("would", ()):
        typer.echo(f"  {one_id}")
    for one in answer.get("refused", ()):
        typer.echo(f"  {one['id']} stays: {one['detail']}")
    if answer["more"]:
        typer.echo(f"  there are more: --limit {limit * 10}")


def register(root: typer.Typer) -> None:
    """Add the commands that stand on the first level."""
    root.command()(resend)


def resend(context: typer.Context, id_: Id, reason: ReasonOption, as_json: JsonOption = False) -> None:
    """Send the same bytes again, under the same id."""
    decide(context, "resend", id_, reason, as_json)


def decide(context: typer.Context, operation: str, id_: str, reason: str, as_json: bool, **more: Any) -> None:
    """Carry a decision on one thing out, and say what comes of it."""
    from gateway.cli.client import ask, is_serving
    from gateway.cli.words import command

    answer = ask(workspace_of(context), operation, id_, reason=reason, by=operator(), **more)
    if as_json:
        print_json(answer)
        return
    copy = f", as {answer['copyId']}" if "copyId" in answer else ""
    typer.echo(f"{id_}: {_DONE[operation]}{copy}")
    if operation != "reject":
        if not is_serving(workspace_of(context)):
            typer.echo("  the gateway stands still: it is worked on as soon as `gateway serve` runs")
        typer.echo(f"  what comes of it: {command(context, 'docs', 'timeline', answer.get('copyId', id_))}")


_DONE = {"release": "released", "reject": "put aside", "resend": "queued to be sent again", "replay": "queued to be done over"}
