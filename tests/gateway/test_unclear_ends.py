"""What a partner may have without having answered is not sent by another way by itself: it would see one control number twice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from as2.client import PostError, post
from gateway import operations
from gateway.clock import system_clock
from gateway.errors import Cause, TransientError
from gateway.states import Thing
from gateway.store.jobs import free_all
from gateway.transports.base import Handover, Prepared
from gateway.transports.http import HttpTransport
from partners.model import Partner
from sftp.drop import drop
from sftp.errors import Operation, UnreachableError
from sftp.settings import DropSettings
from tests.gateway.a_partner import NOW, OUTGOING, a_partner
from tests.gateway.test_fallback import DOWN, WAYS
from tests.gateway.world import PartnerSide, World, an_order, ship_notice
from tests.support.http_receiver import receiving
from tests.support.memory_files import KilledError, MemoryFiles

SILENT = TransientError(Cause.DESTINATION_UNREACHABLE, "no answer in time", unclear=True)
OWN, OTHER = "partner:northmart:http", "partner:northmart:folder"


@asynccontextmanager
async def two_ways(root: Path, unclear: str = "wait") -> AsyncIterator[tuple[World, PartnerSide]]:
    """A partner that we reach by HTTP; its folder stands in for that."""
    said = WAYS.replace("{fallback: folder}", f"{{fallback: folder, unclear: {unclear}}}")
    world, http = await World.open(root, partner=said), PartnerSide()
    world.context.transports = {"folder": world.partner, "http": http}
    for number in (1, 2):
        await world.receive(an_order(f"450000000{number}", number=number))
    http.received.clear()  # the 997s
    http.prepared = 0
    yield world, http
    await world.close()


async def notice(world: World) -> dict[str, Any]:
    """The delivery of the one ship notice."""
    [row] = [row for row in await world.rows(Thing.DELIVERY, kind="partner") if row["document_id"]]
    return row


async def go_on(world: World, *, minutes: int, times: int = 1) -> None:
    for _ in range(times):
        world.clock.pass_time(minutes=minutes)
        await world.work()


async def test_what_ended_unclear_stays_with_its_way_until_that_answers(tmp_path):
    async with two_ways(tmp_path) as (world, http):
        http.faults = [SILENT, DOWN, DOWN, DOWN]  # one is enough
        await world.submit(ship_notice())
        await go_on(world, minutes=20, times=5)
        assert (len(http.received), world.partner.received) == (1, [])
        assert http.prepared == 1  # the very same, under the same id
        row = await notice(world)
        assert (row["state"], row["via"], row["unclear"]) == ("DELIVERED", None, None)
        told = [event["message"] for event in (await operations.timeline(world.context, row["id"]))["events"]]
        assert sum("may have it all the same, so that it stays with this way" in words for words in told) == 4
        assert "delivery.diverted" not in await world.actions(row["id"])


async def test_when_no_attempt_is_left_it_is_held_and_a_person_who_has_asked_lets_it_go_by_the_other_way(tmp_path):
    async with two_ways(tmp_path) as (world, http):
        http.faults = [SILENT, *[DOWN] * 1000]
        await world.submit(ship_notice())
        await go_on(world, minutes=20, times=30)
        [held, *_] = (await operations.held(world.context))["held"]
        assert (held["cause"], held["thing"], world.partner.received) == ("unclear-end", "delivery", [])
        assert "control number" in held["nextAction"]
        assert {one["operation"] for one in held["decisions"]} == {"resend", "reject"}
        await operations.resend(world.context, held["id"], "they do not have 1")
        await go_on(world, minutes=2, times=4)
        assert world.partner.sets() == ["856"]
        assert (await notice(world))["via"] == OTHER


async def test_where_that_is_agreed_it_is_held_at_once_or_sent_all_the_same(tmp_path):
    async with two_ways(tmp_path / "hold", "hold") as (world, http):
        http.faults = [SILENT] * 1000
        await world.submit(ship_notice())
        await go_on(world, minutes=2, times=12)
        assert [cause for _, cause in await world.held()] == ["unclear-end"]
        assert (1000 - len(http.faults), world.partner.received) == (3, [])  # held in place of taking the other way
    async with two_ways(tmp_path / "send", "send") as (world, http):
        http.faults = [SILENT] * 1000
        await world.submit(ship_notice())
        await go_on(world, minutes=2, times=12)
        assert world.partner.sets() == ["856"]


async def test_what_ended_clearly_takes_the_other_way_as_ever(tmp_path):
    async with two_ways(tmp_path) as (world, http):
        http.faults = [DOWN] * 1000
        await world.submit(ship_notice())
        await go_on(world, minutes=2, times=12)
        assert world.partner.sets() == ["856"]


async def test_while_its_way_rests_it_waits_and_what_was_never_tried_goes_by_the_other(tmp_path):
    async with two_ways(tmp_path) as (world, http):
        http.faults = [SILENT]
        await world.submit(ship_notice())
        await operations.circuit_open(world.context, OWN, "they change their server")
        await world.submit(ship_notice("4500000002", shipment="SHP-2"), "key-2")
        await go_on(world, minutes=10, times=6)
        assert len(world.partner.received) == 1
        assert b"SHP-2" in world.partner.received[0]
        assert http.received == []
        await operations.circuit_close(world.context, OWN, "it is done")
        await go_on(world, minutes=2, times=3)
        assert [b"SHP-1" in data for data in http.received] == [True]
        assert len(world.partner.received) == 1


async def test_while_its_way_rests_for_longer_than_is_tried_it_is_held(tmp_path):
    async with two_ways(tmp_path) as (world, http):
        http.faults = [SILENT]
        await world.submit(ship_notice())
        await operations.circuit_open(world.context, OWN, "they change their server")
        await go_on(world, minutes=60, times=8)
        assert ("delivery", "unclear-end") in await world.held()
        assert (http.received, world.partner.received) == ([], [])


async def test_an_attempt_that_was_cut_off_with_its_process_is_unclear(tmp_path):
    async with two_ways(tmp_path) as (world, http):
        http.faults = [KilledError()]
        with pytest.raises(KilledError):
            await world.submit(ship_notice())
        await world.context.store.write(free_all)  # as the next process does
        await operations.circuit_open(world.context, OWN, "they change their server")
        await go_on(world, minutes=10)
        assert world.partner.received == []
        await operations.circuit_close(world.context, OWN, "it is done")
        await go_on(world, minutes=10)
        assert (len(http.received), world.partner.received) == (1, [])


async def test_what_ended_unclear_by_the_fallback_stays_there(tmp_path):
    async with two_ways(tmp_path) as (world, http):
        await operations.circuit_open(world.context, OWN, "they change their server")
        world.partner.faults = [SILENT]
        await world.submit(ship_notice())
        await operations.circuit_close(world.context, OWN, "it is done")
        await go_on(world, minutes=10)
        assert (http.received, world.partner.sets()) == ([], ["856"])


async def test_what_a_server_took_and_sent_no_receipt_for_is_there(tmp_path, monkeypatch):
    """An asynchronous MDN that is overdue: the same message goes again, and only there."""
    async with two_ways(tmp_path) as (world, http):
        handed_over = http.send

        async def taken(prepared: Prepared, partner: Partner) -> Handover:
            return replace(await handed_over(prepared, partner), awaits_receipt=True)

        monkeypatch.setattr(http, "send", taken)
        await world.submit(ship_notice())
        assert (await notice(world))["state"] == "AWAITING_MDN"
        await operations.circuit_open(world.context, OWN, "they change their server")
        await go_on(world, minutes=60, times=40)
        assert world.partner.received == []
        await operations.circuit_close(world.context, OWN, "it is done")
        await go_on(world, minutes=10)
        assert set(http.received) == {http.received[0]}
        assert world.partner.received == []


# -- what each transport knows


@pytest.mark.parametrize(("status", "unclear"), [(429, False), (503, False), (500, True), (502, True), (504, True)])
async def test_a_server_that_says_it_took_nothing_is_clear_and_a_fault_behind_it_is_not(status: int, unclear: bool):
    async with aiohttp.ClientSession() as session, receiving(status) as server:
        with pytest.raises(TransientError) as raised:
            await send_by_http(session, server.url)
    assert raised.value.unclear is unclear


async def test_no_connection_is_clear_and_no_answer_is_not():
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    url = f"http://127.0.0.1:{port}/"
    async with aiohttp.ClientSession() as session:
        async with server:
            with pytest.raises(TransientError) as by_http:
                await send_by_http(session, url)
            with pytest.raises(PostError) as by_as2:
                await post(session, url, {}, b"message")
        assert (by_http.value.unclear, by_as2.value.unclear) == (True, True)
        with pytest.raises(TransientError) as by_http:
            await send_by_http(session, url)
        with pytest.raises(PostError) as by_as2:
            await post(session, url, {}, b"message")
        assert (by_http.value.unclear, by_as2.value.unclear) == (False, False)


async def test_the_token_is_not_the_message():
    async with aiohttp.ClientSession() as session, receiving(500) as tokens, receiving(202) as server:
        oauth2 = {"token_url": tokens.url, "client_id": "us", "client_secret": "env:S"}
        with pytest.raises(TransientError) as raised:
            await send_by_http(session, server.url, oauth2=oauth2)
    assert raised.value.unclear is False


@pytest.mark.parametrize(
    ("breaks", "changes", "unclear"),
    [
        (Operation.WRITE, {}, False),
        (Operation.RENAME, {}, True),
        (Operation.WRITE, {"temporary": "direct"}, True),
        (Operation.STAT, {"temporary": "direct"}, False),
    ],
    ids=str,
)
def test_a_file_that_may_have_its_name_is_unclear(breaks: Operation, changes: dict[str, str], unclear: bool):
    files = MemoryFiles(b"in")
    files.refuse = {breaks: UnreachableError}
    with pytest.raises(UnreachableError) as raised:
        drop(files, DropSettings.model_validate({"folder": "in", **changes}), "a.edi", b"one", drop_id="d")
    assert raised.value.unclear is unclear


async def send_by_http(session: aiohttp.ClientSession, url: str, **http: object) -> None:
    transport = HttpTransport(resolve={"env:S": "secret"}.__getitem__, session=lambda: session, clock=system_clock)
    partner = a_partner(http={"url": url, "allow_http": True, **http})
    await transport.send(transport.prepare(OUTGOING, partner, now=NOW), partner)
