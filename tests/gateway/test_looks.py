"""What people, programs and the clock look at costs what is open, however much was ever done.

Every look is walked in a store with some finished messages behind it and in one with four times as many: each of its statements is
explained, and none may go through a table that grows with the traffic; and it may not do more where more was done.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest

from gateway import operations
from gateway.errors import Refusal
from gateway.operations.deep import look as deep
from gateway.pipeline.context import Context
from gateway.pipeline.retention import Run
from gateway.retention import Retention
from gateway.service.health import HealthSurface
from gateway.service.operations_table import OPERATIONS
from gateway.service.pressure import Pressure
from gateway.store.pickups import StoreLedger
from gateway.store.schema import metadata
from tests.gateway.lived import FOLDER, lived
from tests.gateway.world import World, an_order, functional_ack, ship_notice
from tests.support.statements import watched

Look = Callable[[], Awaitable[object]]
Walked = dict[str, list[tuple[int, set[str]]]]

#: tables whose size has nothing to do with how much was ever sent, and what they hold
SMALL: Final[Mapping[str, str]] = {
    "batch": "one row for ever for each batch that is agreed",
    "batched_document": "what waits in batches",
    "breaker": "destinations that failed lately",
    "consumer": "readers of the feed",
    "control_number": "sequences that are agreed",
    "inbound_sequence": "senders that are agreed",
    "job": "work that is not done",
    "key_use": "API keys",
    "node": "processes",
    "pace": "destinations",
    "pickup_look": "folders with a schedule",
    "retention_hold": "what a person keeps",
    "revision": "changes that a person made to the workspace",
    "used_certificate": "certificates",
    "waiting_document": "documents that are held for a value",
}
#: by look and table: why it goes through the table, and does no more for that
ALLOWED: Final[Mapping[tuple[str, str], str]] = {
    ("search", "document"): "the newest of all: by their ids from the end, until the page is full",
    ("replays", "replay"): "the newest of all, likewise",
    ("reconcile-status", "reconciliation_day"): "the newest days, likewise",
    ("xref-export", "cross_reference"): "all of them are asked for; they are what people wrote",
    ("xref-unknown", "unknown_value"): "the index that it goes through holds the open ones alone",
}
#: looks at everything: why they may do more where more was done
WHOLE: Final[Mapping[str, str]] = {
    "xref-unknown solved": "the values that are known by now are asked for: as many as there are cross references",
    "doctor --deep": "all that is stored; it shows that this test would see it",
    "retention, all of it": "all that has had its time is told; likewise",
}
#: with what else an operation is asked; those that are no GET are asked only with what stands here
ARGUMENTS: Final[Mapping[str, Mapping[str, Mapping[str, Any]]]] = {
    "search": {
        "partner": {"partner": "partner3"},
        "partner without any": {"partner": "nobody"},
        "type": {"type": "Order"},
        "type without any": {"type": "Invoice"},
        "over": {"state": "DELIVERED"},
        "held": {"state": "HELD"},
        "number": {"po": "4500000020", "state": "DELIVERED"},
        "correlation": {"correlation": "unknown", "partner": "partner3", "state": "DELIVERED", "type": "Order"},
        "page": {"after": "doc_01000005ZZZZZZZZZZZZZZZZZZ"},
    },
    "acks": {"waiting": {"status": "waiting"}, "ours": {"side": "ours"}, "partner": {"partner": "partner3"}},
    "latency": {"partner": {"partner": "partner3"}},
    "held": {"cause": {"cause": "unreadable"}, "partner": {"partner": "partner3"}},
    "reconcile-status": {"day": {"day": "2026-11-18"}},
    "xref-unknown": {"solved": {"solved": True}},
    "as2-explain": {"": {"message": "<nobody@example.com>"}, "known": {"message": "<7@x>"}},
    "held-release": {"": {"cause": "unreadable", "reason": "why", "dry_run": True}},
}
_LESS, _MORE = 1500, 6000
_SPARE: Final = 1000  #: steps; one row more of everything would be a hundred thousand
_FOR_EVER: Final = dict.fromkeys(("documents", "evidence", "events", "test", "seen"), 30_000)


async def _operations(context: Context) -> dict[str, Look]:
    """What the command line and `/admin/v1` ask."""
    found = await operations.search(context, po="4500000020")
    looks: dict[str, Look] = {}
    for name, operation in OPERATIONS.items():
        reads = operation.method == "GET"
        for which, arguments in (({"": {}} if reads else {}) | dict(ARGUMENTS.get(name, {}))).items():
            id_ = found["documents"][0]["id"] if "{id}" in operation.path else ""
            looks[f"{name} {which}".strip()] = partial(operation.call, context, id_, operation.arguments(**arguments))
    return looks


async def _looks(world: World) -> dict[str, Look]:
    context, health = world.context, HealthSurface(world.context, asyncio.Event())
    ledger = StoreLedger(context.store, FOLDER)
    return {
        **await _operations(context),
        "metrics": health._measure,
        "health": health._degraded,
        "timeline of a number": partial(operations.timeline, context, "4500000020"),
        "feed": partial(operations.feed, context, since=context.now() - timedelta(days=1)),
        "pressure": Pressure(context).look,
        "pickup": partial(asyncio.to_thread, ledger.open),
        "pickup of what is listed": partial(asyncio.to_thread, ledger.finished, {f"{1:064}", "another"}, set()),
        **{f"watch {one.name}": one.look for one in world.app._watches() if one.name != "retention"},
        "an order": partial(world.receive, an_order("4600000002", number=3)),
        "a notice": partial(world.submit, ship_notice("4600000001", shipment="SHP-3"), "key-3"),
        "an acknowledgment": partial(world.receive, functional_ack(2, set_number="0001")),
        "retention, nothing to remove": Run(context.store, Retention.model_validate(_FOR_EVER), context.now).all,
        "retention, all of it": Run(context.store, Retention(documents=1, seen=1), context.now, look_only=True).all,
        "doctor --deep": partial(deep, context, "states"),
    }


async def _walk(folder: Path) -> Walked:
    found: Walked = {}
    with watched() as seen:
        for messages in (_LESS, _MORE):
            async with lived(folder / str(messages), messages) as world:
                for name, look in (await _looks(world)).items():
                    seen.begin()
                    with suppress(Refusal):  # nobody has the Message-ID
                        await look()
                    seen.end()
                    scans = {table for asked in seen.asked for table in asked.scans if table in metadata.tables}
                    found.setdefault(name, []).append((seen.steps, scans))
    return found


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Walked:
    """Of each look, in the store with less behind it and in that with more: its steps, and the tables that it goes through."""
    return asyncio.run(_walk(tmp_path_factory.mktemp("looks")))


def test_no_look_goes_through_a_table_that_grows(walked: Walked):
    found = {(name, table) for name, [_, (_, scans)] in walked.items() if name not in WHOLE for table in scans - SMALL.keys()}
    assert found == ALLOWED.keys()  # what is not needed any more leaves the table, too


def test_no_look_does_more_because_more_was_done(walked: Walked):
    grown = {name: (less, more) for name, [(less, _), (more, _)] in walked.items() if more > less + _SPARE}
    assert grown.keys() == WHOLE.keys(), grown


def test_what_is_walked_is_all_that_the_command_line_reads(walked: Walked):
    assert {name for name, operation in OPERATIONS.items() if operation.method == "GET"} <= {name.split()[0] for name in walked}
