"""The brokers as ways to the hub: RabbitMQ and NATS of this machine, Kafka as its client's mock cluster, each cut and restored."""

import asyncio
import contextlib
import json
from collections import Counter
from dataclasses import replace

import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

from gateway.errors import Cause, PermanentError, TransientError
from gateway.settings import SettingsError, parse_settings
from gateway.sink_settings import KafkaSink as KafkaSettings
from gateway.sink_settings import NatsSink as NatsSettings
from gateway.sink_settings import RabbitMqSink as RabbitMqSettings
from gateway.sinks.attributes import attributes, filled
from gateway.sinks.base import OutgoingEvent
from gateway.sinks.build import build_sinks, extra_asked_for
from gateway.sinks.kafka import KafkaSink
from gateway.sinks.nats import NatsSink
from gateway.sinks.rabbitmq import RabbitMqSink
from tests.support.brokers import kafka_behind, kafka_cluster, nats_stream, needs_nats, needs_rabbitmq, new_name, no_secret, rabbitmq_names
from tests.support.switch import switched
from tests.support.waiting import PATIENCE

TRACE = "00-" + "1" * 32 + "-" + "2" * 16 + "-01"


def event(event_id="evt_1", key="northmart:4500000001", *, size=0, is_test=False):
    body = json.dumps({"id": event_id, "data": {"note": "ä" + "x" * size}}, ensure_ascii=False).encode()
    return OutgoingEvent(event_id, "com.harborline.b2b.ship-notice.received.v1", key, "trn_1", is_test, body, {"stale": "true"}, TRACE)


async def refused(sink, given=None):
    with pytest.raises((PermanentError, TransientError)) as caught:
        await sink.deliver(given or event())
    await sink.close()
    return type(caught.value), caught.value.cause


async def until_taken(sink, given):
    async with asyncio.timeout(PATIENCE):
        while True:
            with contextlib.suppress(TransientError):
                return await sink.deliver(given)


@contextlib.contextmanager
def in_a_hurry(sink):
    """While nobody answers, it does not wait long for an answer."""
    patient = sink._settings
    sink._settings = patient.model_copy(update={"timeout": 0.4})
    yield
    sink._settings = patient


def rabbitmq(name, port=5672, *, resolve=no_secret, **options):
    said = {"exchange": name, "url": f"amqp://127.0.0.1:{port}", "timeout": PATIENCE, **options}
    return RabbitMqSink(RabbitMqSettings(kind="rabbitmq", **said), resolve=resolve)


def nats(name, port=4222, **options):
    said = {"stream": name, "subject": name + ".{document}.{verb}", "servers": (f"nats://127.0.0.1:{port}",), "timeout": PATIENCE}
    return NatsSink(NatsSettings(kind="nats", **said, **options), resolve=no_secret)


def kafka(port, **options):
    said = {"brokers": (f"127.0.0.1:{port}",), "timeout": PATIENCE, **options}
    return KafkaSink(KafkaSettings(kind="kafka", **said), resolve=no_secret)


@needs_rabbitmq
async def test_rabbitmq_gets_a_persistent_message_that_names_the_event():
    name = new_name("events")
    async with rabbitmq_names(name, f"{name}-hub", f"{name}-dead") as channel:
        sink = rabbitmq(name, declare=True, queue=f"{name}-hub", dead_letter_exchange=f"{name}-dead")
        assert await sink.deliver(event()) == "confirmed"
        queue = await channel.get_queue(f"{name}-hub")
        message = await queue.get(timeout=PATIENCE)
        assert (message.message_id, message.correlation_id, message.delivery_mode) == ("evt_1", "trn_1", 2)
        assert (message.content_type, message.routing_key) == ("application/cloudevents+json; charset=utf-8", event().type)
        assert message.body == event().body
        assert message.headers["cloudEvents:partitionkey"] == "northmart:4500000001"
        assert message.headers["traceparent"] == TRACE
        await message.reject(requeue=False)
        dead = await (await channel.get_queue(f"{name}-dead")).get(timeout=PATIENCE)
        assert dead.message_id == "evt_1"
        await dead.ack()
        await sink.close()


@needs_rabbitmq
async def test_what_no_queue_takes_is_held_and_not_lost():
    name = new_name("events")
    assert await refused(rabbitmq(name)) == (PermanentError, Cause.UNROUTABLE)  # no such exchange
    async with rabbitmq_names(name):
        assert await refused(rabbitmq(name, declare=True)) == (PermanentError, Cause.UNROUTABLE)  # no queue behind it


