"""Our control numbers: none twice, none burned; bounds, rollover and sharing as agreed; theirs: what is missing is told."""

import asyncio
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from gateway import operations
from gateway.errors import Refusal
from gateway.ids import new_id
from gateway.states import Thing
from gateway.store import control_numbers
from gateway.store.control_numbers import NumbersExhaustedError, Rules
from gateway.store.store import Store
from tests.gateway.rows import NOON
from tests.gateway.world import World, an_order, functional_ack, ship_notice


async def _numbered(tmp_path: Path, said: str) -> World:
    """The partner's ship notices are numbered so."""
    world = await World.open(tmp_path)
    world.agree("notices", write={"control_numbers": YAML(typ="safe").load(said)})
    return world


async def _take(store: Store, rules: Rules, count: int = 1, *, kind: str = "interchange", usage: str = "live") -> int:
    return await store.write(lambda c: control_numbers.take(c, "A>B", kind, usage, rules, count))


def _headers(world: World) -> list[tuple[int, int]]:
    """ISA13 and GS06 of everything that was sent."""
    return [(int(data.split(b"*")[13]), int(data.split(b"GS*")[1].split(b"*")[5])) for data in world.partner.received]


async def _notices(world: World, *numbers: int) -> None:
    for number in numbers:
        await world.submit(ship_notice(shipment=f"SHP-{number}"), f"key-{number}", partner="northmart")


async def test_each_number_is_given_out_once_however_many_ask_at_once(store: Store):
    taken = await asyncio.gather(*(_take(store, Rules()) for _ in range(300)))
    assert sorted(taken) == list(range(1, 301))


async def test_kinds_and_usages_are_sequences_of_their_own(store: Store):
    assert [await _take(store, Rules()), await _take(store, Rules(), kind="group"), await _take(store, Rules(), usage="test")] == [1, 1, 1]


async def test_a_transaction_that_fails_burns_no_number(store: Store):
    def fails(connection):
        control_numbers.take(connection, "A>B", "interchange", "live", Rules())
        raise ValueError("after it was taken")

    with pytest.raises(ValueError, match="after"):
        await store.write(fails)
    assert await _take(store, Rules()) == 1


async def test_after_the_highest_it_begins_again_at_the_lowest(store: Store):
    cases: list[tuple[Rules, int, list[int]]] = [
        (Rules(lowest=1, highest=3), 1, [1, 2, 3, 1, 2]),
        (Rules(lowest=10, highest=12, start=12), 1, [12, 10, 11]),
        (Rules(lowest=5, highest=5, start=5), 1, [5, 5]),
        (Rules(lowest=1, highest=5), 2, [1, 3, 1, 3]),  # the block does not fit before the end
        (Rules(lowest=100, highest=200, start=1), 1, [100, 101]),  # a start outside of the bounds
    ]
    for number, (rules, count, taken) in enumerate(cases):
        assert [await _take(store, rules, count, kind=f"case {number}") for _ in taken] == taken


async def test_where_it_shall_not_begin_again_it_stops(store: Store):
    rules = Rules(highest=2, restarts=False)
    assert [await _take(store, rules) for _ in range(2)] == [1, 2]
    with pytest.raises(NumbersExhaustedError):
        await _take(store, rules)


async def test_new_bounds_take_a_sequence_up_to_them(store: Store):
    await _take(store, Rules())
    assert await _take(store, Rules(lowest=500, highest=600, start=500)) == 500


async def test_a_jump_after_a_restore_leaves_numbers_out_and_says_why(store: Store):
    for _ in range(3):
        await _take(store, Rules())
    [moved] = await store.write(lambda c: control_numbers.jump(c, new_id, 1000, "restored", NOON))
    assert (moved.last, moved.note) == (1003, "restored")
    assert await _take(store, Rules()) == 1004
    [change] = await store.read(lambda c: control_numbers.changes(c, "A>B", "interchange", "live"))
    assert (change.before, change.last, change.actor) == (3, 1003, "gateway")


