"""Files of orders: what `edi.write` is given for them, and bytes of any length that never stand in memory as a whole."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

from edi.outgoing import OutgoingGroup, OutgoingInterchange, OutgoingSet
from edi.values import Identity, Segment, Standard
from tests.benchmarks.edi_orders import ORDERS, PURCHASE_ORDER, Body, Kind

__all__ = ["long_850", "outgoing", "stream"]

_PREPARED: Final = datetime(2026, 11, 18, 9, 15, tzinfo=UTC)
_ROOM: Final = 900_000  # GE01 and UNZ hold six digits, so a group is full before that
_POOL: Final = 2_000  # so many different bodies are used again and again, under another order number each time


def outgoing(kind: Kind, bodies: Iterable[Body]) -> OutgoingInterchange:
    """One interchange with one group of these orders."""
    sets = tuple(OutgoingSet(kind.set_id, str(number), body) for number, body in enumerate(bodies, 1))
    if kind is PURCHASE_ORDER:
        group = OutgoingGroup("PO", "NORTHMART", "HARBORLINE", "4711", "004010", sets)
        ours, theirs = Identity("ZZ", "NORTHMART"), Identity("ZZ", "HARBORLINE")
        return OutgoingInterchange(Standard.X12, ours, theirs, "4711", _PREPARED, "live", "00401", False, (group,))
    group = OutgoingGroup("", "", "", "", "D96A", sets, association="EAN008")
    ours, theirs = Identity("14", "5412345000013"), Identity("14", "4012345500004")
    return OutgoingInterchange(Standard.EDIFACT, ours, theirs, "4711", _PREPARED, "live", "3", False, (group,))


def stream(size: int, kind: Kind = PURCHASE_ORDER) -> Iterator[bytes]:
    """A valid file of at least so many bytes, piece by piece; 850s in as many groups as they need, ORDERS in one interchange."""
    rendered = [_rendered(kind, body) for body in kind.bodies(_POOL)]
    yield _ISA if kind is PURCHASE_ORDER else _UNB
    made = sets = in_group = 0
    groups = 1
    if kind is PURCHASE_ORDER:
        yield _GS % groups
    while made < size:
        head, tail, segments = rendered[sets % _POOL]
        sets += 1
        in_group += 1
        if kind is ORDERS:
            piece = b"UNH+%d+ORDERS:D:96A:UN:EAN008'%b%010d%bUNT+%d+%d'" % (sets, head, sets, tail, segments, sets)
        else:
            piece = b"ST*850*%09d~%b%010d%bSE*%d*%09d~" % (in_group, head, sets, tail, segments, in_group)
            if in_group == _ROOM:
                piece += b"GE*%d*%d~" % (in_group, groups)
                groups, in_group = groups + 1, 0
                piece += _GS % groups
        made += len(piece)
        yield piece
    yield b"UNZ+%d+4711'" % sets if kind is ORDERS else b"GE*%d*%d~IEA*%d*000004711~" % (in_group, groups, groups)


def long_850(segments: int) -> Iterator[bytes]:
    """An interchange with one 850 of so many segments, ST and SE included: order lines of three segments each.

    The standard allows 100,000 lines.
    """
    [body] = PURCHASE_ORDER.bodies(1)
    heading = [segment for segment in body if segment.tag not in {"PO1", "PID", "CTT"}]
    yield _ISA + _GS % 1 + b"ST*850*0001~" + b"".join(map(_x12, heading))
    lines, left = divmod(segments - len(heading) - 3, 3)
    for line in range(1, lines + 1):
        price, size = (line % 89 + 1, line % 48 + 1)
        yield b"PO1*%d*%d*CA*%d.25**UP*%012d~PID*F****SALTINE CRACKERS 16 OZ %d PK~" % (line, line % 97 + 1, price, line, size)
        yield b"PO4*%d*16*OZ~" % size
    yield b"MAN*GM*00012345678901234567~" * left
    yield b"CTT*%d~SE*%d*0001~GE*1*1~IEA*1*000004711~" % (lines, segments)


_ISA: Final = b"ISA*00*          *00*          *ZZ*NORTHMART      *ZZ*HARBORLINE     *261118*0915*U*00401*000004711*0*P*>~"
_GS: Final = b"GS*PO*NORTHMART*HARBORLINE*20261118*0915*%d*X*004010~"
_UNB: Final = b"UNB+UNOC:3+5412345000013:14+4012345500004:14+261118:0915+4711'"


def _rendered(kind: Kind, body: Body) -> tuple[bytes, bytes, int]:
    """What stands before and after the number of the order, and how many segments the set has."""
    text = b"".join(map(_x12 if kind is PURCHASE_ORDER else _edifact, body))
    number = (body[0].get(3) if kind is PURCHASE_ORDER else body[0].get(2)).encode()
    head, _, tail = text.partition(number)
    return head, tail, len(body) + 2


def _x12(segment: Segment) -> bytes:
    return "*".join((segment.tag, *map(str, segment))).encode() + b"~"


def _edifact(segment: Segment) -> bytes:
    return "+".join((segment.tag, *(value if isinstance(value, str) else ":".join(map(str, value)) for value in segment))).encode() + b"'"
