"""What comes again, at every door: once with the same bytes and once with others, by another door, and on both sides of the window."""

import json
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from gateway import operations
from gateway.demo.papers import shop_order
from gateway.errors import Cause, Refusal
from gateway.pipeline.doors import DOORS, as_markdown
from gateway.pipeline.receive import Incoming, receive
from gateway.pipeline.schedule import Overdue
from gateway.states import Thing
from gateway.store import keys
from tests.gateway.as2_world import As2World
from tests.gateway.world import GATEWAY_YAML, World, an_order, interchange, purchase_order

ROOT = Path(__file__).resolve().parents[2]


async def _open(tmp_path: Path, duplicates: str) -> World:
    world = await World.open(tmp_path)
    world.agree("orders", duplicates=YAML(typ="safe").load(duplicates))
    return world


async def _come(world: World, payload: bytes, transport: str = "http", **more: Any) -> dict[str, Any]:
    """Bytes by one door, worked on. Gives the transmission."""
    received = await receive(world.context, Incoming(transport, "northmart", payload, **more))
    await world.work()
    return await world.one(Thing.TRANSMISSION, id=received.transmission_id)


def test_the_page_has_the_table_that_the_code_has():
    assert as_markdown() in (ROOT / "gateway" / "README.md").read_text()


# -- ids of the transport


async def test_a_message_id_is_free_again_after_its_window_and_the_evidence_stays(tmp_path):
    as2 = await As2World.open(tmp_path)
    first = await as2.post(as2.seal(an_order("1")))
    as2.world.clock.pass_time(days=29)
    again = await as2.post(as2.seal(an_order("1")))
    assert again.body == first.body
    as2.world.clock.pass_time(days=2)
    await as2.world.work()
    anew = await as2.post(as2.seal(an_order("2", number=2)))
    assert anew.body != first.body
    await as2.world.work()
    assert as2.world.hub.orders == ["1", "2"]
    rows = await as2.world.rows(Thing.TRANSMISSION, direction="inbound")
    assert [row["state"] for row in rows] == ["OPENED", "DUPLICATE", "OPENED"]
    for row in (rows[0], rows[2]):
        async with operations.evidence(as2.world.context, row["id"]) as (name, _):
            assert name.endswith(".zip")
    await as2.world.close()


async def test_an_idempotency_key_has_one_effect_and_is_free_after_its_window(world: World):
    first = await receive(world.context, Incoming("http", "northmart", an_order("1"), idempotency_key="k"))
    again = await receive(world.context, Incoming("http", "northmart", an_order("1"), idempotency_key="k"))
    assert (again.transmission_id, again.repeated) == (first.transmission_id, True)
    with pytest.raises(Refusal) as refused:
        await receive(world.context, Incoming("http", "northmart", an_order("2", number=2), idempotency_key="k"))
    assert refused.value.cause is Cause.IDEMPOTENCY_KEY_REUSED
    for days, is_free in ((89, False), (2, True)):
        world.clock.pass_time(days=days)
        await Overdue(world.context).look()
        assert (await world.context.store.read(lambda c: keys.find(c, "partner:northmart", "k")) is None) is is_free


# -- interchange numbers, by whatever door


@pytest.mark.parametrize("doors", [("as2", "sftp"), ("sftp", "http"), ("folder", "dropbox")])
async def test_the_same_file_by_two_doors_has_one_effect_and_the_same_997_twice(world: World, doors):
    first, second = [await _come(world, an_order(), door, file_name=f"{door}.edi") for door in doors]
    assert (first["state"], second["state"], second["original_id"]) == ("OPENED", "DUPLICATE", first["id"])
    assert world.hub.calls == 1
    assert len(world.partner.received) == 2
    assert world.partner.received[0] == world.partner.received[1]


async def test_other_bytes_under_the_number_by_another_door_are_held(world: World):
    await _come(world, an_order("1"), "as2")
    second = await _come(world, an_order("2"), "sftp")
    assert (second["state"], second["cause"]) == ("HELD", "duplicate-other-bytes")


@pytest.mark.parametrize(
    ("policy", "same", "other", "answers"),
    [
        ("{same_bytes: reack}", "DUPLICATE", "HELD", 2),
        ("{same_bytes: drop}", "DUPLICATE", "HELD", 1),
        ("{same_bytes: hold}", "HELD", "HELD", 1),
        ("{same_bytes: process, other_bytes: process}", "OPENED", "OPENED", 3),
        ("{same_bytes: reject, other_bytes: reject}", "REJECTED", "REJECTED", 3),
        ("{other_bytes: drop}", "DUPLICATE", "DUPLICATE", 2),
    ],
)
async def test_each_action_by_interchange_number(tmp_path, policy, same, other, answers):
    world = await _open(tmp_path, f"{{interchange: {policy}, business_key: off}}")
    await _come(world, an_order("1"))
    assert (await _come(world, an_order("1"), "sftp"))["state"] == same
    assert (await _come(world, an_order("2"), "sftp"))["state"] == other
    assert len(world.partner.received) == answers
    await world.close()


