"""From the first byte until the other side has it: judged against objectives, with a budget, an alarm, and its end."""

import pytest

from canonical.registry import DOCUMENTS
from gateway import objectives, operations
from gateway.errors import Cause, TransientError
from gateway.objectives import Tier, objective_of, tier_of
from gateway.operations.slo import slo
from gateway.pipeline.attainment import ObjectivesWatch
from gateway.settings import SettingsError, parse_settings
from gateway.store import alarms
from tests.gateway.world import GATEWAY_YAML, World, an_order, ship_notice

STRICT = GATEWAY_YAML + "slo: {Order: {within: 30, target: 60}, ShipNotice: off}\n"


@pytest.fixture
async def strict(tmp_path):
    world = await World.open(tmp_path / "strict", gateway=STRICT)
    yield world
    await world.close()


async def test_what_was_late_uses_up_the_budget_until_it_is_an_alarm(strict: World):
    for number in range(1, 4):
        await strict.receive(an_order(f"45000000{number:02}", number=number))
    watch = ObjectivesWatch(strict.context)
    [orders] = (await slo(strict.context))["flows"]
    assert (orders["judged"], orders["late"], orders["percent"], orders["budgetLeft"]) == (3, 0, 100.0, 100.0)
    assert await watch.look() == []

    strict.hub.faults = [TransientError(Cause.DESTINATION_UNREACHABLE, "down")] * 3
    for number in range(4, 7):
        await strict.receive(an_order(f"45000000{number:02}", number=number))
    [orders] = (await slo(strict.context))["flows"]
    assert (orders["judged"], orders["waiting"]) == (3, 3)  # they still have time
    strict.clock.pass_time(seconds=31)
    [orders] = (await slo(strict.context))["flows"]
    assert (orders["judged"], orders["late"], orders["waiting"], orders["isMet"]) == (6, 3, 0, False)
    assert orders["oldestWaitingSeconds"] == 31.0
    assert orders["budgetLeft"] == -25.0  # 2.4 of 6 might have been late
    [raised] = await watch.look()
    assert (raised.about, raised.detail) == ("Order from partners to the hub", "less than 60 % within 30 s")
    await strict.work()
    assert await watch.look() == []  # still so, told once

    for number in range(7, 10):
        await strict.receive(an_order(f"45000000{number:02}", number=number))
    assert await watch.look() == []
    assert await strict.context.store.read(lambda c: alarms.listed(c, limit=9)) == []  # 6 of 9 in time
    [orders] = (await slo(strict.context))["flows"]
    assert orders["seconds"] == {"count": 9, "p50": 0.0, "p95": 31.0, "p99": 31.0, "max": 31.0}


async def test_what_leaves_counts_from_its_submission_and_without_an_objective_only_figures_are_told(strict: World):
    await strict.receive(an_order())
    await strict.submit(ship_notice(), work=False)
    strict.clock.pass_time(seconds=5)
    await strict.work()
    notices = next(one for one in (await slo(strict.context))["flows"] if one["documentType"] == "ShipNotice")
    assert (notices["direction"], notices["seconds"]["max"], notices["judged"]) == ("outbound", 5.0, 1)
    assert "within" not in notices


async def test_a_replay_does_not_count_as_late(strict: World):
    received = await strict.receive(an_order())
    strict.clock.pass_time(days=1)
    await operations.replay(strict.context, received.transmission_id, "once more", "restart")
    await strict.work()
    assert [one["late"] for one in (await slo(strict.context))["flows"]] == [0]


def test_every_document_has_a_tier():
    known = objectives._SECONDS | objectives._SCHEDULED | objectives._BACKGROUND
    assert known == set(DOCUMENTS)
    assert {tier_of(document) for document in DOCUMENTS} == set(Tier)
    usual = objective_of({}, "Order")
    assert usual is not None
    assert usual.within == 60
    assert objective_of({}, "SalesReport") is None


@pytest.mark.parametrize("said", ["slo: {Orders: {within: 30}}", "slo: {Order: {within: 0}}", "slo: {Order: {within: 30, target: 100}}"])
def test_an_objective_that_cannot_be_is_refused(said: str):
    with pytest.raises(SettingsError):
        parse_settings(GATEWAY_YAML + said + "\n")
