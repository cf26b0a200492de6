"""Sinks do not know of each other (R36, R82): a slow or dead one holds nothing up, and gateway.yaml is all that a new one needs."""

import json
from contextlib import asynccontextmanager, suppress

from gateway.app import App
from gateway.errors import Refusal
from gateway.settings import parse_settings
from gateway.states import Thing
from gateway.store import lookup
from tests.gateway.world import GATEWAY_YAML, PARTNER_YAML, an_order
from tests.support.brokers import nats_stream, needs_nats, needs_rabbitmq, new_name, rabbitmq_names
from tests.support.switch import switched
from tests.support.waiting import PATIENCE, eventually

ORDERS = 12


@asynccontextmanager
async def running(root, sinks):
    """A real gateway that works, without its service; `sinks` as in gateway.yaml."""
    text = GATEWAY_YAML.replace("sinks:\n  hub: {kind: folder, path: hub}\n", f"sinks: {json.dumps(sinks)}\nlisten: {{port: 0}}\n")
    for path, content in (("gateway.yaml", text), ("partners/northmart/partner.yaml", PARTNER_YAML)):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content)
    app = await App.open(root, parse_settings(text))
    try:
        await app.start()
        yield app
    finally:
        await app.stop()


async def receive(app, numbers):
    from gateway.pipeline.receive import Incoming, receive

    for number in numbers:
        await receive(app.context, Incoming("http", "northmart", an_order(f"45{number:08}", number=number)))


async def states(app, destination):
    rows = await app.context.store.read(lambda c: lookup.where(c, Thing.DELIVERY, destination=f"sink:{destination}"))
    return [row["state"] for row in rows]


@needs_rabbitmq
@needs_nats
async def test_a_dead_and_a_silent_sink_hold_nothing_up_and_catch_up_when_they_are_back(tmp_path):
    name = new_name("apart")
    async with (
        rabbitmq_names(name, f"{name}-hub") as channel,
        nats_stream(name) as jetstream,
        switched(5672) as dead,
        switched(4222) as silent,
    ):
        await dead.cut()
        silent.silent = True
        bus = {"kind": "rabbitmq", "url": f"amqp://127.0.0.1:{dead.port}", "exchange": name, "declare": True, "queue": f"{name}-hub"}
        stream = {"kind": "nats", "servers": [f"nats://127.0.0.1:{silent.port}"], "stream": name, "subject": f"{name}.x", "declare": True}
        sinks = {
            "bus": {**bus, "timeout": PATIENCE, "retries": [0.1] * 100},
            "stream": {**stream, "timeout": 5, "retries": [0.1] * 100},
            "crm": {"kind": "folder", "path": "crm"},
        }
        async with running(tmp_path, sinks) as app:
            await receive(app, range(1, ORDERS + 1))
            await eventually(lambda: len(list((tmp_path / "crm").glob("*.json"))) == ORDERS)
            assert set(await states(app, "bus")) == set(await states(app, "stream")) == {"QUEUED"}
            await dead.restore()
            await silent.restore()
            for destination in ("sink:bus", "sink:stream"):  # a person need not wait for the pause of the circuit
                await close_circuit(app, destination)
            await eventually(lambda: _all_delivered(app))
            queue = await channel.get_queue(f"{name}-hub")
            ids = {(await queue.get(no_ack=True, timeout=PATIENCE)).message_id for _ in range(ORDERS)}
            assert len(ids) == ORDERS
            assert (await jetstream.stream_info(name)).state.messages == ORDERS


async def close_circuit(app, destination):
    from gateway.operations.circuits import circuit_close

    with suppress(Refusal):  # it may not have opened
        await circuit_close(app.context, destination, "it is back", by="test")


async def _all_delivered(app):
    return [*await states(app, "bus"), *await states(app, "stream")] == ["DELIVERED"] * (2 * ORDERS)


async def test_a_subscriber_is_added_by_gateway_yaml_alone(tmp_path):
    first = {"crm": {"kind": "folder", "path": "crm"}}
    async with running(tmp_path, first) as app:
        await receive(app, [1])
        await eventually(lambda: len(list((tmp_path / "crm").glob("*.json"))) == 1)
    async with running(tmp_path, {**first, "bi": {"kind": "folder", "path": "bi"}}) as app:
        await receive(app, [2])
        await eventually(lambda: (len(list((tmp_path / "crm").glob("*.json"))), len(list((tmp_path / "bi").glob("*.json")))) == (2, 1))