async def test_who_is_refused_is_told_that_the_number_was_used(tmp_path):
    world = await _open(tmp_path, "{interchange: {same_bytes: reject}}")
    await _come(world, an_order("1"))
    second = await _come(world, an_order("1"))
    assert (second["state"], second["cause"]) == ("REJECTED", "duplicate-refused")
    assert b"TA1*000000001*261118*0915*R*025~" in world.partner.received[1]
    assert world.hub.calls == 1
    assert await world.held() == []
    await world.close()


@pytest.mark.parametrize(("days", "state"), [(9.9, "HELD"), (10.1, "OPENED")])
async def test_numbers_are_remembered_as_long_as_agreed(tmp_path, days, state):
    world = await _open(tmp_path, "{interchange: {days: 10}}")
    await _come(world, an_order("1"))
    world.clock.pass_time(days=days)
    assert (await _come(world, an_order("2"), "sftp"))["state"] == state
    await world.close()


async def test_a_forgotten_number_with_the_same_bytes_is_known_by_its_bytes(tmp_path):
    world = await _open(tmp_path, "{interchange: {days: 1}, bytes: {days: 20}}")
    await _come(world, an_order("1"))
    world.clock.pass_time(days=10)
    assert (await _come(world, an_order("1"), "sftp"))["state"] == "DUPLICATE"
    await world.close()


# -- bytes, where no number tells


@pytest.mark.parametrize(
    ("policy", "state", "calls"),
    [
        ("{}", "DUPLICATE", 1),
        ("{action: drop}", "DUPLICATE", 1),
        ("{action: hold}", "HELD", 1),
        ("{action: process}", "OPENED", 2),
        ("off", "OPENED", 2),
    ],
)
async def test_each_action_by_bytes_where_nobody_looks_at_numbers(tmp_path, policy, state, calls):
    world = await _open(tmp_path, f"{{interchange: off, bytes: {policy}, business_key: off}}")
    await _come(world, an_order("1"), "as2")
    assert (await _come(world, an_order("1"), "sftp", file_name="again.edi"))["state"] == state
    assert world.hub.calls == calls
    assert (await _come(world, an_order("2"), "sftp"))["state"] == "OPENED"
    await world.close()


@pytest.mark.parametrize(("days", "states"), [(29, ["OPENED", "DUPLICATE"]), (31, ["OPENED", "OPENED"])])
async def test_bytes_are_remembered_as_long_as_agreed(tmp_path, days, states):
    world = await _open(tmp_path, "{interchange: off}")
    await _come(world, an_order("1"), "sftp")
    world.clock.pass_time(days=days)
    await _come(world, an_order("1"), "folder")
    assert await world.states(Thing.TRANSMISSION, direction="inbound") == states
    await world.close()


async def test_held_bytes_go_on_when_a_person_lets_them(tmp_path):
    world = await _open(tmp_path, "{interchange: off, bytes: {action: hold}, business_key: off}")
    await _come(world, an_order("1"))
    held = await _come(world, an_order("1"))
    await operations.release(world.context, held["id"], "they mean it")
    await world.work()
    assert world.hub.calls == 2
    await world.close()


async def test_a_partners_own_form_is_known_by_its_bytes_and_by_its_number(tmp_path):
    quickstart = ROOT / "samples" / "quickstart" / "partners" / "shopco"
    files = [
        (quickstart / name).read_text().replace("partners/shopco", "partners/northmart") for name in ("partner.yaml", "maps/order.yaml")
    ]
    partner = files[0].replace("partner: shopco", "partner: northmart")
    gateway = GATEWAY_YAML.replace("environment: live", "environment: test")
    world = await World.open(tmp_path, gateway=gateway, partner=partner, **{"partners/northmart/maps/order.yaml": files[1]})
    order = shop_order("WEB-1", world.clock())
    assert (await _come(world, json.dumps(order).encode(), idempotency_key="a"))["state"] == "OPENED"
    assert (await _come(world, json.dumps(order).encode(), "sftp"))["state"] == "DUPLICATE"
    await _come(world, json.dumps(order, indent=1).encode(), "sftp")  # other bytes that say the same
    assert await world.states(Thing.DOCUMENT) == ["DELIVERED", "DUPLICATE"]
    await world.close()


