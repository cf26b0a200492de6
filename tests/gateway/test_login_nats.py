"""NATS with TLS and every kind of login, against servers of the test's own: what works, and what is said when it does not."""

import asyncio
import contextlib
import json

import nkeys
import pytest
from pydantic import ValidationError

from gateway.errors import PermanentError, TransientError
from gateway.sink_settings import NatsSink as SinkSettings
from gateway.sinks.nats import NatsSink
from gateway.source_settings import NatsSource as SourceSettings
from gateway.sources.nats import NatsSource
from gateway.states import Thing
from gateway.store import lookup
from tests.gateway.secured import PASSWORD, STRANGE, WRONG, Files
from tests.gateway.test_sinks_apart import close_circuit, receive, running
from tests.gateway.test_sinks_brokers import event
from tests.support.broker_servers import nats_server, needs_nats_server
from tests.support.broker_servers import running as serving
from tests.support.brokers import new_name
from tests.support.nats_jwt import Operator, new_nkey
from tests.support.switch import switched
from tests.support.waiting import PATIENCE, eventually

pytestmark = needs_nats_server
CA = {"ca": "ca.pem"}
TLS = 'tls {{ cert_file: "{0}/server.pem", key_file: "{0}/server.key", ca_file: "{0}/ca.pem", timeout: 60 {1} }}\n'
USER = f"authorization {{ timeout: 60, user: gateway, password: {json.dumps(PASSWORD, ensure_ascii=False)} }}\n"
LOGIN = {"user": "gateway", "password": "file:password"}


def sink(files, port, **options):
    said = {"servers": (f"tls://127.0.0.1:{port}",), "stream": "B2B", "declare": True, "tls": CA, "timeout": PATIENCE, **options}
    return NatsSink(SinkSettings(kind="nats", **said), resolve=files.resolve)


def source(files, port, **options):
    said = {"servers": (f"tls://localhost:{port}",), "stream": "B2B", "subject": "b2b.>", "tls": CA, "timeout": PATIENCE, **options}
    return NatsSource(SourceSettings(kind="nats", **said), resolve=files.resolve)


async def there_and_back(files, port, **options):
    """An event is delivered, and read again."""
    to, sent = sink(files, port, **options), event(new_name("evt"))
    assert (await to.deliver(sent)).startswith("B2B ")
    await to.close()
    told = []
    arrivals = source(files, port, **options).arrivals(told.append)
    arrival = await anext(arrivals)
    assert (arrival.message.body, told) == (sent.body, [None])
    await arrival.taken("doc_1")
    await arrivals.aclose()


async def refusal(files, port, **options):
    """What the sink says; the source says the same."""
    to, source_options = sink(files, port, **options), {name: value for name, value in options.items() if name != "subject"}
    said = await files.refused(to.deliver(event()))
    await to.close()
    arrivals = source(files, port, **source_options).arrivals(lambda _: None)
    assert await files.refused(anext(arrivals)) == said
    return said


async def test_user_and_password_over_tls(tmp_path):
    files = Files(tmp_path)
    with serving(nats_server(tmp_path / "nats", TLS.format(tmp_path, "") + USER)) as server:
        await there_and_back(files, server.port, **LOGIN)
        await there_and_back(files, server.port, **LOGIN, servers=(f"nats://127.0.0.1:{server.port}",), tls=CA)  # as the server asks
        refused = PermanentError, "credentials-refused"
        assert await refusal(files, server.port, **{**LOGIN, "password": "file:wrong"}) == (*refused, "the server refused user or password")
        assert await refusal(files, server.port, **{**LOGIN, "user": "nobody"}) == (*refused, "the server refused user or password")
        assert await refusal(files, server.port) == (*refused, "the server wants a login")
        missing = await refusal(files, server.port, **{**LOGIN, "password": "file:nowhere"})
        assert missing == (*refused, "file:nowhere: the file cannot be read (FileNotFoundError)")


