"""One trace and one correlation id from a partner's request to the hub, and from the hub's answer to the partner's delivery."""

import io
import json
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from gateway import trace
from gateway.app import App
from gateway.log import about, logger
from gateway.secret_cache import Secrets
from gateway.settings import SettingsError
from gateway.store.events import data_of
from gateway.trace import accepted, carried, current, following
from gateway.trace_settings import TraceSettings
from gateway.tracing import NoSpans, tracing_of
from tests.gateway.traced import PARENT, TRACE, way
from tests.support.http_receiver import Receiver

# -- the header


@pytest.mark.parametrize(
    "text",
    [
        "",
        None,
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
        f"00-{'0' * 32}-b7ad6b7169203331-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"ff-{TRACE}-b7ad6b7169203331-01",
        f"00-{TRACE.upper()}-b7ad6b7169203331-01",
        f"{PARENT}-more",  # version 00 has no more
        f"{PARENT}\nX-Evil: 1",
        "x" * 100_000,
    ],
)
def test_what_is_no_traceparent_is_ignored(text: str | None) -> None:
    assert accepted(text) == ""


def test_a_later_version_is_taken_as_far_as_it_is_known() -> None:
    assert accepted(f"01-{TRACE}-b7ad6b7169203331-01-what-comes") == PARENT
    assert accepted(f" {PARENT} ") == PARENT


def test_work_for_another_thread_belongs_to_the_trace_that_asked_for_it() -> None:
    def work(given: int) -> tuple[int, str]:
        return given, current()

    assert carried(work) is work  # nothing is traced: nothing is done
    with following(PARENT):
        there = carried(work)
    assert current() == ""
    assert there(1) == (1, PARENT)
    assert trace.headers() == {}


def test_lines_say_what_they_are_about_and_in_which_trace(lines: io.StringIO) -> None:
    with following(PARENT):
        about("trn_1")
        logger().info("stored")
    logger().info("later")
    first, second = map(json.loads, lines.getvalue().splitlines())
    assert (first["trace"], first["span"], first["correlation_id"]) == (TRACE, "b7ad6b7169203331", "trn_1")
    assert "trace" not in second


# -- the whole way


def _trace_of(headers: dict[str, str]) -> str:
    return headers.get("traceparent", "")[3:35]


def _sent(receiver: Receiver, mark: bytes) -> dict[str, str]:
    [one] = [received for received in receiver.received if mark in received.body]
    return one.headers


async def test_a_trace_that_comes_in_goes_to_the_hub_and_with_its_answer_to_the_partner(tmp_path: Path, lines: io.StringIO) -> None:
    async with way(tmp_path) as found:
        found.hub.answers = [(503, {}, b""), (200, {}, b"")]  # one attempt fails, so that the log has something to say
        await found.order(traceparent=PARENT)
        found.app.context.clock = _later(found.app)
        await found.app.worker.drain()
        first, second = (one.headers for one in found.hub.received)
        correlation = json.loads(found.hub.received[0].body)["correlationid"]
        for headers in (first, second):
            assert (_trace_of(headers), headers["Gateway-Correlation-Id"]) == (TRACE, correlation)
        assert _trace_of(_sent(found.partner, b"ST*997")) == TRACE

        # the hub goes on in the trace of the webhook that it got, or says nothing of one: the order's is known
        answer = await found.notice()
        assert answer["correlationId"] == correlation
        shipped = _sent(found.partner, b"ST*856")
        assert (_trace_of(shipped), shipped["Gateway-Correlation-Id"]) == (TRACE, correlation)

        said = await found.app.context.store.read(lambda connection: data_of(connection, correlation, "delivery.delivered"))
        assert [data["traceparent"][3:35] for data in said] == [TRACE] * 2  # to the hub, and to the partner

    written = [json.loads(line) for line in lines.getvalue().splitlines()]
    [put_off] = [line for line in written if line["action"] == "put-off"]
    assert (put_off["trace"], put_off["correlation_id"]) == (TRACE, correlation)
    assert "4500000001" not in lines.getvalue()
    assert "NORTHMART STORES" not in lines.getvalue()