async def test_a_jump_over_the_end_lands_as_far_behind_the_beginning(store: Store):
    rules = Rules(highest=100, start=95)
    await _take(store, rules)
    await store.write(lambda c: control_numbers.jump(c, new_id, 20, "restored", NOON))
    assert await _take(store, rules) == 16  # 95 + 20 is 15 behind the end


async def test_bounds_of_the_agreement_and_rollover_on_the_wire(tmp_path):
    said = "{interchange: {min: 7, max: 9, start: 8}, group: {max: 2}}"
    world = await _numbered(tmp_path, said)
    await _notices(world, 1, 2, 3, 4)
    assert _headers(world) == [(8, 1), (9, 2), (7, 1), (8, 2)]
    await world.close()


async def test_a_997_settles_the_newest_use_of_a_number(tmp_path):
    world = await _numbered(tmp_path, "{group: {max: 1}}")
    await _notices(world, 1, 2)
    await world.receive(functional_ack(1))
    assert await world.states(Thing.DOCUMENT, direction="outbound") == ["SENT", "ACKNOWLEDGED"]
    await world.close()


async def test_at_the_end_a_document_waits_where_that_is_agreed_and_goes_on_when_the_next_is_said(tmp_path):
    world = await _numbered(tmp_path, "{interchange: {max: 1, at_end: hold}}")
    await _notices(world, 1, 2)
    assert await world.held() == [("document", "control-numbers-exhausted")]
    [held] = await world.rows(Thing.DOCUMENT, state="HELD")
    with pytest.raises(Refusal, match="were given out"):
        await operations.control_set_next(world.context, "northmart", 1, agreement="notices", reason="agreed by telephone")
    await operations.control_set_next(world.context, "northmart", 1, agreement="notices", force=True, reason="agreed by telephone")
    await operations.replay(world.context, held["id"], "goes on", "restart")
    await world.work()
    assert [number for number, _ in _headers(world)] == [1, 1]
    await world.close()


async def test_an_agreement_may_have_a_sequence_of_its_own(tmp_path):
    world = await _numbered(tmp_path, "{share: agreement}")
    await world.receive(an_order())  # its 997 has the partner's sequence
    await _notices(world, 1)
    assert [number for number, _ in _headers(world)] == [1, 1]
    await world.close()


async def test_sets_are_counted_on_where_that_is_agreed(tmp_path):
    world = await _numbered(tmp_path, "{set: {start: 41, digits: 6}}")
    await _notices(world, 1, 2)
    assert [data.split(b"ST*856*")[1][:6] for data in world.partner.received] == [b"000041", b"000042"]
    assert [row["control_number"] for row in await world.rows(Thing.TRANSACTION_SET, direction="outbound")] == ["000041", "000042"]
    await world.receive(functional_ack(2, set_number="000042"))
    assert await world.states(Thing.DOCUMENT, direction="outbound") == ["SENT", "ACKNOWLEDGED"]
    await world.close()


async def test_show_tells_last_and_next_and_that_nothing_is_missing(world: World):
    await world.receive(an_order())
    await _notices(world, 1, 2)
    shown = await operations.control_show(world.context, partner="northmart")
    [ours] = [one for one in shown["ours"] if one["kind"] == "interchange"]
    assert (ours["last"], ours["next"], ours["missing"], ours["checked"]) == (3, 4, [], 3)
    [theirs] = shown["theirs"]
    assert (theirs["last"], theirs["missing"]) == (1, [])


async def test_a_number_that_no_transmission_has_is_reported(world: World):
    await _notices(world, 1)
    await world.context.store.write(lambda c: control_numbers.take(c, "ZZ:HARBORLINE>ZZ:NORTHMART", "interchange", "live", Rules()))
    await _notices(world, 2)
    shown = await operations.control_show(world.context)
    [ours] = [one for one in shown["ours"] if one["kind"] == "interchange"]
    assert ours["missing"] == [{"from": 2, "to": 2}]


