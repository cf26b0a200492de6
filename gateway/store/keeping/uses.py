"""Payload bytes that nothing names any more, found without an index: what was removed marks what it named, and one look through the
tables that can name payloads tells which of the marked are still in use.

A mark is taken off by whoever names the payload anew (`PayloadFiles.insert`), and what is removed must still have its mark: so bytes that
arrive again while retention runs stay.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, and_, delete, func, literal, null, or_, select, update

from gateway.states import LIVES, Thing, TransmissionState
from gateway.store.payloads import GONE
from gateway.store.schema import Acknowledgment, As2Evidence, As2Message, Delivery, Payload, Transmission

__all__ = ["Verdicts", "apply", "judge", "mark", "still_there", "unmark"]

Limit = Callable[[str | None, str | None, bool], datetime | None]
_trn, _dlv, _ack, _payload = Transmission.table(), Delivery.table(), Acknowledgment.table(), Payload.table()
_message, _evidence = As2Message.table(), As2Evidence.table()
_CHUNK: Final = 400
_MOST: Final = 50_000  #: marked payloads that are judged in one look
#: in the order of their index: in that of their digests all payloads would be read for it
_MARKED: Final = (
    select(_payload.c.sha256).where(_payload.c.unused_since.is_not(None)).order_by(_payload.c.unused_since, _payload.c.sha256).limit(_MOST)
)


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What becomes of the marked payloads."""

    unused: tuple[str, ...]  #: nothing names them
    over: tuple[str, ...]  #: what names them is old and closed: only the bytes go
    used: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.unused or self.over or self.used)


def mark(connection: Connection, digests: Collection[str], now: datetime) -> int:
    """What named these is removed, or its bytes have had their time."""
    ordered, marked = sorted(set(digests)), 0
    for start in range(0, len(ordered), _CHUNK):
        there = and_(_payload.c.sha256.in_(ordered[start : start + _CHUNK]), _payload.c.encoding != GONE)
        marked += connection.execute(update(_payload).where(there).values(unused_since=now)).rowcount
    return marked


def still_there(connection: Connection, digests: Collection[str]) -> set[str]:
    """Those whose bytes were not removed yet."""
    ordered, found = sorted(digests), set()
    for start in range(0, len(ordered), _CHUNK):
        there = and_(_payload.c.sha256.in_(ordered[start : start + _CHUNK]), _payload.c.encoding != GONE)
        found |= set(connection.execute(select(_payload.c.sha256).where(there)).scalars())
    return found


def judge(connection: Connection, bytes_before: Limit) -> Verdicts:
    """Look who names the marked ones. It reads whole tables once, however many are marked: seconds with millions of messages."""
    marked = set(connection.execute(_MARKED).scalars())
    named: set[str] = set()
    young: set[str] = set()
    for digest, is_open, partner, usage, is_as2, created_at in _uses(connection) if marked else ():
        if digest in marked:
            named.add(digest)
            until = bytes_before(partner, usage, is_as2)
            if is_open or until is None or created_at >= until:
                young.add(digest)
    return Verdicts(tuple(sorted(marked - named)), tuple(sorted(named - young)), tuple(sorted(young)))


def apply(connection: Connection, verdicts: Verdicts) -> dict[str, int]:
    """Do as was judged, as far as the marks still stand. Gives how many payloads and bytes of rows went, by what was done."""
    marked = _payload.c.unused_since.is_not(None)
    counts = {"payload": 0, "payload_bytes": 0}
    for digests, is_whole in ((verdicts.unused, True), (verdicts.over, False)):
        for start in range(0, len(digests), _CHUNK):
            these = and_(marked, _payload.c.sha256.in_(digests[start : start + _CHUNK]))
            counts["payload_bytes"] += int(
                connection.execute(select(func.coalesce(func.sum(_payload.c.size), 0)).where(these)).scalar_one()
            )
            if is_whole:
                counts["payload"] += connection.execute(delete(_payload).where(these)).rowcount
            else:
                gone = update(_payload).where(these).values(body=None, encoding=GONE, unused_since=None)
                counts["payload"] += connection.execute(gone).rowcount
    unmark(connection, verdicts.used)
    return counts


def unmark(connection: Connection, digests: Collection[str]) -> None:
    """These are in use."""
    ordered = sorted(digests)
    for start in range(0, len(ordered), _CHUNK):
        connection.execute(update(_payload).where(_payload.c.sha256.in_(ordered[start : start + _CHUNK])).values(unused_since=None))


def _uses(connection: Connection) -> Iterator[tuple[str, bool, str | None, str | None, bool, datetime]]:
    """Every use of a marked payload: digest, whether its user is open, partner, usage, whether by AS2, since when."""
    marked = _MARKED.scalar_subquery()
    nobody = null()
    open_trn = or_(
        _trn.c.state.in_(sorted(LIVES[Thing.TRANSMISSION].open)),
        and_(_trn.c.state == TransmissionState.OPENED.value, _trn.c.finished_at.is_(None)),
    )
    open_dlv = _dlv.c.state.in_(sorted(LIVES[Thing.DELIVERY].open))
    open_ack = _ack.c.state.in_(sorted(LIVES[Thing.ACKNOWLEDGMENT].open))
    by_as2 = _dlv.c.destination.like("%:as2")
    for column, row in (
        (_trn.c.payload_sha256, (open_trn, _trn.c.partner_id, _trn.c.usage, _trn.c.transport == "as2", _trn.c.created_at)),
        (_trn.c.wire_sha256, (open_trn, _trn.c.partner_id, _trn.c.usage, literal(True), _trn.c.created_at)),
        (_dlv.c.prepared_sha256, (open_dlv, _dlv.c.partner_id, _dlv.c.usage, by_as2, _dlv.c.created_at)),
        (_dlv.c.receipt_sha256, (open_dlv, _dlv.c.partner_id, _dlv.c.usage, by_as2, _dlv.c.created_at)),
        (_message.c.wire_sha256, (literal(False), nobody, nobody, literal(True), _message.c.created_at)),
        (_message.c.mdn_sha256, (literal(False), nobody, nobody, literal(True), _message.c.created_at)),
        (_evidence.c.covered_sha256, (literal(False), nobody, nobody, literal(True), _evidence.c.at)),
    ):
        yield from (tuple(found) for found in connection.execute(select(column, *row).where(column.in_(marked))))
    receipts = select(_ack.c.report, open_ack, _ack.c.partner_id, _ack.c.created_at).where(_ack.c.kind == "MDN")
    for report, is_open, partner, created_at in connection.execute(receipts):
        if isinstance(report, dict) and (digest := report.get("sha256")):
            yield digest, is_open, partner, None, True, created_at