@needs_rabbitmq
async def test_rabbitmq_refuses_and_we_say_why():
    name = new_name("events")
    nobody = rabbitmq(name, user="nobody", password="env:NOBODY", resolve=lambda _: "wrong")
    assert await refused(nobody) == (PermanentError, Cause.CREDENTIALS_REFUSED)
    assert await refused(rabbitmq(name, port=9)) == (TransientError, Cause.DESTINATION_UNREACHABLE)
    assert await refused(rabbitmq(name, max_bytes=1024), event(size=2000)) == (PermanentError, Cause.DELIVERY_REFUSED)
    assert await refused(rabbitmq(name, usage="live"), event(is_test=True)) == (PermanentError, Cause.USAGE_NOT_ACCEPTED)
    async with rabbitmq_names(name) as channel:
        await channel.declare_exchange(name, "direct")
        assert await refused(rabbitmq(name, declare=True)) == (PermanentError, Cause.DELIVERY_REFUSED)  # exists otherwise


@needs_rabbitmq
async def test_a_full_queue_is_an_outage_that_passes():
    name = new_name("events")
    async with rabbitmq_names(name) as channel:
        exchange = await channel.declare_exchange(name, "topic", durable=True)
        queue = await channel.declare_queue(name, durable=True, arguments={"x-max-length": 1, "x-overflow": "reject-publish"})
        await queue.bind(exchange, routing_key="#")
        sink = rabbitmq(name)
        await sink.deliver(event())
        assert await refused(sink, event("evt_2")) == (TransientError, Cause.DESTINATION_BUSY)
        await queue.purge()
        assert await sink.deliver(event("evt_2")) == "confirmed"
        await sink.close()


@needs_rabbitmq
async def test_rabbitmq_is_cut_and_restored():
    name = new_name("events")
    async with rabbitmq_names(name, f"{name}-hub") as channel, switched(5672) as switch:
        sink = rabbitmq(name, switch.port, declare=True, queue=f"{name}-hub")
        await sink.deliver(event("evt_1"))
        await switch.cut()
        for _ in range(2):
            with pytest.raises(TransientError):
                await sink.deliver(event("evt_2"))
        await switch.restore()
        await asyncio.gather(*(sink.deliver(event(f"evt_{number}")) for number in range(2, 12)))
        switch.silent = True
        with in_a_hurry(sink), pytest.raises(TransientError) as unclear:
            await sink.deliver(event("evt_12"))
        assert unclear.value.detail == "no answer in time"
        await switch.restore()
        await sink.deliver(event("evt_12"))
        queue = await channel.get_queue(f"{name}-hub")
        got = [(await queue.get(no_ack=True, timeout=PATIENCE)).message_id for _ in range(12)]
        assert set(got) == {f"evt_{number}" for number in range(1, 13)}
        await sink.close()


@needs_nats
async def test_jetstream_gets_the_event_and_drops_a_repetition():
    name = new_name("events")
    async with nats_stream(name) as jetstream:
        sink = nats(name, declare=True)
        assert await sink.deliver(event()) == f"{name} 1"
        assert await sink.deliver(event()) == f"{name} 1, was there"
        stored = await jetstream.get_msg(name, seq=1)
        assert (stored.subject, stored.data) == (f"{name}.ship-notice.received", event().body)
        assert stored.headers["Nats-Msg-Id"] == "evt_1"
        assert (stored.headers["ce-type"], stored.headers["traceparent"]) == (event().type, TRACE)
        assert (await jetstream.stream_info(name)).state.messages == 1
        again = replace(event(), marks={"replay": "true", "replayid": "rpl_1"})
        assert await sink.deliver(again) == f"{name} 2"  # meant to get through, and once only
        assert await sink.deliver(again) == f"{name} 2, was there"
        assert (await jetstream.get_msg(name, seq=2)).headers["ce-replayid"] == "rpl_1"
        await sink.close()


