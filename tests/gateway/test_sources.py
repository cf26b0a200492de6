"""Brokers and a folder as sources of the hub's documents: stored first, acknowledged second, bad ones kept, each effect once."""

import asyncio
import contextlib
import json

import pytest
from aio_pika import Message
from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition
from nats.js import JetStreamContext

from gateway import operations
from gateway.app import App
from gateway.settings import SettingsError, parse_settings
from gateway.sources.build import build_sources
from gateway.sources.run import Sources
from gateway.states import Thing, TransmissionState
from tests.gateway.world import GATEWAY_YAML, World, an_order, ship_notice
from tests.support.brokers import kafka_behind, kafka_cluster, nats_stream, needs_nats, needs_rabbitmq, new_name, no_secret, rabbitmq_names
from tests.support.switch import switched
from tests.support.waiting import PATIENCE, eventually


@contextlib.asynccontextmanager
async def reading(tmp_path, source):
    """A gateway with one order of Northmart that reads one source."""
    patient = source if source["kind"] == "folder" else {**source, "timeout": PATIENCE}
    world = await World.open(tmp_path, gateway=f"{GATEWAY_YAML}sources:\n  erp: {json.dumps(patient)}\n")
    await world.receive(an_order())
    sources = Sources(world.context, build_sources(world.context, no_secret))
    task = asyncio.create_task(sources.run())
    try:
        await eventually(lambda: world.context.sources.get("erp") and world.context.sources["erp"].is_connected)
        yield world
    finally:
        sources.stop()
        await asyncio.wait_for(task, 60)
        await world.close()


def notice(number, **options):
    return json.dumps(ship_notice(shipment=f"SHP-{number}", **options)).encode()


def event(number, **attributes):
    """As the hub asks for it in a CloudEvent."""
    said = {
        "specversion": "1.0",
        "id": f"req-{number}",
        "source": "urn:erp",
        "type": "com.harborline.b2b.ship-notice.requested.v1",
        "usage": "live",
    }
    return json.dumps({**said, **attributes, "data": ship_notice(shipment=f"SHP-{number}")}).encode()


async def settled(world, taken, held=0):
    health = world.context.sources["erp"]
    await eventually(lambda: (health.taken, health.held) == (taken, held))


async def submitted(world):
    return [row["business_key"] for row in await world.rows(Thing.DOCUMENT, direction="outbound")]


async def held_messages(world):
    return [(row["cause"], row["file_name"]) for row in await world.rows(Thing.TRANSMISSION, state="HELD")]


@needs_rabbitmq
async def test_a_queue_is_read_and_each_message_has_one_effect(tmp_path):
    queue = new_name("orders")
    source = {"kind": "rabbitmq", "url": "amqp://127.0.0.1", "queue": queue, "declare": True}
    async with rabbitmq_names(queue, f"{queue}.dead") as channel, reading(tmp_path, source) as world:

        async def send(body, **options):
            await channel.default_exchange.publish(Message(body, **options), queue)

        await send(event(1))
        await send(notice(2), message_id="m-2")
        await send(notice(3))
        await send(event(1), message_id="another")  # the event's own id counts
        await send(notice(2), message_id="m-2")
        await send(b"{broken", message_id="m-4")
        await settled(world, 5, 1)
        assert sorted(await submitted(world)) == ["SHP-1", "SHP-2", "SHP-3"]
        assert await held_messages(world) == [("malformed-json", queue)]
        await world.work()
        assert world.partner.sets() == ["997", "856", "856", "856"]
        dead = await (await channel.get_queue(f"{queue}.dead")).get(timeout=PATIENCE)
        assert (dead.body, dead.message_id) == (b"{broken", "m-4")
        await dead.ack()
        assert (await channel.declare_queue(queue, passive=True)).declaration_result.message_count == 0


@needs_rabbitmq
async def test_a_cut_connection_loses_nothing_and_doubles_nothing(tmp_path):
    queue = new_name("orders")
    async with rabbitmq_names(queue, f"{queue}.dead") as channel, switched(5672) as switch:
        source = {"kind": "rabbitmq", "url": f"amqp://127.0.0.1:{switch.port}", "queue": queue, "declare": True, "prefetch": 4}
        async with reading(tmp_path, source) as world:
            for number in range(12):
                await channel.default_exchange.publish(Message(event(number)), queue)
                if number == 5:
                    await switch.cut()
            await eventually(lambda: not world.context.sources["erp"].is_connected)
            assert (await operations.status(world.context))["sources"][0]["cause"] == "destination-unreachable"
            await switch.restore()
            await eventually(lambda: world.context.sources["erp"].taken >= 12)
            assert sorted(await submitted(world)) == sorted(f"SHP-{number}" for number in range(12))


