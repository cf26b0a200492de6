"""A store with 10,000 messages and one with 1,000,000: what people and workers ask of it, and retention while partners go on sending.

Each message is a copy, row by row, of what one order left behind that really went through a gateway: 850 in, document, delivery to the hub,
997 out, every event. `MESSAGES=200000 make bench BENCH=million` takes another size.
"""

import asyncio
import os
import re
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from random import Random
from statistics import median, quantiles
from typing import Any

from sqlalchemy import Connection

from gateway import operations
from gateway.operations.acks import acks
from gateway.operations.retention import retain
from gateway.pipeline.retention import Run
from gateway.retention import Retention
from gateway.store.jobs import NewJob, enqueue
from gateway.store.keeping import space
from gateway.store.schema import metadata
from gateway.store.schema.base import utc_text
from gateway.store.statement import driver
from tests.gateway.world import World, an_order

Row = tuple[str, float, str]
SMALL, LARGE = 10_000, int(os.environ.get("MESSAGES", "1000000"))
_DAYS = 402  #: over which the messages are spread; 400 are kept
_PARTNERS = 20
_TOGETHER = 50  #: messages whose events stand side by side in the trail
_PO = "4500000001"
_KEEP = {"revision", "revision_file", "control_number", "control_number_change", "inbound_sequence", "job", "node", "key_use"}
_ID = re.compile(r"\b(?:trn|set|doc|dlv|ack)_[0-9A-Z]{26}\b")
_DIGEST = re.compile(r"\b[0-9a-f]{64}\b")
_UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
_WORD = re.compile(r"\b(?:cor|ord)_[0-9A-Za-z]{16,}\b")


@dataclass
class Figures:
    """What was measured of one store."""

    seconds: dict[str, float]  #: median of each question
    bytes: int


def template_of(connection: Connection) -> dict[str, list[dict[str, Any]]]:
    """The rows that one order left, as the driver has them."""
    found = {}
    for table in metadata.sorted_tables:
        if table.name not in _KEEP:
            cursor: Any = driver(connection).execute(f'SELECT * FROM "{table.name}"')
            names = [column[0] for column in cursor.description]
            rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
            if rows:
                found[table.name] = rows
    return found


def _expression(column: str, value: Any, moment: str) -> tuple[str, list[Any]]:
    """What a column of the n-th copy holds, in SQL, and its parameters."""
    if column == "partner_id" and value is not None:
        return f"'partner' || (n % {_PARTNERS})", []
    if not isinstance(value, str):
        return "?", [value]
    if value.startswith(moment):
        return "moment", []
    sql, given = "?", [value]
    if _PO in value:
        sql = f"replace({sql}, '{_PO}', po)"
    for id_ in sorted(set(_ID.findall(value))):
        sql = f"replace({sql}, '{id_}', '{id_[:4]}01' || n8 || '{id_[14:]}')"
    for digest in sorted(set(_DIGEST.findall(value))):
        sql = f"replace({sql}, '{digest}', h8 || '{digest[8:]}')"
    for uuid in sorted(set(_UUID.findall(value))):
        sql = f"replace({sql}, '{uuid}', h8 || '{uuid[8:]}')"
    for word in sorted(set(_WORD.findall(value))):
        sql = f"replace({sql}, '{word}', '{word[:4]}' || n8 || '{word[12:]}')"
    if column == "control_number" and value.isdigit():
        sql, given = "'0' || n8", []
    return sql, given


