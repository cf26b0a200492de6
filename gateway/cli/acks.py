"""`gateway acks`: what is owed and what is due, in both directions and on every level."""

from collections import Counter
from datetime import datetime
from typing import Annotated, Any, Final

import typer

from gateway.cli.output import JsonOption, operator, print_json, print_table, workspace_of

__all__ = ["app"]

app = typer.Typer(help="Acknowledgments and answers: owed, due, overdue, refused.", no_args_is_help=True)


Partner = Annotated[str | None, typer.Option("--partner", help="Only with this partner.")]
_RED, _YELLOW = typer.colors.RED, typer.colors.YELLOW
_COLORS: Final = {"overdue": _RED, "rejected": _RED, "unmatched": _YELLOW, "due-soon": _YELLOW}


@app.command("list")
def list_(
    context: typer.Context,
    side: Annotated[str | None, typer.Option("--side", help="ours: what we owe; theirs: what partners owe us.")] = None,
    status: Annotated[str | None, typer.Option("--status", help="waiting, due-soon, overdue, rejected or unmatched.")] = None,
    level: Annotated[str | None, typer.Option("--level", help="transport, interchange, syntax, business or document.")] = None,
    partner: Partner = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 200,
    as_json: JsonOption = False,
) -> None:
    """List what is owed and not there, what was refused, and what matches nothing: what is overdue first."""
    from gateway.cli.client import ask
    from gateway.cli.words import command

    answer = ask(workspace_of(context), "acks", side=side, status=status, level=level, partner=partner, limit=limit)
    if as_json:
        print_json(answer)
        return
    for one in answer["acknowledgments"]:
        _print_owed(context, one, answer["at"])
    if not answer["acknowledgments"]:
        typer.echo("nothing is owed")
        return
    counts = Counter(one["status"] for one in answer["acknowledgments"])
    tally = ", ".join(f"{counts[status]} {status}" for status in _COLORS | {"waiting": ""} if counts[status])
    typer.echo(f"{tally}. `{command(context, 'acks', 'show', 'ID')}` tells how one was answered.")


def _print_owed(context: typer.Context, one: dict[str, Any], at: str) -> None:
    from gateway.cli.thing import commands_for
    from gateway.cli.words import echo_wrapped, visible

    whose = "we owe" if one["side"] == "ours" else "owed to us"
    about = visible(one.get("about") or one["kind"])
    number = f", number {visible(one['controlNumber'])}" if one.get("controlNumber") and one["controlNumber"] not in about else ""
    status = typer.style(f"{one['status']:9}", fg=_COLORS.get(one["status"]))
    partner = one.get("partnerId") or "unknown"
    typer.echo(f"{status} {typer.style(about + number, bold=True)} · {partner} · {whose}{_when(one, at)} · {one['id']}")
    if one.get("title"):
        echo_wrapped(f"{one['title']}: {one['why']}", indent="  ")
    for finding in one.get("sentences", ()):
        echo_wrapped(visible(finding["sentence"]), indent="    ")
        if finding.get("text"):
            typer.echo(f"      {finding.get('lead', 'We sent')}: {visible(finding['text'])}")
    if not one.get("sentences") and one.get("detail"):
        echo_wrapped(visible(one["detail"]), indent="    ")
    if one.get("nextAction"):
        owner = f"{one['owner']}, {visible(one['person'])}" if one.get("person") else one["owner"]
        echo_wrapped(f"next ({owner}): {one['nextAction']}", indent="  ", hanging="    ")
    for line in commands_for(context, one.get("decisions", ())):
        typer.echo(f"    {line}")


def _when(one: dict[str, Any], at: str) -> str:
    from gateway.cli.words import moment, span

    if one.get("dueAt") is None or one["status"] in ("rejected", "unmatched"):
        return f" · since {moment(one['since'])}"
    left = (datetime.fromisoformat(one["dueAt"]) - datetime.fromisoformat(at)).total_seconds()
    return f" · due {moment(one['dueAt'])} ({'in ' if left >= 0 else ''}{span(abs(left))}{' ago' if left < 0 else ''})"