async def test_a_token_an_nkey_and_a_creds_file(tmp_path):
    operator, key, other = Operator(), new_nkey(), new_nkey()
    secrets = {
        "token": "t0ken-of-the-gateway",
        "nkey": key.seed.decode() + "\n",
        "other": other.seed.decode(),
        "account": new_nkey(nkeys.PREFIX_BYTE_ACCOUNT).seed.decode(),
        "good.creds": operator.creds().replace("\n", "\r\n"),
        "foreign.creds": Operator().creds(),
        "old.creds": operator.creds(ends=-3600),
    }
    files = Files(tmp_path, **secrets)
    tls = TLS.format(tmp_path, "")
    refused = PermanentError, "credentials-refused"
    with serving(nats_server(tmp_path / "by-token", f"{tls}authorization {{ timeout: 60, token: {secrets['token']} }}\n")) as server:
        await there_and_back(files, server.port, token="file:token")
        assert await refusal(files, server.port, token="file:wrong") == (*refused, "the server refused the token")
    by_nkey = f"{tls}authorization {{ timeout: 60, users: [ {{ nkey: {key.public_key.decode()} }} ] }}\n"
    with serving(nats_server(tmp_path / "by-nkey", by_nkey)) as server:
        await there_and_back(files, server.port, nkey="file:nkey")
        assert await refusal(files, server.port, nkey="file:other") == (*refused, "the server refused the nkey")
        assert await refusal(files, server.port, nkey="file:wrong") == (*refused, "this is no seed of an nkey")
        words = "this is the seed of an account, operator or server, and not of a user"
        assert await refusal(files, server.port, nkey="file:account") == (*refused, words)
    with serving(nats_server(tmp_path / "by-creds", tls + operator.conf)) as server:
        await there_and_back(files, server.port, creds="file:good.creds")
        assert await refusal(files, server.port, creds="file:foreign.creds") == (*refused, "the server refused the creds file")
        kind, cause, words = await refusal(files, server.port, creds="file:old.creds")
        assert (kind, cause) == refused
        assert words.startswith("the server refused the creds file, whose JWT ends 20")
        words = "this is no creds file: it holds a user's JWT and the seed of its nkey"
        assert await refusal(files, server.port, creds="file:nkey") == (*refused, words)


async def test_a_jwt_that_ends_while_it_is_used(tmp_path):
    operator = Operator()
    files = Files(tmp_path)
    with serving(nats_server(tmp_path / "nats", operator.conf)) as server:
        to = sink(files, server.port, servers=(f"nats://127.0.0.1:{server.port}",), tls=None, creds="file:short.creds")
        is_in, seconds = False, 3
        while not is_in:
            (tmp_path / "short.creds").write_text(operator.creds(ends=seconds))
            with contextlib.suppress(PermanentError):  # a machine that stalls has used it up
                is_in = bool(await to.deliver(event()))
            seconds *= 2

        async def held():
            try:
                await to.deliver(event())
            except TransientError:  # the connection ends first
                return None
            except PermanentError as fault:
                return fault.detail
            await asyncio.sleep(0.05)
            return None

        assert (await eventually(held)).startswith("the server refused the creds file, whose JWT ends 20")
        await to.close()


async def test_a_server_that_wants_our_certificate(tmp_path):
    files = Files(tmp_path)
    ours = {"certificate": "client.pem", "key": "file:client.key"}
    with serving(nats_server(tmp_path / "nats", TLS.format(tmp_path, ", verify: true"))) as server:
        await there_and_back(files, server.port, tls={**CA, **ours})
        to = sink(files, server.port)
        assert (await files.refused(to.deliver(event())))[:2] == (TransientError, "destination-unreachable")
        assert (await files.refused(sink(files, server.port, tls={**CA, **ours, "key": "file:wrong"}).deliver(event())))[:2] == (
            PermanentError,
            "credentials-refused",
        )
        await to.close()


async def test_a_server_that_is_not_to_be_believed_hears_nothing(tmp_path):
    files = Files(tmp_path)
    with serving(nats_server(tmp_path / "nats", TLS.format(tmp_path, "") + USER)) as server:
        said = await refusal(files, server.port, **LOGIN, tls={"ca": "other.pem"})
        assert said[:2] == (TransientError, "destination-unreachable")
        assert said[2].startswith("the server's certificate is not accepted: unable to get local issuer")
        assert (await refusal(files, server.port, **LOGIN, tls={}))[2].startswith("the server's certificate is not accepted")
        untold = {"servers": (f"nats://127.0.0.1:{server.port}",), "tls": None}
        assert (await refusal(files, server.port, **LOGIN, **untold))[2].startswith("the server's certificate is not accepted")
    for name, why in STRANGE.items():
        conf = TLS.format(tmp_path, "").replace("/server.", f"/{name}.") + USER
        with serving(nats_server(tmp_path / f"nats-{name}", conf)) as server:
            to = sink(files, server.port, **LOGIN)
            kind, cause, words = await files.refused(to.deliver(event()))
            assert (kind, cause, why in words) == (TransientError, "destination-unreachable", True), words
            await to.close()


async def test_nothing_is_said_in_the_clear_where_tls_was_to_be(tmp_path):
    files, heard = Files(tmp_path), []

    async def greet(reader, writer):
        writer.write(b'INFO {"server_id":"x","version":"2.9.10","auth_required":true,"headers":true,"max_payload":1048576}\r\n')
        heard.append(await reader.read())
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        words = "the server does not speak TLS, and is told nothing in the clear"
        assert await refusal(files, port, **LOGIN) == (TransientError, "destination-unreachable", words)
        assert await refusal(files, port, **LOGIN, servers=(f"nats://127.0.0.1:{port}",)) == (
            TransientError,
            "destination-unreachable",
            words,
        )
        await eventually(lambda: len(heard) == 4)
        assert set(heard) == {b""}
    with serving(nats_server(tmp_path / "nats", TLS.format(tmp_path, "") + "allow_non_tls: true\n" + USER)) as server:
        await there_and_back(files, server.port, **LOGIN)
        assert (await refusal(files, server.port, **LOGIN, tls={"ca": "other.pem"}))[2].startswith(
            "the server's certificate is not accepted"
        )


