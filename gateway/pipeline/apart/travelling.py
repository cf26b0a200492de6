"""`Unit`s on their way between processes.

What both sides have already is named instead of sent: agreements by their ids, a document by its JSON form, which is sent anyway. What
is seldom asked for (the answer under other numbers, the answer that refuses) is not sent: whoever asks reads the payload again.
"""

import io
import pickle
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from gateway.pipeline.active import Active
from gateway.pipeline.reading import AnswerPlan, ReadSet, Unit
from partners.model import Agreement

__all__ = ["packed", "unpacked"]

Units = tuple[Unit, ...]
_NOTHING: Final[Any] = None  #: in the place of what does not travel
_PROTOCOL: Final = pickle.HIGHEST_PROTOCOL


class _Pickler(pickle.Pickler):
    def persistent_id(self, obj: Any) -> tuple[str, str] | None:
        return (obj.partner_id, obj.id) if type(obj) is Agreement else None


class _Unpickler(pickle.Unpickler):
    def __init__(self, data: bytes, active: Active) -> None:
        super().__init__(io.BytesIO(data))
        self._partners = active.workspace.partners

    def persistent_load(self, pid: Any) -> Agreement:
        partner, agreement = pid
        return next(one for one in self._partners[partner].agreements if one.id == agreement)


def packed(units: Units) -> bytes:
    """What was read, as bytes."""
    buffer = io.BytesIO()
    _Pickler(buffer, _PROTOCOL).dump([(_without(unit), unit.refusal is not None) for unit in units])
    return buffer.getvalue()


def unpacked(data: bytes, active: Active, again: Callable[[], Units]) -> Units:
    """What was read elsewhere, with the agreements of the same revision; `again` reads the payload here."""
    return tuple(_whole(unit, position, again, refusable=refusable) for position, (unit, refusable) in enumerate(_load(data, active)))


def _load(data: bytes, active: Active) -> list[tuple[Unit, bool]]:
    found: list[tuple[Unit, bool]] = _Unpickler(data, active).load()
    return found


def _without(unit: Unit) -> Unit:
    answer = replace(unit.answer, prepared=_NOTHING) if unit.answer is not None else None
    return replace(unit, sets=tuple(_bare(read_set) for read_set in unit.sets), answer=answer, refusal=None)


def _bare(read_set: ReadSet) -> ReadSet:
    return replace(read_set, document=read_set.document.put_away()) if read_set.document is not None else read_set


def _whole(unit: Unit, position: int, again: Callable[[], Units], *, refusable: bool) -> Unit:
    def answer() -> AnswerPlan:
        plan = again()[position].answer
        assert plan is not None
        return plan

    def refusal() -> AnswerPlan:
        refuse = again()[position].refusal
        assert refuse is not None
        return refuse()

    return replace(
        unit,
        sets=tuple(_dressed(read_set) for read_set in unit.sets),
        answer=replace(unit.answer, prepared=lambda: answer().prepared()) if unit.answer is not None else None,
        refusal=refusal if refusable else None,
    )


def _dressed(read_set: ReadSet) -> ReadSet:
    return replace(read_set, document=read_set.document.whole()) if read_set.document is not None else read_set
