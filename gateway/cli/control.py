"""`gateway control`: control numbers, ours and theirs: how far they have come, what is missing, and setting them by hand."""

from typing import Annotated, Any, Final

import typer

from gateway.cli.output import CliError, JsonOption, operator, print_json, workspace_of

__all__ = ["app"]

app = typer.Typer(help="Control numbers: ours and theirs, what is missing, and setting them.", no_args_is_help=True)

PartnerArgument = Annotated[str, typer.Argument(metavar="PARTNER")]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept with the change.")]
AgreementOption = Annotated[str | None, typer.Option("--agreement", metavar="ID", help="Which sequence, where the partner has several.")]
UsageOption = Annotated[str | None, typer.Option("--usage", help="test or live; absent: that of this gateway.")]
_SHOWN: Final = 5


@app.command()
def show(
    context: typer.Context,
    partner: Annotated[str | None, typer.Option("--partner", metavar="ID", help="One partner's only.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show each sequence: the last number, the next, and what is missing. Numbers of ours without a transmission should not exist.

    Numbers of theirs that never came may be files that were lost on the way.
    """
    from gateway.cli.client import ask

    answer = ask(workspace_of(context), "control-show", partner=partner)
    if as_json:
        print_json(answer)
        return
    if not answer["ours"] and not answer["theirs"]:
        typer.echo("no control number was given out or received yet")
    for one in answer["ours"]:
        _print_ours(one)
    for one in answer["theirs"]:
        _print_theirs(one)


@app.command("set-next")
def set_next(
    context: typer.Context,
    partner: PartnerArgument,
    reason: Reason,
    interchange: Annotated[int | None, typer.Option("--interchange", min=1, help="ISA13, UNB 0020.")] = None,
    group: Annotated[int | None, typer.Option("--group", min=1, help="GS06.")] = None,
    set_: Annotated[int | None, typer.Option("--set", min=1, help="ST02, UNH 0062, where sets are counted on.")] = None,
    agreement: AgreementOption = None,
    usage: UsageOption = None,
    force: Annotated[bool, typer.Option("--force", help="Also back to numbers that were given out.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Say which number of ours is given out next; one of --interchange, --group and --set.

    Going back to numbers that were given out is refused without --force: the partner would take what comes for a duplicate.
    """
    from gateway.cli.client import ask

    said = {kind: number for kind, number in (("interchange", interchange), ("group", group), ("set", set_)) if number is not None}
    if len(said) != 1:
        raise CliError("one of --interchange, --group and --set is needed", "Such as --interchange 5000.")
    [(kind, number)] = said.items()
    more: dict[str, Any] = {"kind": kind, "agreement": agreement, "usage": usage, "force": force or None}
    answer = ask(workspace_of(context), "control-set-next", partner, number=number, reason=reason, by=operator(), **more)
    if as_json:
        print_json(answer)
        return
    before = f"; the last was {answer['before']}" if answer["before"] is not None else ""
    typer.echo(f"{partner}: the next {kind} number is {answer['next']}{before}")


@app.command("set-seen")
def set_seen(
    context: typer.Context,
    partner: PartnerArgument,
    reason: Reason,
    interchange: Annotated[int, typer.Option("--interchange", min=1, help="The last that the former system took.")],
    agreement: AgreementOption = None,
    usage: UsageOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say which interchange number of theirs was the last, as when another system took them until now: gaps are told from there."""
    from gateway.cli.client import ask

    more: dict[str, Any] = {"agreement": agreement, "usage": usage}
    answer = ask(workspace_of(context), "control-set-seen", partner, number=interchange, reason=reason, by=operator(), **more)
    if as_json:
        print_json(answer)
        return
    typer.echo(f"{partner}: {answer['last']} was the last interchange of {answer['sender']}")


def _print_ours(one: dict[str, Any]) -> None:
    from gateway.cli.words import moment, visible

    following = one.get("next")
    told = f"next {following}" if following is not None else "no number left"
    typer.secho(f"{one['partnerId'] or 'nobody any more'} · ours · {one['kind']} · {one['usage']}", bold=True, nl=False)
    typer.echo(f" · {visible(one['scope'])} · last {one['last']}, {told}")
    for change in one.get("changes", [])[:_SHOWN]:
        typer.echo(f"  {moment(change['at'])} {visible(change['by'])}: next {change['next']} ({visible(change['reason'])})")
    if one.get("missing"):
        typer.echo(f"  without a transmission: {_ranges(one['missing'])} (of the newest {one['checked']})")


def _print_theirs(one: dict[str, Any]) -> None:
    from gateway.cli.words import moment, visible

    typer.secho(f"{one['partnerId']} · theirs · interchange · {one['usage']}", bold=True, nl=False)
    typer.echo(f" · {visible(one['sender'])}>{visible(one['receiver'])} · last {one['last']}, {moment(one['at'])}")
    if one["missing"]:
        typer.echo(f"  never came: {_ranges(one['missing'])}")


def _ranges(gaps: list[dict[str, int]]) -> str:
    shown = [str(gap["from"]) if gap["from"] == gap["to"] else f"{gap['from']} to {gap['to']}" for gap in gaps[-_SHOWN:]]
    more = f", and {len(gaps) - _SHOWN} more" if len(gaps) > _SHOWN else ""
    return ", ".join(shown) + more
