"""Documents that leave together: when, in which order, once; what is faulty stays behind alone; a restart and a changed clock skip none."""

from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from edi.finding import Severity
from edi.read import read
from edi.validate import validate_interchange
from gateway import operations
from gateway.errors import Refusal
from gateway.pipeline.stopped_batches import StoppedBatches
from gateway.states import Thing
from gateway.store import jobs
from gateway.store.reconcile import reconcile
from tests.gateway.world import PARTNER_YAML, World, functional_ack, interchange, ship_notice

NOTICES = '  - {id: notices, direction: outbound, standard: {x12: "004010", set: "856"}}\n'


class Died(BaseException):
    """The process ends here."""


NOON = datetime(2026, 11, 18, 18, 0, tzinfo=UTC)  # in Chicago


def _partner(batch: str) -> str:
    return PARTNER_YAML.replace(NOTICES, NOTICES.replace('"856"}', f'"856"}}, batch: {batch}'))


async def _open(tmp_path: Path, batch: str, *, by_file: bool = False) -> World:
    world = await World.open(tmp_path, **({"partner": _partner(batch)} if by_file else {}))
    if not by_file:
        world.agree("notices", batch=YAML(typ="safe").load(batch))
    world.clock.now = NOON
    return world


async def _submit(world: World, *numbers: int, po: str = "45") -> None:
    for number in numbers:
        await world.submit(ship_notice(f"{po}{number}", shipment=f"SHP-{number}"), f"key-{number}", partner="northmart")


def _shipments(world: World) -> list[list[str]]:
    """The shipment numbers of each interchange that was sent."""
    return [
        [part.split(b"*")[2].decode() for part in data.split(b"BSN*")[1:] for part in [b"BSN*" + part]] for data in world.partner.received
    ]


async def _at(world: World, moment: datetime) -> None:
    world.clock.now = moment
    await world.work()


async def test_documents_wait_for_their_slot_and_leave_in_one_interchange(tmp_path):
    world = await _open(tmp_path, '{schedule: {at: "18:00"}}')
    await _submit(world, 1, 2, 3)
    assert await world.states(Thing.DOCUMENT) == ["BATCHED"] * 3
    assert world.partner.received == []
    await _at(world, NOON + timedelta(hours=6, seconds=-1))
    assert world.partner.received == []
    await _at(world, NOON + timedelta(hours=6))
    assert _shipments(world) == [["SHP-1", "SHP-2", "SHP-3"]]
    [data] = world.partner.received
    assert (data.count(b"ISA*"), data.count(b"GS*"), data.count(b"ST*856")) == (1, 1, 3)
    assert b"GE*3*1~" in data
    assert await world.states(Thing.DOCUMENT) == ["SENT"] * 3
    assert len(await world.rows(Thing.TRANSMISSION, direction="outbound")) == 1
    await world.close()


async def test_an_empty_batch_sends_nothing_and_a_slot_is_served_once(tmp_path):
    world = await _open(tmp_path, "{schedule: {every: 1h}}")
    await _at(world, NOON + timedelta(hours=1))
    assert world.partner.received == []
    await _submit(world, 1)
    await _at(world, NOON + timedelta(hours=2))
    await _submit(world, 2)  # at the very moment of the slot, behind it
    assert _shipments(world) == [["SHP-1"]]
    await _at(world, NOON + timedelta(hours=3))
    assert _shipments(world) == [["SHP-1"], ["SHP-2"]]
    await _at(world, NOON + timedelta(hours=9))
    assert len(world.partner.received) == 2
    await world.close()


async def test_a_full_batch_leaves_at_once_and_the_rest_waits(tmp_path):
    world = await _open(tmp_path, '{schedule: {at: "18:00"}, max_sets: 2}')
    await _submit(world, 1, 2, 3)
    assert _shipments(world) == [["SHP-1", "SHP-2"]]
    await _at(world, NOON + timedelta(hours=6))
    assert _shipments(world)[1:] == [["SHP-3"]]
    await world.close()


async def test_where_it_shall_wait_it_leaves_in_several_interchanges(tmp_path):
    world = await _open(tmp_path, '{schedule: {at: "18:00"}, max_sets: 2, when_full: wait}')
    await _submit(world, 1, 2, 3, 4, 5)
    assert world.partner.received == []
    await _at(world, NOON + timedelta(hours=6))
    assert _shipments(world) == [["SHP-1", "SHP-2"], ["SHP-3", "SHP-4"], ["SHP-5"]]
    await world.close()


