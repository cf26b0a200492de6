"""What stands in a segment several times: groups of a fixed stride, text in pieces. Compiled for both directions."""

import textwrap
from collections.abc import Callable, Mapping
from typing import Any

from edi.values import Segment
from maps.finding import MapFindingCode, Severity
from maps.formats.edi import Cells, Use, reader, width, writer
from maps.model import Binding, Groups, Join, Sign, Slot
from maps.paths import dotted, get, put
from maps.run.fields import Read, Write
from maps.run.state import DecodeState, EncodeState, Frame, Object
from maps.run.values import Lineage

__all__ = ["GroupsPart", "JoinPart", "SignPart"]


class GroupsPart:
    """A stride of elements repeated in a segment and over segments (SDQ): one item of a list each."""

    def __init__(self, groups: Groups, reading: Callable[[Binding, int], Read], writing: Callable[[Binding, int], Write]) -> None:
        self._groups = groups
        starts = [groups.first + number * groups.step - 1 for number in range(groups.max)]
        self._reads = [[reading(binding, start) for binding in groups.items] for start in starts]
        self._writes = [[writing(binding, start) for binding in groups.items] for start in starts]
        self._common_reads = [reading(binding, 0) for binding in groups.common]
        self._common_writes = [writing(binding, 0) for binding in groups.common]
        self._common_paths = [binding.path for binding in groups.common]
        self._ends = [start + groups.step for start in starts]
        self._starts = starts

    def read(self, state: DecodeState, segment: Segment, scope: Object, at: str, frame: Frame) -> None:
        """Items for all strides that hold anything."""
        items: list[Any] = get(scope, self._groups.into) or []
        for start, end, reads in zip(self._starts, self._ends, self._reads, strict=True):
            if not any(segment.elements[start:end]):
                continue
            item: Object = {}
            path = f"{at}{dotted(self._groups.into)}[{len(items)}]"
            for read in (*reads, *self._common_reads):
                read(state, segment, item, path, frame)
            if item:
                items.append(item.get("", item))  # `.`: a plain value
        if items:
            put(scope, self._groups.into, items)

    def write(self, state: EncodeState, scope: Mapping[str, Any], at: str, new: Callable[[], Cells]) -> list[Cells]:
        """As many segments as the items need: a new one when the stride is used up or the common values change."""
        items = get(scope, self._groups.into)
        segments: list[Cells] = []
        count, common = 0, None
        for number, item in enumerate(items if isinstance(items, list) else ()):
            path = f"{at}{dotted(self._groups.into)}[{number}]"
            item = item if isinstance(item, dict) else {"": item}
            shared = [get(item, field) for field in self._common_paths]
            if not segments or count == len(self._writes) or shared != common:
                segments.append(new())
                count, common = 0, shared
                for write in self._common_writes:
                    write(state, item, path, segments[-1])
            elif state.lineage is not None:
                state.lineage += [
                    Lineage(path + dotted(field), "direct", "", 0, "", str(value), "", "")
                    for field, value in zip(self._common_paths, shared, strict=True)
                    if value is not None
                ]
            for write in self._writes[count]:
                write(state, item, path, segments[-1])
            count += 1
        return segments


class JoinPart:
    """Text over repeated segments (MSG), or over the components of an element (FTX C108), as one string."""

    def __init__(self, join: Join, use: Use, rule: str) -> None:
        self._join, self._rule = join, rule
        count = join.components or 1
        self._places = [Slot(join.element, number + 1 if join.components else 0) for number in range(count)]
        self._readers = [reader(place) for place in self._places]
        self._writers = [writer(place) for place in self._places]
        self._width = width(use, self._places[0])

    def read(self, state: DecodeState, segment: Segment, scope: Object, at: str, _: Frame) -> None:
        """Put the lines of this segment behind those that are there."""
        found = [(place, text) for place, one in zip(self._places, self._readers, strict=True) if (text := one(segment)).strip()]
        if not found:
            return
        lines = [text for _, text in found]
        before = get(scope, self._join.into)
        text = self._join.separator.join([before, *lines] if isinstance(before, str) else lines)
        inner = scope
        for key in self._join.into[:-1]:
            inner = inner.setdefault(key, {})
        inner[self._join.into[-1]] = text
        if state.lineage is not None:
            path, tag, position = at + dotted(self._join.into), segment.tag, segment.position
            state.lineage += [Lineage(path, "direct", tag, position, str(place), text, "join", self._rule) for place, text in found]

    def write(self, state: EncodeState, scope: Mapping[str, Any], at: str, new: Callable[[], Cells]) -> list[Cells]:
        """One segment a line, or as many lines as it has components. A line too long is broken at a blank; a text whose pieces are
        joined with blanks is broken so anyway.
        """
        text = get(scope, self._join.into)
        if not isinstance(text, str):
            return []
        path = at + dotted(self._join.into)
        flows = self._join.separator == " "
        given = [text] if flows else text.split(self._join.separator)
        lines = [part for line in given if line.strip() for part in self._wrapped(line)]
        if state.lineage is not None:
            state.lineage.append(Lineage(path, "direct", "", 0, str(self._places[0]), "", "join", self._rule))
        if lines != given and not (flows and " ".join(lines) == text):
            hint = "blank lines are left out" if len(lines) < len(given) else "long lines are broken"
            state.fault(MapFindingCode.PRECISION_LOST, path, self._rule, severity=Severity.WARNING, hint=hint)
        segments = []
        for first in range(0, len(lines), len(self._writers)):
            cells = new()
            for write, line in zip(self._writers, lines[first:], strict=False):
                write(cells, line)
            segments.append(cells)
        return segments

    def _wrapped(self, line: str) -> list[str]:
        if not self._width or len(line) <= self._width:
            return [line]
        return textwrap.wrap(line, self._width, break_on_hyphens=False)


class SignPart:
    """A code for more or less (INV 4501), which gives a number of the same object its sign."""

    def __init__(self, sign: Sign, rule: str) -> None:
        self._sign, self._rule = sign, rule
        self._reader, self._writer = reader(sign.place), writer(sign.place)

    def read(self, state: DecodeState, segment: Segment, scope: Object, at: str, frame: Frame) -> None:
        """Make the number negative where the code says so. A number that came with a sign of its own keeps it, and that is told."""
        code, number = self._reader(segment), get(scope, self._sign.into)
        if not code or not isinstance(number, str):
            return
        where: dict[str, Any] = {"record": segment, "frame": frame, "place": self._sign.place, "value": code}
        path = at + dotted(self._sign.into)
        if code not in {self._sign.minus, self._sign.plus}:
            state.fault(MapFindingCode.CODE_UNKNOWN, path, self._rule, **where)
        elif number.startswith("-"):
            state.fault(MapFindingCode.VALUE_AMBIGUOUS, path, self._rule, severity=Severity.WARNING, hint="the number has a sign", **where)
        elif code == self._sign.minus and number != "0":
            inner = scope
            for key in self._sign.into[:-1]:
                inner = inner[key]
            inner[self._sign.into[-1]] = f"-{number}"

    def write(self, scope: Mapping[str, Any], cells: Cells) -> bool:
        """The code of the number's sign; says whether there is a number."""
        number = get(scope, self._sign.into)
        if not isinstance(number, str):
            return False
        self._writer(cells, self._sign.minus if number.startswith("-") else self._sign.plus)
        return True