@needs_nats
async def test_nats_refuses_and_we_say_why():
    name = new_name("events")
    assert await refused(nats(name)) == (PermanentError, Cause.UNROUTABLE)  # no stream
    assert await refused(nats(name, port=9)) == (TransientError, Cause.DESTINATION_UNREACHABLE)
    async with nats_stream(name) as jetstream:
        await jetstream.add_stream(name=name, subjects=[f"{name}.>"], max_msg_size=1000, max_msgs=2, discard="new")
        assert await refused(nats(name), event(size=2000)) == (PermanentError, Cause.DELIVERY_REFUSED)
        assert await refused(nats(name), event(size=1_500_000)) == (PermanentError, Cause.DELIVERY_REFUSED)
        sink = nats(name)
        for number in range(2):
            await sink.deliver(event(f"evt_{number}"))
        assert await refused(sink, event("evt_2")) == (TransientError, Cause.DESTINATION_BUSY)  # the stream is full


@needs_nats
async def test_nats_is_cut_and_restored():
    name = new_name("events")
    async with nats_stream(name) as jetstream, switched(4222) as switch:
        sink = nats(name, switch.port, declare=True)
        await sink.deliver(event("evt_1"))
        await switch.cut()
        for _ in range(2):
            with pytest.raises(TransientError):
                await sink.deliver(event("evt_2"))
        await switch.restore()
        await asyncio.gather(*(sink.deliver(event(f"evt_{number}")) for number in range(2, 12)))
        switch.silent = True
        with in_a_hurry(sink), pytest.raises(TransientError):
            await sink.deliver(event("evt_12"))
        await switch.restore()
        await sink.deliver(event("evt_12"))
        assert (await jetstream.stream_info(name)).state.messages == 12  # each once: the stream dropped what was unclear
        await sink.close()


def read_all(port, topic):
    """All that is in a topic, partition by partition."""
    consumer = Consumer({"bootstrap.servers": f"127.0.0.1:{port}", "group.id": "hub", "auto.offset.reset": "earliest"})
    numbers = consumer.list_topics(topic, PATIENCE).topics[topic].partitions
    consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in numbers])
    count = sum(consumer.get_watermark_offsets(TopicPartition(topic, number), PATIENCE)[1] for number in numbers)
    got = []
    while len(got) < count:
        message = consumer.poll(PATIENCE)
        assert message is not None
        assert message.error() is None, message.error()
        got.append(message)
    consumer.close()
    return got


async def test_kafka_keeps_the_order_of_a_key_and_names_the_event():
    with kafka_cluster() as port:
        sink = kafka(port)
        keys = ["northmart:1", "northmart:2", "northmart:3"]
        answers = [await sink.deliver(event(f"evt_{number}", keys[number % 3])) for number in range(9)]
        assert all(answer.startswith("b2b.ship-notice/") for answer in answers)
        await sink.close()
        got = await asyncio.to_thread(read_all, port, "b2b.ship-notice")
    assert len(got) == 9
    for key in keys:
        of_key = [message for message in got if message.key() == key.encode()]
        assert [json.loads(message.value())["id"] for message in of_key] == [f"evt_{n}" for n in range(9) if keys[n % 3] == key]
        assert len({message.partition() for message in of_key}) == 1
    headers = dict(got[0].headers())
    assert headers["ce_id"] == json.loads(got[0].value())["id"].encode()
    assert headers["traceparent"] == TRACE.encode()


async def test_kafka_refuses_and_we_say_why():
    assert await refused(kafka(9, timeout=0.2)) == (TransientError, Cause.DESTINATION_UNREACHABLE)
    assert await refused(kafka(9, max_bytes=1024), event(size=2000)) == (PermanentError, Cause.DELIVERY_REFUSED)
    sink, causes = kafka(9, queue_bytes=1024, timeout=0.3), set()
    async with asyncio.timeout(PATIENCE):  # a machine that stalls lets all time be over before the queue is full
        while causes != {Cause.DESTINATION_BUSY, Cause.DESTINATION_UNREACHABLE}:  # a full queue, and those that wait in it
            waiting = asyncio.gather(*(sink.deliver(event(f"evt_{number}", size=400)) for number in range(8)), return_exceptions=True)
            causes = {fault.cause for fault in await waiting if isinstance(fault, TransientError)}
    await sink.close()