async def test_by_size_an_interchange_holds_no_more_than_agreed(tmp_path):
    world = await _open(tmp_path, "{max_bytes: 10000, longest: 1h}")
    await _submit(world, *range(1, 25))
    [first, *_] = world.partner.received
    assert len(first) <= 10_000
    assert len(_shipments(world)[0]) > 5
    await _at(world, NOON + timedelta(hours=1))
    assert sum(map(len, _shipments(world))) == 24
    await world.close()


async def test_none_waits_longer_than_agreed(tmp_path):
    world = await _open(tmp_path, "{longest: 30m}")
    await _submit(world, 1)
    await _at(world, NOON + timedelta(minutes=20))
    await _submit(world, 2)
    await _at(world, NOON + timedelta(minutes=30))
    assert _shipments(world) == [["SHP-1", "SHP-2"]]
    await world.close()


async def test_groups_hold_no_more_sets_than_agreed_and_each_997_settles_its_own(tmp_path):
    world = await _open(tmp_path, "{longest: 30m, group_sets: 2}")
    await _submit(world, 1, 2, 3)
    await _at(world, NOON + timedelta(minutes=30))
    [data] = world.partner.received
    assert data.count(b"GS*") == 2
    assert b"GE*2*1~" in data
    assert b"GE*1*2~" in data
    assert b"IEA*2*" in data
    assert await world.states(Thing.ACKNOWLEDGMENT) == ["EXPECTED", "EXPECTED"]
    await world.receive(functional_ack(2, "R", number=901))
    assert await world.states(Thing.DOCUMENT) == ["SENT", "SENT", "REJECTED"]
    text = functional_ack(1, number=902).replace(b"AK9*A*1*1*1~\nSE*6*", b"AK2*856*0002~\nAK5*R*5~\nAK9*P*2*2*1~\nSE*8*")
    await world.receive(text)
    assert await world.states(Thing.DOCUMENT) == ["ACKNOWLEDGED", "REJECTED", "REJECTED"]
    await world.close()


async def test_one_that_cannot_be_written_any_more_is_held_alone(tmp_path):
    world = await _open(tmp_path, '{schedule: {at: "18:00"}}')
    await _submit(world, 1, 2, 3)
    guide = 'guide: northmart/856\nsegments:\n  BSN: {elements: {"02": {codes: [SHP-1, SHP-3]}}}\n'
    profile = _partner('{schedule: {at: "18:00"}}').replace('set: "856"}', 'set: "856", guide: guides/856.yaml}')
    files = dict(world.context.workspace.files) | {
        "gateway.yaml": (tmp_path / "gateway.yaml").read_bytes(),
        "partners/northmart/partner.yaml": profile.encode(),
        "partners/northmart/guides/856.yaml": guide.encode(),
    }
    await operations.apply(world.context, files, by="ann", reason="their new guide")
    await _at(world, NOON + timedelta(hours=6))
    assert _shipments(world) == [["SHP-1", "SHP-3"]]
    assert await world.held() == [("document", "own-output-invalid")]
    assert await world.states(Thing.DOCUMENT) == ["SENT", "HELD", "SENT"]
    assert (await world.context.store.read(reconcile)).lost == []
    await world.close()


async def test_what_a_person_takes_out_does_not_leave(tmp_path):
    world = await _open(tmp_path, "{longest: 30m}")
    await _submit(world, 1, 2)
    [first, _] = await world.rows(Thing.DOCUMENT)
    await operations.reject(world.context, first["id"], "sent by mistake")
    await _at(world, NOON + timedelta(minutes=30))
    assert _shipments(world) == [["SHP-2"]]
    assert await world.states(Thing.DOCUMENT) == ["REJECTED", "SENT"]
    await world.close()


async def test_a_slot_that_passed_while_nothing_ran_is_made_up_for_once(tmp_path):
    world = await _open(tmp_path, '{schedule: {at: ["18:00", "20:00"]}}')
    await _submit(world, 1)
    await world.close()
    again = await _open(tmp_path, '{schedule: {at: ["18:00", "20:00"]}}')
    await _at(again, NOON + timedelta(days=2))
    assert _shipments(again) == [["SHP-1"]]
    assert await again.work() == 0
    await again.close()