def fill(path: Path, template: dict[str, list[dict[str, Any]]], at: datetime, messages: int, *, until: datetime | None = None) -> None:
    """Copies of what was made at a moment, with dates from 402 days before until that moment, or another one.

    Nobody else has the file open, so it is written without a journal and without indexes.
    """
    begin, step = ((until or at) - timedelta(days=_DAYS)).timestamp(), _DAYS * 86400 / messages
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        for pragma in ("journal_mode=DELETE", "journal_mode=OFF", "synchronous=OFF", "cache_size=-1000000", "temp_store=MEMORY"):
            raw.execute(f"PRAGMA {pragma}")
        indexes = raw.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL").fetchall()
        for name, _ in indexes:
            raw.execute(f'DROP INDEX "{name}"')
        raw.execute("BEGIN")
        raw.execute(
            "CREATE TEMP TABLE copies (n INTEGER PRIMARY KEY, po TEXT, n8 TEXT, h8 TEXT, moment TEXT)",
        )
        raw.execute(
            "INSERT INTO copies WITH RECURSIVE numbers(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM numbers WHERE n <= ?) "
            "SELECT n, printf('45%08d', n) AS po, printf('%08d', n) AS n8, printf('%08x', (n * 2654435761) % 4294967296) AS h8, "
            "strftime('%Y-%m-%dT%H:%M:%S', ? + n * ?, 'unixepoch') || '.000000Z' AS moment FROM numbers",
            (messages, begin, step),
        )
        for table, rows in template.items():
            together = _TOGETHER if "seq" in rows[0] else messages  # what is numbered has its numbers in the order of time
            for first, row in product(range(2, messages + 2, together), rows):
                columns = [name for name in row if name != "seq"]
                made = [_expression(name, row[name], utc_text(at)[:11]) for name in columns]
                names, values = ", ".join(f'"{name}"' for name in columns), ", ".join(sql for sql, _ in made)
                given = [value for _, some in made for value in some]
                order = "h8" if table == "payload" else "n"  # in the order of its key, as far as that is known
                some = f"FROM copies WHERE n >= {first} AND n < {first + together} ORDER BY {order}"
                raw.execute(f'INSERT OR IGNORE INTO "{table}" ({names}) SELECT {values} {some}', given)
        raw.execute("COMMIT")
        for _, sql in indexes:
            raw.execute(sql)
        raw.execute("PRAGMA journal_mode=WAL")


async def _timed(ask: Callable[[int], Awaitable[object]], numbers: Iterator[int], times: int) -> float:
    took = []
    for _ in range(times):
        number = next(numbers)
        began = time.perf_counter()
        await ask(number)
        took.append(time.perf_counter() - began)
    return median(took)


def _po(number: int) -> str:
    return f"45{number:08}"


async def _filled(root: Path, messages: int) -> tuple[World, float]:
    world = await World.open(root)
    world.clock.now = datetime.now(UTC)
    await world.receive(an_order(_PO))
    template = await world.context.store.read(template_of)
    await world.close()
    began = time.perf_counter()
    await asyncio.to_thread(fill, root / "data" / "gateway.db", template, world.clock.now, messages)
    seconds = time.perf_counter() - began
    again = await World.open(root)
    again.clock.now = world.clock.now
    return again, seconds


async def _questions(world: World, messages: int) -> Figures:
    context, now = world.context, world.clock.now
    random = Random(1)
    numbers = iter(lambda: random.randrange(2, messages), -1)
    await context.store.write(
        lambda c: enqueue(c, now, *(NewJob("deliver", f"dlv_{n}", now, 100, f"lane{n}", f"partner:p{n % 50}:as2") for n in range(2000)))
    )

    async def claim(_number: int) -> None:
        assert await world.app.worker._claim(8, 8)

    async def search(number: int) -> None:
        assert len((await operations.search(context, po=_po(number)))["documents"]) == 1

    async def timeline(number: int) -> None:
        assert len((await operations.timeline(context, _po(number)))["events"]) > 5

    async def newest(number: int) -> None:
        assert len((await operations.search(context, partner=f"partner{number % _PARTNERS}"))["documents"]) == 50

    async def show(number: int) -> None:
        [found] = (await operations.search(context, po=_po(number)))["documents"]
        assert (await operations.show(context, found["id"]))["document"]

    async def status(_number: int) -> None:
        assert (await operations.status(context))["held"] == 0
        assert (await operations.counts(context))["lost"] == []

    async def owed(_number: int) -> None:
        assert (await acks(context))["acknowledgments"] == []

    async def rare(_number: int) -> None:
        assert (await operations.search(context, partner="nobody"))["documents"] == []

    async def held(_number: int) -> None:
        assert (await operations.held(context))["held"] == []

    async def receive(number: int) -> None:
        await world.receive(an_order(f"99{random.randrange(10**8):08}", number=10**8 + random.randrange(8 * 10**8)), work=False)

    seconds = {}
    for name, ask, times in (
        ("search by PO", search, 200),
        ("timeline of a PO", timeline, 200),
        ("claim of 8 jobs", claim, 100),
        ("one document with all of its own", show, 100),
        ("newest 50 of a partner", newest, 50),
        ("held list", held, 50),
        ("gateway status", status, 50),
        ("what is owed", owed, 50),
        ("a partner that never sent anything", rare, 50),
        ("an order is taken over", receive, 200),
    ):
        await ask(next(numbers))
        seconds[name] = await _timed(ask, numbers, times)
    return Figures(seconds, (await context.store.read(space.measure)).size)


