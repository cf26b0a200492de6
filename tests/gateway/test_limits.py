"""What is over a mark is told so and when to come again; what is under way goes on, and who is known is served."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientError, ClientSession, TCPConnector

from gateway.service.limits import Connections, Place
from gateway.service.pressure import Pressure
from gateway.store import jobs
from gateway.store.claiming import Bounds, claim
from tests.gateway.serving import GATEWAY_YAML, Served, serving
from tests.gateway.test_service_as2 import northmart_seals
from tests.support.waiting import eventually

INBOX = "/api/v1/partners/northmart/inbox"


@asynccontextmanager
async def limited(root: Path, **limits: Any) -> AsyncIterator[Served]:
    """The service with some of its limits set."""
    text = GATEWAY_YAML
    for name, value in limits.items():
        text = re.sub(rf" {name}: [^,}}]+,", "", text).replace("limits: {", f"limits: {{{name}: {value}, ")
    async with serving(root, **{"gateway.yaml": text}) as served:
        yield served


async def ask(served: Served, method: str, path: str, key: str = "", **request: Any) -> tuple[int, dict[str, str], Any]:
    headers = {**(served.key(key) if key else {}), **request.pop("headers", {})}
    async with served.session.request(method, served.base + path, headers=headers, **request) as answer:
        return answer.status, dict(answer.headers), await answer.json(content_type=None) if answer.status != 200 else None


# --- connections ---------------------------------------------------------------------------------------------------------------------


def admitted(connections: Connections, source: str | None = "192.0.2.1", *, is_idle: bool = True, is_known: bool = False) -> Place:
    place = connections.admit(source)
    assert place is not None
    place.is_known = is_known
    if is_idle:
        place.end()
    return place


def closed(*places: Place) -> Iterator[Place]:
    seen: list[Place] = []
    for place in places:
        place.close = lambda place=place: seen.append(place)
    return seen


def test_one_source_has_so_many_and_others_are_not_touched() -> None:
    connections = Connections(10, 2)
    first, _ = admitted(connections), admitted(connections)
    assert connections.admit("192.0.2.1") is None
    assert connections.admit("192.0.2.2") is not None
    first.release()
    first.release()
    assert connections.admit("192.0.2.1") is not None
    assert connections.admit("192.0.2.1") is None
    assert all(connections.admit(None) for _ in range(3)), "a proxy is not one source"


def test_when_all_are_taken_the_stranger_that_has_been_idle_the_longest_makes_room() -> None:
    connections = Connections(4, 9)
    known, busy, idle, later = (admitted(connections, is_known=n == 0, is_idle=n != 1) for n in range(4))
    gone = closed(known, busy, idle, later)
    idle.begin()
    idle.end()  # asked something since, so the other one has been idle longer
    for _ in range(3):
        assert connections.admit("192.0.2.9") is not None
    assert gone == [later, idle, known], "one that is known goes last, and one that is being answered never"
    assert connections.admit("192.0.2.9") is None


async def test_a_stranger_with_too_many_connections_keeps_nobody_out(tmp_path: Path) -> None:
    async with limited(tmp_path, connections=8, source_connections=4) as served:
        held = [await asyncio.open_connection("127.0.0.1", served.service.port, local_addr=("127.0.0.2", 0)) for _ in range(6)]
        for reader, _ in held[4:]:
            assert await asyncio.wait_for(reader.read(), 60) == b"", "closed at once"
        assert (await ask(served, "POST", INBOX, "northmart", data=b"ISA*00*"))[0] == 202
        for source in ("127.0.0.3", "127.0.0.4"):
            held += [await asyncio.open_connection("127.0.0.1", served.service.port, local_addr=(source, 0)) for _ in range(4)]
        async with ClientSession(connector=TCPConnector(force_close=True)) as other:
            for _ in range(3):
                async with other.post(served.base + INBOX, data=b"ISA*00*", headers=served.key("northmart")) as answer:
                    assert answer.status == 202
        assert b"gateway_connections_refused_total 2.0" in served.context.metrics.render()[0]
        for _, writer in held:
            writer.close()


# --- rates ---------------------------------------------------------------------------------------------------------------------------


async def test_a_flood_of_requests_is_told_when_to_come_again_and_partners_are_served(tmp_path: Path) -> None:
    async with limited(tmp_path) as served:
        wrong = {"Authorization": "Bearer guessed"}
        answers = [await ask(served, "POST", INBOX, data=b"x", headers=wrong) for _ in range(45)]
        assert [status for status, *_ in answers] == [401] * 40 + [429] * 5
        assert 0 < int(answers[-1][1]["Retry-After"]) <= 3600
        assert (await ask(served, "POST", INBOX, "northmart", data=b"ISA*00*"))[0] == 202


async def test_who_uses_a_partners_name_does_not_use_up_its_share(tmp_path: Path) -> None:
    """AS2 names are no secret: requests count by name and by where they come from."""
    async with limited(tmp_path, partner_rate="2/hour") as served:
        head = {"AS2-From": "NORTHMART", "AS2-To": "HARBORLINE", "Message-ID": "<x@y>"}
        async with ClientSession(connector=TCPConnector(local_addr=("127.0.0.2", 0))) as stranger:
            statuses = []
            for _ in range(3):
                async with stranger.post(f"{served.base}/as2", data=b"garbage", headers=head) as answer:
                    statuses.append(answer.status)
        assert statuses == [200, 200, 429]
        message = northmart_seals()
        assert (await ask(served, "POST", "/as2", data=message.body, headers=message.headers))[0] == 200


# --- bodies --------------------------------------------------------------------------------------------------------------------------


@contextmanager
def half(size: int) -> Iterator[tuple[AsyncIterator[bytes], asyncio.Event]]:
    """A body that stops in the middle until it is told to go on."""
    go_on = asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield b"ISA*00*" + bytes(size // 2)
        await go_on.wait()
        yield bytes(size // 2)

    yield body(), go_on
    go_on.set()


@pytest.mark.parametrize(
    ("path", "limit", "headers", "good"),
    [
        (INBOX, "memory_bytes", {"Content-Type": "application/json"}, b"[]"),
        (INBOX, "upload_bytes", {"Content-Type": "application/edi-x12"}, b"ISA*00*"),
        ("/as2", "upload_bytes", dict(northmart_seals(message_id="<large@n>").headers), b"x"),
    ],
)
async def test_all_bodies_together_have_a_limit(tmp_path: Path, path: str, limit: str, headers: dict[str, str], good: bytes) -> None:
    kind = limit == "memory_bytes"
    async with limited(tmp_path, **{limit: 60_000}) as served:
        with half(80_000) as (body, go_on):
            asked = headers | served.key("northmart")
            first = asyncio.create_task(served.session.post(served.base + path, data=body, headers=asked))
            await eventually(lambda: _under_way(served, kind) > 30_000)
            status, told, problem = await ask(served, "POST", path, headers=asked, data=bytes(40_000))
            assert (status, problem["code"], told["Retry-After"]) == (503, "overloaded", "5")
            go_on.set()
            async with await first as answer:
                assert answer.status == 503, "it is too large beside nothing, too"
        await eventually(lambda: _under_way(served, kind) == 0)
        assert (await ask(served, "POST", path, headers=asked, data=good))[0] in {200, 202}


async def test_a_body_that_breaks_off_gives_back_what_it_took(tmp_path: Path) -> None:
    async with limited(tmp_path) as served:
        with half(80_000) as (body, _):
            first = asyncio.create_task(served.session.post(served.base + INBOX, data=body, headers=served.key("northmart")))
            await eventually(lambda: _under_way(served, False) > 30_000)
            first.cancel()
            await asyncio.gather(first, return_exceptions=True)
        await eventually(lambda: _under_way(served, False) == 0)


def _under_way(served: Served, kind: bool) -> int:
    return served.service.uploads.under_way[kind]


# --- back-pressure -------------------------------------------------------------------------------------------------------------------


async def test_with_too_little_room_nothing_is_taken_on_and_health_says_why(tmp_path: Path) -> None:
    message = northmart_seals()
    async with limited(tmp_path, free_bytes=1 << 60) as served:
        await eventually(lambda: served.context.overload)
        for path, key, headers in (
            ("/as2", "", message.headers),
            (INBOX, "northmart", {}),
            ("/api/v1/ship-notices", "hub", {"Idempotency-Key": "1"}),
        ):
            status, told, problem = await ask(served, "POST", path, key, headers=headers, data=message.body)
            assert (status, problem["code"], told["Retry-After"]) == (503, "overloaded", "30")
        status, _, health = await ask(served, "GET", "/healthz")
        assert (status, health["live"], health["ready"]) == (503, True, False)
        [intake] = [check for check in health["checks"] if check["name"] == "intake"]
        assert "MiB are free" in intake["detail"]
        assert (await ask(served, "GET", "/api/v1/feed?wait=0", "hub"))[0] == 200, "what is there may be fetched"
        assert (await ask(served, "GET", "/admin/v1/status", "admin"))[0] == 200


async def test_with_too_many_jobs_due_nothing_is_taken_on_until_they_are_done(tmp_path: Path) -> None:
    async with limited(tmp_path, due_jobs=1) as served:
        pressure = Pressure(served.context)
        for _ in range(2):
            assert (await ask(served, "POST", INBOX, "northmart", data=b"ISA*00*"))[0] == 202
        await pressure.look()
        status, _, problem = await ask(served, "POST", INBOX, "northmart", data=b"ISA*00*")
        assert (status, problem["code"]) == (503, "overloaded")
        assert "jobs are due" in problem["detail"]
        now = served.context.now()
        [claimed] = await served.context.store.write(
            lambda connection: claim(connection, now, owner="w", lease=now - now.replace(hour=0), own=1, deliveries=0, bounds=Bounds(1))
        )
        await served.context.store.write(lambda connection: jobs.finish(connection, claimed))
        await pressure.look()
        assert (await ask(served, "POST", INBOX, "northmart", data=b"ISA*00*"))[0] == 202


async def test_a_writer_that_is_far_behind_stops_intake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with limited(tmp_path, writer_backlog=10) as served:
        monkeypatch.setattr(type(served.context.store), "backlog", 11)
        await Pressure(served.context).look()
        assert served.context.overload == ("more than 10 changes wait for the store",)


async def test_while_the_file_of_the_database_is_away_nothing_is_taken_on(tmp_path: Path) -> None:
    async with limited(tmp_path) as served:
        pressure, file = Pressure(served.context), served.context.store.folder / "gateway.db"
        file.rename(away := file.with_name("away"))
        assert (await ask(served, "POST", INBOX, "northmart", data=b"ISA*00*"))[0] == 503
        await pressure.look()
        assert "moved or removed" in served.context.overload[0]
        away.rename(file)
        await pressure.look()
        assert (await ask(served, "POST", INBOX, "northmart", data=b"ISA*00*"))[0] == 202


async def test_a_look_that_fails_is_not_the_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with limited(tmp_path) as served:
        looks = iter((OSError("the folder is away"), RuntimeError("a fault of ours")))
        look = Pressure.look

        async def failing(pressure: Pressure) -> None:
            if fault := next(looks, None):
                raise fault
            await look(pressure)

        monkeypatch.setattr(Pressure, "look", failing)
        monkeypatch.setattr(type(served.context.store), "backlog", 1 << 40)
        watching = asyncio.create_task(Pressure(served.context, every=0).run())
        await eventually(lambda: served.context.overload)
        watching.cancel()


async def test_a_refused_connection_is_no_answer(tmp_path: Path) -> None:
    async with limited(tmp_path, connections=1, source_connections=1) as served:
        _, writer = await asyncio.open_connection("127.0.0.1", served.service.port)
        with pytest.raises(ClientError):
            await ask(served, "GET", "/healthz")
        writer.close()
