"""Spans at a collector: a real HTTP server that takes OTLP as it travels, and one that is down, silent, refuses or is not to be trusted."""

import asyncio
import io
import json
import os
import signal
import socket
import ssl
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from gateway.broker_settings import ClientTls
from gateway.client_tls import client_tls
from gateway.secret_cache import Secrets
from gateway.tls import server_context
from gateway.trace_settings import TraceSettings
from gateway.tracing import Tracing, tracing_of
from tests.gateway.serving import GATEWAY_YAML as SERVED_YAML
from tests.gateway.serving import make_workspace
from tests.gateway.shaking import server_certificate
from tests.gateway.traced import PARENT, TRACE, way
from tests.support.http_receiver import Receiver, receiving

pytest.importorskip("opentelemetry.exporter.otlp.proto.http", reason="the extra traces is not installed")
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest, ExportTraceServiceResponse
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from gateway.outlet import BATCH, QUEUE
from tests.support.waiting import eventually

ROOT = Path(__file__).parents[2]
SERVER, OTHER, OURS = (server_certificate(name, number) for number, name in enumerate(("localhost", "localhost", "gateway"), 31))


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the end there is time for a machine that stalls."""
    monkeypatch.setattr("gateway.outlet._PATIENCE", 60)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spans leave at once, not after five seconds."""
    monkeypatch.setattr("gateway.outlet._EVERY", 0.02)


def requests_of(collector: Receiver) -> list[ExportTraceServiceRequest]:
    return [ExportTraceServiceRequest.FromString(one.body) for one in collector.received]


def spans_in(request: ExportTraceServiceRequest) -> list[Span]:
    return [span for resource in request.resource_spans for scope in resource.scope_spans for span in scope.spans]


def spans_of(collector: Receiver) -> list[Span]:
    return [span for request in requests_of(collector) for span in spans_in(request)]


def told(lines: io.StringIO, *actions: str) -> list[dict[str, Any]]:
    """The lines with these actions; without any, all that is not said of a request or a job."""
    said = [json.loads(line) for line in lines.getvalue().splitlines()]
    return [line for line in said if (line["action"] in actions if actions else line["action"].startswith(("spans", "library")))]