async def _retention(world: World) -> list[Row]:
    """Orders come in all the time; retention runs beside them."""
    context = world.context
    random = Random(2)

    async def intake(until: Callable[[], bool]) -> list[float]:
        took = []
        while not until():
            began = time.perf_counter()
            number = 10**8 + random.randrange(8 * 10**8)
            await world.receive(an_order(f"98{random.randrange(10**8):08}", number=number), work=False)
            took.append(time.perf_counter() - began)
            await asyncio.sleep(0.01)
        return took

    begin = time.perf_counter()
    alone = await intake(lambda: time.perf_counter() - begin > 5)
    before = await context.store.read(space.measure)
    run = Run(context.store, Retention(), context.now)
    began = time.perf_counter()
    running = asyncio.create_task(run.all())
    beside = await intake(running.done)
    counts, seconds = await running, time.perf_counter() - began
    after = await context.store.read(space.measure)
    gone = counts["transmission"]

    def told(waits: list[float]) -> str:
        cuts = quantiles(waits, n=100)
        return f"p50 {cuts[49] * 1000:.1f} ms, p99 {cuts[98] * 1000:.1f} ms, longest {max(waits) * 1000:.0f} ms of {len(waits)}"

    again = await retain(context, dry_run=True, by="bench")
    assert not again["removed"].get("transmission"), again
    return [
        ("an order beside retention, to alone (median)", median(beside) / median(alone), f"{told(beside)}; alone {told(alone)}"),
        ("retention: transmissions removed a second", gone / seconds, f"{gone:,} with {counts['event']:,} events in {seconds:.0f} s"),
        ("its longest transaction, seconds", run.slowest, "from asking for it to its end, others' included"),
        (
            "file after retention, to before",
            after.size / before.size,
            f"{before.size / 1e6:,.0f} MB, then {after.size / 1e6:,.0f} MB with {after.free / 1e6:,.0f} MB free",
        ),
    ]


async def _run() -> list[Row]:
    figures = {}
    rows: list[Row] = []
    for messages in (SMALL, LARGE):
        with tempfile.TemporaryDirectory() as folder:
            world, seconds = await _filled(Path(folder), messages)
            try:
                figures[messages] = await _questions(world, messages)
                size = figures[messages].bytes
                rows.append((f"bytes a message, {messages:,}", size / messages, f"{size / 1e6:,.0f} MB, filled in {seconds:.0f} s"))
                if messages == LARGE:
                    rows += await _retention(world)
            finally:
                await world.close()
    small, large = figures[SMALL], figures[LARGE]
    ratios = [
        (f"{name}: {LARGE:,} to {SMALL:,}", large.seconds[name] / was, f"{large.seconds[name] * 1000:.2f} ms, {was * 1000:.2f} ms")
        for name, was in small.seconds.items()
    ]
    return [*ratios, *rows]


def run() -> list[Row]:
    """The figures of one run."""
    return asyncio.run(_run())
