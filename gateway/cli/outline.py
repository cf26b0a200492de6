"""Prints the outline of an interchange (`edi.describe.outline`) as an indented tree in plain words, each fault under its line."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from gateway.cli.paint import STYLES, Painter, visible
from gateway.plural import counted

__all__ = ["OutlinePrinter", "tally_of"]

_STANDARDS: Final = {"x12": "X12", "edifact": "EDIFACT"}
_GUTTER: Final = 7  #: room for the positions of segments, as line numbers are written
_COLUMN: Final = 46  #: where values stand, unless what stands before them is longer
_DEEPEST: Final = 8  #: steps of HL loops that are shown
_LISTED: Final = 20  #: verdicts of sets of which nothing else is shown

Described = Mapping[str, Any]


class OutlinePrinter:
    """Prints interchanges. `only_faults` leaves out the elements that have none; `envelopes` shows their segments too."""

    def __init__(self, *, only_faults: bool = False, envelopes: bool = False) -> None:
        self._paint = Painter()
        self._only_faults, self._envelopes = only_faults, envelopes

    def interchange(self, outline: Described) -> None:
        """One interchange: who, to whom, what is in it."""
        kind = _STANDARDS.get(outline["standard"], outline["standard"])
        number = visible(outline["controlNumber"])
        self._paint.line((f"{kind} interchange {number}", "bold"), f"  {visible(outline['sender'])} to {visible(outline['receiver'])}")
        separators = " ".join(f"{name} {visible(sign)}" for name, sign in outline["delimiters"].items() if name != "decimal" or sign != ".")
        wanted = ", acknowledgment asked for" if outline["ackRequested"] else ""
        moment = _moment(outline["date"], outline["time"])
        self._paint.line(f"  {moment}, version {visible(outline['version'])}, {outline['usage'] or 'usage unknown'}{wanted}; {separators}")
        self._envelope(outline, "header")
        for segment in outline["serviceSegments"]:
            self._segment(segment, 0)
        for group in outline["groups"]:
            self._group(group)
        self._envelope(outline, "trailer")
        self._faults(outline["faults"], "  ", place=True)
        self._paint.line(f"  totals: {_totals(outline['totals'])}")

    def _envelope(self, level: Described, name: str) -> None:
        segment = level.get(name)
        if segment and (self._envelopes or _has_fault(segment)):
            self._segment(segment, 0)

    def _group(self, group: Described) -> None:
        if not group["implicit"]:
            parts = (group["functionalId"], group["controlNumber"], group["sender"], "to", group["receiver"], group["release"])
            self._paint.line(("  group ", "bold"), " ".join(visible(part) for part in parts if part))
        self._envelope(group, "header")
        silent: list[Described] = []
        for one in group["sets"]:
            if one["children"] or one["faults"]:
                self._silent(silent)
                silent = []
                self._set(one)
            else:
                silent.append(one)
        self._silent(silent)
        self._envelope(group, "trailer")

    # -- sets

    def _silent(self, sets: list[Described]) -> None:
        """Those of which only the verdict is told; of many, how many there are."""
        if self._only_faults and not any(one["tally"] for one in sets):
            if sets:
                self._paint.line(f"    … {counted(len(sets), 'set')} without findings")
            return
        for one in sets[:_LISTED]:
            self._verdict(one)
        if more := sets[_LISTED:]:
            accepted = sum(one["accepted"] for one in more)
            self._paint.line(f"    … {counted(len(more), 'more set')}: {accepted:,} accepted, {len(more) - accepted:,} rejected")

    def _verdict(self, one: Described) -> None:
        word = "accepted" if one["accepted"] else "rejected"
        name = " ".join(visible(part) for part in (one["label"], one["controlNumber"], one["release"] + one["industry"]) if part)
        self._paint.line("    ", (visible(one["setId"]), "bold"), f" {name}: ", (word, STYLES[word]), f", {tally_of(one['tally'])}")

    def _set(self, one: Described) -> None:
        self._verdict(one)
        counts = [counted(one["segments"], "segment"), *([counted(one["lines"], "line")] if one["lines"] else [])]
        own = [f"{total['label'] or total['name']} {visible(total.get('meaning') or total['value'])}" for total in one["totals"]]
        self._paint.line(f"    {', '.join(counts)}{'; it states: ' if own else ''}{', '.join(own)}")
        self._children(one["children"], 1)
        self._faults(one["faults"], " " * (_GUTTER + 2), place=True)
        left = one["segments"] - sum(1 for _ in _segments(one["children"]))
        if left and not self._only_faults:
            told = sum(len(list(_faults_of(segment))) for segment in _segments(one["children"])) + len(one["faults"])
            hidden = sum(one["tally"].values()) - told
            what = f", with {counted(hidden, 'finding')}" if hidden > 0 else ", without findings"
            self._paint.line(f"{' ' * _GUTTER}… {counted(left, 'more segment')}{what}: --all shows them")

    def _children(self, children: Iterable[Described], depth: int) -> None:
        levels: dict[str, int] = {}  # HL loops follow each other, and each says which one it is under
        for child in children:
            if "loop" not in child:
                self._segment(child, depth)
                continue
            at = depth
            if (first := child["children"][0]).get("segment") == "HL":
                number, parent = (next((e["value"] for e in first["elements"] if e["name"] == name), "") for name in ("HL01", "HL02"))
                levels[number] = min(levels.get(parent, -1) + 1, _DEEPEST)
                at += levels[number]
            self._paint.line(" " * (_GUTTER + 2 * at - 2), (f"{child['loop']}[{child['repetition']}]", "italic"))
            self._children(child["children"], at + 1)

    # -- segments and elements

    def _segment(self, segment: Described, depth: int) -> None:
        indent = " " * (2 * depth - 2)
        gutter = f"{segment['position'] or '':>{_GUTTER - 2}}  {indent}"
        self._paint.line(gutter, (visible(segment["segment"]), "bold"), f" {segment['label']}".rstrip())
        if own := segment.get("faults"):
            self._carets(len(gutter), len(segment["segment"]), own[0]["severity"])
            self._faults(own, " " * (len(gutter) + 2), of=segment["segment"])
        for number, element in enumerate(segment["elements"]):
            if number and self._only_faults and not element.get("faults"):
                continue
            self._element(element, " " * (len(gutter) + 4))

    def _element(self, element: Described, indent: str) -> None:
        name = f"{indent}{element['name']} {element['label']}".ljust(_COLUMN - 1) + " "
        value = visible(element["value"])
        meaning = f"  ({element['meaning']})" if element.get("meaning") else ""
        faults = element.get("faults", ())
        if not value and any(fault["code"].endswith("missing") for fault in faults):
            meaning = "(missing)"
        self._paint.line(name, (value, "bold"), (meaning, "italic"))
        if faults:
            self._carets(len(name), len(value), faults[0]["severity"])
            self._faults(faults, indent + "  ")

    def _carets(self, column: int, width: int, severity: str) -> None:
        self._paint.line(" " * column, ("^" * max(1, min(width, 40)), STYLES[severity]))

    def _faults(self, faults: Iterable[Described], indent: str, *, place: bool = False, of: str = "") -> None:
        """`place` tells where each is; `of` is the segment that they stand under, when one may be about another segment."""
        for fault in faults:
            text = fault["sentence"] if place else fault["cause"]
            tag = fault["location"].get("segment_tag", "")
            if of and tag != of:  # what is missing before this segment
                text = f"{visible(tag)}: {text}"
            self._paint.paragraph(f"{indent}{fault['severity']}: ", f"{text} [{fault['code']}]", style=STYLES[fault["severity"]])
            if fault.get("fix"):
                self._paint.paragraph(f"{indent}next: ", fault["fix"])


def tally_of(counts: Mapping[str, int]) -> str:
    """As in "2 errors, 1 warning", or "no findings"."""
    said = [counted(count, severity, "info" if severity == "info" else "") for severity, count in counts.items() if count]
    return ", ".join(said) or "no findings"


def _segments(children: Iterable[Described]) -> Iterator[Described]:
    for child in children:
        if "loop" in child:
            yield from _segments(child["children"])
        else:
            yield child


def _faults_of(segment: Described) -> Iterator[Described]:
    yield from segment.get("faults", ())
    for element in segment["elements"]:
        yield from element.get("faults", ())


def _has_fault(segment: Described) -> bool:
    return any(True for _ in _faults_of(segment))


def _totals(totals: Mapping[str, int]) -> str:
    counts = [(name, totals[name]) for name in ("groups", "sets", "segments", "lines", "bytes", "errors", "warnings", "infos")]
    return ", ".join(counted(count, name.removesuffix("s")) for name, count in counts if count or name in {"sets", "errors"})


def _moment(date: str, time: str) -> str:
    """`2026-01-02 03:04` of 260102 and 0304; what has no such form is shown as it is."""
    if date.isdecimal() and len(date) in {6, 8} and time.isdecimal() and len(time) >= 4:
        century = date[:-4] if len(date) == 8 else f"20{date[:2]}"
        return f"{century}-{date[-4:-2]}-{date[-2:]} {time[:2]}:{time[2:4]}"
    return f"{visible(date)} {visible(time)}"