@contextmanager
def closed_port() -> Iterator[int]:
    """One that nobody listens on, and that nobody else gets meanwhile."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@asynccontextmanager
async def spans_to(root: Path, endpoint: str, **said: Any) -> AsyncIterator[Tracing]:
    settings = TraceSettings.model_validate({"exporter": "otlp", "endpoint": endpoint, "timeout": 60, **said})
    tracing = tracing_of(settings, root, Secrets(root))
    try:
        yield tracing
    finally:
        await asyncio.to_thread(tracing.close)


def make(tracing: Tracing, number: int = 1) -> None:
    for _ in range(number):
        with tracing.span("deliver", "internal", ""):
            pass


# -- what arrives


async def test_a_message_and_its_answer_are_one_trace_at_the_collector(tmp_path: Path) -> None:
    async with receiving() as collector:
        endpoint = collector.url.removesuffix("/take")  # its path is that of the standard
        async with way(tmp_path, f'tracing: {{exporter: otlp, endpoint: "{endpoint}", service: edi-east}}\n') as found:
            await found.order(traceparent=PARENT)
            await found.notice()  # the hub says nothing of a trace
            to_hub, *to_partner = (one.headers["traceparent"] for one in found.hub.received + found.partner.received)

    for one in collector.received:
        assert (one.path, one.headers["Content-Type"]) == ("/v1/traces", "application/x-protobuf")
        assert not any(data in one.body for data in (b"4500000001", b"NORTHMART", b"Northmart", b"ISA*"))
    resources = [
        {it.key: it.value.string_value for it in found.resource.attributes}
        for one in requests_of(collector)
        for found in one.resource_spans
    ]
    assert {resource["service.name"] for resource in resources} == {"edi-east"}
    assert len({resource["service.instance.id"] for resource in resources}) == 1

    spans = spans_of(collector)
    by_id = {span.span_id: span for span in spans}
    assert all(len(span.trace_id) == 16 and len(span.span_id) == 8 for span in spans)
    assert len(by_id) == len(spans)
    assert all(0 < span.start_time_unix_nano <= span.end_time_unix_nano for span in spans)

    def parent(span: Span) -> str:
        return by_id[span.parent_span_id].name if span.parent_span_id in by_id else span.parent_span_id.hex()

    inbox, notices = "POST /api/v1/partners/{partner_id}/inbox", "POST /api/v1/ship-notices"
    in_trace = sorted((span.name, parent(span)) for span in spans if span.trace_id.hex() == TRACE)
    assert in_trace == [
        (inbox, "b7ad6b7169203331"),
        ("deliver", "inbound"),  # the order to the hub
        ("deliver", "inbound"),  # the 997 to the partner
        ("deliver", "outbound"),  # the 856 to the partner
        ("inbound", "receive"),
        ("outbound", "inbound"),  # the hub goes on where its order was read
        ("receive", inbox),
    ]
    assert [span.name for span in spans if span.trace_id.hex() != TRACE] == [notices]
    assert {span.name: span.kind for span in spans} == {
        inbox: Span.SPAN_KIND_SERVER,
        notices: Span.SPAN_KIND_SERVER,
        **dict.fromkeys(("receive", "inbound", "outbound", "deliver"), Span.SPAN_KIND_INTERNAL),
    }
    [stored] = [{it.key: it.value.string_value for it in span.attributes} for span in spans if span.name == "receive"]
    [read] = [{it.key: it.value for it in span.attributes} for span in spans if span.name == "inbound"]
    assert stored["transport"] == "http"
    assert (read["thing"].string_value, read["attempt"].int_value) == (stored["transmission"], 1)
    # what we call hangs below the span of the call
    delivering = {span.span_id.hex() for span in spans if span.name == "deliver"}
    assert {sent[36:52] for sent in (to_hub, *to_partner)} == delivering


async def test_a_trace_that_is_not_recorded_by_whom_it_began_is_not_sent(tmp_path: Path) -> None:
    async with receiving() as collector, way(tmp_path, f'tracing: {{exporter: otlp, endpoint: "{collector.url}"}}\n') as found:
        await found.order(traceparent=f"{PARENT[:-2]}00")
        await found.order(2, traceparent=PARENT.replace("0af7", "1bf7"))
        assert found.hub.received[0].headers["traceparent"][3:35] == TRACE
    assert {one.path for one in collector.received} == {"/take"}  # an address with a path is taken as it is
    assert {span.trace_id.hex() for span in spans_of(collector)} == {TRACE.replace("0af7", "1bf7")}


async def test_spans_leave_in_batches(tmp_path: Path) -> None:
    async with receiving() as collector:
        async with spans_to(tmp_path, collector.url) as tracing:
            make(tracing, 1300)
        sizes = [len(spans_in(request)) for request in requests_of(collector)]
    assert sum(sizes) == 1300
    assert max(sizes) == BATCH
    assert len(sizes) < 20


# -- a collector that does not take them


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("down", "ConnectionRefusedError"),
        ("silent", "TimeoutError"),
        (500, "it answers 500"),
        (503, "it answers 503"),
        (302, "it answers 302"),
        (401, "it answers 401"),
    ],
)
async def test_a_collector_that_fails_costs_spans_and_nothing_else(
    tmp_path: Path, lines: io.StringIO, answer: str | int, reason: str
) -> None:
    with closed_port() as port:
        async with receiving(answer if isinstance(answer, int) else 200) as collector:
            collector.answers[0][1].update({"Location": f"{collector.url}/elsewhere", "Retry-After": "3600"})
            if answer == "silent":
                collector.gate.clear()
            endpoint = f"http://127.0.0.1:{port}" if answer == "down" else collector.url
            async with AsyncExitStack() as stack:
                tracing = f'tracing: {{exporter: otlp, endpoint: "{endpoint}", timeout: {0.5 if isinstance(answer, str) else 60}}}\n'
                found = await stack.enter_async_context(way(tmp_path, tracing))
                await found.order()
                await eventually(lambda: told(lines, "spans-not-exported"))
                for number in (2, 3):
                    await found.order(number)
                assert len(found.hub.received) == 3
                assert len(found.partner.received) == 3
                async with asyncio.timeout(60):
                    await stack.aclose()
            assert "/elsewhere" not in {one.path for one in collector.received}
    [first, last] = told(lines)
    assert (first["action"], first["level"], first["reason"]) == ("spans-not-exported", "warning", reason)
    assert (last["action"], last["lost"]) == ("spans-lost", 3 * 5)  # the request, what it stored, the order, two deliveries
    assert first["place"] == last["place"] == endpoint.split("/")[2]


@pytest.mark.usefixtures("quick")
async def test_it_is_told_when_they_arrive_again_and_how_many_did_not(tmp_path: Path, lines: io.StringIO) -> None:
    async with receiving(500) as collector, spans_to(tmp_path, collector.url) as tracing:
        make(tracing)
        await eventually(lambda: told(lines, "spans-not-exported"))
        collector.answers = [(200, {}, b"")]
        make(tracing)
        await eventually(lambda: told(lines, "spans-exported-again"))
        make(tracing)
        await eventually(lambda: len(spans_of(collector)) == 3)
    assert [(line["action"], line.get("lost")) for line in told(lines)] == [("spans-not-exported", None), ("spans-exported-again", 1)]


def partly(rejected: int, words: str) -> tuple[int, dict[str, str], bytes]:
    """A collector's answer that has something to say of the batch that it took."""
    said = ExportTraceServiceResponse(partial_success={"rejected_spans": rejected, "error_message": words})
    return 200, {"Content-Type": "application/x-protobuf"}, said.SerializeToString()