async def test_numbers_left_out_on_purpose_are_no_gap_and_stand_in_the_history(world: World):
    await _notices(world, 1)
    answer = await operations.control_set_next(world.context, "northmart", 500, by="ann", reason="their new system begins there")
    assert (answer["before"], answer["next"]) == (1, 500)
    await _notices(world, 2)
    assert [number for number, _ in _headers(world)] == [1, 500]
    shown = await operations.control_show(world.context, partner="northmart")
    [ours] = [one for one in shown["ours"] if one["kind"] == "interchange"]
    assert ours["missing"] == []
    [change] = ours["changes"]
    assert (change["by"], change["reason"], change["before"], change["next"]) == ("ann", "their new system begins there", 1, 500)
    [event] = [e for e in (await operations.timeline(world.context, "northmart"))["events"] if e["action"] == "control-number.set"]
    assert (event["actor"], event["data"]["reason"]) == ("ann", "their new system begins there")


@pytest.mark.parametrize(
    ("partner", "number", "options", "words"),
    [
        ("nobody", 5, {}, "no such partner"),
        ("northmart", 1, {}, "were given out"),
        ("northmart", 10**9, {}, "agreed are numbers"),
        ("northmart", 5, {"agreement": "absent"}, "no such agreement"),
    ],
)
async def test_what_cannot_be_set_is_refused(world: World, partner, number, options, words):
    await _notices(world, 1)
    with pytest.raises(Refusal, match=words):
        await operations.control_set_next(world.context, partner, number, reason="a test", **options)
    assert [c.last for c in await world.context.store.read(control_numbers.counters)] == [1, 1]


# -- theirs


async def _sequence(world: World, *numbers: int) -> list[str]:
    """What is told of interchanges with these numbers, one word each."""
    told = []
    for number in numbers:
        received = await world.receive(an_order(f"{number}", number=number))
        found = [action for action in await world.actions(received.transmission_id) if "sequence" in action]
        told.append(found[0].removeprefix("transmission.sequence-") if found else "")
    return told


async def test_gaps_and_late_and_restarted_numbers_are_told_and_hold_nothing(world: World):
    assert await _sequence(world, 5, 6, 9, 7, 8, 10, 1) == ["", "", "gap", "late", "late", "", "restarted"]
    assert sorted(world.hub.orders, key=int) == ["1", "5", "6", "7", "8", "9", "10"]
    assert await world.held() == []


async def test_what_never_came_is_listed_until_it_comes(world: World):
    await _sequence(world, 1, 5, 3)
    [theirs] = (await operations.control_show(world.context, partner="northmart"))["theirs"]
    assert (theirs["last"], theirs["missing"]) == (5, [{"from": 2, "to": 2}, {"from": 4, "to": 4}])


async def test_a_gap_holds_where_that_is_agreed_until_a_person_lets_it_go_on(tmp_path):
    world = await World.open(tmp_path)
    world.agree("orders", sequence="hold")
    await _sequence(world, 1, 3, 4, 2)
    assert world.hub.orders == ["1", "4", "2"]
    assert await world.held() == [("transmission", "sequence-broken")]
    [held] = await world.rows(Thing.TRANSMISSION, state="HELD")
    await operations.release(world.context, held["id"], "2 has come")
    await world.work()
    assert world.hub.orders == ["1", "4", "2", "3"]
    await world.close()


async def test_nobody_looks_where_that_is_agreed(tmp_path):
    world = await World.open(tmp_path)
    world.agree("orders", sequence="off")
    assert await _sequence(world, 1, 9) == ["", ""]
    assert (await operations.control_show(world.context))["theirs"] == []
    await world.close()


async def test_the_last_number_of_a_former_system_is_where_gaps_are_told_from(world: World):
    await operations.control_set_seen(world.context, "northmart", 41, reason="moved from the old system")
    assert await _sequence(world, 42, 44) == ["", "gap"]


async def test_a_repetition_is_no_gap(world: World):
    await _sequence(world, 1, 2)
    received = await world.receive(an_order("1", number=1))
    assert [a for a in await world.actions(received.transmission_id) if "sequence" in a] == []
