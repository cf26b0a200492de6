"""Faults in the row of segments, injected into a document that has every place of its set: missing, too often, unknown, elsewhere."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import Final

from edi.finding import FindingCode
from edi.grammar.model import LoopUse, MessageDef, Requirement, SegmentUse
from tests.edi.faults.cases import Case, Expected, OneOf
from tests.edi.faults.documents import Line, Place, around, filled, minimum, places, rich
from tests.edi.faults.oracle import Reader, State, stops

__all__ = ["structure_cases"]

F = FindingCode
_MOST: Final = 200  #: a place that may come more often than this is not filled
_INSERTED: Final = 400  #: so many segments are put where they do not belong, evenly chosen from all places and tags
_ENVELOPE: Final = frozenset({"ISA", "IEA", "GS", "GE", "ST", "SE", "TA1", "TA3", "ISB", "ISE", "BIN", "BDS"})


def structure_cases(message: MessageDef) -> Iterator[Case]:
    base = rich(message)
    reader = Reader(message, [line.tag for line in base])
    for make in (_left_out, _loops_left_out, _triggers, _unknown, _foreign, _swapped, _elsewhere):
        yield from (_renumbered(case) for case in make(message, base, reader))
    for make_often in (_segments_too_often, _loops_too_often):
        yield from (_renumbered(case) for case in make_often(message))


def _renumbered(case: Case) -> Case:
    """Levels of a hierarchy are numbered from 1 in steps of 1: their numbers are not what is tried here."""
    lines, number = [], 0
    for line in case.lines:
        if line.tag == "HL" and line.elements:
            number += 1
            line = line.having(1, str(number))
        lines.append(line)
    return replace(case, lines=lines)


# --- left out


def _left_out(message: MessageDef, base: list[Line], reader: Reader) -> Iterator[Case]:
    for at, line in enumerate(base[1:-1], 1):
        place = _place(message, line)
        if place.loops and place.loops[-1].trigger is line.use:
            continue
        lines = [*base[:at], *base[at + 1 :]]
        if reader.stops([one.tag for one in lines]) is None:
            yield Case("optional segment left out", f"{place}", lines, ())
        else:
            assert place.use.requirement is Requirement.MANDATORY
            yield Case("mandatory segment missing", f"{place}", lines, (Expected(F.REQUIRED_SEGMENT_MISSING, at + 1, line.tag, line.path),))


def _loops_left_out(message: MessageDef, base: list[Line], reader: Reader) -> Iterator[Case]:
    for loop, path, begin, end in _extents(message, base):
        lines = [*base[:begin], *base[end:]]
        where = "/".join(path)
        if reader.stops([one.tag for one in lines]) is None:
            yield Case("optional loop left out", where, lines, ())
        else:
            missing = Expected(F.REQUIRED_LOOP_MISSING, begin + 1, loop.trigger.tag, path)
            yield Case("mandatory loop missing", where, lines, (missing,))


def _triggers(message: MessageDef, base: list[Line], reader: Reader) -> Iterator[Case]:
    """The first segment of a loop is missing, what it would have begun is there."""
    for loop, path, begin, end in _extents(message, base):
        if end - begin == 1:
            continue
        lines = [*base[:begin], *base[begin + 1 :]]
        tags = [one.tag for one in lines]
        stop = reader.stops(tags)
        if stop is None:
            yield Case("trigger left out, the rest has other places", "/".join(path), lines, ())
        elif loop.requirement is Requirement.MANDATORY and stop == begin + 1:
            either = OneOf(frozenset({stop}), frozenset({F.REQUIRED_LOOP_MISSING, *_codes(message, reader, tags, stop)}))
            yield Case("trigger of a mandatory loop missing", "/".join(path), lines, (), either)
        else:
            yield Case("trigger missing", "/".join(path), lines, (), OneOf(frozenset({stop}), _codes(message, reader, tags, stop)))


# --- too often


def _segments_too_often(message: MessageDef) -> Iterator[Case]:
    for place in places(message.root):
        most = place.use.max_use
        is_trigger = bool(place.loops) and place.loops[-1].trigger is place.use
        if most is None or most > _MOST or is_trigger or place.use in (message.root.children[0], message.root.children[-1]):
            continue
        lines, at = around(message, place)
        for extra in (1, 3) if most <= 20 else (1,):
            many = [*lines[: at + 1], *[lines[at]] * (most - 1 + extra), *lines[at + 1 :]]
            stop = stops(message, [one.tag for one in many])
            kind = "segment too often" if extra == 1 else "segment much too often"
            if stop is None:
                yield Case("segment in its next place", f"{place}", many, ())
            elif stop != at + most + 1:  # it goes on in a place further on, until that is full too
                yield Case(
                    kind, f"{place}", many, (), OneOf(frozenset({stop}), frozenset({F.SEGMENT_REPEATS_TOO_OFTEN, F.LOOP_REPEATS_TOO_OFTEN}))
                )
            else:
                fault = Expected(F.SEGMENT_REPEATS_TOO_OFTEN, stop, place.use.tag, place.path)
                yield Case(kind, f"{place}", many, (fault,))


def _loops_too_often(message: MessageDef) -> Iterator[Case]:
    for place in places(message.root):
        if not place.loops or place.loops[-1].trigger is not place.use:
            continue
        loop = place.loops[-1]
        if loop.max_use is None or loop.max_use > _MOST:
            continue
        lines, at = around(message, place)
        once = list(minimum(loop, place.loops, message.standard))
        many = [*lines[:at], *once * (loop.max_use + 1), *lines[at + len(once) :]]
        stop = stops(message, [one.tag for one in many])
        if stop is None:
            yield Case("loop in its next place", f"{place}", many, ())
        elif stop != at + len(once) * loop.max_use + 1:
            codes = frozenset({F.SEGMENT_REPEATS_TOO_OFTEN, F.LOOP_REPEATS_TOO_OFTEN})
            yield Case("loop too often", f"{place}", many, (), OneOf(frozenset({stop}), codes))
        else:
            yield Case("loop too often", f"{place}", many, (Expected(F.LOOP_REPEATS_TOO_OFTEN, stop, place.use.tag, place.path),))


# --- too much, or elsewhere


def _unknown(message: MessageDef, base: list[Line], _: Reader) -> Iterator[Case]:
    for gap in range(1, len(base)):
        lines = [*base[:gap], Line("ZZZ", ("1",), ()), *base[gap:]]
        yield Case("unknown segment", f"before {gap + 1}", lines, (Expected(F.SEGMENT_UNKNOWN, gap + 1, "ZZZ", base[gap - 1].path),))


def _foreign(message: MessageDef, base: list[Line], _: Reader) -> Iterator[Case]:
    here = {place.use.tag for place in places(message.root)}
    strangers = sorted(
        tag for tag in message.segments if tag not in here | _ENVELOPE and tag[:1] + tag[1:2] not in {"UN", "UI", "US", "UC"}
    )
    for gap in range(1, len(base)):
        tag = strangers[gap % len(strangers)]
        line = Line(tag, filled(message.segments[tag], message.standard), ())
        fault = Expected(F.SEGMENT_NOT_IN_SET, gap + 1, tag, base[gap - 1].path)
        yield Case("segment of another set", f"{tag} before {gap + 1}", [*base[:gap], line, *base[gap:]], (fault,))


def _swapped(message: MessageDef, base: list[Line], reader: Reader) -> Iterator[Case]:
    for at in range(1, len(base) - 2):
        lines = [*base[:at], base[at + 1], base[at], *base[at + 2 :]]
        where = f"{base[at].tag} and {base[at + 1].tag} at {at + 1}"
        yield _odd("segments swapped", where, message, lines, reader, at + 2)


def _elsewhere(message: MessageDef, base: list[Line], reader: Reader) -> Iterator[Case]:
    """Each segment of the set where it does not belong."""
    tags = {line.tag: line for line in base[1:-1]}
    every = [(gap, tag) for gap in range(1, len(base)) for tag in sorted(tags)]
    for gap, tag in every[:: max(1, len(every) // _INSERTED)]:
        if (gap, tag) == (1, "HL"):
            continue  # a level before all levels is not counted among them
        lines = [*base[:gap], tags[tag], *base[gap:]]
        yield _odd("segment where it does not belong", f"{tag} before {gap + 1}", message, lines, reader)


def _odd(kind: str, where: str, message: MessageDef, lines: list[Line], reader: Reader, *also: int) -> Case:
    tags = [line.tag for line in lines]
    stop = reader.stops(tags)
    if stop is None:
        return Case(f"{kind}, and right there", where, lines, ())
    codes = _codes(message, reader, tags, stop)
    if also:
        codes |= {F.SEGMENT_OUT_OF_SEQUENCE}
    return Case(kind, where, lines, (), OneOf(frozenset({stop, *also}), codes))


def _codes(message: MessageDef, reader: Reader, tags: Sequence[str], position: int) -> frozenset[FindingCode]:
    """What may rightly be said of a segment that no correct set can have at a position: it depends on where one may be."""
    tag = tags[position - 1]
    found: set[FindingCode] = set()
    for state in reader.before(tags, position):
        found |= _codes_in(state, tag)
    return frozenset(found)


def _codes_in(state: State, tag: str) -> set[FindingCode]:
    found: set[FindingCode] = set()
    lacks = False
    for level in reversed(state):
        for index, child in enumerate(level.loop.children):
            own = child.tag if isinstance(child, SegmentUse) else child.trigger.tag
            if own == tag and (index or len(state) == 1 or level is state[0]):
                found.add(F.SEGMENT_OUT_OF_SEQUENCE)
                if child.max_use is not None:
                    found.add(F.LOOP_REPEATS_TOO_OFTEN if isinstance(child, LoopUse) else F.SEGMENT_REPEATS_TOO_OFTEN)
            if isinstance(child, LoopUse) and tag in _content(child):
                found.add(F.SEGMENT_UNEXPECTED)  # of a loop that was not begun
        lacks = lacks or any(child.requirement is Requirement.MANDATORY for child in level.loop.children[level.child + 1 :])
    if not found & {F.SEGMENT_OUT_OF_SEQUENCE}:
        found.add(F.SEGMENT_UNEXPECTED)
    if lacks:
        found |= {F.REQUIRED_SEGMENT_MISSING, F.REQUIRED_LOOP_MISSING}
    return found


@cache
def _content(loop: LoopUse) -> frozenset[str]:
    """What may follow the trigger, at any depth."""
    inner = [child for child in loop.children if isinstance(child, LoopUse)]
    own = {child.tag if isinstance(child, SegmentUse) else child.trigger.tag for child in loop.children[1:]}
    return frozenset(own.union(*map(_content, inner)))


# --- the document


def _place(message: MessageDef, line: Line) -> Place:
    assert line.use is not None
    return _places(message)[line.use]


@cache
def _places(message: MessageDef) -> dict[SegmentUse, Place]:
    return {place.use: place for place in places(message.root)}


def _extents(message: MessageDef, base: list[Line]) -> Iterator[tuple[LoopUse, tuple[str, ...], int, int]]:
    """Each loop of the document: its definition, its path, and the slice of its segments."""
    for begin, line in enumerate(base):
        place = _place(message, line)
        if place.loops and place.loops[-1].trigger is line.use:
            loop = place.loops[-1]
            inside = {inner.use for inner in places(loop)}
            end = begin + 1
            while end < len(base) and base[end].use in inside:
                end += 1
            yield loop, place.path, begin, end