async def test_kafka_is_cut_and_restored():
    with kafka_cluster() as port:
        async with switched(port, kafka_behind(port)) as switch:
            patient, hasty = kafka(switch.port), kafka(switch.port, timeout=0.6)
            await patient.deliver(event("evt_1"))
            await until_taken(hasty, event("evt_2"))  # the first connection takes its time
            await switch.cut()
            with pytest.raises(TransientError):
                await hasty.deliver(event("evt_3"))
            waiting = asyncio.create_task(patient.deliver(event("evt_4")))
            await switch.restore()
            await waiting
            await until_taken(hasty, event("evt_3"))  # the client waits a little before it connects again
            await asyncio.gather(patient.close(), hasty.close())
        got = Counter(json.loads(message.value())["id"] for message in await asyncio.to_thread(read_all, port, "b2b.ship-notice"))
    assert (set(got), got["evt_1"], got["evt_4"]) == ({f"evt_{number}" for number in range(1, 5)}, 1, 1)


def test_names_are_made_of_what_the_event_says():
    assert filled("b2b.{usage}.{partner}.{document}.{verb}", event(is_test=True), "test") == "b2b.test.northmart.ship-notice.received"
    headers = attributes(event(), "ce-", "live")
    assert (headers["ce-correlationid"], headers["ce-stale"], headers["ce-traceparent"]) == ("trn_1", "true", TRACE)


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ("{kind: rabbitmq, url: 'amqp://me:secret@broker:5672'}", "url"),
        ("{kind: rabbitmq, url: 'http://broker:5672'}", "url"),
        ("{kind: rabbitmq, url: 'amqp://broker', routing_key: '{body}'}", "routing_key"),
        ("{kind: rabbitmq, url: 'amqp://broker', queue: hub}", ""),
        ("{kind: rabbitmq, url: 'amqp://broker', password: secret}", "password"),
        ("{kind: rabbitmq, url: 'amqp://broker', user: me}", ""),
        ("{kind: rabbitmq, url: 'amqp://broker', tls: {ca: ca.pem}}", ""),
        ("{kind: rabbitmq, url: 'amqps://broker', login: certificate}", ""),
        ("{kind: nats, servers: ['nats://a'], user: me}", ""),
        ("{kind: nats, servers: ['nats://a'], token: 'env:T', creds: 'file:me.creds'}", ""),
        ("{kind: nats, servers: ['nats://a'], creds: me.creds}", "creds"),
        ("{kind: nats, servers: []}", "servers"),
        ("{kind: kafka, brokers: ['kafka://a:9092']}", "brokers"),
        ("{kind: kafka, brokers: ['a:9092'], tls: {certificate: c.pem}}", "tls"),
        ("{kind: webhook, url: 'http://hub', secret: 'env:S', tls: {ca: ca.pem}}", ""),
    ],
)
def test_faults_of_gateway_yaml_name_their_place(said, place):
    with pytest.raises(SettingsError) as caught:
        parse_settings(f"own: {{}}\nsinks:\n  bus: {said}\n")
    wanted = ".".join(filter(None, ("sinks.bus", said[len("{kind: ") :].partition(",")[0], place)))
    where, words = caught.value.faults[0]
    assert where.startswith(wanted)
    assert "me:secret" not in words


def test_a_library_that_is_missing_is_asked_for():
    with (
        pytest.raises(SettingsError, match=r"sinks.bus: needs the extra kafka: pip install 'partner-gateway\[kafka\]'"),
        extra_asked_for("sinks.bus"),
    ):
        raise ModuleNotFoundError(name="confluent_kafka")
    with pytest.raises(ModuleNotFoundError), extra_asked_for("sinks.bus"):
        raise ModuleNotFoundError(name="gateway.sinks.other")


async def test_gateway_yaml_is_all_that_a_new_sink_needs(tmp_path):
    text = """own: {}
sinks:
  bus: {kind: rabbitmq, url: 'amqps://broker/b2b', user: gateway, password: env:BUS, exchange: events, routing_key: 'b2b.{document}'}
  stream: {kind: nats, servers: [tls://a:4222, tls://b:4222], token: env:STREAM, tls: {ca: ca.pem}}
  log: {kind: kafka, brokers: ['a:9093'], tls: {}, sasl: {user: gateway, password: env:LOG}}
"""
    settings = parse_settings(text)
    made = build_sinks(settings.sinks, root=tmp_path, resolve=no_secret, session=lambda: None, clock=lambda: None)
    assert {name: sink.kind for name, sink in made.items()} == {"bus": "rabbitmq", "stream": "nats", "log": "kafka"}
    for sink in made.values():
        await sink.close()
