"""`gateway replay`: doing things over on purpose, in three ways that are never mixed up; each is shown first."""

import re
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from gateway.cli.output import CliError, JsonOption, ReasonOption, operator, print_json, print_table, workspace_of

__all__ = ["app", "print_replay"]

_ID: Final = re.compile(r"(trn|set|doc|dlv|ack)_")
_SIGN: Final = {(False, True): "+", (True, False): "-"}


class _IdToo(TyperGroup):
    """`gateway replay ID` is the one thing over, without a look before: what `held list` prints."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that the first word names; an id names the one that is not listed."""
        return super().resolve_command(ctx, ["thing", *args] if args and _ID.match(args[0]) else args)


app = typer.Typer(cls=_IdToo, help="Do things over on purpose: shown first, done with --yes.", no_args_is_help=True)

Ids = Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Things by id; or say which by a filter.")]
Partner = Annotated[str | None, typer.Option("--partner")]
Type = Annotated[str | None, typer.Option("--type", help="Order, ShipNotice; 850 for sets without a document")]
State = Annotated[str | None, typer.Option("--state", help="HELD, DELIVERED, …: as `docs show` prints it.")]
Cause = Annotated[str | None, typer.Option("--cause", help="Why they are held: map-fault, destination-unreachable.")]
Number = Annotated[str | None, typer.Option("--number", "--po", help="A business number.")]
Since = Annotated[datetime | None, typer.Option("--since", help="From this moment on, by this machine's clock.")]
Until = Annotated[datetime | None, typer.Option("--until", help="Before this moment.")]
Limit = Annotated[int | None, typer.Option("--limit", min=1, help="At most so many, the oldest first; replay.limit when absent.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept with each thing. Needed to do it.")]
Yes = Annotated[bool, typer.Option("--yes/--dry-run", help="Do it. Otherwise only what would happen is shown.")]


@app.command()
def restart(
    context: typer.Context,
    ids: Ids = None,
    partner: Partner = None,
    document_type: Type = None,
    state: State = None,
    cause: Cause = None,
    number: Number = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = None,
    step: Annotated[str, typer.Option("--from", help="validate, map or deliver: where it begins.")] = "validate",
    reason: Reason = "",
    yes: Yes = False,
    as_json: JsonOption = False,
) -> None:
    """Read, or write, again with the profile, guide and map of today. What would change is shown before."""
    which = _which(partner, document_type, state, cause, number, since, until, limit)
    _do(context, "replay-restart", ids, which | {"step": step}, reason, yes, as_json)


def _again(operation: str) -> Callable[..., None]:
    """A command that sends again, as it was or as something new."""

    def work(
        context: typer.Context,
        ids: Ids = None,
        partner: Partner = None,
        document_type: Type = None,
        state: State = None,
        cause: Cause = None,
        number: Number = None,
        since: Since = None,
        until: Until = None,
        limit: Limit = None,
        reason: Reason = "",
        yes: Yes = False,
        as_json: JsonOption = False,
    ) -> None:
        _do(context, operation, ids, _which(partner, document_type, state, cause, number, since, until, limit), reason, yes, as_json)

    return work


app.command("delivery", help="Deliver the same bytes again, under the same id: receivers drop what they have.")(_again("replay-delivery"))
app.command(
    "duplicate",
    help="Send the same content as something new: a new event, or new control numbers. The receiver takes it a second time.",
)(_again("replay-duplicate"))


@app.command()
def diff(context: typer.Context, id_: Annotated[str, typer.Argument(metavar="ID")], as_json: JsonOption = False) -> None:
    """Show what a restart of one thing would change; exit code 1 when anything would."""
    from gateway.cli.client import ask

    answer = ask(workspace_of(context), "replay-diff", id_)
    if as_json:
        print_json(answer)
    else:
        _print_changes(answer["changes"])
        if not answer["changes"]:
            typer.echo("nothing of it can be restarted")
    if any(one["outcome"] != "same" for one in answer["changes"]):
        raise typer.Exit(1)


@app.command("list")
def list_(context: typer.Context, limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50, as_json: JsonOption = False) -> None:
    """List what was done over, by whom and why, and whether everything came to its end."""
    from gateway.cli.client import ask
    from gateway.cli.words import moment, visible

    answer = ask(workspace_of(context), "replays", limit=limit)
    if as_json:
        print_json(answer)
        return
    columns = [("at", "at"), ("action", "action"), ("done", "done"), ("refused", "refused"), ("sent", "deliveries"), ("books", "books")]
    columns += [("actor", "by"), ("id", "id"), ("reason", "why")]
    rows = [
        {**one, "at": moment(one["createdAt"]), "reason": visible(one["reason"]), "sent": _tally(one["deliveries"]), "books": _books(one)}
        for one in answer["replays"]
    ]
    print_table(rows, columns, empty="nothing was done over")


