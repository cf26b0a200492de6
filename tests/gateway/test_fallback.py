"""Another way where the one agreed does not answer (R35): the same event or the same EDI bytes, noted, and never from test to live."""

import json

import pytest

from gateway import operations
from gateway.errors import Cause, TransientError
from gateway.settings import SettingsError, parse_settings
from gateway.states import Thing
from partners.load import load
from tests.gateway.world import GATEWAY_YAML, PARTNER_YAML, HubSink, PartnerSide, World, an_order, ship_notice

DOWN = TransientError(Cause.DESTINATION_UNREACHABLE, "no connection")
SINKS = GATEWAY_YAML.replace("path: hub}", "path: hub, fallback: spare}\n  spare: {kind: folder, path: spare}")
WAYS = PARTNER_YAML.replace(
    "transports: {folder: {drop: {folder: to-northmart}}}",
    "transports:\n  folder: {drop: {folder: to-northmart}}\n  http: {url: https://northmart.example/in}\n  delivery: {http: {fallback: folder}}",
).replace("transports:\n", "send_by: http\ntransports:\n")


async def test_while_the_circuit_is_open_the_other_sink_has_the_events(tmp_path):
    gateway = SINKS.replace("sinks:", "sinks:", 1)
    world = await World.open(tmp_path, gateway=gateway, partner=PARTNER_YAML.replace('set: "850"}}', 'set: "850"}, deliver_to: hub}'))
    spare = HubSink()
    world.context.sinks = {"hub": world.hub, "spare": spare}
    world.hub.faults = [DOWN for _ in range(1000)]
    for number in range(1, 11):
        await world.receive(an_order(str(number), number=number))
    assert world.hub.calls == 5
    assert spare.orders == ["6", "7", "8", "9", "10"]  # from the moment at which the circuit is open
    [diverted] = await world.rows(
        Thing.DELIVERY, via="sink:spare", document_id=(await world.rows(Thing.DOCUMENT, business_key="6"))[0]["id"]
    )
    assert (diverted["destination"], diverted["state"]) == ("sink:hub", "DELIVERED")
    assert "delivery.diverted" in await world.actions("6")
    [document] = await world.rows(Thing.DOCUMENT, business_key="6")
    assert document["event_id"] in spare.events  # the same event under the same id
    assert (await operations.status(world.context))["degraded"] == ["hub"]
    world.clock.pass_time(hours=2)
    world.hub.faults.clear()
    await world.work()
    assert sorted(world.hub.orders + spare.orders, key=int) == [str(number) for number in range(1, 11)]
    assert (await operations.counts(world.context))["lost"] == []
    await world.receive(an_order("11", number=11))
    assert "11" in world.hub.orders  # back on its own way
    await world.close()


async def test_after_some_attempts_in_vain_a_delivery_takes_the_other_way(tmp_path):
    """Also where others get through, so that no circuit opens."""
    gateway = SINKS.replace("timing: {jitter: 0}", "timing: {jitter: 0, breaker_failures: 100}")
    world = await World.open(tmp_path, gateway=gateway, partner=PARTNER_YAML.replace('set: "850"}}', 'set: "850"}, deliver_to: hub}'))
    spare = HubSink()
    world.context.sinks = {"hub": world.hub, "spare": spare}
    world.hub.faults = [DOWN for _ in range(1000)]
    await world.receive(an_order())
    for _ in range(3):
        world.clock.pass_time(hours=1)
        await world.work()
    assert (world.hub.calls, spare.orders) == (3, ["4500000001"])
    await world.close()


async def test_a_partner_gets_the_same_bytes_by_its_other_transport(tmp_path):
    world = await World.open(tmp_path, partner=WAYS)
    http = PartnerSide(faults=[DOWN for _ in range(1000)])
    world.context.transports = {"folder": world.partner, "http": http}
    await world.receive(an_order())
    await world.submit(ship_notice())
    for _ in range(16):
        world.clock.pass_time(minutes=2)
        await world.work()
    assert http.received == []
    assert sorted(world.partner.sets()) == ["856", "997"]
    [notice] = [row for row in await world.rows(Thing.DELIVERY, kind="partner") if row["document_id"]]
    assert (notice["destination"], notice["via"], notice["state"]) == ("partner:northmart:http", "partner:northmart:folder", "DELIVERED")
    assert json.dumps(notice["prepared_headers"])  # made anew for the way that it took
    assert "delivery.diverted" in await world.actions(notice["id"])
    await world.close()


@pytest.mark.parametrize(
    "sinks",
    [
        "hub: {kind: folder, path: a, fallback: none}",
        "hub: {kind: folder, path: a, fallback: hub}",
        "hub: {kind: folder, path: a, usage: test, fallback: live}\n  live: {kind: folder, path: b, usage: live}",
        "hub: {kind: folder, path: a, fallback: live}\n  live: {kind: folder, path: b, usage: live}",
    ],
)
def test_a_fallback_is_another_sink_of_the_same_usage(sinks: str):
    with pytest.raises(SettingsError, match="no other sink of the same usage"):
        parse_settings(f"sinks:\n  {sinks}\n")


def test_a_transport_stands_in_for_another_only_where_it_can_send():
    for wrong in ("http: {fallback: sftp}", "http: {fallback: http}"):
        files = {
            "gateway.yaml": GATEWAY_YAML.encode(),
            "partners/northmart/partner.yaml": WAYS.replace("http: {fallback: folder}", wrong).encode(),
        }
        assert any("can send" in str(fault) for fault in load(files).faults)