# -- groups and sets


def _renumbered(number: int, *, group: int, sets: tuple[str, ...]) -> bytes:
    """An interchange with a number of its own, whose group and sets have these."""
    data = interchange(*(purchase_order(f"{number}{place}", control=control) for place, control in enumerate(sets)), number=number)
    return data.replace(f"*0915*{number}*X".encode(), f"*0915*{group}*X".encode()).replace(
        f"GE*{len(sets)}*{number}~".encode(), f"GE*{len(sets)}*{group}~".encode()
    )


@pytest.mark.parametrize(
    ("duplicates", "state", "orders"),
    [
        ("{}", "OPENED", 2),
        ("{group: {action: hold}}", "HELD", 1),
        ("{group: {action: drop}}", "OPENED", 1),
        ("{group: {action: notice}}", "OPENED", 2),
        ("{set: {action: hold}}", "HELD", 1),
        ("{set: {action: drop}}", "OPENED", 1),
    ],
)
async def test_each_action_by_group_and_set_number(tmp_path, duplicates, state, orders):
    world = await _open(tmp_path, duplicates)
    await _come(world, _renumbered(1, group=7, sets=("0001",)), "as2")
    second = await _come(world, _renumbered(2, group=7, sets=("0001",)), "sftp")
    assert second["state"] == state
    assert len(world.hub.orders) == orders
    if state == "HELD":
        assert second["cause"] == "number-repeated"
        await operations.release(world.context, second["id"], "they count anew")
        await world.work()
        assert len(world.hub.orders) == 2
    await world.close()


async def test_only_the_set_that_was_there_is_left_out(tmp_path):
    world = await _open(tmp_path, "{set: {action: drop, days: 5}}")
    await _come(world, _renumbered(1, group=1, sets=("0001",)))
    await _come(world, _renumbered(2, group=2, sets=("0001", "0002")))
    assert world.hub.orders == ["10", "21"]
    world.clock.pass_time(days=6)
    await _come(world, _renumbered(3, group=3, sets=("0001",)))
    assert world.hub.orders == ["10", "21", "30"]
    await world.close()


# -- business numbers


@pytest.mark.parametrize(
    ("duplicates", "same", "other"),
    [
        ("{}", "DUPLICATE", "HELD"),
        ("{same_content: hold}", "HELD", "HELD"),
        ("{same_content: process}", "DELIVERED", "HELD"),
        ("{business_key: warn}", "DUPLICATE", "DELIVERED"),
        ("{business_key: off}", "DELIVERED", "DELIVERED"),
    ],
)
async def test_each_action_by_business_number(tmp_path, duplicates, same, other):
    world = await _open(tmp_path, duplicates)
    await _come(world, an_order("1", number=1), "as2")
    await _come(world, an_order("1", number=2), "sftp")
    await _come(world, an_order("1", number=3, lines=2), "http")
    assert await world.states(Thing.DOCUMENT) == ["DELIVERED", same, other]
    await world.close()


@pytest.mark.parametrize(("days", "state"), [(364, "HELD"), (366, "DELIVERED")])
async def test_business_numbers_are_remembered_as_long_as_agreed(tmp_path, days, state):
    world = await _open(tmp_path, "{business_days: 365}")
    await _come(world, an_order("1", number=1))
    world.clock.pass_time(days=days)
    await _come(world, an_order("1", number=2, lines=2))
    assert await world.states(Thing.DOCUMENT) == ["DELIVERED", state]
    world.clock.pass_time(days=1)
    await _come(world, an_order("1", number=3, lines=3))  # the one that took it anew counts now
    assert (await world.states(Thing.DOCUMENT))[2] == "HELD"
    await world.close()


# -- replays


async def test_a_replay_is_no_repetition_and_no_restart_of_the_sequence(world: World):
    first = await _come(world, an_order("1", number=1))
    await _come(world, an_order("2", number=2))
    world.clock.pass_time(days=40)
    await operations.replay(world.context, first["id"], "looked at again", "restart")
    await world.work()
    assert [action for action in await world.actions(first["id"]) if "sequence" in action] == []
    assert await world.held() == []
    assert (await operations.control_show(world.context))["theirs"][0]["last"] == 2


def test_the_doors_are_all_there():
    assert [door.name for door in DOORS] == [
        "AS2 Message-ID",
        "Idempotency-Key",
        "webhook id",
        "file",
        "bytes",
        "interchange number",
        "group number",
        "set number",
        "business number",
    ]
