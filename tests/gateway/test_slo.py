"""From the first byte until the other side has it: judged against objectives, with a budget, an alarm, and its end."""

import pytest

from canonical.registry import DOCUMENTS
from gateway import objectives, operations
from gateway.errors import Cause, PermanentError, TransientError
from gateway.objectives import Tier, objective_of, tier_of
from gateway.operations.slo import slo
from gateway.pipeline.attainment import ObjectivesWatch
from gateway.settings import SettingsError, parse_settings
from gateway.store import alarms
from tests.gateway.world import GATEWAY_YAML, World, an_order, ship_notice

STRICT = GATEWAY_YAML + "slo: {Order: {within: 30, target: 60}, ShipNotice: off}\nreconcile: {least: 6, recent: 600}\n"


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


async def test_few_documents_are_no_alarm_and_a_single_late_one_is_none(tmp_path):
    world = await World.open(tmp_path / "few", gateway=GATEWAY_YAML)
    watch = ObjectivesWatch(world.context)
    world.hub.faults = [PermanentError(Cause.DELIVERY_REFUSED, "410")]
    await world.receive(an_order("4500000001", number=1))
    world.clock.pass_time(seconds=120)
    assert await world.held() != []
    [orders] = (await slo(world.context))["flows"]
    assert (orders["judged"], orders["late"], orders["isMet"]) == (1, 1, False)  # the objective is as it was
    assert await watch.look() == []
    for number in range(2, 11):
        await world.receive(an_order(f"45000000{number:02}", number=number))
    [orders] = (await slo(world.context))["flows"]
    assert (orders["judged"], orders["late"], orders["isMet"]) == (10, 1, False)
    assert await watch.look() == []

    world.hub.faults = [PermanentError(Cause.DELIVERY_REFUSED, "410")]
    await world.receive(an_order("4500000011", number=11))
    assert await watch.look() == []
    world.clock.pass_time(seconds=61)
    assert [raised.subject for raised in await watch.look()] == ["Order/inbound"]
    await world.close()


async def test_the_alarm_ends_when_things_are_well_again_though_the_day_was_not(strict: World):
    watch = ObjectivesWatch(strict.context)
    strict.hub.faults = [PermanentError(Cause.DELIVERY_REFUSED, "410")]  # one is held, and stays so
    await strict.receive(an_order("4500000001", number=1))
    strict.hub.faults = [TransientError(Cause.DESTINATION_UNREACHABLE, "down")] * 5
    for number in range(2, 7):
        await strict.receive(an_order(f"45000000{number:02}", number=number))
    strict.clock.pass_time(seconds=1200)  # they wait still: it is not over because nothing new came
    assert len(await watch.look()) == 1
    await strict.work()
    assert len(await strict.context.store.read(lambda c: alarms.listed(c, limit=9))) == 1  # they were late just now
    strict.clock.pass_time(seconds=601)
    assert await watch.look() == []
    assert await strict.context.store.read(lambda c: alarms.listed(c, limit=9)) == []
    [orders] = (await slo(strict.context))["flows"]
    assert (orders["judged"], orders["late"], orders["isMet"]) == (6, 6, False)


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
