"""Interchanges to bytes. The writer is strict: what the reader of this package would fault is refused with WriteError."""

import re
from collections.abc import Generator, Hashable, Iterator
from itertools import islice
from typing import Any, Final

from edi.dialect import Dialect
from edi.edifact import EDIFACT
from edi.errors import WriteError
from edi.form import Form, form_of
from edi.headers import Numbers, digits, gs, isa, kind, length, unb, ung
from edi.outgoing import OutgoingGroup, OutgoingInterchange, OutgoingSet, WriteOptions
from edi.values import Segment, Standard
from edi.x12 import X12

__all__ = ["OutgoingGroup", "OutgoingInterchange", "OutgoingSet", "WriteOptions", "pieces", "write"]

_AT_ONCE: Final = 1_000  #: segments of one set that are made into text together
_SET_ID: Final = re.compile(r"[A-Z0-9]{3,6}")


def write(out: OutgoingInterchange, options: WriteOptions = WriteOptions()) -> bytes:  # noqa: B008  # immutable
    """The bytes of an interchange: headers, counts and trailers made, everything checked. Raises WriteError."""
    return b"".join(pieces(out, options))


def pieces(out: OutgoingInterchange, options: WriteOptions = WriteOptions()) -> Iterator[bytes]:  # noqa: B008  # immutable
    """The same piece by piece, so that what is made while it is written need not be held. Raises WriteError when it comes to it."""
    form = form_of(out.standard, out.version, options)
    return form.encoded(_x12(out, form, options) if out.standard is Standard.X12 else _edifact(out, form))


def _x12(out: OutgoingInterchange, form: Form, options: WriteOptions) -> Iterator[str]:
    envelope = form.envelope
    control_number = digits(out.control_number, 9, "interchange control number").zfill(9)
    yield isa(out, envelope, control_number)
    for segment in out.service_segments:
        if segment.tag not in X12.service:
            raise WriteError("Only service segments stand between groups.")
        yield form.body.segment(segment)
    seen: set[tuple[str, str]] = set()
    groups = 0
    for group in out.groups:
        groups += 1
        number = str(int(digits(group.control_number, 9, "group control number")))
        _once((group.functional_id, number), seen, "group control number")
        yield envelope.segment(Segment("GS", gs(out, group, number, options.group_time)))
        count = yield from _sets(group, form, X12, Numbers(4))
        yield envelope.segment(Segment("GE", (str(count), number)))
    _not_empty(groups or len(out.service_segments))
    yield envelope.segment(Segment("IEA", (str(groups), control_number)))


def _edifact(out: OutgoingInterchange, form: Form) -> Iterator[str]:
    envelope = form.envelope
    if form.advice:
        yield form.una
    length(out.control_number, 1, 14, "interchange control reference")
    yield envelope.segment(Segment("UNB", unb(out, form.syntax)))
    seen: set[tuple[str, str]] = set()
    references = Numbers(1)
    count = 0
    grouped: set[bool] = set()
    for group in out.groups:
        grouped.add(bool(group.functional_id))
        if len(grouped) > 1:
            raise WriteError("Either all messages stand in groups with a UNG, or none does.")
        if not group.functional_id:
            count += yield from _sets(group, form, EDIFACT, references)
            continue
        count += 1
        length(group.control_number, 1, 14, "group reference number")
        _once((group.functional_id, group.control_number), seen, "group reference number")
        yield envelope.segment(Segment("UNG", ung(out, group)))
        messages = yield from _sets(group, form, EDIFACT, Numbers(1))
        yield envelope.segment(Segment("UNE", (str(messages), group.control_number)))
    _not_empty(count)
    yield envelope.segment(Segment("UNZ", (str(count), out.control_number)))


def _sets(group: OutgoingGroup, form: Form, dialect: Dialect, numbers: Numbers) -> Generator[str, None, int]:
    """The sets of a group, and how many there were."""
    x12 = dialect is X12
    most = 9 if x12 else 14
    count = 0
    frames: dict[tuple[str, str], _Frame] = {}
    for outgoing in group.sets:
        count += 1
        number = outgoing.control_number.zfill(4) if x12 else outgoing.control_number
        length(number, 1, most, "control number of the set")
        numbers.take(number, "control number of the set")
        key = outgoing.set_id, outgoing.implementation
        frame = frames.get(key) or frames.setdefault(key, _Frame(group, outgoing, form, dialect))
        yield from frame.texts(number, outgoing)
    if not count:
        raise WriteError("A group without a transaction set is not written.")
    return count


class _Frame:
    """What the sets of one kind in a group have in common: header and trailer, but for numbers and counts."""

    def __init__(self, group: OutgoingGroup, outgoing: OutgoingSet, form: Form, dialect: Dialect) -> None:
        if not _SET_ID.fullmatch(outgoing.set_id) or not dialect.belongs(outgoing.set_id, group.functional_id):
            raise WriteError("The transaction set does not belong in its group.")
        self._envelope, self._body = form.envelope, form.body
        self._reserved = {tag for level in (dialect.interchange, dialect.group, dialect.set) for tag in (level.header, level.trailer)}
        self._header, self._trailer = dialect.set
        element, end = self._envelope.delimiters.element, self._envelope.end
        if dialect is X12:
            implementation = self._envelope.text(outgoing.implementation, "ST", 3)
            self._before, self._after = outgoing.set_id + element, (element + implementation if implementation else "") + end
        else:
            self._before, self._after = "", element + self._envelope.element(kind(outgoing.set_id, group), "UNH", 2) + end

    def texts(self, number: str, outgoing: OutgoingSet) -> Iterator[str]:
        """One set, header and trailer included; a long one in several texts."""
        element, end = self._envelope.delimiters.element, self._envelope.end
        if not number.isdecimal() or not number.isascii():
            number = self._envelope.text(number, self._header, 1)
        text = f"{self._header}{element}{self._before}{number}{self._after}"
        count = len(outgoing.segments)
        if count <= _AT_ONCE:
            text += self._segments(tuple(outgoing.segments))
        else:
            yield text
            segments = iter(outgoing.segments)
            while some := tuple(islice(segments, _AT_ONCE)):
                yield self._segments(some)
            text = ""
        yield f"{text}{self._trailer}{element}{count + 2}{element}{number}{end}"

    def _segments(self, segments: tuple[Segment, ...]) -> str:
        if not self._reserved.isdisjoint([segment.tag for segment in segments]):
            raise WriteError("An envelope segment stands within a transaction set.")
        return self._body.segments(segments)


def _not_empty(things: int) -> None:
    if not things:
        raise WriteError("An interchange without a transaction set is not written.")


def _once(item: Hashable, seen: set[Any], name: str) -> None:
    if item in seen:
        raise WriteError(f"A {name} occurs twice.")
    seen.add(item)
