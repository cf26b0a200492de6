"""`gateway edi diff`: what differs between two files by their meaning."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.output import ExitCode, JsonOption, print_json
from gateway.plural import counted

if TYPE_CHECKING:
    from edi.compare import Difference
    from edi.location import Location

__all__ = ["diff"]

First = Annotated[Path, typer.Argument(metavar="FIRST", help="`-` reads standard input.")]
Second = Annotated[Path, typer.Argument(metavar="SECOND", help="The file to compare it with.")]


def diff(
    first: First,
    second: Second,
    envelope: Annotated[bool, typer.Option("--envelope", help="Count what differs in envelopes too: control numbers, dates.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Differences shown; the rest is counted.")] = 100,
    as_json: JsonOption = False,
) -> None:
    """Compare two files by what they mean: separators, line ends, leading zeros of numbers and the order of parts do not matter.

    Example: gateway edi diff sent.edi received.edi

    Lines belong together by number and product, parties and references by their qualifier, HL levels by their parents.
    Exit code 0: the same. 1: they differ. 2: one of them holds no interchange.
    """
    from edi.compare import compare
    from gateway.cli.reading import entire, judge

    found = compare(*(entire(judge(file, by_others=False), segments=True).interchanges for file in (first, second)))
    counted_ones = [one for one in found if envelope or not one.is_envelope]
    apart = len(found) - len(counted_ones)
    if as_json:
        described = [_json(one) for one in found]
        print_json({"first": str(first), "second": str(second), "same": not counted_ones, "differences": described})
    else:
        _print(counted_ones[:limit])
        more = f", {len(counted_ones) - limit} not shown (--limit)" if len(counted_ones) > limit else ""
        others = f"; the envelopes differ in {counted(apart, 'place')} (--envelope)" if apart else ""
        typer.echo((counted(len(counted_ones), "difference") if counted_ones else "the same by meaning") + more + others)
    raise typer.Exit(ExitCode.FINDINGS if counted_ones else ExitCode.OK)


def _print(found: "list[Difference]") -> None:
    from gateway.cli.paint import Painter, visible

    paint = Painter()
    signs = {"removed": ("- ", "bold red"), "added": ("+ ", "bold green"), "changed": ("~ ", "bold magenta")}
    for one in found:
        sign, style = signs[one.kind.value.rpartition("-")[2]]
        label = f" {one.label}" if one.label else ""
        first, second = (visible(value) for value in (one.first or "", one.second or ""))
        value = f"{first} -> {second}" if one.first is not None and one.second is not None else first or second
        location = one.first_location if one.first_location is not None else one.second_location
        where = f"  (segment {location.segment_position})" if location is not None and location.segment_position else ""
        paint.line((sign, style), (visible(one.place), "bold"), f"{label}: {value}{where}")


def _json(one: "Difference") -> dict[str, Any]:
    fields = {
        "kind": one.kind.value,
        "place": one.place,
        "label": one.label or None,
        "first": one.first,
        "second": one.second,
        "firstLocation": _location(one.first_location),
        "secondLocation": _location(one.second_location),
        "envelope": one.is_envelope,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _location(location: "Location | None") -> dict[str, Any] | None:
    if location is None:
        return None
    return {"text": str(location), "offset": location.offset, "line": location.line, "segmentPosition": location.segment_position}