@app.command("thing", hidden=True)
def thing(
    context: typer.Context,
    id_: Annotated[str, typer.Argument(metavar="ID")],
    reason: ReasonOption,
    mode: Annotated[str, typer.Option("--mode", help="restart, retry or duplicate")] = "restart",
    as_json: JsonOption = False,
) -> None:
    """Do one thing over, without a look before."""
    from gateway.cli.held import decide

    decide(context, "replay", id_, reason, as_json, mode=mode)


def _which(
    partner: str | None,
    document_type: str | None,
    state: str | None,
    cause: str | None,
    number: str | None,
    since: datetime | None,
    until: datetime | None,
    limit: int | None,
) -> dict[str, Any]:
    moments = {name: value.astimezone().isoformat() for name, value in (("since", since), ("until", until)) if value is not None}
    return {"partner": partner, "type": document_type, "state": state, "cause": cause, "number": number, "limit": limit, **moments}


def _do(
    context: typer.Context, operation: str, ids: list[str] | None, which: dict[str, Any], reason: str, yes: bool, as_json: bool
) -> None:
    from gateway.cli.client import ask

    if yes and not reason.strip():
        raise CliError("a reason is needed", 'Say why: --reason "the hub lost them".')
    if not ids and not any(value for name, value in which.items() if name not in {"limit", "step"}):
        raise CliError("nothing says which things are meant", "Name ids, or a filter such as --partner, --type, --cause or --since.")
    answer = ask(workspace_of(context), operation, ids=ids or [], reason=reason, by=operator(), confirm=yes, **which)
    if as_json:
        print_json(answer)
        return
    print_replay(context, answer)


def print_replay(context: typer.Context, answer: dict[str, Any]) -> None:
    """What was done, or would be."""
    from gateway.cli.client import is_serving
    from gateway.cli.words import command, moment, visible
    from gateway.plural import counted

    count, verb = answer["done"], "queued" if not answer["dryRun"] else "would be queued"
    typer.secho(f"{answer['action']}: {counted(answer['found'], 'thing')} found, {count} {verb}", bold=True)
    if answer["left"]:
        typer.echo(f"  {answer['left']} more are over the limit: they are left, the oldest go first (--limit)")
    for one in answer["sample"]:
        about = visible(one.get("about") or one["thing"])
        typer.echo(f"  {about} · {one.get('partnerId', '')} · {one['state']} · {moment(one['createdAt'])} · {one['id']}")
    if count > len(answer["sample"]):
        typer.echo(f"  and {count - len(answer['sample'])} more")
    for why, number in Counter(one["why"] for one in answer["refused"]).most_common():
        typer.secho(f"  not possible for {number}: {why}", fg=typer.colors.YELLOW)
    if answer.get("outcomes"):
        typer.echo(f"  what would come of it: {_tally(answer['outcomes'])}")
    _print_changes(answer.get("changes", ()))
    if answer["dryRun"]:
        typer.echo('nothing was done; --yes --reason "…" does it')
        return
    if not is_serving(workspace_of(context)):
        typer.echo("  the gateway stands still: it is worked on as soon as `gateway serve` runs")
    if "replayId" in answer:
        typer.echo(f"  what came of it: {command(context, 'replay', 'list')}, {command(context, 'docs', 'timeline', answer['replayId'])}")


def _print_changes(changes: Any) -> None:
    from gateway.cli.words import echo_wrapped, visible

    colours = {"+": typer.colors.GREEN, "-": typer.colors.RED}
    for one in changes:
        about = visible(one.get("about") or one.get("set") or one["id"])
        said = one.get("title") or one.get("why") or one.get("map", "")
        typer.secho(f"{about}: {one['outcome']}{f' ({visible(said)})' if said else ''} · {one['id']}", fg=typer.colors.YELLOW)
        for sentence in one.get("sentences", ()):
            echo_wrapped(visible(sentence), indent="    ")
        for change in one.get("changes", ()):
            sign = _SIGN.get((bool(change["old"]), bool(change["new"])), "~")
            text = f"{change['old']}  ->  {change['new']}" if sign == "~" else change["new"] or change["old"]
            typer.secho(f"  {sign} {change['where']}: {visible(text)}", fg=colours.get(sign))
        if one.get("more"):
            typer.echo(f"  and {one['more']} more")


def _tally(numbers: dict[str, int]) -> str:
    return ", ".join(f"{number} {name.lower()}" for name, number in numbers.items())


def _books(one: dict[str, Any]) -> str:
    books = one.get("books")
    if books is None:
        return "not looked at yet"
    lost = len(books["reconciliation"]["lost"])
    faults = [f"{number} {word}" for number, word in ((lost, "lost"), (books["held"], "held"), (books["waiting"], "waiting")) if number]
    return ", ".join(faults) or "in order"