@pytest.mark.usefixtures("quick")
async def test_what_a_collector_leaves_out_of_a_batch_is_told_once_counted_and_not_sent_again(tmp_path: Path, lines: io.StringIO) -> None:
    async with receiving(partly(1, "too old\n" + "x" * 1000), partly(1, "too old"), 200) as collector:
        async with spans_to(tmp_path, collector.url) as tracing:
            for number in (1, 2, 3):
                make(tracing)
                await eventually(lambda sent=number: len(spans_of(collector)) == sent)
            await eventually(lambda: told(lines, "spans-exported-again"))
        assert len(collector.received) == 3  # each once
    [first, last] = told(lines)
    assert (first["action"], first["reason"][:44]) == ("spans-not-exported", "it rejected some of a batch: too old xxxxxxx")
    assert len(first["reason"]) < 400
    assert (last["action"], last["lost"]) == ("spans-exported-again", 2)


@pytest.mark.usefixtures("quick")
async def test_a_remark_of_a_collector_that_took_all_is_told_once(tmp_path: Path, lines: io.StringIO) -> None:
    noise = (200, {"Content-Type": "application/x-protobuf"}, b"\xff no answer of OTLP")
    answers = (partly(0, "use gzip"), noise, partly(0, ""), partly(0, "use gzip"), partly(0, "soon off"), 200)
    async with receiving(*answers) as collector, spans_to(tmp_path, collector.url) as tracing:
        for number in range(1, 7):
            make(tracing)
            await eventually(lambda sent=number: len(spans_of(collector)) == sent)
    assert [(line["action"], line["remark"]) for line in told(lines)] == [
        ("spans-remarked-on", "use gzip"),
        ("spans-remarked-on", "soon off"),
    ]


@pytest.mark.usefixtures("quick")
async def test_what_may_pass_is_tried_again(tmp_path: Path, lines: io.StringIO) -> None:
    async with receiving((503, {"Retry-After": "0"}, b""), (429, {"Retry-After": "0"}, b""), 200) as collector:
        async with spans_to(tmp_path, collector.url) as tracing:
            make(tracing)
            await eventually(lambda: len(collector.received) == 3)
        bodies = {one.body for one in collector.received}
    assert len(bodies) == 1
    assert told(lines) == []


@pytest.mark.usefixtures("quick")
async def test_what_waits_has_an_end_and_the_rest_is_counted(tmp_path: Path, lines: io.StringIO) -> None:
    async with receiving() as collector:
        collector.gate.clear()
        async with spans_to(tmp_path, collector.url) as tracing:
            make(tracing)
            await eventually(lambda: collector.received)
            make(tracing, 3 * QUEUE)  # the collector has one, and does not answer
            assert told(lines) == []
            collector.gate.set()
            await eventually(lambda: told(lines, "spans-exported-again"))
        arrived = spans_of(collector)
    assert len(arrived) == QUEUE  # the one that was asked for first is among them
    assert [(line["action"], line.get("reason"), line.get("lost")) for line in told(lines)] == [
        ("spans-not-exported", "more spans than it takes", None),
        ("spans-exported-again", None, 2 * QUEUE + 1),
    ]


