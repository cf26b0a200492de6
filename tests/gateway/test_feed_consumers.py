"""Named consumers of the feed: each goes on where it said that it is, and who is behind is seen."""

import asyncio
from datetime import timedelta

import pytest

from gateway import operations
from gateway.errors import Cause, Refusal
from gateway.operations.consumers import advance, consumers, forget_consumer, place_of, set_position
from tests.gateway.command_line import gateway
from tests.gateway.serving import serving
from tests.gateway.world import World, an_order


@pytest.fixture
async def world(tmp_path):
    opened = await World.open(tmp_path)
    for number in (1, 2, 3):
        await opened.receive(an_order(f"450000000{number}", number=number))
        opened.clock.pass_time(minutes=10)
    yield opened
    await opened.close()


async def one(world):
    [found] = (await consumers(world.context))["consumers"]
    return found["position"], found["behind"], found["lagSeconds"]


async def test_a_position_goes_forward_and_tells_who_is_behind(world):
    assert await place_of(world.context, "erp") == 0
    assert await advance(world.context, "erp", 1, by="hub") == {"consumer": "erp", "position": 1}
    assert await one(world) == (1, 2, 1200.0)  # the second order has been waiting for twenty minutes
    assert await advance(world.context, "erp", 3, by="hub") == {"consumer": "erp", "position": 3}
    assert await advance(world.context, "erp", 2, by="hub") == {"consumer": "erp", "position": 3}  # an older word
    assert await one(world) == (3, 0, 0.0)
    assert (await operations.status(world.context))["consumers"][0]["consumer"] == "erp"
    with pytest.raises(Refusal) as refused:
        await advance(world.context, "erp", 4, by="hub")
    assert refused.value.cause is Cause.CONFLICT


async def test_a_person_puts_it_back_by_number_or_moment(world):
    await advance(world.context, "erp", 3, by="hub")
    assert await set_position(world.context, "erp", 1, "the hub restored a backup", by="maria") == {
        "consumer": "erp",
        "before": 3,
        "position": 1,
    }
    since = world.clock.now - timedelta(minutes=25)
    assert (await set_position(world.context, "erp", since, "from then on", by="maria"))["position"] == 1
    with pytest.raises(Refusal, match="the feed ends with number 3"):
        await set_position(world.context, "erp", 4, "further", by="maria")
    with pytest.raises(Refusal, match="reason"):
        await set_position(world.context, "erp", 1, " ", by="maria")
    await forget_consumer(world.context, "erp", "switched off", by="maria")
    with pytest.raises(Refusal) as unknown:
        await forget_consumer(world.context, "erp", "again", by="maria")
    assert unknown.value.cause is Cause.NOT_FOUND


async def test_a_consumer_reads_over_http_and_need_not_keep_its_place(tmp_path):
    async with serving(tmp_path) as served:
        hub, address = served.key("hub"), f"{served.base}/api/v1/feed"
        async with served.session.post(f"{address}/consumers/erp/position", json={"position": 0}, headers=hub) as response:
            assert (response.status, await response.json()) == (200, {"consumer": "erp", "position": 0})
        async with served.session.get(f"{address}?consumer=erp", headers=hub) as response:
            assert await response.json() == {"events": [], "next": 0}
        async with served.session.get(f"{address}/consumers", headers=hub) as response:
            [found] = (await response.json())["consumers"]
            assert (found["consumer"], found["behind"], found["lagSeconds"]) == ("erp", 0, 0.0)
        async with served.session.get(f"{served.base}/metrics", headers=served.key("admin")) as response:
            assert 'gateway_feed_behind{consumer="erp"} 0.0' in await response.text()
        wrong = [("erp", {"position": -1}), ("erp", {"position": "1"}), ("erp", []), ("ERP", {"position": 0})]
        for name, body in wrong:
            async with served.session.post(f"{address}/consumers/{name}/position", json=body, headers=hub) as response:
                assert (response.status, (await response.json())["code"]) == (400, "malformed-request")
        async with served.session.post(f"{address}/consumers/erp/position", json={"position": 1}, headers=hub) as response:
            assert (response.status, (await response.json())["code"]) == (409, "conflict")  # the feed does not go so far
        async with served.session.get(f"{address}?consumer=erp&after=1", headers=hub) as response:
            assert response.status == 409
        async with served.session.get(f"{address}/consumers", headers=served.key("northmart")) as response:
            assert response.status == 403


async def test_the_commands(world, tmp_path):
    await advance(world.context, "erp", 1, by="hub")
    await world.close()

    async def run(*arguments):
        return await asyncio.to_thread(gateway, "-w", tmp_path, "feed", *arguments)

    assert "erp" in (await run("consumers")).out
    assert (await run("consumers", "--json")).json["consumers"][0]["behind"] == 2
    assert (await run("position", "erp", "--to", "0", "--reason", "again")).out.strip() == "erp: goes on behind 0; it was at 1"
    assert (await run("forget", "erp", "--reason", "gone")).out.strip() == "erp: forgotten"
    assert (await run("forget", "erp", "--reason", "gone")).code == 3