async def test_a_hub_with_a_trace_of_its_own_is_followed(tmp_path: Path) -> None:
    async with way(tmp_path) as found:
        await found.order(traceparent=PARENT)
        other = PARENT.replace("0af7", "1bf7")
        await found.notice(traceparent=other)
        assert _trace_of(_sent(found.partner, b"ST*856")) == _trace_of({"traceparent": other}) != TRACE


async def test_without_a_trace_nothing_of_one_is_said(tmp_path: Path) -> None:
    async with way(tmp_path) as found:
        await found.order(traceparent="00-not-one")
        [told] = found.hub.received
        assert "traceparent" not in {name.lower() for name in told.headers}
        assert told.headers["Gateway-Correlation-Id"]


async def test_what_is_refused_says_what_it_was_about(tmp_path: Path, lines: io.StringIO) -> None:
    async with way(tmp_path) as found:
        status, told = await found.post("ship-notices", b"{", "hub-key", "application/json")
        assert status == 400
        assert told["correlationId"] == told["traceId"] != ""
    refused = next(line for line in map(json.loads, lines.getvalue().splitlines()) if line["action"] == "refused")
    assert refused["correlation_id"] == told["correlationId"]


# -- spans


async def test_spans_are_lines_of_one_trace_without_data(tmp_path: Path) -> None:
    pytest.importorskip("opentelemetry.sdk")
    async with way(tmp_path, "tracing: {exporter: file}\n") as found:
        await found.order(traceparent=PARENT)
        told = _trace_of(found.hub.received[0].headers)
        await found.order(2)
        begun = _trace_of(found.hub.received[-1].headers)
        folder = found.app.context.store.folder
    text = (folder / "traces.jsonl").read_text()
    spans = [json.loads(line) for line in text.splitlines()]
    names = {span["name"] for span in spans if span["context"]["trace_id"] == f"0x{TRACE}"}
    assert told == TRACE
    assert names == {"POST /api/v1/partners/{partner_id}/inbox", "receive", "inbound", "deliver"}
    parents = {span["name"]: span["parent_id"] for span in spans if span["context"]["trace_id"] == f"0x{TRACE}"}
    assert parents["POST /api/v1/partners/{partner_id}/inbox"] == "0xb7ad6b7169203331"
    assert begun not in {"", TRACE}, "a request without a trace begins one"
    assert {span["name"] for span in spans if span["context"]["trace_id"] == f"0x{begun}"} == names
    assert "4500000001" not in text
    assert "NORTHMART STORES" not in text


def test_a_fault_in_a_span_is_its_class_alone(tmp_path: Path) -> None:
    pytest.importorskip("opentelemetry.sdk")
    tracing = tracing_of(TraceSettings(exporter="file"), tmp_path, Secrets(tmp_path))
    with pytest.raises(ValueError, match="4500123987"), tracing.span("deliver", "internal", ""):
        raise ValueError("PO 4500123987")
    tracing.close()
    [span] = map(json.loads, (tmp_path / "traces.jsonl").read_text().splitlines())
    assert span["status"] == {"status_code": "ERROR", "description": "ValueError"}
    assert span["events"] == []


def test_an_exporter_that_is_not_installed_is_said_at_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(tracing_of(TraceSettings(), tmp_path, Secrets(tmp_path)), NoSpans)
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(SettingsError, match=r"partner-gateway\[traces\]"):
        tracing_of(TraceSettings(exporter="file"), tmp_path, Secrets(tmp_path))
    monkeypatch.undo()
    monkeypatch.delitem(sys.modules, "gateway.otlp", raising=False)
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    otlp = TraceSettings.model_validate({"exporter": "otlp", "endpoint": "http://127.0.0.1:4318"})
    with pytest.raises(SettingsError, match=r"partner-gateway\[traces\]"):
        tracing_of(otlp, tmp_path, Secrets(tmp_path))


def _later(app: App) -> Callable[[], datetime]:
    before = app.context.clock
    return lambda: before() + timedelta(hours=1)