@needs_nats
async def test_a_stream_is_read_and_bad_messages_go_to_the_dead_subject(tmp_path):
    name = new_name("erp")
    async with nats_stream(name) as jetstream:
        source = {"kind": "nats", "servers": ["nats://127.0.0.1:4222"], "stream": name, "subject": f"{name}.requests", "declare": True}
        async with reading(tmp_path, source) as world:
            await jetstream.publish(f"{name}.requests", notice(1), headers={"Nats-Msg-Id": "n-1"})
            binary = {"ce-specversion": "1.0", "ce-id": "req-2", "ce-source": "urn:erp", "ce-partnerid": "northmart"}
            await jetstream.publish(f"{name}.requests", notice(2, po="unknown"), headers=binary)
            await jetstream.publish(f"{name}.requests", notice(1), headers={"Nats-Msg-Id": "n-1-again", "ce-id": "n-1"})
            await jetstream.publish(f"{name}.requests", event(3, usage="prod"))
            await settled(world, 3, 1)
            assert sorted(await submitted(world)) == ["SHP-1", "SHP-2"]
            assert {row["partner_id"] for row in await world.rows(Thing.DOCUMENT, direction="outbound")} == {"northmart"}
            assert await held_messages(world) == [("usage-not-accepted", f"{name}/4")]
            dead = await jetstream.get_last_msg(name, f"{name}.requests.dead")
            assert (dead.headers["Gateway-Cause"], json.loads(dead.data)["id"]) == ("usage-not-accepted", "req-3")
            info = await eventually(lambda: _all_acknowledged(jetstream, name))
            assert info.num_pending == 0


@needs_nats
async def test_a_stream_where_nothing_comes_stays_connected(tmp_path, monkeypatch):
    name, real, empty = new_name("erp"), JetStreamContext.PullSubscription.fetch, []

    async def fetch(self, *arguments):
        """As the library ends now and then when its time is over: not with the error that it has for this."""
        if len(empty) < 3:
            empty.append(True)
            raise TimeoutError
        return await real(self, *arguments)

    monkeypatch.setattr(JetStreamContext.PullSubscription, "fetch", fetch)
    async with nats_stream(name) as jetstream:
        source = {"kind": "nats", "servers": ["nats://127.0.0.1:4222"], "stream": name, "subject": f"{name}.requests", "declare": True}
        async with reading(tmp_path, source) as world:
            since = world.context.sources["erp"].since
            await jetstream.publish(f"{name}.requests", notice(1))
            await settled(world, 1)
            assert len(empty) == 3
            assert world.context.sources["erp"].since == since


async def _all_acknowledged(jetstream, name):
    info = await jetstream.consumer_info(name, "gateway")
    return info if info.num_ack_pending == 0 else None


async def test_topics_are_read_by_a_group_whose_offsets_move_when_messages_are_stored(tmp_path):
    with kafka_cluster() as port:
        producer = Producer({"bootstrap.servers": f"127.0.0.1:{port}", "log_level": 0})

        def send(*bodies):
            for body in bodies:
                producer.produce("requests", body, b"northmart")
            assert producer.flush(PATIENCE) == 0

        async with switched(port, kafka_behind(port)) as switch:
            source = {"kind": "kafka", "brokers": [f"127.0.0.1:{switch.port}"], "topics": ["requests"]}
            send(notice(1), notice(2), b"[]")
            async with reading(tmp_path, source) as world:
                health = world.context.sources["erp"]
                await settled(world, 2, 1)
                assert await submitted(world) == ["SHP-1", "SHP-2"]
                [(cause, place)] = await held_messages(world)
                assert (cause, place.rpartition("/")[2]) == ("document-invalid", "2")
                await switch.cut()
                send(notice(3), notice(1))
                await eventually(lambda: not health.is_connected)
                await switch.restore()
                await settled(world, 4, 1)
                assert health.is_connected
                assert await submitted(world) == ["SHP-1", "SHP-2", "SHP-3", "SHP-1"]  # no id: another submission
        dead, committed = await asyncio.to_thread(_after, port)
        assert (dead.value(), dict(dead.headers())["gateway-cause"]) == (b"[]", b"document-invalid")
        assert committed == 5


