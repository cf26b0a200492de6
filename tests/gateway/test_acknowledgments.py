"""The 999 in the gateway: sent where it is agreed, expected for what we send, settled by what comes; and what a bare receipt is not."""

import pytest

from gateway import operations
from gateway.states import Thing
from gateway.store.schema import Acknowledgment
from gateway.store.statement import add
from tests.gateway.world import PARTNER_YAML, World, an_order, functional_ack, interchange, purchase_order, ship_notice

AGREED = (
    PARTNER_YAML.replace('standard: {x12: "004010", set: "850"}}', 'standard: {x12: "004010", set: "850"}, ack: {functional: "999"}}')
).replace('standard: {x12: "004010", set: "856"}}', 'standard: {x12: "004010", set: "856"}, ack: {functional: "999"}}')


def implementation_ack(group: int, status: str = "A") -> bytes:
    """A partner's 999 for one group of ours with one set."""
    data = functional_ack(group, status).replace(b"ST*997*", b"ST*999*").replace(b"X*004010~", b"X*005010~")
    return (
        data.replace(b"AK3*", b"IK3*")
        .replace(b"AK4*2*396*1~", b"IK4*2*396*I12~")
        .replace(b"AK5*R*5", b"IK5*R*I5")
        .replace(b"AK5*A", b"IK5*A")
    )


@pytest.fixture
async def agreed(tmp_path):
    """A world in which 999s are agreed both ways."""
    world = await World.open(tmp_path / "agreed", partner=AGREED)
    yield world
    await world.close()


async def test_what_comes_is_answered_by_a_999(agreed: World):
    await agreed.receive(interchange(purchase_order("1"), purchase_order("2", control="0002", broken=True)))
    [ack] = agreed.partner.received
    assert b"~ST*999*0001~AK1*PO*1*004010~" in ack
    assert b"IK5*A~" in ack
    assert b"IK5*R*5~AK9*P*2*2*1~" in ack
    assert agreed.hub.orders == ["1"]
    sent = await agreed.one(Thing.ACKNOWLEDGMENT, direction="outbound")
    assert sent["kind"] == "999"
    assert (await agreed.one(Thing.TRANSMISSION, id=sent["transmission_id"]))["control_number"] == "000000001"


async def test_what_we_send_waits_for_a_999_and_is_settled_by_one(agreed: World):
    await agreed.receive(an_order())
    answer = await agreed.submit(ship_notice())
    assert b"~GS*SH*HARBORLINE*NORTHMART*" in agreed.partner.received[1]
    expected = await agreed.one(Thing.ACKNOWLEDGMENT, direction="inbound")
    assert (expected["kind"], expected["state"], expected["control_number"]) == ("999", "EXPECTED", "2")
    await agreed.receive(implementation_ack(2))
    assert await agreed.states(Thing.ACKNOWLEDGMENT, direction="inbound") == ["ACCEPTED"]
    assert await agreed.states(Thing.DOCUMENT, id=answer["documentId"]) == ["ACKNOWLEDGED"]
    assert len(agreed.partner.received) == 2  # a 999 is not acknowledged


async def test_a_999_that_rejects_is_told_with_our_segment(agreed: World):
    await agreed.receive(an_order())
    answer = await agreed.submit(ship_notice())
    await agreed.receive(implementation_ack(2, "R"))
    [finding] = (await operations.show(agreed.context, answer["documentId"]))["findings"]
    assert finding["sentence"] == (
        "The partner says of BSN02 at segment 2: the value has not the form that the guide asks for (data element 396)."
    )
    assert finding["text"].startswith("BSN*00*SHP-1*")
    document = await agreed.one(Thing.DOCUMENT, id=answer["documentId"])
    assert document["state"] == "REJECTED"


async def test_either_of_the_two_settles_what_the_other_was_agreed_for(agreed: World, world: World):
    for one, settles in ((agreed, functional_ack), (world, implementation_ack)):
        await one.receive(an_order())
        answer = await one.submit(ship_notice())
        await one.receive(settles(2))
        assert await one.states(Thing.DOCUMENT, id=answer["documentId"]) == ["ACKNOWLEDGED"]


def contrl(action: str) -> bytes:
    """A partner's CONTRL for interchange 5 of ours."""
    body = f"UNH+1+CONTRL:D:3:UN'UCI+5+4012345000009:14+0614141000012:14+{action}'UNT+3+1'"
    return f"UNB+UNOC:3+0614141000012:14+4012345000009:14+261118:0915+{action}'{body}UNZ+1+{action}'".encode()


async def test_a_receipt_settles_nothing_that_is_still_to_come(tmp_path):
    identities = 'identities: {x12: [{qualifier: ZZ, id: NORTHMART}], edifact: [{qualifier: "14", id: "0614141000012"}]}'
    world = await World.open(tmp_path, partner=PARTNER_YAML.replace("identities: {x12: [{qualifier: ZZ, id: NORTHMART}]}", identities))
    ack_id = world.context.new_id("ack")
    row = {
        "id": ack_id,
        "direction": "inbound",
        "kind": "CONTRL",
        "state": "EXPECTED",
        "partner_id": "northmart",
        "control_number": "5",
        "correlation_id": "trn_1",
        "created_at": world.clock(),
    }
    await world.context.store.write(lambda connection: add(connection, Acknowledgment.table(), row))
    await world.receive(contrl("8"))
    assert await world.states(Thing.ACKNOWLEDGMENT) == ["EXPECTED"]
    assert "acknowledgment.arrival" in await world.actions(ack_id)
    await world.receive(contrl("7"))
    assert await world.states(Thing.ACKNOWLEDGMENT) == ["ACCEPTED"]
    await world.close()


async def test_a_group_that_may_not_be_accepted_in_part(tmp_path):
    agreed = PARTNER_YAML.replace('set: "850"}}', 'set: "850"}, ack: {partial: false}}')
    world = await World.open(tmp_path, partner=agreed)
    await world.receive(interchange(purchase_order("1"), purchase_order("2", control="0002", broken=True)))
    assert world.hub.orders == []
    [ack] = world.partner.received
    assert b"AK2*850*0001~AK5*R~" in ack
    assert b"AK9*R*2*2*0~" in ack
    assert set(await world.states(Thing.TRANSACTION_SET, direction="inbound")) == {"REJECTED"}
    await world.close()