@app.command()
def show(
    context: typer.Context,
    id_: Annotated[str, typer.Argument(metavar="ID", help="Of an acknowledgment, a document, a transmission; or a number.")],
    as_json: JsonOption = False,
) -> None:
    """Tell how something was answered on every level: MDN, TA1, 997 or CONTRL, 855 and 824, in sentences beside the segments."""
    from gateway.cli.client import ask
    from gateway.cli.docs import id_of
    from gateway.cli.words import echo_wrapped, moment, visible

    answer = ask(workspace_of(context), "ack-show", id_of(context, id_))
    if as_json:
        print_json(answer)
        return
    typer.secho(visible(f"{answer.get('about') or answer['id']} · {answer['partnerId']}"), bold=True)
    if answer.get("sentAt"):
        typer.echo(f"  sent       {moment(answer['sentAt'])}")
    elif answer.get("notSent"):
        typer.echo(f"  not sent   its delivery is {answer['notSent']}")
    if not answer["levels"]:
        typer.echo("  nothing answers it, and nothing is expected to")
    for one in answer["levels"]:
        when = f", {moment(one['answeredAt'])}" if one.get("answeredAt") else f", due {moment(one['dueAt'])}" if one.get("dueAt") else ""
        named = f"{'our ' if one['side'] == 'ours' else ''}{one['kind']} {visible(one.get('controlNumber', ''))}"
        typer.secho(f"  {one['level']:11} {named}: {one.get('verdict') or one['state']}{when}")
        echo_wrapped(one.get("why") or one["stateMeaning"], indent=" " * 14)
        for verdict in one.get("sets", ()):
            typer.echo(f"{' ' * 14}{visible(verdict['set'])} {visible(verdict['controlNumber'])}: {verdict['verdict']}")
        for finding in one.get("sentences", ()):
            echo_wrapped(visible(finding["sentence"]), indent=" " * 14, hanging=" " * 16)
            if finding.get("text"):
                typer.echo(f"{' ' * 16}{finding.get('lead', 'We sent')}: {visible(finding['text'])}")
        if one.get("comment"):
            typer.echo(f"{' ' * 14}reviewed by {visible(one['reviewedBy'])}, {moment(one['reviewedAt'])}: {visible(one['comment'])}")


@app.command()
def latency(
    context: typer.Context,
    days: Annotated[int, typer.Option(min=1, max=400, help="Over so many days.")] = 30,
    partner: Partner = None,
    as_json: JsonOption = False,
) -> None:
    """Tell how long answers take, by partner, kind and set: theirs from our sending, ours from what came."""
    from gateway.cli.client import ask
    from gateway.cli.words import span

    answer = ask(workspace_of(context), "latency", days=days, partner=partner)
    if as_json:
        print_json(answer)
        return
    figures = ("p50", "p95", "max")
    rows = [{**one, "set": one.get("set") or "", **{name: span(one[name]) for name in figures}} for one in answer["latency"]]
    columns = [("partnerId", "partner"), ("side", "whose"), ("kind", "answer"), ("set", "to"), ("count", "count")]
    columns += [(name, name) for name in figures]
    print_table(rows, columns, empty=f"nothing was answered in {days} days")


@app.command()
def review(
    context: typer.Context,
    id_: Annotated[str, typer.Argument(metavar="ID", help="Of an acknowledgment, a delivery whose MDN is the matter, or an alarm.")],
    comment: Annotated[str, typer.Option("--comment", help="What you saw; kept with your name.")],
    as_json: JsonOption = False,
) -> None:
    """Take one off the work list. What comes late still settles it."""
    from gateway.cli.client import ask

    answer = ask(workspace_of(context), "review", id_, comment=comment, by=operator())
    if as_json:
        print_json(answer)
    else:
        typer.echo(f"{id_}: reviewed")