def _after(port):
    """The dead letter, and how far the group is."""
    with contextlib.closing(
        Consumer({"bootstrap.servers": f"127.0.0.1:{port}", "group.id": "gateway", "auto.offset.reset": "earliest"})
    ) as consumer:
        partitions = consumer.list_topics("requests", PATIENCE).topics["requests"].partitions
        committed = consumer.committed([TopicPartition("requests", number) for number in partitions], PATIENCE)
        consumer.assign([TopicPartition("requests.dead", number, OFFSET_BEGINNING) for number in partitions])
        return consumer.poll(PATIENCE), sum(one.offset for one in committed if one.offset > 0)


async def test_a_folder_is_read_and_its_files_are_archived(tmp_path):
    folder = tmp_path / "from-erp"
    folder.mkdir()
    async with reading(tmp_path, {"kind": "folder", "path": "from-erp", "every": 0.05}) as world:
        for name, body in (("one", notice(1)), ("bad", b"{"), ("two", notice(2))):
            (folder / f".{name}").write_bytes(body)
            (folder / f".{name}").rename(folder / f"{name}.json")
        await settled(world, 2, 1)
        assert sorted(await submitted(world)) == ["SHP-1", "SHP-2"]
        assert await held_messages(world) == [("malformed-json", "bad.json")]
        await eventually(lambda: not list(folder.glob("*.json")))
        await eventually(lambda: len([path for path in (folder / "archive").rglob("*") if path.is_file()]) == 3)


@needs_rabbitmq
async def test_a_held_message_is_tried_again_when_a_person_says_so(tmp_path):
    queue = new_name("orders")
    source = {"kind": "rabbitmq", "url": "amqp://127.0.0.1", "queue": queue, "declare": True}
    async with rabbitmq_names(queue, f"{queue}.dead") as channel, reading(tmp_path, source) as world:
        headers = {"cloudEvents:partnerid": "southmart", "cloudEvents:id": "req-1"}
        await channel.default_exchange.publish(Message(notice(1, po="unknown"), headers=headers), queue)
        await settled(world, 0, 1)
        held = await world.one(Thing.TRANSMISSION, state="HELD")
        assert await world.held() == [("transmission", "not-found")]
        await operations.replay(world.context, held["id"], "the partner should be there now", "restart")
        await world.work()
        assert await world.held() == [("transmission", "not-found")]  # still not
        partner = world.context.workspace.partners["northmart"]
        world.context.workspace.partners["southmart"] = partner  # type: ignore[index]
        await operations.replay(world.context, held["id"], "now it is", "restart")
        await world.work()
        assert await submitted(world) == ["SHP-1"]
        again = await world.one(Thing.TRANSMISSION, id=held["id"])
        assert (again["state"], again["finished_at"] is not None) == (TransmissionState.OPENED, True)
        assert (await operations.counts(world.context))["lost"] == []


@needs_rabbitmq
async def test_while_the_gateway_takes_nothing_on_messages_stay_where_they_are(tmp_path):
    queue = new_name("orders")
    source = {"kind": "rabbitmq", "url": "amqp://127.0.0.1", "queue": queue, "declare": True}
    async with rabbitmq_names(queue, f"{queue}.dead") as channel, reading(tmp_path, source) as world:
        world.context.overload = ("the disk is nearly full",)
        await channel.default_exchange.publish(Message(notice(1)), queue)
        await asyncio.sleep(0.3)
        assert await submitted(world) == []
        world.context.overload = ()
        await settled(world, 1)


async def test_sources_of_gateway_yaml_are_made_and_their_faults_named(tmp_path):
    text = GATEWAY_YAML + "sources:\n  erp: {kind: folder, path: in, document_type: ShipNote}\n"
    (tmp_path / "gateway.yaml").write_text(text)
    with pytest.raises(SettingsError, match=r"sources.erp.document_type: one of"):
        await App.open(tmp_path, parse_settings(text))
    with pytest.raises(SettingsError, match=r"no '\.\.'"):
        parse_settings("own: {}\nsources:\n  erp: {kind: folder, path: ../in}\n")
