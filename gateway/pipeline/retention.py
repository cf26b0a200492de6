"""Removing what has had its time: in small transactions with pauses between them, so that nobody who brings something waits.

One run: transmissions with all that is theirs, then documents that never became part of one, then what only time kept (numbers seen,
entries of the feed), then the audit trail, then payloads and files that nothing names, then the room in the database file.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from datetime import datetime, timedelta
from functools import partial
from math import inf
from typing import Any, Final

from sqlalchemy import Connection, and_, bindparam, delete, func, select

from gateway.log import logger
from gateway.pipeline.context import Context
from gateway.pipeline.watch import Watch
from gateway.retention import Retention as Rules
from gateway.retention import before
from gateway.states import AcknowledgmentState, Thing
from gateway.store.events import EventNote, note
from gateway.store.keeping import cuts, files, space, units, uses
from gateway.store.schema import (
    Acknowledgment,
    Alarm,
    Document,
    FeedEntry,
    PickupFile,
    ReconciliationDay,
    SeenInterchange,
    UsedCertificate,
    UsedSscc,
)
from gateway.store.statement import Statement
from gateway.store.store import Store

__all__ = ["Retention", "Run"]

_PAGE: Final = 500
_EVENTS: Final = 500  #: in one transaction
_PAGES: Final = 256  #: of the database file, given back in one transaction
_SPARE: Final = 4 << 20  #: bytes that stay free in the file
_A_DAY: Final = timedelta(days=1)
_PAUSE: Final = 0.005  #: seconds at least between two transactions: what waits is taken first
_doc, _ack, _feed = Document.table(), Acknowledgment.table(), FeedEntry.table()
Counts = Counter[str]


class _EnoughError(Exception):
    """The time of a run is over; the next one goes on."""


class Run:
    """One run over the whole store. `look_only` removes nothing and counts what would go; after `seconds` nothing more is begun."""

    def __init__(self, store: Store, rules: Rules, now: Callable[[], datetime], *, look_only: bool = False, seconds: float = inf) -> None:
        self._store = store
        self._rules = rules
        self._now = now
        self._at = now()
        self._look_only = look_only
        self._until = time.monotonic() + seconds
        self.is_finished = False  #: whether there was time for all of it
        self._slowest = 0.0
        self._seen: set[str] = set()
        self.counts: Counts = Counter()

    async def all(self) -> Counts:
        """Everything, in order. Gives how many rows of each table went, `files`, and bytes given back."""
        try:
            await self._transmissions()
            await self._alone()
            await self._remembered()
            await self._events()
            await self._payloads()
            await self._files()
            await self._room()
            self.is_finished = True
        except _EnoughError:
            pass
        return +self.counts

    @property
    def slowest(self) -> float:
        """Seconds that the longest of its transactions took, from asking for it: so long others may have waited for it."""
        return self._slowest

    def _documents_before(self, partner: str | None, usage: str | None, as2: bool) -> datetime | None:  # noqa: FBT001 - units.Limit
        return self._rules.documents_before(self._at, partner=partner, usage=usage, as2=as2)

    def _bytes_before(self, partner: str | None, usage: str | None, as2: bool) -> datetime | None:  # noqa: FBT001 - units.Limit
        return self._rules.bytes_before(self._at, partner=partner, usage=usage, as2=as2)

    async def _transmissions(self) -> None:
        for of_test, days in ((True, self._rules.test), (False, self._rules.shortest)):
            if (until := before(self._at, days)) is not None:
                await self._old(partial(units.page, limit=_PAGE, of_test=of_test, before=until))

    async def _old(self, paging: Callable[..., list[dict[str, Any]]]) -> None:
        after = None
        while page := await self._store.read(partial(paging, after=after)):
            after = page[-1]
            await self._units([row["id"] for row in page if units.is_over(row, self._documents_before)])
            if self._rules.payloads is not None:
                await self._strip([row for row in page if units.is_over(row, self._bytes_before) and row["payload_sha256"]])

    async def _alone(self) -> None:
        """Documents that were never written to anybody, and acknowledgments that answered nothing."""
        days = [self._rules.documents, self._rules.test, *self._rules.partners.values()]
        youngest = before(self._at, min((d for d in days if d is not None), default=None))
        if youngest is None:
            return
        documents = select(_doc.c.id, _doc.c.partner_id, _doc.c.usage, _doc.c.created_at)
        alone = documents.where(_doc.c.transmission_id.is_(None), _doc.c.created_at < youngest)
        rows = await self._store.read(lambda c: [dict(row) for row in c.execute(alone).mappings()])
        await self._units([row["id"] for row in rows if units.is_over(row, self._documents_before)])
        old = (_ack.c.transmission_id.is_(None), _ack.c.answers_transmission_id.is_(None), _ack.c.created_at < youngest)
        put_aside = and_(*old, _ack.c.state == AcknowledgmentState.DISMISSED.value)

        def remove(connection: Connection) -> dict[str, int]:
            found = list(connection.execute(select(_ack).where(put_aside).limit(_PAGE)).mappings())
            over = [row for row in found if units.is_over({**row, "usage": None}, self._documents_before)]
            digests = [row["report"]["sha256"] for row in over if isinstance(row["report"], dict) and row["report"].get("sha256")]
            if not self._look_only:
                uses.mark(connection, digests, self._now())
                connection.execute(delete(_ack).where(_ack.c.id.in_([row["id"] for row in over])))
            return {"acknowledgment": len(over)}

        await self._do(remove)

    async def _units(self, ids: list[str]) -> None:
        """In transactions of `batch`, each thing looked at again in the one that removes it."""
        for start in range(0, len(ids), self._rules.batch):
            some = ids[start : start + self._rules.batch]
            found = await self._store.read(partial(units.removable, ids=some, limit=self._documents_before))
            if self._look_only:
                for unit in found:
                    answers = set(unit.ids(Thing.ACKNOWLEDGMENT))  # each belongs to what it answers and to what carries it
                    self.counts.update({thing.value: len(unit.rows[thing]) for thing in Thing if thing is not Thing.ACKNOWLEDGMENT})
                    self.counts[Thing.ACKNOWLEDGMENT.value] += len(answers - self._seen)
                    self._seen |= answers
            elif found:
                await self._do(partial(self._remove, ids=[unit.id for unit in found]))

    def _remove(self, connection: Connection, ids: Collection[str]) -> dict[str, int]:
        return units.remove(connection, units.removable(connection, ids, self._documents_before), self._now())

    async def _strip(self, rows: list[dict[str, Any]]) -> None:
        """The bytes of what stays a while longer."""
        for start in range(0, len(rows), self._rules.batch):
            some = [row["id"] for row in rows[start : start + self._rules.batch]]

            digests = await self._store.read(partial(self._bytes_over, ids=some))
            if self._look_only:
                self.counts["payload"] += len(digests)
            elif digests:
                await self._do(partial(self._mark, digests=digests))

    def _bytes_over(self, connection: Connection, ids: Collection[str]) -> set[str]:
        found = units.removable(connection, ids, self._bytes_before)
        return uses.still_there(connection, {digest for unit in found for digest in units.digests_of(unit)})

    def _mark(self, connection: Connection, digests: Collection[str]) -> dict[str, int]:
        return {"marked": uses.mark(connection, digests, self._now())}

    async def _remembered(self) -> None:
        """What only its age keeps: numbers and labels that were used, files that were picked up, certificates, the feed."""
        seen, evidence = before(self._at, self._rules.seen), before(self._at, self._rules.evidence)
        told, alarms, days = before(self._at, self._rules.events), Alarm.table(), ReconciliationDay.table()
        interchanges, labels, picked, used = SeenInterchange.table(), UsedSscc.table(), PickupFile.table(), UsedCertificate.table()
        for table, old in (
            (interchanges, seen and (interchanges.c.seen_at < seen)),
            (labels, seen and (labels.c.at < min(seen, self._at - 365 * _A_DAY))),
            (picked, seen and (picked.c.finished < seen)),
            (used, evidence and (used.c.last_used_at < evidence)),
            (alarms, told and (alarms.c.resolved_at < told)),
            (days, told and and_(days.c.at < told, days.c.day <= (told + _A_DAY).date().isoformat())),  # the first part of its key
        ):
            if old is not None:
                await self._batches(table, old)
        documents = before(self._at, self._rules.documents)
        if documents is not None:  # the last one stays, for its number is the feed's position
            last = select(func.max(_feed.c.seq)).scalar_subquery()
            number = _feed.c.seq + 0  # an expression, for what is old is found by its age
            gone = ~select(_doc.c.id).where(_doc.c.id == _feed.c.document_id).exists()
            await self._batches(_feed, and_(_feed.c.at < documents, number < last, gone))

    async def _batches(self, table: Any, old: Any) -> None:
        if self._look_only:
            counting = select(func.count()).select_from(table).where(old)
            self.counts[table.name] += await self._store.read(lambda c: int(c.execute(counting).scalar_one()))
            return
        columns = {f"key_{column.name}": column for column in table.primary_key.columns}
        looking = select(*columns.values()).where(old).limit(_PAGE)
        removing = Statement(delete(table).where(old, *(column == _bound(name, column) for name, column in columns.items())))

        def remove(connection: Connection, rows: list[Any]) -> dict[str, int]:
            return {table.name: sum(removing.run(connection, **dict(zip(columns, row, strict=True))) for row in rows)}

        while rows := await self._store.read(lambda c: [tuple(row) for row in c.execute(looking)]):
            if not sum((await self._do(partial(remove, rows=rows))).values()):
                return

    async def _events(self) -> None:
        until = before(self._at, self._rules.events)
        after = 0
        while until is not None:
            found = await self._store.read(partial(cuts.over, after=after, before=until, limit=_EVENTS))
            if self._look_only:
                self.counts["event"] += len(found.numbers)
            elif found.numbers:
                await self._do(partial(self._cut, numbers=found.numbers, until=until))
            if not found.last:
                return
            after = found.last

    def _cut(self, connection: Connection, numbers: tuple[int, ...], until: datetime) -> dict[str, int]:
        return {"event": cuts.cut(connection, numbers, until, self._now())}

    async def _payloads(self) -> None:
        if self._look_only:
            return
        while verdicts := await self._store.read(lambda c: uses.judge(c, self._bytes_before)):
            for part in _in_parts(verdicts, 200):
                await self._do(partial(uses.apply, verdicts=part))

    async def _files(self) -> None:
        """Files have the time of the machine, so their age is told by its clock."""
        old = time.time() - self._rules.orphans * 3600
        walking = files.walk(self._store.payloads)
        while some := await asyncio.to_thread(next, walking, None):
            aged = [file for file in some if file.mtime < old]
            there = await self._store.read(partial(files.named, files=aged)) if aged else set()
            for file in aged:
                if file.digest not in there:
                    gone = self._look_only or await asyncio.to_thread(files.remove, file, old)
                    self.counts.update({"files": gone, "file_bytes": file.size * gone})

    async def _room(self) -> None:
        """Some of the free room stays, for what comes next would only take it again."""
        if self._look_only:
            return
        at_first = await self._store.read(space.measure)
        for _ in range(-(-max(0, at_first.free - _SPARE) // (4096 * _PAGES))):
            if not (await self._do(lambda c: {"returned_bytes": space.give_back(c, _PAGES)}))["returned_bytes"]:
                return

    async def _do(self, work: Callable[[Connection], dict[str, int]]) -> dict[str, int]:
        """One transaction, counted; then as long a pause as it took, so that it has half of the writer at most."""
        if time.monotonic() > self._until:
            raise _EnoughError
        began = time.perf_counter()
        counts = await self._store.write(work)
        took = time.perf_counter() - began
        self._slowest = max(self._slowest, took)
        self.counts.update(counts)
        await asyncio.sleep(max(took, _PAUSE))
        return counts


def _bound(name: str, column: Any) -> Any:
    return bindparam(name, type_=column.type)


def _in_parts(verdicts: uses.Verdicts, size: int) -> Iterator[uses.Verdicts]:
    for name in ("unused", "over", "used"):
        digests = getattr(verdicts, name)
        for start in range(0, len(digests), size):
            parts: dict[str, tuple[str, ...]] = {"unused": (), "over": (), "used": (), name: digests[start : start + size]}
            yield uses.Verdicts(**parts)


class Retention(Watch):
    """Runs now and then; what it removed is one event, one line in the log, and counted."""

    name = "retention"

    def __init__(self, context: Context) -> None:
        super().__init__(context, every=context.settings.retention.every)

    async def look(self) -> Counts:
        """One run."""
        return (await run_once(self._context, actor="gateway")).counts


async def run_once(context: Context, *, actor: str, seconds: float = inf) -> Run:
    """One run, with its event. Its counts say what went."""
    run = Run(context.store, context.settings.retention, context.now, seconds=seconds)
    await run.all()
    del run.counts["marked"]
    removed = dict(+run.counts)
    if removed:
        event = EventNote(
            action="retention.removed",
            thing="store",
            thing_id="store",
            correlation_id="store",
            message="What had its time by `retention:` of gateway.yaml was removed.",
            data=removed,
            actor=actor,
        )
        await context.store.write(lambda connection: note(connection, context.now(), event))
        logger().info("retention", slowest=round(run.slowest, 4), removed=removed)
    context.metrics.forgotten(removed)
    measured = await context.store.read(space.measure)
    context.metrics.stored(measured.size, measured.free)
    return run