async def test_what_a_user_may_not_do_is_said_and_held(tmp_path):
    files = Files(tmp_path)
    answers = 'subscribe: "_INBOX_gateway.>"'
    users = f"""authorization {{ timeout: 60, users: [
        {{ user: gateway, password: {json.dumps(PASSWORD, ensure_ascii=False)}, permissions: {{ publish: ["b2b.>", "$JS.>"], {answers} }} }}
        {{ user: reader, password: {json.dumps(PASSWORD, ensure_ascii=False)}, permissions: {{ publish: ["$JS.>"], {answers} }} }}
    ] }}\n"""
    with serving(nats_server(tmp_path / "nats", TLS.format(tmp_path, "") + users)) as server:
        inbox = {"inbox_prefix": "_INBOX_gateway"}
        await there_and_back(files, server.port, **LOGIN, **inbox)
        denied = PermanentError, "credentials-refused", "the server does not allow this user that"

        async def is_denied(**options):
            to = sink(files, server.port, timeout=3, **options)  # what is not allowed gets no answer
            async with asyncio.timeout(PATIENCE):
                while (said := await files.refused(to.deliver(event()))) != denied:
                    assert said == (TransientError, "destination-unreachable", "no answer in time")  # on a machine that stalls
            await to.close()

        await asyncio.gather(is_denied(**{**LOGIN, **inbox, "user": "reader"}), is_denied(**LOGIN))


@pytest.mark.usefixtures("log_as_delivered")
async def test_a_gateway_holds_what_is_refused_and_tries_again_what_may_pass(tmp_path, capfd):
    Files(tmp_path)
    with serving(nats_server(tmp_path / "nats", TLS.format(tmp_path, "") + USER)) as server:
        there = {
            "kind": "nats",
            "servers": [f"tls://127.0.0.1:{server.port}"],
            "stream": "B2B",
            "declare": True,
            "tls": CA,
            "timeout": PATIENCE,
            **LOGIN,
        }
        sinks = {
            "good": there,
            "wrong": {**there, "password": "file:wrong"},
            "foreign": {**there, "tls": {"ca": "other.pem"}, "retries": [0.2] * 100},
        }
        async with running(tmp_path, sinks) as app:

            async def stand(destination):
                rows = await app.context.store.read(lambda c: lookup.where(c, Thing.DELIVERY, destination=f"sink:{destination}"))
                return [(row["state"], row["cause"], (row["detail"] or "").partition(":")[0]) for row in rows]

            await receive(app, [1])
            await eventually(lambda: is_so(stand("good"), "DELIVERED"))
            await eventually(lambda: is_so(stand("wrong"), "HELD", "credentials-refused", "the server refused user or password"))
            untrusted = "destination-unreachable", "the server's certificate is not accepted"
            await eventually(lambda: is_so(stand("foreign"), "QUEUED", *untrusted))
            (tmp_path / "other.pem").write_text((tmp_path / "ca.pem").read_text())
            await close_circuit(app, "sink:foreign")
            await eventually(lambda: is_so(stand("foreign"), "DELIVERED"))
    printed = "".join(capfd.readouterr())
    assert '"started"' in printed
    assert [secret for secret in (PASSWORD, WRONG, ascii(PASSWORD)[1:-1]) if secret in printed] == []


async def is_so(standing, state, *why):
    found = await standing
    return bool(found) and found[0][: 1 + len(why)] == (state, *why)


def as_newer_servers_say(_port):
    """The greeting of a server that has `handshake_first`: it still says that TLS is needed, over which it says so."""
    return lambda data: data.replace(b"INFO {", b'INFO {"tls_required":true,', 1)


async def test_tls_before_the_greeting(tmp_path):
    """The server of the machine is older than that, so a door before it speaks TLS."""
    files = Files(tmp_path)
    with serving(nats_server(tmp_path / "nats", USER)) as server:
        for rewrite in (as_newer_servers_say, None):
            async with switched(server.port, rewrite, tls=files.context("server")) as door:
                await there_and_back(files, door.port, **LOGIN, handshake_first=True)
        async with switched(server.port, tls=files.context("foreign")) as door:
            kind, cause, words = await refusal(files, door.port, **LOGIN, handshake_first=True)
            assert (kind, cause) == (TransientError, "destination-unreachable")
            assert STRANGE["foreign"] in words
        kind, cause, words = await refusal(files, server.port, **LOGIN, handshake_first=True)  # it greets in the clear
        assert (kind, cause) == (TransientError, "destination-unreachable")
        assert words.startswith("TLS failed")


def test_tls_before_the_greeting_is_tls():
    with pytest.raises(ValidationError, match="handshake_first"):
        SinkSettings(kind="nats", servers=("nats://127.0.0.1:4222",), stream="B2B", handshake_first=True)
