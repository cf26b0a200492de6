"""What is gathered while one transaction set is mapped: findings, lineage, and what must wait until the end."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from edi.location import Location
from edi.values import Segment
from maps.finding import MESSAGES, MapFinding, MapFindingCode, Severity
from maps.formats.payload import Record
from maps.model import Calc, KeyPath, Place, Rule, Slot
from maps.run.values import DecodeContext, EncodeContext, Lineage

__all__ = ["Check", "DecodeState", "EncodeState", "Frame", "Object"]

Object = dict[str, Any]  #: an object of a document in its JSON form, while it is made
Frame = tuple[str, ...]  #: where a record stands: loop ids from the outside in; in JSON its place in the payload, one text
_MAX_FINDINGS: Final = 100
_MAX_VALUE: Final = 99  # never echo more of bad data


@dataclass(frozen=True, slots=True)
class Check:
    """A total that is compared when everything is read."""

    rule: Rule
    calc: Calc
    scope: Object
    path: str
    text: str
    record: Any
    frame: Frame


class _State:
    """What both directions gather."""

    def __init__(self, label: str, *, lineage: bool) -> None:
        self._label = label
        self.findings: list[MapFinding] = []
        self._told: Counter[Severity] = Counter()
        self.lineage: list[Lineage] | None = [] if lineage else None
        self.levels = 0  #: HL segments so far

    def fault(
        self,
        code: MapFindingCode,
        path: str,
        rule: str,
        *,
        record: Any = None,
        frame: Frame = (),
        place: Place | None = None,
        value: str | None = None,
        hint: str = "",
        severity: Severity = Severity.ERROR,
        caused_by: MapFindingCode | None = None,
    ) -> None:
        """Report one fault. Of each severity a hundred are told, and then that there were more."""
        self._told[severity] += 1
        if self._told[severity] > _MAX_FINDINGS + 1:
            return
        if self._told[severity] > _MAX_FINDINGS:
            code, value, hint = MapFindingCode.LIMIT_EXCEEDED, None, "more findings than are listed"
        location = _location(record, frame, place)
        wire = str(location) if location else _own_place(record, frame, place)
        shown = None if value is None else value[:_MAX_VALUE]
        self.findings.append(
            MapFinding(code, severity, path, f"{self._label}#{rule}", location, MESSAGES[code], shown, hint, wire, caused_by)
        )

    @property
    def failed(self) -> bool:
        """Whether any finding is an error."""
        return self._told[Severity.ERROR] > 0


def _location(record: Any, frame: Frame, place: Place | None) -> Location | None:
    if not isinstance(record, Segment) or not record.position:
        return None
    slot = place if isinstance(place, Slot) else None
    return record.location(element=slot.element if slot else None, component=(slot.component or None) if slot else None, loop=frame)


def _own_place(record: Any, frame: Frame, place: Place | None) -> str:
    if isinstance(record, Record):
        return record.where(place.keys if isinstance(place, KeyPath) else ())
    if not isinstance(record, Mapping) or not frame:
        return ""
    return f"{frame[0]}.{place}" if place is not None else frame[0]


class DecodeState(_State):
    """The gathering of `decode`."""

    def __init__(self, label: str, context: DecodeContext) -> None:
        super().__init__(label, lineage=context.lineage)
        self.context = context
        self.document: Object = {}
        self.checks: list[Check] = []


class EncodeState(_State):
    """The gathering of `encode`."""

    def __init__(self, label: str, context: EncodeContext, document: Object, *, lineage: bool = True) -> None:
        super().__init__(label, lineage=lineage)
        self.context = context
        self.document = document
        self._numbers: Counter[str] = Counter()

    def next_number(self, rule: str) -> int:
        """The running number of what a rule writes, from 1."""
        self._numbers[rule] += 1
        return self._numbers[rule]
