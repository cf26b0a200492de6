"""Idempotency-Key at every path of partners and of the hub that writes: one effect, the same answer, and 409 while it is under way."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import Refusal
from gateway.pipeline.receive import Incoming, receive
from gateway.pipeline.schedule import Overdue
from gateway.service.idempotency import UnderWay
from gateway.states import Thing
from tests.gateway.rows import by_state
from tests.gateway.serving import Served, serving
from tests.gateway.test_service_api import INBOX, INTERCHANGE, NOTICES, problem, ship_notice
from tests.gateway.world import World, an_order


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(tmp_path) as running:
        yield running


@pytest.mark.parametrize("way", ["inbox", "hub"])
async def test_while_a_request_is_under_way_its_key_is_in_use(served: Served, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = INBOX if way == "inbox" else f"{NOTICES}?partner=northmart"
    headers = {"Idempotency-Key": "slow-1", **served.key("northmart" if way == "inbox" else "hub")}
    headers["Content-Type"] = "application/edi-x12" if way == "inbox" else "application/json"
    body = INTERCHANGE if way == "inbox" else json.dumps(ship_notice()).encode()
    begun, go_on, hold = asyncio.Event(), asyncio.Event(), UnderWay.hold

    @contextmanager
    def noted(self: UnderWay, client: str, key: str) -> Iterator[None]:
        with hold(self, client, key):
            begun.set()
            yield

    monkeypatch.setattr(UnderWay, "hold", noted)

    async def slowly() -> AsyncIterator[bytes]:
        yield body[:10]
        await go_on.wait()
        yield body[10:]

    first = asyncio.ensure_future(served.session.post(served.base + path, data=slowly(), headers=headers))
    await begun.wait()
    async with served.session.post(served.base + path, data=body, headers=headers) as second:
        await problem(second, 409, "idempotency-key-in-use")
        assert int(second.headers["Retry-After"]) >= 1
    go_on.set()
    async with await first as response:
        answer: dict[str, Any] = await response.json()
        assert (response.status, response.headers.get("Idempotent-Replay")) == (202, None)
    async with served.session.post(served.base + path, data=body, headers=headers) as again:
        assert (again.status, await again.json(), again.headers["Idempotent-Replay"]) == (202, answer, "true")
    found = await served.context.store.read(by_state)
    assert sum(found[Thing.TRANSMISSION if way == "inbox" else Thing.DOCUMENT].values()) == 1


async def test_two_that_arrive_at_once_have_one_effect(served: Served) -> None:
    headers = {"Idempotency-Key": "twice", **served.key("northmart")}
    posts = [served.session.post(served.base + INBOX, data=INTERCHANGE, headers=headers) for _ in range(8)]
    statuses = []
    for response in await asyncio.gather(*posts):
        async with response:
            statuses.append(response.status)
    assert set(statuses) <= {202, 409}
    assert 202 in statuses
    found = await served.context.store.read(by_state)
    assert sum(found[Thing.TRANSMISSION].values()) == 1


@pytest.mark.parametrize("key", ["ä", "k" * 256, "a\tb"])
async def test_a_key_that_is_none_is_said(served: Served, key: str) -> None:
    headers = {"Idempotency-Key": key, **served.key("northmart")}
    async with served.session.post(served.base + INBOX, data=INTERCHANGE, headers=headers) as response:
        await problem(response, 400, "malformed-request")


async def test_a_key_is_kept_as_long_as_the_settings_say(world: World) -> None:
    async def send(payload: bytes) -> bool:
        return (await receive(world.context, Incoming("http", "northmart", payload, idempotency_key="k-1"))).repeated

    assert not await send(an_order())
    world.clock.pass_time(days=89)
    await Overdue(world.context).look()
    assert await send(an_order())
    with pytest.raises(Refusal, match="other content"):
        await send(an_order("4500000002", number=2))
    world.clock.pass_time(days=2)
    await Overdue(world.context).look()
    assert not await send(an_order("4500000002", number=2))