async def test_at_the_end_what_still_waits_is_sent_though_some_had_no_room(tmp_path: Path, lines: io.StringIO) -> None:
    async with receiving() as collector:
        collector.gate.clear()
        async with spans_to(tmp_path, collector.url) as tracing:
            make(tracing, 2 * QUEUE)
            await eventually(lambda: collector.received)
            asyncio.get_running_loop().call_later(0.1, collector.gate.set)  # while the end waits
        assert len(spans_of(collector)) == QUEUE
    lost = [line["lost"] for line in told(lines, "spans-exported-again", "spans-lost")]
    assert lost == [QUEUE]


async def test_the_end_tries_once_what_waits(tmp_path: Path, lines: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.outlet._EVERY", 3600)
    async with receiving(503) as collector:
        async with spans_to(tmp_path, collector.url) as tracing:
            make(tracing, BATCH - 1)
        assert len(collector.received) == 1
    assert [(line["action"], line.get("reason"), line.get("lost")) for line in told(lines)] == [
        ("spans-not-exported", "it answers 503", None),
        ("spans-lost", None, BATCH - 1),
    ]


async def test_a_process_ends_though_the_collector_never_answers(tmp_path: Path) -> None:
    async with receiving() as collector:
        collector.gate.clear()
        tracing = f'tracing: {{exporter: otlp, endpoint: "{collector.url}", timeout: 60}}\n'
        make_workspace(tmp_path, **{"gateway.yaml": SERVED_YAML + tracing})
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "gateway", "-w", str(tmp_path), "serve"),
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        try:
            assert process.stdout is not None
            said = (await process.stdout.readline()).decode()
            async with aiohttp.ClientSession() as session, session.get(f"{said.split()[1]}/healthz") as answer:
                assert answer.status == 200
            process.send_signal(signal.SIGTERM)
            _, errors = await asyncio.wait_for(process.communicate(), 50)  # it is not waited for as long as it may take
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        [unanswered] = spans_of(collector)
    assert process.returncode == 0
    assert unanswered.name == "GET /healthz"
    ends = errors.decode().splitlines()[-2:]
    assert [json.loads(line)["action"] for line in ends] == ["spans-lost", "stopped"]


# -- secrets and certificates


@pytest.mark.usefixtures("quick")
async def test_secrets_and_further_headers_go_along_and_a_new_secret_at_once(
    tmp_path: Path, lines: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLLECTOR_KEY", "key-1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")  # neither this nor .netrc is asked
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password else\n")
    (tmp_path / "token").write_text("Bearer first-token\n")
    said = {
        "headers": {"X-Scope-OrgID": "harborline"},
        "secret_headers": {"Authorization": "file:token", "api-key": "env:COLLECTOR_KEY"},
        "allow_http": True,
    }
    async with receiving() as collector, spans_to(tmp_path, collector.url, **said) as tracing:
        make(tracing)
        await eventually(lambda: collector.received)
        first = collector.received[-1].headers
        (tmp_path / "token").write_text("Bearer the-second-token\n")
        make(tracing)
        await eventually(lambda: len(collector.received) == 2)
        second = collector.received[-1].headers
        (tmp_path / "token").write_text("Bearer\ntoken\n")
        make(tracing)
        await eventually(lambda: told(lines, "spans-not-exported"))
        (tmp_path / "token").unlink()
        make(tracing)
    assert (first["X-Scope-OrgID"], first["Authorization"], first["api-key"]) == ("harborline", "Bearer first-token", "key-1")
    assert second["Authorization"] == "Bearer the-second-token"
    assert len(collector.received) == 2
    assert [line.get("reason") for line in told(lines)] == ["file:token: a secret that goes into a header is printable ASCII", None]
    assert "second-token" not in lines.getvalue()


@pytest.mark.usefixtures("quick")
async def test_a_secret_that_is_not_there_is_named(tmp_path: Path, lines: io.StringIO) -> None:
    said = {"secret_headers": {"api-key": "file:nowhere"}, "allow_http": True}
    async with receiving() as collector, spans_to(tmp_path, collector.url, **said) as tracing:
        make(tracing)
        await eventually(lambda: told(lines, "spans-not-exported"))
        (tmp_path / "nowhere").write_text("key")
        make(tracing)
        await eventually(lambda: told(lines, "spans-exported-again"))
    assert told(lines)[0]["reason"] == "file:nowhere: the file cannot be read (FileNotFoundError)"


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("tls", "reason"),
    [
        ({"ca": "ca.pem"}, None),
        ({"ca": "other.pem"}, "SSLCertVerificationError"),
        (None, "SSLCertVerificationError"),
        ({"ca": "nowhere.pem"}, "file:nowhere.pem: the file cannot be read (FileNotFoundError)"),
    ],
)
async def test_https_trusts_whom_the_settings_name(
    tmp_path: Path, lines: io.StringIO, tls: dict[str, str] | None, reason: str | None
) -> None:
    (tmp_path / "ca.pem").write_text(SERVER.certificate)
    (tmp_path / "other.pem").write_text(OTHER.certificate)
    async with receiving(tls=server_context(SERVER.certificate, SERVER.key)) as collector:
        async with spans_to(tmp_path, collector.url, tls=tls) as tracing:
            make(tracing)
            await eventually(lambda: collector.received if reason is None else told(lines, "spans-not-exported"))
        assert len(spans_of(collector)) == (reason is None)
    if reason is None and tls is not None:  # these, and not those that the library brings along
        assert client_tls(ClientTls.model_validate(tls), Secrets(tmp_path)).cert_store_stats()["x509"] == 1
    assert [line["reason"] for line in told(lines, "spans-not-exported")] == ([reason] if reason else [])