async def test_a_process_that_dies_behind_the_commit_sends_nothing_twice(tmp_path):
    world = await _open(tmp_path, '{schedule: {at: "18:00"}}')
    await _submit(world, 1)
    world.clock.now = NOON + timedelta(hours=6)
    step = world.app.worker._steps["batch"]

    def dies(*_: object) -> None:
        raise Died

    rest, step._rest = step._rest, dies
    with pytest.raises(Died):
        await world.work()
    step._rest = rest
    world.context.signals.work.set()
    await _submit(world, 2)  # for the next slot
    await _at(world, NOON + timedelta(hours=7))
    assert _shipments(world) == [["SHP-1"]]
    await _at(world, NOON + timedelta(hours=30))
    assert _shipments(world) == [["SHP-1"], ["SHP-2"]]
    await world.close()


@pytest.mark.parametrize(
    ("zone", "submitted", "leaves"),
    [  # 02:30 does not occur on the first two days, and occurs twice, or 01:30 does, on the others
        ("America/New_York", datetime(2026, 3, 8, 5, tzinfo=UTC), datetime(2026, 3, 8, 7, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 1, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 11, 1, 4, tzinfo=UTC), datetime(2026, 11, 1, 7, 30, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2026, 10, 24, 23, tzinfo=UTC), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
    ],
)
async def test_each_slot_is_served_once_when_the_clock_changes(tmp_path, zone, submitted, leaves):
    world = await _open(tmp_path, f'{{schedule: {{at: "02:30", zone: {zone}}}}}')
    world.clock.now = submitted
    await _submit(world, 1)
    await _at(world, leaves - timedelta(seconds=1))
    assert world.partner.received == []
    await _at(world, leaves)
    assert _shipments(world) == [["SHP-1"]]
    await _submit(world, 2)
    await _at(world, leaves + timedelta(hours=1))  # the second 02:30 of the day, where there is one
    assert len(world.partner.received) == 1
    await _at(world, leaves + timedelta(hours=26))
    assert _shipments(world) == [["SHP-1"], ["SHP-2"]]
    await world.close()


# -- order


async def test_what_goes_out_of_the_same_key_waits_behind_the_batch(tmp_path):
    """The same kind of document by an agreement without a batch, as after a change of the profile."""
    world = await _open(tmp_path, '{schedule: {at: "18:00"}}')
    await world.submit(ship_notice("4500000009", shipment="SHP-1"), "1", partner="northmart")
    profile = _partner('{schedule: {at: "18:00"}}')
    other = '  - {id: cancels, direction: outbound, standard: {x12: "005010", set: "856"}, when: {purpose: cancellation}}\n'
    files = {"gateway.yaml": (tmp_path / "gateway.yaml").read_bytes(), "partners/northmart/partner.yaml": (profile + other).encode()}
    await operations.apply(world.context, files, by="ann", reason="cancellations go at once")
    await world.submit(ship_notice("4500000009", shipment="SHP-1") | {"purpose": "cancellation"}, "2", partner="northmart")
    await world.submit(ship_notice("4500000010", shipment="SHP-2") | {"purpose": "cancellation"}, "3", partner="northmart")
    assert _shipments(world) == [["SHP-2"]]  # of another key: it goes at once
    assert await world.states(Thing.DOCUMENT) == ["BATCHED", "SUBMITTED", "SENT"]
    await _at(world, NOON + timedelta(hours=6))
    assert _shipments(world) == [["SHP-2"], ["SHP-1"], ["SHP-1"]]
    assert b"BSN*01*" in world.partner.received[2]
    await world.close()


async def test_agreements_of_one_name_leave_in_one_interchange(tmp_path):
    batch = 'batch: {name: evening, schedule: {at: "18:00"}}'
    profile = PARTNER_YAML.replace(NOTICES, NOTICES.replace('"856"}}', f'"856"}}, when: {{purpose: original}}, {batch}}}'))
    profile += f'  - {{id: cancels, direction: outbound, standard: {{x12: "005010", set: "856"}}, write: {{version: "00401"}}, {batch}}}\n'
    with pytest.raises(Exception, match="differ in write"):
        await World.open(tmp_path / "a", partner=profile)
    world = await World.open(tmp_path / "b", partner=profile.replace("when: {purpose", 'write: {version: "00401"}, when: {purpose'))
    world.clock.now = NOON
    await _submit(world, 1)
    await world.submit(ship_notice("4500000009", shipment="SHP-2") | {"purpose": "cancellation"}, "2", partner="northmart")
    await _submit(world, 3)
    with pytest.raises(Refusal, match="nothing waits"):
        await operations.batch_release(world.context, "northmart", name="orders", reason="no batch of that name")
    await operations.batch_release(world.context, "northmart", name="cancels", reason="named by an agreement")
    await world.work()
    assert _shipments(world) == [["SHP-1", "SHP-3", "SHP-2"]]
    assert world.partner.received[0].count(b"GS*") == 2
    await world.close()


# -- people


async def test_release_stop_and_start(tmp_path):
    world = await _open(tmp_path, "{max_sets: 50}")
    await _submit(world, 1)
    [listed] = (await operations.batch_list(world.context))["batches"]
    assert (listed["name"], listed["documents"], "due" in listed) == ("notices", 1, False)
    await operations.batch_release(world.context, "northmart", by="ann", reason="they ask for it")
    await world.work()
    assert _shipments(world) == [["SHP-1"]]
    await operations.batch_stop(world.context, "northmart", by="ann", reason="their server moves")
    await _submit(world, 2)
    with pytest.raises(Refusal, match="is stopped"):
        await operations.batch_release(world.context, "northmart", by="ann", reason="now")
    assert (await operations.status(world.context))["batches"][0]["stopped"]["reason"] == "their server moves"
    await operations.batch_start(world.context, "northmart", by="ann", reason="it moved")
    await operations.batch_release(world.context, "northmart", name="notices", by="ann", reason="now")
    await world.work()
    assert _shipments(world) == [["SHP-1"], ["SHP-2"]]
    with pytest.raises(Refusal, match="nothing waits"):
        await operations.batch_release(world.context, "northmart", by="ann", reason="again")
    with pytest.raises(Refusal, match="no such batch"):
        await operations.batch_stop(world.context, "northmart", name="other", by="ann", reason="again")
    await world.close()


async def test_a_stopped_batch_passes_its_slot_and_makes_up_for_it(tmp_path):
    world = await _open(tmp_path, '{schedule: {at: "18:00"}}')
    await _submit(world, 1)
    await operations.batch_stop(world.context, "northmart", reason="wait")
    await _at(world, NOON + timedelta(hours=8))
    assert world.partner.received == []
    assert (await world.context.store.read(reconcile)).lost == []
    look = StoppedBatches(world.context)
    assert [trouble.detail for trouble in await look.look()] == ["1 document in it; stopped by operator: wait"]
    assert [(row["cause"], row["owner"]) for row in (await operations.held(world.context))["held"]] == [("batch-stopped", "operator")]
    await operations.batch_start(world.context, "northmart", reason="go on")
    await look.look()
    assert await world.held() == []
    await world.work()
    assert _shipments(world) == [["SHP-1"]]
    await world.close()


async def test_a_new_schedule_holds_for_what_waits_already(tmp_path):
    world = await _open(tmp_path, '{schedule: {at: "18:00"}}')
    await _submit(world, 1)
    files = {
        "gateway.yaml": (tmp_path / "gateway.yaml").read_bytes(),
        "partners/northmart/partner.yaml": _partner('{schedule: {at: "14:00"}}').encode(),
    }
    await operations.apply(world.context, files, by="ann", reason="earlier")
    await _at(world, NOON + timedelta(hours=2))
    assert _shipments(world) == [["SHP-1"]]
    await _submit(world, 2)
    files["partners/northmart/partner.yaml"] = PARTNER_YAML.encode()
    await operations.apply(world.context, files, by="ann", reason="no batches any more")
    await world.work()
    assert _shipments(world) == [["SHP-1"], ["SHP-2"]]
    await world.close()


async def test_a_partner_that_is_suspended_gets_nothing_and_its_batch_stops(tmp_path):
    world = await _open(tmp_path, "{longest: 30m}")
    await _submit(world, 1)
    profile = _partner("{longest: 30m}")
    gateway = (tmp_path / "gateway.yaml").read_bytes()
    for status in ("suspended", "live"):
        text = profile.replace("status: live", f"status: {status}").encode()
        await operations.apply(world.context, {"gateway.yaml": gateway, "partners/northmart/partner.yaml": text}, by="ann", reason=status)
        await _at(world, NOON + timedelta(minutes=31))
    assert world.partner.received == []
    [listed] = (await operations.batch_list(world.context))["batches"]
    assert listed["stopped"]["by"] == "gateway"
    await operations.batch_start(world.context, "northmart", reason="live again")
    await world.work()
    assert _shipments(world) == [["SHP-1"]]
    await world.close()


async def test_test_and_live_never_share_an_interchange(tmp_path):
    world = await _open(tmp_path, "{longest: 30m}")
    await _submit(world, 1)
    [row] = await world.rows(Thing.DOCUMENT)
    assert row["usage"] == "live"
    [listed] = (await operations.batch_list(world.context))["batches"]
    assert "|live|" in listed["id"]
    await world.close()


async def test_a_message_between_leaves_before_and_a_997_is_not_batched(tmp_path):
    world = await _open(tmp_path, "{longest: 30m}")
    await _submit(world, 1)
    await world.receive(interchange("ST*850*0001~\nBEG*00*SA*1**20261118~\nSE*3*0001~\n"))
    assert world.partner.sets() == ["997"]
    await world.close()


async def test_a_delivery_of_a_batch_sent_again_takes_all_its_documents_along(tmp_path):
    world = await _open(tmp_path, "{longest: 30m}")
    await _submit(world, 1, 2)
    await _at(world, NOON + timedelta(minutes=30))
    [delivery] = await world.rows(Thing.DELIVERY)
    await operations.resend(world.context, delivery["id"], "they lost it")
    assert await world.states(Thing.DOCUMENT) == ["WRITTEN"] * 2
    await world.work()
    assert await world.states(Thing.DOCUMENT) == ["SENT"] * 2
    assert world.partner.received[0] == world.partner.received[1]
    await world.close()


async def test_what_leaves_together_is_what_a_strict_reader_takes(tmp_path):
    world = await _open(tmp_path, "{longest: 30m, group_sets: 2}")
    await _submit(world, 1, 2, 3, 4, 5)
    await _at(world, NOON + timedelta(minutes=30))
    [read_back] = read(world.partner.received[0])
    assert [finding for finding in validate_interchange(read_back).findings if finding.severity is Severity.ERROR] == []
    assert [[ts.control_number for ts in group.transaction_sets] for group in read_back.groups] == [
        ["0001", "0002"],
        ["0001", "0002"],
        ["0001"],
    ]
    assert [int(group.control_number) for group in read_back.groups] == [1, 2, 3]
    await world.close()


EDIFACT = PARTNER_YAML.replace(
    NOTICES, "  - {id: despatch, direction: outbound, standard: {edifact: D96A, set: DESADV}, batch: {longest: 30m}}\n"
).replace(
    "x12: [{qualifier: ZZ, id: NORTHMART}]", 'x12: [{qualifier: ZZ, id: NORTHMART}], edifact: [{qualifier: "14", id: "5412345000013"}]'
)


async def test_messages_of_edifact_leave_in_one_interchange_too(tmp_path):
    world = await World.open(tmp_path, partner=EDIFACT)
    world.clock.now = NOON
    await _submit(world, 1, 2, 3)
    assert await world.held() == []
    await _at(world, NOON + timedelta(minutes=30))
    [read_back] = read(world.partner.received[0])
    assert [finding for finding in validate_interchange(read_back).findings if finding.severity is Severity.ERROR] == []
    assert [ts.control_number for ts in read_back.transaction_sets] == ["1", "2", "3"]
    assert await world.states(Thing.ACKNOWLEDGMENT) == ["EXPECTED"]
    await world.close()


async def test_a_batch_that_lost_its_work_gets_it_again(tmp_path):
    world = await _open(tmp_path, '{schedule: {at: "18:00"}}')
    await _submit(world, 1)
    [listed] = (await operations.batch_list(world.context))["batches"]
    await world.context.store.write(lambda c: jobs.drop(c, "batch", listed["id"]))
    await StoppedBatches(world.context).look()
    await _at(world, NOON + timedelta(hours=6))
    assert _shipments(world) == [["SHP-1"]]
    await world.close()


REFUSED_IN_PART = b"AK1*SH*1~AK2*856*0002~AK3*BSN*2**8~AK4*2*396*1~AK5*R*5~AK9*P*3*3*2~"  # names what it rejects, and nothing else
REFUSED_AS_A_WHOLE = b"AK1*SH*1~AK2*856*0001~AK5*A~AK2*856*0002~AK5*A~AK2*856*0003~AK5*A~AK9*R*3*3*0*5~"


@pytest.mark.parametrize(
    ("said", "states", "statuses"),
    [
        (REFUSED_IN_PART, ["ACKNOWLEDGED", "REJECTED", "ACKNOWLEDGED"], ["accepted", "rejected", "accepted"]),
        (REFUSED_AS_A_WHOLE, ["REJECTED"] * 3, ["rejected"] * 3),
    ],
)
async def test_what_a_997_says_of_the_group_counts_for_each_document_of_it(tmp_path, said, states, statuses):
    world = await _open(tmp_path, "{max_sets: 3}")
    await _submit(world, 1, 2, 3)
    body = said.replace(b"~", b"~\n").decode()
    await world.receive(interchange(f"ST*997*0001~\n{body}SE*{said.count(b'~') + 2}*0001~\n", number=900, functional="FA"))
    documents = sorted(await world.rows(Thing.DOCUMENT), key=lambda row: row["business_key"])
    assert [row["state"] for row in documents] == states
    found = [(await operations.show(world.context, row["id"]))["acknowledgment"] for row in documents]
    listed = {one["id"]: one["acknowledgment"] for one in (await operations.search(world.context))["documents"]}
    assert found == [listed[row["id"]] for row in documents] == statuses
    if states == ["REJECTED"] * 3:
        assert {row["detail"] for row in documents} == {"AK905 at segment 9: the partner says: the count of transaction sets is wrong."}
    await world.close()


async def test_a_partner_may_answer_each_set_of_a_group_by_itself(tmp_path):
    world = await _open(tmp_path, "{max_sets: 3}")
    await _submit(world, 1, 2, 3)

    control = count(900)

    async def answered(number: int, status: str) -> tuple[list[str], list[str]]:
        await world.receive(functional_ack(1, status, number=next(control), set_number=f"{number:04}"))
        documents = sorted(await world.rows(Thing.DOCUMENT), key=lambda row: row["business_key"])
        return [row["state"] for row in documents], await world.states(Thing.ACKNOWLEDGMENT, direction="inbound")

    assert await answered(2, "A") == (["SENT", "ACKNOWLEDGED", "SENT"], ["EXPECTED"])
    assert await answered(3, "A") == (["SENT", "ACKNOWLEDGED", "ACKNOWLEDGED"], ["EXPECTED"])
    assert await answered(1, "A") == (["ACKNOWLEDGED"] * 3, ["ACCEPTED"])
    assert await answered(3, "R") == (["ACKNOWLEDGED", "ACKNOWLEDGED", "REJECTED"], ["REJECTED"])  # a second, contrary one
    await world.close()


async def test_a_set_that_is_refused_by_itself_is_told_at_once(tmp_path):
    world = await _open(tmp_path, "{max_sets: 2}")
    await _submit(world, 1, 2)
    await world.receive(functional_ack(1, "R", number=900, set_number="0001"))
    assert sorted(await world.states(Thing.DOCUMENT)) == ["REJECTED", "SENT"]
    assert await world.held() == [("acknowledgment", "rejected-by-partner")]
    listed = {one["state"]: one["acknowledgment"] for one in (await operations.search(world.context))["documents"]}
    assert listed == {"REJECTED": "rejected", "SENT": "waiting"}
    await world.receive(functional_ack(1, "A", number=901, set_number="0002"))
    assert sorted(await world.states(Thing.DOCUMENT)) == ["ACKNOWLEDGED", "REJECTED"]
    assert await world.states(Thing.ACKNOWLEDGMENT, direction="inbound") == ["REJECTED"]
    await world.close()
