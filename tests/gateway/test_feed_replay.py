"""The feed from a number or a moment on: for hubs that pull, and once more to those that are pushed to."""

from pathlib import Path
from typing import Any

import pytest

from gateway.errors import Cause, Refusal
from gateway.operations import apply, feed, replays_listed
from gateway.operations.feed_replay import Place, feed_replay
from gateway.settings import parse_settings
from gateway.states import Thing
from partners.load import read_files
from tests.gateway.serving import serving
from tests.gateway.world import GATEWAY_YAML, HubSink, World, an_order


@pytest.fixture
async def world(tmp_path: Path):
    """Four orders, ten minutes apart, and a second sink that is new."""
    world = await World.open(tmp_path)
    for number in (1, 2, 3, 4):
        await world.receive(an_order(f"45000{number}", number=number))
        world.clock.pass_time(minutes=10)
    with_second = GATEWAY_YAML.replace("sinks:", "sinks:\n  second: {kind: folder, path: second}")
    world.context.settings = parse_settings(with_second)
    files = read_files(world.context.root) | {"gateway.yaml": with_second.encode()}
    await apply(world.context, files, by="ana", reason="a second sink")
    world.context.sinks = {"hub": world.hub, "second": HubSink()}
    world.hub.events.clear()
    yield world
    await world.close()


async def again(world: World, first: Place, last: Place | None = None, *, confirm: bool = True, sink: str = "hub", **more: Any):
    return await feed_replay(world.context, sink, first, last, "the hub lost them", by="ana", confirm=confirm, **more)


async def test_a_hub_that_pulls_reads_from_a_moment_on(world: World):
    begun = world.clock.now.replace(hour=15, minute=20)
    page = await feed(world.context, since=begun)
    assert [event["subject"] for event in page["events"]] == ["northmart/450003", "northmart/450004"]
    assert (await feed(world.context, after=page["next"]))["events"] == []
    assert (await feed(world.context, since=begun, after=page["next"]))["events"] == []  # who goes on has said where


async def test_from_a_number_to_a_number_both_included(world: World):
    looked = await again(world, 2, 3, confirm=False)
    assert (looked["dryRun"], looked["found"], looked["done"], looked["from"], looked["to"]) == (True, 2, 2, 2, 3)
    assert await world.work() == 0
    answer = await again(world, 2, 3)
    await world.work()
    assert sorted(world.hub.orders) == ["450002", "450003"]
    for event in world.hub.events.values():
        assert (event["replay"], event["replayaction"], event["replayid"]) == (True, "feed", answer["replayId"])
        assert event["replayof"] == event["id"]
    assert await world.states(Thing.DOCUMENT) == ["DELIVERED"] * 4
    page = await feed(world.context, after=0)
    assert len(page["events"]) == 4  # who pulls sees nothing new
    assert not [event for event in page["events"] if "replay" in event]


async def test_from_a_moment_on_and_the_books_behind_it(world: World):
    answer = await again(world, world.clock.now.replace(hour=15, minute=25))
    await world.work()
    assert world.hub.orders == ["450004"]
    world.clock.pass_time(seconds=61)
    await world.work()
    [row] = (await replays_listed(world.context))["replays"]
    assert (row["id"], row["action"], row["done"], row["deliveries"]) == (answer["replayId"], "feed", 1, {"DELIVERED": 1})
    assert row["books"]["reconciliation"]["lost"] == []
    assert row["asked"] == {"sink": "hub", "from": "2026-11-18T15:25:00.000000Z"}


async def test_a_new_sink_gets_what_was_there_before_it(world: World):
    answer = await again(world, 1, sink="second")
    await world.work()
    second = world.context.sinks["second"]
    assert isinstance(second, HubSink)
    assert sorted(second.orders) == ["450001", "450002", "450003", "450004"]
    assert (answer["done"], world.hub.orders) == (4, [])


async def test_the_limit_says_where_to_go_on(world: World):
    answer = await again(world, 1, limit=3)
    assert (answer["found"], answer["done"], answer["left"], answer["next"]) == (4, 3, 1, 4)
    rest = await again(world, answer["next"], limit=3)
    await world.work()
    assert (rest["done"], "next" in rest) == (1, False)
    assert len(world.hub.orders) == 4


async def test_what_waits_already_is_not_queued_twice_and_an_unknown_sink_is_refused(world: World):
    await again(world, 4)
    second = await again(world, 4)
    assert (second["done"], len(second["refused"])) == (0, 1)
    with pytest.raises(Refusal) as refused:
        await again(world, 1, sink="nobody")
    assert refused.value.cause is Cause.NOT_FOUND


async def test_over_http(tmp_path: Path):
    async with serving(tmp_path) as served:

        async def get(query: str) -> tuple[int, dict[str, Any]]:
            async with served.session.get(f"{served.base}/api/v1/feed?{query}", headers=served.key("hub")) as answer:
                return answer.status, await answer.json()

        assert await get("from=2026-11-20T08:00:00Z") == (200, {"events": [], "next": 0})
        assert await get("from=2026-11-20T08:00:00+01:00") == (200, {"events": [], "next": 0})
        status, problem = await get("from=yesterday")
        assert (status, problem["code"]) == (400, "malformed-request")
        asked = {"sink": "hub", "from": "2026-11-20T08:00:00Z", "reason": "lost"}
        async with served.session.post(f"{served.base}/admin/v1/replays/feed", json=asked, headers=served.key("admin")) as answer:
            assert (answer.status, (await answer.json())["code"]) == (404, "not-found")  # no such sink
        async with served.session.post(f"{served.base}/admin/v1/replays/feed", json=asked, headers=served.key("hub")) as answer:
            assert answer.status == 403