@pytest.mark.usefixtures("quick")
async def test_a_certificate_of_ours_is_shown_and_a_new_authority_is_seen(tmp_path: Path, lines: io.StringIO) -> None:
    files = {"ca.pem": OTHER.certificate, "ours.pem": OURS.certificate, "ours.key": OURS.key}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    demanding = server_context(SERVER.certificate, SERVER.key, client_certificates="required", trusted=[OURS.certificate])
    assert demanding.verify_mode is ssl.CERT_REQUIRED
    tls = {"ca": "ca.pem", "certificate": "ours.pem", "key": "file:ours.key"}
    async with receiving(tls=demanding) as collector, spans_to(tmp_path, collector.url, tls=tls) as tracing:
        make(tracing)
        await eventually(lambda: told(lines, "spans-not-exported"))
        (tmp_path / "ca.pem").write_text(SERVER.certificate)
        make(tracing)
        await eventually(lambda: told(lines, "spans-exported-again"))
        assert len(spans_of(collector)) == 1


# -- the settings


@pytest.mark.parametrize(
    "said",
    [
        {"endpoint": None},
        {"exporter": "file"},
        {"exporter": "none", "endpoint": None, "secret_headers": {"api-key": "env:KEY"}},
        {"endpoint": "https://user:word@collector.example/v1/traces"},
        {"endpoint": "https://collector.example/v1/traces?key=secret"},
        {"endpoint": "grpc://collector.example:4317"},
        {"headers": {"api-key": "env:KEY"}},
        {"headers": {"X-A": "1"}, "secret_headers": {"x-a": "env:KEY"}},
        {"headers": {"X-A": "1\r\nX-B: 2"}},
        {"headers": {"Content-Type": "text/plain"}},
        {"secret_headers": {"api-key": "plain"}},
        {"endpoint": "http://collector.example", "secret_headers": {"api-key": "env:KEY"}},
        {"endpoint": "http://collector.example", "tls": {}},
        {"timeout": 0},
    ],
)
def test_settings_that_cannot_be_meant_are_refused(said: dict[str, Any]) -> None:
    good = {
        "exporter": "otlp",
        "endpoint": "https://collector.example:4318",
        "headers": {"X-A": "1"},
        "secret_headers": {"Authorization": "env:KEY"},
    }
    assert TraceSettings.model_validate(good).url == "https://collector.example:4318/v1/traces"
    with pytest.raises(ValueError) as refused:
        TraceSettings.model_validate({**good, **said})
    assert not any(secret in str(refused.value) for secret in ("word", "secret\n", "plain'"))
