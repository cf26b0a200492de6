"""Kafka over TLS and with SASL. The mock cluster of the client's library knows neither, so a door before it speaks both with the real client."""

import asyncio

import pytest

from gateway.errors import PermanentError, TransientError
from gateway.sink_settings import KafkaSink as SinkSettings
from gateway.sinks.kafka import KafkaSink
from gateway.source_settings import KafkaSource as SourceSettings
from gateway.sources.kafka import KafkaSource
from tests.gateway.secured import PASSWORD, STRANGE, Files
from tests.gateway.test_sinks_brokers import event
from tests.support.brokers import kafka_behind, kafka_cluster, new_name
from tests.support.kafka_login import KafkaDoor
from tests.support.switch import opened, switched
from tests.support.waiting import PATIENCE

CA = {"ca": "ca.pem"}
OURS = {"certificate": "client.pem", "key": "file:client.key"}
REFUSED = PermanentError, "credentials-refused"


@pytest.fixture(scope="module")
def cluster():
    with kafka_cluster() as port:
        yield port


def login(mechanism, user="gateway", password="file:password"):
    return {"sasl": {"mechanism": mechanism, "user": user, "password": password}}


def sink(files, port, **options):
    return KafkaSink(
        SinkSettings(kind="kafka", **{"brokers": (f"127.0.0.1:{port}",), "timeout": PATIENCE, **options}), resolve=files.resolve
    )


def source(files, port, topic, **options):
    said = {"brokers": (f"localhost:{port}",), "topics": (topic,), "group": new_name("group"), "timeout": PATIENCE, **options}
    return KafkaSource(SourceSettings(kind="kafka", **said), resolve=files.resolve)


async def there_and_back(files, port, **options):
    """An event is delivered, and read again."""
    topic = new_name("topic")
    await there(files, port, topic=topic, **options)
    told = []
    arrivals = source(files, port, topic, **options).arrivals(told.append)
    arrival = await anext(arrivals)
    assert arrival.message.body == event().body
    assert told[-1] is None
    await arrival.taken("doc_1")
    await arrivals.aclose()


async def there(files, port, **options):
    """An event is delivered."""
    to = sink(files, port, **options)
    assert await to.deliver(event())
    await to.close()


async def refusal(files, port, **options):
    """What the sink says; the source says the same."""
    to = sink(files, port, **options)
    said = await files.refused(to.deliver(event()))
    await to.close()
    arrivals = source(files, port, "requests", **options).arrivals(lambda _: None)
    assert await files.refused(anext(arrivals)) == said
    return said


async def test_user_and_password_over_tls(cluster, tmp_path):
    files = Files(tmp_path)
    words = "the broker refused user, password or mechanism (_AUTHENTICATION)"
    async with opened(KafkaDoor(cluster, "gateway", PASSWORD, files.context("server"))) as door:
        await there_and_back(files, door.port, tls=CA, **login("SCRAM-SHA-512"))
        assert door.mechanisms == {"SCRAM-SHA-512"}
        await there(files, door.port, tls=CA, **login("PLAIN"))
        for mechanism in ("PLAIN", "SCRAM-SHA-512"):
            assert await refusal(files, door.port, tls=CA, **login(mechanism, password="file:wrong")) == (*REFUSED, words)
            assert await refusal(files, door.port, tls=CA, **login(mechanism, user="nobody")) == (*REFUSED, words)
        assert (await refusal(files, door.port, tls=CA, **login("PLAIN", password="file:nowhere")))[:2] == REFUSED


async def test_a_mechanism_that_the_broker_has_not(cluster, tmp_path):
    files = Files(tmp_path)
    async with opened(KafkaDoor(cluster, "gateway", PASSWORD)) as door:
        words = "the broker refused user, password or mechanism (_AUTHENTICATION)"
        assert await refusal(files, door.port, **login("SCRAM-SHA-256")) == (*REFUSED, words)
        assert door.mechanisms == {"SCRAM-SHA-256"}


async def test_a_sink_that_was_refused_asks_no_more_until_there_is_something_to_deliver(cluster, tmp_path):
    files = Files(tmp_path)
    async with opened(KafkaDoor(cluster, "gateway", PASSWORD)) as door:
        to = sink(files, door.port, **login("PLAIN", password="file:wrong"))
        both = await asyncio.gather(*(files.refused(to.deliver(event(name))) for name in ("evt_1", "evt_2")))
        assert {said[:2] for said in both} == {REFUSED}
        asked = door.asked
        await asyncio.sleep(0.5)  # the client alone would ask ten times
        assert door.asked <= asked + 1  # one may have been on its way
        (tmp_path / "wrong").write_text(PASSWORD)
        assert await to.deliver(event())
        await to.close()


async def test_a_broker_that_wants_our_certificate(cluster, tmp_path):
    files = Files(tmp_path)
    async with switched(cluster, kafka_behind(cluster), files.context("server", "required")) as door:
        await there(files, door.port, tls={**CA, **OURS})
        to = sink(files, door.port, tls=CA, timeout=1)
        assert (await files.refused(to.deliver(event())))[:2] == (TransientError, "destination-unreachable")
        await to.close()
        torn = sink(files, door.port, tls={**CA, **OURS, "key": "file:wrong"})
        assert (await files.refused(torn.deliver(event())))[:2] == REFUSED


async def test_a_broker_that_is_not_to_be_believed_hears_nothing(cluster, tmp_path):
    files = Files(tmp_path)

    words = "the broker's certificate is not accepted (_SSL)"
    wanted = TransientError, "destination-unreachable", words

    async def refused_by(name):
        async with opened(KafkaDoor(cluster, "gateway", PASSWORD, files.context(name))) as door:
            to = sink(files, door.port, tls=CA, timeout=1, **login("PLAIN"))
            async with asyncio.timeout(PATIENCE):
                while await files.refused(to.deliver(event())) != wanted:  # on a busy machine the time may end before the handshake
                    pass
            await to.close()
            arrivals = source(files, door.port, "requests", tls=CA, **login("PLAIN")).arrivals(lambda _: None)
            assert await files.refused(anext(arrivals)) == wanted
            assert door.asked == 0

    await asyncio.gather(*map(refused_by, STRANGE))
