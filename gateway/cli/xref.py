"""`gateway xref`: cross references in and out as sheets, one by one, and the work list of what is unknown."""

from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.output import CliError, JsonOption, operator, print_json, read_bytes, workspace_of, write_stdout

__all__ = ["app"]

app = typer.Typer(
    help="Cross references: what partners call items, units, places, carriers, terms and charges of ours.", no_args_is_help=True
)

PartnerOption = Annotated[str | None, typer.Option("--partner", metavar="ID", help="A partner; `*` for rows of every partner.")]
KindOption = Annotated[str | None, typer.Option("--kind", help="item, unit, location, carrier, terms or charge.")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why; kept with the change.")]


@app.command("import")
def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A CSV sheet; `-` reads standard input.")],
    partner: PartnerOption = None,
    kind: KindOption = None,
    replace: Annotated[bool, typer.Option("--replace", help="What is there of its partners and kinds, and not in it, goes.")] = False,
    dry_run: DryRunOption = False,
    reason: ReasonOption = "",
    as_json: JsonOption = False,
) -> None:
    """Take a sheet over, whole or not at all. --partner and --kind stand for columns that it does not have.

    Exit code 1: it has faults, each told with its line, and nothing was taken over.
    """
    try:
        text = read_bytes(file).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CliError(f"{file}: not UTF-8", "Save the sheet as CSV in UTF-8.") from None
    _change(
        context, "xref-import", as_json, sheet=text or "\n", partner=partner, kind=kind, replace=replace, dry_run=dry_run, reason=reason
    )


@app.command()
def export(
    context: typer.Context,
    partner: PartnerOption = None,
    kind: KindOption = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Standard output when absent.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Write the cross references as a sheet that `import` takes again."""
    from gateway.cli.client import ask

    answer = ask(workspace_of(context), "xref-export", partner=partner, kind=kind)
    if as_json:
        print_json(answer)
    elif output is None:
        write_stdout(answer["sheet"].encode())
    else:
        try:
            output.write_text(answer["sheet"], encoding="utf-8")
        except OSError as fault:
            raise CliError(f"{output}: {(fault.strerror or type(fault).__name__).lower()}", "Choose a file that you may write.") from None
        typer.echo(f"{answer['rows']} rows into {output}")


@app.command("set")
def set_(
    context: typer.Context,
    partner: Annotated[str, typer.Argument(metavar="PARTNER", help="`*` for every partner.")],
    kind: Annotated[str, typer.Argument(metavar="KIND", help="item, unit, location, carrier, terms or charge.")],
    theirs: Annotated[str, typer.Argument(metavar="THEIRS", help="What the partner calls it.")],
    ours: Annotated[str, typer.Argument(metavar="OURS", help="What we call it.")],
    direction: Annotated[str, typer.Option("--direction", help="in, out or both.")] = "both",
    factor: Annotated[str | None, typer.Option("--factor", help="Units: how many of ours one of theirs is.")] = None,
    valid_from: Annotated[str | None, typer.Option("--from", metavar="DAY", help="The first day.")] = None,
    valid_to: Annotated[str | None, typer.Option("--to", metavar="DAY", help="The last day.")] = None,
    preferred: Annotated[bool, typer.Option("--preferred", help="Of several that answer alike, this one.")] = False,
    narrowed: Annotated[
        list[str] | None, typer.Option("--only", metavar="NAME=VALUE", help="Only where: item=HB-1200, role=shipTo.")
    ] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Remove this row.")] = False,
    dry_run: DryRunOption = False,
    reason: ReasonOption = "",
    as_json: JsonOption = False,
) -> None:
    """Say what one thing is: what waited for it goes on by itself.

    Exit code 1: the row makes no sense, or contradicts another.
    """
    said = {"factor": factor, "validFrom": valid_from, "validTo": valid_to, "preferred": "yes" if preferred else None}
    row = {"partner": partner, "kind": kind, "theirs": theirs, "ours": ours, "direction": direction, **_narrowed(narrowed or [])}
    row |= {name: value for name, value in said.items() if value is not None}
    _change(context, "xref-set", as_json, row=row, remove=remove, dry_run=dry_run, reason=reason)


@app.command()
def unknown(
    context: typer.Context,
    partner: PartnerOption = None,
    kind: KindOption = None,
    solved: Annotated[bool, typer.Option("--solved", help="What was said already instead.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 200,
    as_json: JsonOption = False,
) -> None:
    """List values that no cross reference names, what keeps most documents waiting first, each with the command that says it."""
    from gateway.cli.client import ask
    from gateway.plural import counted

    answer = ask(workspace_of(context), "xref-unknown", partner=partner, kind=kind, solved=solved or None, limit=limit)
    if as_json:
        print_json(answer)
        return
    for one in answer["unknown"]:
        _print_unknown(context, one)
    waiting = sum(one["waiting"] for one in answer["unknown"])
    waits = f", {counted(waiting, 'wait', 'waits')} of documents" if waiting else ""
    typer.echo(f"{counted(len(answer['unknown']), 'unknown value')}{waits}" if answer["unknown"] else "nothing is unknown")


def _narrowed(said: list[str]) -> dict[str, str]:
    parts = [one.partition("=") for one in said]
    if any(not (name and mark and value) for name, mark, value in parts):
        raise CliError("--only takes NAME=VALUE", "Such as --only item=HB-1200.")
    return {name: value for name, _, value in parts}


def _change(context: typer.Context, operation: str, as_json: bool, **arguments: Any) -> None:
    from gateway.cli.client import ask
    from gateway.cli.words import visible
    from gateway.plural import counted

    try:
        answer = ask(workspace_of(context), operation, by=operator(), **arguments)
    except CliError as fault:
        if not as_json:
            for one in fault.details.get("faults", []):
                place = ", ".join(part for part in (f"line {one['line']}" if one.get("line") else "", one.get("column", "")) if part)
                typer.echo(f"{place}: {visible(one['message'])}" if place else visible(one["message"]), err=True)
        raise
    if as_json:
        print_json(answer)
        return
    told = ", ".join(f"{answer[name]} {name}" for name in ("added", "changed", "removed"))
    typer.echo(f"{told}; nothing was written: --dry-run" if answer["dryRun"] else told)
    if answer["lookedAtAgain"]:
        typer.echo(f"{counted(answer['lookedAtAgain'], 'document')} that waited looked at again")


def _print_unknown(context: typer.Context, one: dict[str, Any]) -> None:
    import shlex

    from gateway.cli.words import command, date_of, visible
    from gateway.plural import counted

    arrow = "what we call it" if one["direction"] == "in" else "what they call it"
    seen = (
        date_of(one["firstSeen"])
        if one["firstSeen"][:10] == one["lastSeen"][:10]
        else f"{date_of(one['firstSeen'])} to {date_of(one['lastSeen'])}"
    )
    held = f", {one['waiting']} waiting" if one["waiting"] else ""
    typer.secho(f"{one['kind']} {visible(one['value'])}", bold=True, nl=False)
    typer.echo(f" · {one['partnerId']}, {one['direction']} · {counted(one['documents'], 'document')}{held} · {seen} · {one['policy']}")
    if one["also"]:
        typer.echo(f"  also {', '.join(map(visible, one['also']))}")
    for example in one["examples"][:2]:
        typer.echo(f"  in {visible(example['documentType'])} {visible(example['number'])} at {visible(example['path'])}")
    value = shlex.quote(visible(one["value"]))
    pair = (value, f"<{arrow}>") if one["direction"] == "in" else (f"<{arrow}>", value)
    typer.echo(f"    {command(context, 'xref', 'set', one['partnerId'], one['kind'], *pair)}")
