"""RabbitMQ over TLS with users, passwords and certificates, against a node of the test's own."""

import base64
import hashlib
import json
import shutil
import tempfile
from pathlib import Path

import pytest

from gateway.client_tls import broken_off
from gateway.errors import PermanentError, TransientError
from gateway.sink_settings import RabbitMqSink as SinkSettings
from gateway.sinks.rabbitmq import RabbitMqSink
from gateway.source_settings import RabbitMqSource as SourceSettings
from gateway.sources.rabbitmq import RabbitMqSource
from tests.gateway.secured import PASSWORD, STRANGE, Files
from tests.gateway.test_sinks_brokers import event
from tests.support.broker_servers import needs_rabbitmq_server, rabbitmq_server, running
from tests.support.brokers import new_name
from tests.support.switch import switched
from tests.support.waiting import PATIENCE

CA = {"ca": "ca.pem"}
OURS = {"certificate": "client.pem", "key": "file:client.key"}
LOGIN = {"user": "gateway", "password": "file:password"}
HOST = "b2b/test"  #: a virtual host whose name has to be written with care
CONF = """
ssl_options.cacertfile = {0}/ca.pem
ssl_options.certfile = {0}/server.pem
ssl_options.keyfile = {0}/server.key
ssl_options.verify = verify_peer
ssl_options.fail_if_no_peer_cert = false
auth_mechanisms.1 = PLAIN
auth_mechanisms.2 = EXTERNAL
ssl_cert_login_from = common_name
load_definitions = {0}/definitions.json
handshake_timeout = 60000
ssl_handshake_timeout = 60000
"""


def definitions():
    """A user with a password, one without rights, and one that only its certificate can be."""
    digest = b"salt" + hashlib.sha256(b"salt" + PASSWORD.encode()).digest()
    password = {"password_hash": base64.b64encode(digest).decode(), "hashing_algorithm": "rabbit_password_hashing_sha256", "tags": ""}
    everything = {"vhost": HOST, "configure": ".*", "write": ".*", "read": ".*"}
    return {
        "users": [{"name": "gateway", **password}, {"name": "reader", **password}, {"name": "stranger", **password}],
        "vhosts": [{"name": HOST}, {"name": "full"}],
        "permissions": [
            {"user": "gateway", **everything},
            {"user": "gateway", **everything, "vhost": "full"},
            {"user": "reader", **everything, "write": "^$"},
        ],
        "parameters": [{"vhost": "full", "component": "vhost-limits", "name": "limits", "value": {"max-connections": 0}}],
    }


@pytest.fixture(scope="module")
def node():
    """The files, and the port on which the node speaks TLS."""
    folder = Path(tempfile.mkdtemp(prefix="rmq"))  # Erlang wants short paths
    try:
        files = Files(folder)
        (folder / "definitions.json").write_text(json.dumps(definitions()))
        with running(rabbitmq_server(folder / "node", CONF.format(folder), plugins="rabbitmq_auth_mechanism_ssl", tls=True)) as server:
            yield files, server.port
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def settings(port, host="127.0.0.1", virtual_host="b2b%2Ftest", **options):
    return {"kind": "rabbitmq", "url": f"amqps://{host}:{port}/{virtual_host}", "tls": CA, "declare": True, "timeout": PATIENCE, **options}


async def there_and_back(files, port, **options):
    """An event is delivered, and read again."""
    name = new_name("events")
    said = settings(port, **options)
    to = RabbitMqSink(SinkSettings(**said, exchange=name, queue=name, dead_letter_exchange=f"{name}.dead"), resolve=files.resolve)
    assert await to.deliver(event()) == "confirmed"
    await to.close()
    told = []
    arrivals = RabbitMqSource(SourceSettings(**said, queue=name), resolve=files.resolve).arrivals(told.append)
    arrival = await anext(arrivals)
    assert (arrival.message.body, told) == (event().body, [None])
    await arrival.taken("doc_1")
    await arrivals.aclose()


async def refusal(files, port, **options):
    """What the sink says; the source says the same."""
    to = RabbitMqSink(SinkSettings(**settings(port, **options)), resolve=files.resolve)
    said = await files.refused(to.deliver(event()))
    await to.close()
    arrivals = RabbitMqSource(SourceSettings(**settings(port, **options), queue="q"), resolve=files.resolve).arrivals(lambda _: None)
    assert await files.refused(anext(arrivals)) == said
    return said


@needs_rabbitmq_server
async def test_user_and_password_or_a_certificate_over_tls(node):
    files, port = node
    await there_and_back(files, port, **LOGIN)
    await there_and_back(files, port, host="localhost", tls={**CA, **OURS}, login="certificate")  # its name is a user's, too
    refused = PermanentError, "credentials-refused"
    assert await refusal(files, port, user="gateway", password="file:wrong") == (*refused, "the broker refused user or password")
    assert await refusal(files, port, user="nobody", password="file:password") == (*refused, "the broker refused user or password")
    assert await refusal(files, port) == (*refused, "the broker refused user or password")  # guest is not there
    assert (await refusal(files, port, user="gateway", password="file:nowhere"))[:2] == refused
    words = "the broker does not open the virtual host: there is none, or this user may not use it"
    closed = PermanentError, "virtual-host-refused", words
    assert await refusal(files, port, user="stranger", password="file:password") == closed
    assert await refusal(files, port, virtual_host="none", **LOGIN) == closed
    words = "the broker does not open the virtual host now"
    assert await refusal(files, port, virtual_host="full", **LOGIN) == (TransientError, "destination-unreachable", words)
    unknown = {**CA, "certificate": "server.pem", "key": "file:server.key"}  # one of the authority, but nobody's here
    words = "the broker refused the login by certificate, or does not offer it (EXTERNAL)"
    assert await refusal(files, port, tls=unknown, login="certificate") == (*refused, words)


@needs_rabbitmq_server
async def test_a_user_that_may_not_write_is_told_so(node):
    files, port = node
    said = settings(port, user="reader", password="file:password", declare=False)
    to = RabbitMqSink(SinkSettings(**said, exchange="amq.topic"), resolve=files.resolve)
    words = "the broker does not allow this user that"
    assert await files.refused(to.deliver(event())) == (PermanentError, "credentials-refused", words)
    await to.close()


@needs_rabbitmq_server
async def test_authorities_that_do_not_know_the_broker(node):
    files, port = node
    for tls in ({"ca": "other.pem"}, {}):
        kind, cause, words = await refusal(files, port, **LOGIN, tls=tls)
        assert (kind, cause) == (TransientError, "destination-unreachable")
        assert words.startswith("the server's certificate is not accepted: ")


@pytest.mark.parametrize("name", STRANGE)
async def test_a_broker_that_is_not_to_be_believed_hears_nothing(tmp_path, name):
    files = Files(tmp_path)
    async with switched(9, tls=files.context(name)) as door:
        kind, cause, words = await refusal(files, door.port, **LOGIN)
        assert (kind, cause) == (TransientError, "destination-unreachable")
        assert STRANGE[name] in words


def test_a_fault_that_is_its_own_cause_comes_to_an_end():
    fault, other = RuntimeError(), OSError()
    fault.__cause__, other.__cause__ = other, fault
    assert broken_off(fault).detail == "no connection, or it broke off (RuntimeError)"
