"""Held work by the dozen: filters, groups, decisions on many, and the run-book behind each cause."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from gateway import operations
from gateway.errors import CAUSES, Cause, PermanentError, Refusal
from gateway.operations.held_many import HeldFilter, discard_held, held_groups, release_held
from gateway.runbook import as_markdown, section_of
from gateway.service.admin import checked
from gateway.service.operations_table import OPERATIONS
from gateway.states import Thing
from tests.gateway.command_line import gateway
from tests.gateway.world import World, an_order

ROOT = Path(__file__).parents[2]
REFUSED = HeldFilter(cause="delivery-refused")


async def _some_held(world: World) -> None:
    """Three deliveries that the hub refused, the first an hour before the others, and bytes that nobody can read."""
    world.hub.faults = [PermanentError(Cause.DELIVERY_REFUSED, "HTTP 422") for _ in range(3)]
    await world.receive(an_order("1", number=1))
    world.clock.pass_time(hours=1)
    for number in (2, 3):
        await world.receive(an_order(str(number), number=number))
    await world.receive(b"no interchange")


async def test_held_work_is_filtered_and_grouped(world: World):
    await _some_held(world)
    groups = (await held_groups(world.context, HeldFilter()))["groups"]
    assert [(one["cause"], one["thing"], one["count"]) for one in groups] == [
        ("delivery-refused", "delivery", 3),
        ("unreadable", "transmission", 1),
    ]
    assert groups[0]["partners"] == 1
    assert groups[0]["since"].startswith("2026-11-18T15:00")
    assert {"owner", "nextAction", "runbook"} <= groups[0].keys()

    async def count(**which) -> int:
        return len((await operations.held(world.context, wanted=HeldFilter(**which)))["held"])

    assert [await count(), await count(cause="unreadable"), await count(partner="nobody")] == [4, 1, 0]
    assert [await count(older_than=timedelta(minutes=30)), await count(cause="delivery-refused", older_than=timedelta(days=1))] == [1, 0]


async def test_many_are_released_the_oldest_first_after_a_look(world: World):
    await _some_held(world)
    look = await release_held(world.context, REFUSED, "mended", limit=2, dry_run=True, by="ann")
    assert (look["count"], look["more"]) == (2, True)
    assert len(await world.rows(Thing.DELIVERY, state="HELD")) == 3
    done = await release_held(world.context, REFUSED, "mended", limit=2, dry_run=False, by="ann")
    assert done == {"decided": look["would"], "count": 2, "refused": [], "more": True}
    await world.work()
    assert world.hub.orders == ["1", "2"]
    assert "delivery.released" in await world.actions(done["decided"][0])


async def test_many_are_discarded_and_what_cannot_be_stays(world: World):
    await _some_held(world)
    done = await discard_held(world.context, HeldFilter(partner="northmart"), "nobody wants them", limit=10, dry_run=False, by="ann")
    assert (done["count"], done["refused"], done["more"]) == (4, [], False)
    assert sorted(await world.states(Thing.DELIVERY, kind="sink")) == ["CANCELLED"] * 3
    assert await world.held() == []
    assert (await operations.counts(world.context))["lost"] == []


@pytest.mark.parametrize("decide", [release_held, discard_held])
async def test_everything_at_once_is_not_decided_without_a_word(world: World, decide):
    await _some_held(world)
    with pytest.raises(Refusal) as refusal:
        await decide(world.context, HeldFilter(), "all of it", limit=10, dry_run=False, by="ann")
    assert refusal.value.cause is Cause.CONFLICT
    refused = await decide(world.context, REFUSED, " ", limit=1, dry_run=False, by="ann")
    assert (refused["count"], len(refused["refused"])) == (0, 1)


def test_arguments_are_checked():
    arguments = OPERATIONS["held-release"].arguments
    given = arguments.model_validate({"cause": "retries-exhausted", "older_than": "2h", "reason": "up again", "by": "ann"})
    assert given.wanted == HeldFilter("retries-exhausted", None, timedelta(hours=2))
    for wrong in ({"cause": "none"}, {"older_than": "2 hours"}, {"limit": 0}, {"dry_run": "yes"}):
        with pytest.raises(ValueError, match="1 validation error"):
            arguments.model_validate({"reason": "r", **wrong})


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("retry-exhausted", "the closest are retries-exhausted"),
        ("deliveryrefused", "the closest are delivery-refused"),
        ("Delivery refusd", "delivery-refused"),
        ("xyzzy", "no such cause; `gateway held list --group`"),
    ],
)
def test_a_cause_that_there_is_not_is_answered_by_the_closest_codes(said: str, told: str):
    with pytest.raises(Refusal) as refusal:
        checked(OPERATIONS["held-release"], {"cause": said, "reason": "up again"})
    assert told in refusal.value.detail
    assert len(refusal.value.detail) < 150


def test_a_cause_is_known_by_its_title_too():
    for cause in Cause:
        assert checked(OPERATIONS["held"], {"cause": CAUSES[cause].title}).cause == cause.value


def test_on_the_command_line(tmp_path):
    async def begin() -> None:
        world = await World.open(tmp_path)
        await _some_held(world)
        await world.close()

    asyncio.run(begin())

    def told(*arguments: str) -> dict:
        return gateway("-w", tmp_path, "held", *arguments, "--json").json

    assert [one["count"] for one in told("list", "--group")["groups"]] == [3, 1]
    assert len(told("list", "--cause", "delivery-refused")["held"]) == 3
    assert told("release", "--cause", "delivery-refused", "--reason", "mended", "--dry-run")["count"] == 3
    assert told("discard", "--cause", "unreadable", "--reason", "noise")["count"] == 1
    words = gateway("-w", tmp_path, "held", "list", "--group").out
    assert CAUSES[Cause.DELIVERY_REFUSED].title in words
    assert "gateway/RUNBOOK.md#delivery-refused" in words.replace("\n", "").replace(" ", "")


def test_the_run_book_tells_of_every_cause_and_is_as_the_table_says():
    page = (ROOT / "gateway" / "RUNBOOK.md").read_text(encoding="utf-8")
    assert page == as_markdown()
    for cause in Cause:
        assert f"\n## {cause.value}\n" in page
        assert CAUSES[cause].next_action in page
        assert section_of(cause) == f"gateway/RUNBOOK.md#{cause.value}"
