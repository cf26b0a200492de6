"""Files that are sent as they are, payloads that are too large to be read, and both directions without holding them in memory."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from gateway import operations
from gateway.app import App
from gateway.demo.process import free_port
from gateway.demo.telling import until
from gateway.errors import Cause, Refusal
from gateway.settings import load_settings
from gateway.states import Thing
from gateway.store import lookup
from tests.chaos.cutting import Cutter, Side
from tests.chaos.memory import at_most, at_rest, begin
from tests.gateway.command_line import gateway
from tests.gateway.serving import Served, serving
from tests.gateway.world import World
from tests.support.pair import MiB, make_workspaces
from tests.support.sshd import needs_sshd, running_sshd


async def blocks(*data: bytes) -> AsyncIterator[bytes]:
    for block in data:
        yield block


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(tmp_path) as running:
        yield running


# --- what goes out ---------------------------------------------------------------------------------------------------------------------


async def test_a_file_goes_to_the_partner_as_it_is_and_is_told_like_any_delivery(world: World):
    answer = await operations.send_file(world.context, "northmart", blocks(b"one,", b"two\n"), name="list.csv", content_type="text/csv")
    await world.work()
    assert world.partner.received == [b"one,two\n"]
    assert (await world.one(Thing.DELIVERY))["state"] == "DELIVERED"
    transmission = await world.one(Thing.TRANSMISSION)
    assert (transmission["file_name"], transmission["content_type"], transmission["state"]) == ("list.csv", "text/csv", "WRITTEN")
    assert await world.actions(answer["transmissionId"]) == ["transmission.written", "delivery.delivered"]
    assert (await operations.counts(world.context))["lost"] == []


async def test_the_same_key_is_the_same_delivery_and_not_for_another_file(world: World):
    first = await operations.send_file(world.context, "northmart", blocks(b"one"), idempotency_key="k")
    again = await operations.send_file(world.context, "northmart", blocks(b"one"), idempotency_key="k")
    assert (again["deliveryId"], again["repeated"], first["repeated"]) == (first["deliveryId"], True, False)
    with pytest.raises(Refusal) as refused:
        await operations.send_file(world.context, "northmart", blocks(b"other"), idempotency_key="k")
    assert refused.value.cause is Cause.IDEMPOTENCY_KEY_REUSED
    assert len(await world.rows(Thing.DELIVERY)) == 1


@pytest.mark.parametrize(
    ("partner", "options", "cause"),
    [
        ("nobody", {}, Cause.NOT_FOUND),
        ("northmart", {"transport": "as2"}, Cause.CONFLICT),
        ("northmart", {"name": "../up"}, Cause.MALFORMED_REQUEST),
        ("northmart", {"name": "two\nlines"}, Cause.MALFORMED_REQUEST),
        ("northmart", {"content_type": "text/plain\r\nX-More: yes"}, Cause.MALFORMED_REQUEST),
    ],
)
async def test_what_cannot_be_sent_is_refused_before_anything_is_stored(world: World, partner: str, options: dict[str, str], cause: Cause):
    with pytest.raises(Refusal) as refused:
        await operations.send_file(world.context, partner, blocks(b"x"), **options)
    assert refused.value.cause is cause
    assert await world.rows(Thing.TRANSMISSION) == []


async def test_a_file_comes_in_by_the_admin_address_as_a_stream_and_can_be_fetched_again(served: Served):
    data, url = os.urandom(300_000), f"{served.base}/admin/v1/partners/northmart/files"
    head = {**served.key("admin"), "Idempotency-Key": "k-1"}
    served.context.transports = {"as2": object()}
    for repeated in (False, True):
        async with served.session.post(url, data=blocks(data[:1000], data[1000:]), headers=head, params={"name": "a.bin"}) as response:
            answer = await response.json()
            assert (response.status, answer["repeated"], answer["bytes"]) == (202, repeated, len(data)), answer
    async with served.session.get(f"{served.base}/admin/v1/things/{answer['transmissionId']}/payload", headers=head) as response:
        assert (await response.read(), response.headers["Content-Length"]) == (data, "300000")
    async with served.session.post(url, data=b"", headers=served.key("admin")) as response:
        assert ((await response.json())["code"], response.status) == ("body-empty", 400)


async def test_an_upload_that_breaks_off_leaves_nothing(served: Served):
    served.context.transports = {"as2": object()}

    async def broken() -> AsyncIterator[bytes]:
        yield os.urandom(3 * MiB)
        raise ConnectionError

    with pytest.raises(aiohttp.ClientError):
        await served.session.post(f"{served.base}/admin/v1/partners/northmart/files", data=broken(), headers=served.key("admin"))
    scratch = served.context.store.folder / "scratch"
    assert await until(lambda: not list(scratch.iterdir()))
    assert await served.context.store.read(lambda connection: lookup.where(connection, Thing.TRANSMISSION)) == []
    assert [path for path in (served.context.store.folder / "payloads").rglob("*") if path.is_file()] == []


def test_a_file_is_sent_and_a_payload_fetched_while_the_gateway_stands_still(tmp_path: Path):
    root, _ = make_workspaces(tmp_path, (1, 2))
    file, out = tmp_path / "report.bin", tmp_path / "out.bin"
    file.write_bytes(os.urandom(100_000))
    sent = gateway("-w", root, "send", "harborline", file, "--by", "as2", "--key", "k", "--json")
    assert (sent.code, sent.json["state"], sent.json["transport"]) == (0, "QUEUED", "as2"), sent.err
    assert gateway("-w", root, "send", "harborline", file, "--key", "k").out.endswith("tells how it goes\n")
    assert gateway("-w", root, "docs", "show", sent.json["transmissionId"], "--raw", "-o", out).code == 0
    assert out.read_bytes() == file.read_bytes()
    assert gateway("-w", root, "docs", "show", sent.json["transmissionId"], "--raw").data == file.read_bytes()
    assert "no such way out; there is: as2" in gateway("-w", root, "send", "harborline", file, "--by", "folder").err


# --- what comes in ---------------------------------------------------------------------------------------------------------------------


async def test_what_is_too_large_to_be_read_is_kept_and_waits_for_a_person(tmp_path: Path):
    world = await World.open(tmp_path, gateway=_WITH_LIMIT)
    try:
        received = await world.receive(b"ISA" + bytes(2000))
        assert await world.states(Thing.TRANSMISSION) == ["HELD"]
        [(_, cause)] = await world.held()
        assert cause == Cause.TOO_LARGE_TO_READ
        payload, _ = await operations.payload(world.context, received.transmission_id)
        assert payload.size == 2003
        shown = await operations.show(world.context, received.transmission_id)
        assert "2003 bytes" in shown["detail"]
    finally:
        await world.close()


_WITH_LIMIT = """
own: {name: Harborline Foods, org: harborline, environment: live, zone: UTC, stations: [{id: main, x12: {qualifier: ZZ, id: HARBORLINE}}]}
limits: {read_bytes: 1000}
"""


# --- both ends -------------------------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def two_gateways(root: Path, *, ports: tuple[int, int] | None = None, **options: object) -> AsyncIterator[tuple[App, App]]:
    """Both run in this process, over loopback."""
    workspaces = make_workspaces(root, ports or (free_port(), free_port()), read_bytes=MiB, **options)
    async with AsyncExitStack() as stack:
        apps = []
        for workspace in workspaces:
            app = await App.open(workspace, load_settings(workspace))
            stack.push_async_callback(app.stop)
            await app.start()
            apps.append(app)
        yield apps[0], apps[1]


async def exchange(sender: App, receiver: App, by: str, data: AsyncIterator[bytes]) -> str:
    """Send, wait until both are done, and give the digest of what arrived."""
    before = len(await receiver.context.store.read(_inbound))
    sent = await operations.send_file(sender.context, "harborline", data, transport=by)

    def is_done() -> bool:
        rows = receiver.context.store.read_now(_inbound)
        delivery = sender.context.store.read_now(lambda connection: lookup.by_id(connection, sent["deliveryId"]))
        return len(rows) > before and rows[-1]["finished_at"] is not None and delivery["state"] not in {"QUEUED", "AWAITING_MDN"}

    assert await until(is_done)
    assert (await operations.show(sender.context, sent["deliveryId"]))["state"] == ("RECEIPTED" if by == "as2" else "DELIVERED")
    [newest] = (await receiver.context.store.read(_inbound))[before:]
    return str(newest["payload_sha256"])


def _inbound(connection: object) -> list[lookup.Found]:
    """What is not a repetition, in the order in which it came."""
    rows = lookup.where(connection, Thing.TRANSMISSION, direction="inbound")
    return sorted((row for row in rows if row["state"] != "DUPLICATE"), key=lambda row: row["id"])


async def random_blocks(count: int, digest: "hashlib._Hash", *, size: int = MiB) -> AsyncIterator[bytes]:
    for _ in range(count):
        block = os.urandom(size)
        digest.update(block)
        yield block


@pytest.mark.parametrize("async_mdn", [False, True])
async def test_A50_a_large_message_goes_from_gateway_to_gateway_in_less_memory_than_it_has_bytes(tmp_path: Path, async_mdn: bool):
    async with two_gateways(tmp_path, async_mdn=async_mdn) as (sender, receiver):
        await less_memory_than_bytes(sender, receiver, "as2")


@needs_sshd
async def test_a_large_file_goes_over_an_sftp_server_in_less_memory_than_it_has_bytes(tmp_path: Path):
    with running_sshd(tmp_path) as sshd:
        (sshd.folder / "exchange").mkdir()
        sftp = {**sshd.settings(), "key": f"file:{sshd.keys / 'user_key'}"}
        async with two_gateways(tmp_path, sftp=sftp) as (sender, receiver):
            await less_memory_than_bytes(sender, receiver, "sftp")


async def test_A50_what_is_over_the_receivers_limit_is_held_at_its_first_answer(tmp_path: Path):
    async with two_gateways(tmp_path, body_bytes=MiB) as (sender, receiver):
        sent = await operations.send_file(sender.context, "harborline", random_blocks(12, hashlib.sha256()), transport="as2")

        async def is_held() -> bool:
            return (await operations.show(sender.context, sent["deliveryId"]))["state"] == "HELD"

        assert await until(is_held)
        delivery = await operations.show(sender.context, sent["deliveryId"])
        assert (delivery["attempts"], delivery["detail"]) == (1, "the partner takes no message of this size (HTTP 413)")
        assert await receiver.context.store.read(_inbound) == []
        assert list((receiver.context.store.folder / "scratch").iterdir()) == []


async def test_A50_a_message_that_breaks_off_leaves_nothing(tmp_path: Path):
    async with two_gateways(tmp_path) as (_, receiver):
        head = (
            "POST /as2 HTTP/1.1\r\nHost: x\r\nAS2-From: NORTHMART\r\nAS2-To: HARBORLINE\r\nMessage-ID: <1@x>\r\n"
            "Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\nContent-Length: 9000000\r\n\r\n"
        )
        _, writer = await asyncio.open_connection("127.0.0.1", receiver.port)
        writer.write(head.encode() + os.urandom(3 * MiB))
        await writer.drain()
        scratch = receiver.context.store.folder / "scratch"
        assert await until(lambda: list(scratch.iterdir()))
        writer.close()
        await writer.wait_closed()
        assert await until(lambda: not list(scratch.iterdir()))
        assert await receiver.context.store.read(_inbound) == []


# --- connections that are cut ----------------------------------------------------------------------------------------------------------


async def test_A48_messages_and_receipts_that_are_cut_arrive_once(tmp_path: Path):
    port = free_port()
    async with Cutter(port) as cutter, two_gateways(tmp_path, ports=(free_port(), port), as2_port=cutter.port) as (sender, receiver):
        for side, after in ((Side.REQUEST, 1), (Side.REQUEST, 250_000), (Side.ANSWER, 1), (Side.ANSWER, 2000)):
            await arrives_once(sender, receiver, "as2", cutter, side, after)
        rows = await receiver.context.store.read(lambda connection: lookup.where(connection, Thing.TRANSMISSION, direction="inbound"))
    assert sorted(row["state"] for row in rows) == ["DUPLICATE"] * 2 + ["HELD"] * 4  # held, for random bytes are no interchange


@needs_sshd
async def test_uploads_and_downloads_that_are_cut_arrive_once(tmp_path: Path):
    with running_sshd(tmp_path) as sshd:
        (sshd.folder / "exchange").mkdir()
        sftp = {**sshd.settings(), "key": f"file:{sshd.keys / 'user_key'}"}
        async with (
            Cutter(sshd.port) as up,
            Cutter(sshd.port) as down,
            two_gateways(tmp_path, sftp=sftp, sftp_ports=(up.port, down.port)) as (sender, receiver),
        ):
            for cutter, side, after in ((up, Side.REQUEST, 2000), (up, Side.REQUEST, 250_000), (down, Side.ANSWER, 150_000)):
                await arrives_once(sender, receiver, "sftp", cutter, side, after)
            rows = await receiver.context.store.read(_inbound)
    assert len(rows) == 3


async def arrives_once(sender: App, receiver: App, by: str, cutter: Cutter, side: Side, after: int) -> None:
    digest = hashlib.sha256()
    cuts = cutter.cuts
    cutter.arm(side, after)
    arrived = await exchange(sender, receiver, by, random_blocks(1, digest, size=300_000))
    assert (arrived, cutter.cuts) == (digest.hexdigest(), cuts + 1)
    for gateway_ in (sender, receiver):
        assert (await operations.counts(gateway_.context))["lost"] == []


async def less_memory_than_bytes(sender: App, receiver: App, by: str) -> None:
    """Both gateways together, in this one process."""
    megabytes = 32
    small, large = hashlib.sha256(), hashlib.sha256()
    assert await exchange(sender, receiver, by, random_blocks(2, small)) == small.hexdigest()
    idle = at_rest(os.getpid())
    begin(os.getpid())
    assert await exchange(sender, receiver, by, random_blocks(megabytes, large)) == large.hexdigest()
    assert at_most(os.getpid()) - idle < megabytes
