"""`gateway edi inspect`: a file in plain words, each fault under the line that it is in."""

from typing import Annotated, Any

import typer

from gateway.cli.edi_shared import FileArgument, PartnerOption, report, rules_for
from gateway.cli.output import JsonOption, print_json

__all__ = ["inspect"]

_SEGMENTS = 200  #: of one interchange, unless more is asked for


def inspect(
    context: typer.Context,
    file: FileArgument,
    partner: PartnerOption = None,
    one_set: Annotated[
        str | None, typer.Option("--set", metavar="NUMBER", help="Only this set: control number, or 1 for the first.")
    ] = None,
    only_faults: Annotated[bool, typer.Option("--faults", help="Only the lines that have a finding.")] = False,
    show_all: Annotated[bool, typer.Option("--all", help="Everything, however long, with the segments of envelopes.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show what is in a file in plain words: envelopes, sets, loops, segments and codes with their names, and what is wrong.

    Example: gateway edi inspect orders.edi --faults

    Of each interchange 200 segments are shown, and others where they have a finding; --set, --faults and --all choose.
    Exit code 0: it could be read, whatever was found. 2: the file holds no interchange. 3: there is no such set.
    """
    from edi.describe import outline
    from gateway.cli.outline import OutlinePrinter
    from gateway.cli.reading import judge
    from gateway.cli.selection import Selection, chosen_sets

    read = judge(file, rules_for(context, partner))
    starts = chosen_sets(read.interchanges, one_set, str(file)) if one_set is not None else None
    most = None if show_all or as_json else _SEGMENTS
    shown = [
        (one, Selection(one, starts=starts, only_faults=only_faults, most=most))
        for one in read.interchanges
        if starts is None or any(validation.transaction_set.start in starts for validation in one.validations)
    ]
    outlines = (_chosen(outline(one, wanted=chosen.wanted), whole=starts is None) for one, chosen in shown)
    if as_json:
        print_json({**report(read), "interchanges": list(outlines)})
        return
    printer = OutlinePrinter(only_faults=only_faults, envelopes=show_all)
    for described in outlines:
        printer.interchange(described)
    if read.has_errors:
        typer.echo(f"next: the sender corrects what is marked; `gateway edi ack {file}` writes the acknowledgment that says so.")


def _chosen(outline: dict[str, Any], *, whole: bool) -> dict[str, Any]:
    """Without the sets that were not asked for."""
    if whole:
        return outline
    groups = [{**group, "sets": [one for one in group["sets"] if one["children"]]} for group in outline["groups"]]
    return {**outline, "groups": [group for group in groups if group["sets"]]}
