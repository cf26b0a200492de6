"""The workspace as numbered revisions: planned, applied, in force at once, rolled back."""

import pytest

from gateway import operations
from gateway.errors import Refusal
from partners.load import read_files
from tests.gateway.world import PARTNER_YAML, World, an_order

OVERLAY = """
map: partners/northmart/maps/850
version: 1
extends: x12/004010/850@3
"""


async def test_plan_shows_every_fault_and_every_change_and_changes_nothing(world: World):
    files = read_files(world.context.root)
    planned = await operations.plan(world.context, files)
    assert planned["valid"]
    assert {change["file"]: change["change"] for change in planned["changes"]} == {
        "gateway.yaml": "added",
        "partners/northmart/partner.yaml": "added",
    }
    files["partners/northmart/partner.yaml"] = PARTNER_YAML.replace("zone: America/Chicago", "zone: Mars/Olympus").encode()
    planned = await operations.plan(world.context, files)
    assert not planned["valid"]
    assert planned["faults"][0]["file"] == "partners/northmart/partner.yaml"
    assert planned["faults"][0]["path"] == "zone"
    assert world.context.active.number == 0


async def test_apply_is_in_force_at_once_and_rollback_goes_back(world: World):
    files = read_files(world.context.root)
    first = await operations.apply(world.context, files, by="maria", reason="begin")
    assert (first["revision"], first["changed"]) == (1, True)
    assert not (await operations.apply(world.context, files, by="maria", reason="again"))["changed"]
    files["partners/northmart/partner.yaml"] = PARTNER_YAML.replace("status: live", "status: suspended").encode()
    second = await operations.apply(world.context, files, by="maria", reason="stop them")
    assert second["revision"] == 2
    assert second["changes"][0]["diff"][-3:][0].startswith(("-", "+", " ", "@"))
    await world.receive(an_order())
    assert await world.held() == [("transmission", "partner-suspended")]
    back = await operations.rollback(world.context, by="maria", reason="a mistake")
    assert back["revision"] == 3
    await operations.release(world.context, (await operations.held(world.context))["held"][0]["id"], "they are back")
    await world.work()
    assert world.hub.orders == ["4500000001"]


async def test_files_with_faults_are_not_applied(world: World):
    files = read_files(world.context.root)
    files["partners/northmart/partner.yaml"] = PARTNER_YAML.replace('set: "850"', 'set: "850", map: x12/004010/999').encode()
    with pytest.raises(Refusal) as refused:
        await operations.apply(world.context, files, by="maria", reason="try")
    assert refused.value.faults[0]["file"] == "partners/northmart/partner.yaml"
    assert world.context.active.number == 0


async def test_a_new_process_uses_the_revision_not_the_files(tmp_path):
    world = await World.open(tmp_path)
    await operations.apply(world.context, read_files(world.context.root), by="maria", reason="begin")
    await world.close()
    (tmp_path / "partners/northmart/partner.yaml").write_text("nonsense: [")
    again = await World.open(tmp_path, partner="nonsense: [")
    assert again.context.active.number == 1
    await again.receive(an_order())
    assert again.hub.orders == ["4500000001"]
    await again.close()


async def test_rollback_to_nothing_is_refused(world: World):
    with pytest.raises(Refusal):
        await operations.rollback(world.context, 7, by="maria", reason="try")


async def test_a_replay_after_a_better_map_supersedes_the_event(tmp_path):
    world = await World.open(tmp_path)
    received = await world.receive(an_order())
    files = read_files(world.context.root)
    files["partners/northmart/maps/850.yaml"] = OVERLAY.encode()
    await operations.apply(world.context, files, by="maria", reason="a better map")
    await operations.replay(world.context, received.transmission_id, "with the better map", "restart")
    await world.work()
    assert len(world.hub.events) == 2
    first, second = world.hub.events.values()
    assert first["id"] != second["id"]
    assert second["causationid"] == first["id"]
    assert second["correlationid"] == first["correlationid"]
    assert len(world.partner.received) == 1
    await world.close()
