"""Payloads read in processes beside the gateway: the same units as read here, and nothing that depends on the processes living."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from edi.acks import AckNumbers
from gateway.errors import Cause, PermanentError
from gateway.pipeline.active import Active, check_files
from gateway.pipeline.apart.frames import Task
from gateway.pipeline.apart.pool import ReadingProcesses
from gateway.pipeline.apart.travelling import packed, unpacked
from gateway.pipeline.crossref import body_of
from gateway.pipeline.read_payload import read_payload
from gateway.pipeline.reading import About, Unit
from gateway.states import Thing
from tests.gateway.conftest import BOTH
from tests.gateway.world import GATEWAY_YAML, PARTNER_YAML, World, an_order, functional_ack, interchange, purchase_order
from tests.maps import test_standard_samples as samples
from tests.maps.generate.laws import reading
from tests.support.children import children_of
from tests.support.waiting import eventually

DATABASES = BOTH
NOW = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)
ABOUT = About("trn_1", "http", "northmart", "a" * 64, NOW)
FILES = {"gateway.yaml": GATEWAY_YAML.encode(), "partners/northmart/partner.yaml": PARTNER_YAML.encode()}
STRICTER = PARTNER_YAML.replace('set: "850"}}', 'set: "850"}, ack: {functional: "999"}}')
PAYLOADS = {
    "an order": an_order(),
    "two interchanges": an_order("1", number=1) + an_order("2", number=2),
    "a faulty set beside a good one": interchange(purchase_order("1"), purchase_order("2", control="0002", broken=True)),
    "an answer": functional_ack(1),
    "a stranger's": interchange(purchase_order("1"), sender="NOBODY"),
    "a set that is not agreed": interchange("ST*940*0001~\nW05*N*1~\nSE*3*0001~\n", functional="OW"),
    "damaged": an_order()[:-40],
}


def active_of(files: dict[str, bytes], number: int = 1) -> Active:
    checked = check_files(files)
    assert checked.workspace is not None, checked.faults
    assert checked.maps is not None
    return Active(number, checked.workspace, checked.maps)


@pytest.fixture(scope="module")
def active() -> Active:
    return active_of(FILES)


def read(active: Active, payload: bytes) -> tuple[Unit, ...]:
    return read_payload(active, payload, ABOUT, now=NOW, max_bytes=1 << 20, max_sets=10_000)


def said(units: tuple[Unit, ...]) -> list[Any]:
    """Everything of units, with what their functions say in the place of the functions."""
    numbers = AckNumbers("000000077", "88")
    return [
        (
            replace(unit, refusal=None, answer=None),
            [unit.answer.trial, unit.answer.options, unit.answer.groups, vars(unit.answer.numbering)] if unit.answer else None,
            unit.answer.prepared().answer(numbers=numbers, now=NOW) if unit.answer else None,
            unit.refusal().trial if unit.refusal else None,
        )
        for unit in units
    ]


@pytest.mark.parametrize("name", PAYLOADS)
def test_units_are_the_same_on_both_sides(active: Active, name: str) -> None:
    units = read(active, PAYLOADS[name])
    came = unpacked(packed(units), active, lambda: read(active, PAYLOADS[name]))
    assert said(came) == said(units)


def test_agreements_are_named_not_copied(active: Active) -> None:
    units = read(active, PAYLOADS["an order"])
    [unit] = unpacked(packed(units), active, lambda: units)
    assert unit.sets[0].agreement is units[0].sets[0].agreement


@pytest.mark.parametrize("sample", samples.SAMPLES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_document_is_its_json_form(sample: Path) -> None:
    made = samples.map_of(sample)
    document = made.decode(samples.tree_of(sample), reading(made)).document
    assert document is not None
    assert type(document).model_validate_json(body_of(document), by_alias=True, by_name=False) == document


def test_of_many_sets_only_the_json_forms_wait_and_say_the_same(active: Active) -> None:
    """A file of thousands of orders would otherwise hold thousands of models until it is committed."""
    few, many = (
        read(active, interchange(*(purchase_order(f"45{n}", control=f"{n + 1:04}") for n in range(number)))) for number in (3, 201)
    )
    assert [one.document is not None and one.document.made is not None for one in few[0].sets] == [True] * 3
    assert [one.document is not None and one.document.made is None for one in many[0].sets] == [True] * 201
    for one in (*few[0].sets, *many[0].sets):
        assert one.document is not None
        assert body_of(one.document.document) == one.document.body
        assert one.document.whole().document.business_number == one.number


@pytest.fixture
async def processes() -> AsyncIterator[ReadingProcesses]:
    """One that is up."""
    apart = ReadingProcesses(1)
    await up(apart)
    yield apart
    await apart.close()


async def up(apart: ReadingProcesses) -> None:
    for _ in range(64):
        assert not apart.are_ready
        apart.count(3)
    await eventually(lambda: apart.are_ready)


def task(payload: bytes) -> Task:
    return Task(payload, ABOUT, NOW, 1 << 20, 10_000)


async def test_a_process_reads_as_the_gateway_does(active: Active, processes: ReadingProcesses) -> None:
    came = await asyncio.gather(*(processes.read(active, task(payload)) for payload in PAYLOADS.values()))
    for units, payload in zip(came, PAYLOADS.values(), strict=True):
        assert units is not None
        assert said(units) == said(read(active, payload))


async def test_bytes_that_are_no_interchange_are_refused_as_here(active: Active, processes: ReadingProcesses) -> None:
    with pytest.raises(PermanentError) as told:
        await processes.read(active, task(b"neither this nor that"))
    assert told.value.cause is Cause.UNREADABLE
    assert await processes.read(active, task(an_order())) is not None


async def test_a_new_revision_counts_from_the_next_payload_on(active: Active, processes: ReadingProcesses) -> None:
    stricter = active_of(FILES | {"partners/northmart/partner.yaml": STRICTER.encode()}, 2)
    before, after = await asyncio.gather(processes.read(active, task(an_order())), processes.read(stricter, task(an_order())))
    assert before is not None
    assert after is not None
    [told] = [unit.answer.trial for unit in before if unit.answer and unit.answer.trial]
    [told_now] = [unit.answer.trial for unit in after if unit.answer and unit.answer.trial]
    assert (b"ST*997*" in told, b"ST*999*" in told_now) == (True, True)


async def test_what_a_process_cannot_do_is_done_here(active: Active, processes: ReadingProcesses) -> None:
    unusable = replace(active, number=3, workspace=replace(active.workspace, files={"gateway.yaml": b"own: ["}))
    assert await processes.read(unusable, task(an_order())) is None


async def test_few_payloads_start_no_process() -> None:
    apart = ReadingProcesses(1)
    for _ in range(500):
        apart.count(1)
        apart.count(3)
    assert not apart.are_ready
    await apart.close()


async def test_a_process_that_is_killed_leaves_the_reading_to_the_gateway(active: Active, processes: ReadingProcesses) -> None:
    await processes.read(active, task(an_order()))
    [pid] = children_of(os.getpid(), "gateway.pipeline.apart.child")
    os.kill(pid, signal.SIGSTOP)
    waiting = asyncio.ensure_future(processes.read(active, task(an_order())))
    await asyncio.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
    assert await waiting is None
    assert not processes.are_ready


async def test_a_gateway_that_is_killed_leaves_no_process() -> None:
    script = (
        "import asyncio, os\n"
        "from gateway.pipeline.apart.pool import _Child\n"
        "async def main():\n"
        "    await _Child.started()\n"
        "    print('up', flush=True)\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:  # noqa: ASYNC220 - it is only started
        assert parent.stdout is not None
        assert parent.stdout.readline() == "up\n"
        [child] = children_of(parent.pid, "gateway.pipeline.apart.child")
        parent.kill()
    await eventually(lambda: not is_alive(child))


async def test_a_flood_is_read_apart_and_nothing_is_lost_when_the_process_dies(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.context.apart = apart = ReadingProcesses(1)
    wanted = [f"45{number:05}" for number in range(240)]
    for number, po in enumerate(wanted[:120], 1):
        await world.receive(an_order(po, number=number), work=False)
    await world.work()
    await eventually(lambda: apart.are_ready)
    for number, po in enumerate(wanted[120:], 121):
        await world.receive(an_order(po, number=number), work=False)
    asked = counted(apart)
    working = asyncio.ensure_future(world.work())
    await eventually(lambda: asked() >= 20 or working.done(), pause=0)
    for pid in children_of(os.getpid(), "gateway.pipeline.apart.child"):
        os.kill(pid, signal.SIGKILL)
    await working
    assert asked() >= 20
    assert not apart.are_ready
    assert sorted(world.hub.orders) == wanted
    made = sorted((row["id"], row["business_key"]) for row in await world.rows(Thing.DOCUMENT))
    assert [number for _, number in made] == wanted  # one partner's, in their order
    assert world.partner.sets() == ["997"] * len(wanted)
    await apart.close()


def counted(apart: ReadingProcesses) -> Callable[[], int]:
    """How often it was asked from here on."""
    asked = 0
    reading = apart.read

    async def read(active: Active, task: Task) -> tuple[Unit, ...] | None:
        nonlocal asked
        asked += 1
        return await reading(active, task)

    apart.read = read  # type: ignore[method-assign]
    return lambda: asked


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
