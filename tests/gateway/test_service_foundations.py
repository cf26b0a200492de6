"""Problems, keys, rates and body limits over real HTTP, without a store behind them."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import date

import pytest
from aiohttp import ClientSession, web

from gateway.api_keys import digest_of
from gateway.errors import CAUSES, Cause, Refusal
from gateway.listen import Limits
from gateway.metrics import Metrics
from gateway.runbook import section_of
from gateway.service.auth import Keyring, Principal, Role
from gateway.service.body import parse_json, read_body
from gateway.service.connection import arrival
from gateway.service.limits import RateLimits, Uploads
from gateway.service.problems import PROBLEM_JSON, guard
from gateway.settings import HubKey
from gateway.tracing import NoSpans

LIMIT = 1000


async def echo(request: web.Request) -> web.Response:
    return web.Response(body=await read_body(request, LIMIT))


async def broken(_request: web.Request) -> web.Response:
    raise ValueError("PO 4500123987 of a partner")


async def refuse(request: web.Request) -> web.Response:
    raise Refusal(Cause(request.match_info["cause"]), "as asked", faults=[{"path": "$.lines[0]"}])


@pytest.fixture
async def base() -> AsyncIterator[str]:
    app = web.Application(middlewares=[arrival(Uploads(Limits())), guard(Metrics(), NoSpans())])
    app.router.add_post("/echo", echo)
    app.router.add_get("/broken", broken)
    app.router.add_get("/refuse/{cause}", refuse)
    runner = web.AppRunner(app, access_log=None, auto_decompress=False)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.mark.parametrize("cause", [cause for cause, text in CAUSES.items() if text.status != 500])
async def test_every_cause_that_answers_a_request_is_a_problem(base: str, cause: Cause) -> None:
    async with ClientSession() as session, session.get(f"{base}/refuse/{cause}") as response:
        problem = json.loads(await response.text())
        assert response.content_type == PROBLEM_JSON
    text = CAUSES[cause]
    assert response.status == problem["status"] == text.status
    assert (problem["code"], problem["nextAction"], problem["owner"]) == (cause, text.next_action, text.owner)
    assert problem["runbook"] == section_of(cause)
    assert problem["faults"] == [{"path": "$.lines[0]"}]
    assert problem["traceId"] == response.headers["Trace-Id"]
    if text.retryable:
        assert int(response.headers["Retry-After"]) > 0


async def test_a_fault_of_ours_is_a_500_without_its_words(base: str) -> None:
    async with ClientSession() as session, session.get(f"{base}/broken", headers={"Accept": "text/html"}) as response:
        text = await response.text()
    assert (response.status, response.content_type) == (500, PROBLEM_JSON)
    assert "4500123987" not in text
    assert "Traceback" not in text


async def test_404_and_405_are_problems_too(base: str) -> None:
    async with ClientSession() as session:
        async with session.get(f"{base}/nowhere") as response:
            assert (response.status, (await response.json(content_type=PROBLEM_JSON))["code"]) == (404, "not-found")
        async with session.get(f"{base}/echo") as response:
            assert (response.status, (await response.json(content_type=PROBLEM_JSON))["code"]) == (405, "method-not-allowed")
            assert response.headers["Allow"] == "POST"


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b"x" * LIMIT, {}, 200, None),
        (b"x" * (LIMIT + 1), {}, 413, "body-too-large"),
        (b"", {}, 400, "body-empty"),
        (b"x", {"Content-Encoding": "gzip"}, 415, "unsupported-media-type"),
    ],
)
async def test_bodies_have_limits(base: str, body: bytes, headers: dict[str, str], status: int, code: str | None) -> None:
    async with ClientSession() as session, session.post(f"{base}/echo", data=body, headers=headers) as response:
        assert response.status == status
        if code:
            assert json.loads(await response.text())["code"] == code


async def test_a_body_without_a_length_is_limited_while_it_streams(base: str) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 400
            await asyncio.sleep(0.01)

    async with ClientSession() as session, session.post(f"{base}/echo", data=endless()) as response:
        assert response.status == 413


async def test_bytes_that_are_no_http_get_an_answer_without_a_traceback(base: str) -> None:
    host, port = base.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"ISA*00*          *00*\r\n\r\n")
    answer = await asyncio.wait_for(reader.read(), 60)
    writer.close()
    assert answer.startswith((b"HTTP/1.0 400", b"HTTP/1.1 400"))
    assert b"Traceback" not in answer
    assert b"aiohttp/web" not in answer


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"{", "line 1, column 2"),
        (b'{"a": 1}}', "line 1, column 9"),
        (b"\xff", "byte 0"),
        (b'{"a": 1, "a": 2}', "twice"),
        (b"[NaN]", "NaN"),
        (b"[" * 200 + b"]" * 200, "nested"),
        (b"[" * 200_000, "nested"),
        (b"1" * 5000, "too long"),
        (b"", "line 1"),
    ],
)
def test_malformed_json_is_refused_with_its_place(body: bytes, says: str) -> None:
    with pytest.raises(Refusal, match=says) as caught:
        parse_json(body)
    assert caught.value.cause is Cause.MALFORMED_JSON


def test_good_json_is_read() -> None:
    assert parse_json(b'{"a": [1, "2.50", {"b": null}]}') == {"a": [1, "2.50", {"b": None}]}


def test_a_key_is_found_by_its_whole_self_only() -> None:
    hub, partner = Principal(Role.HUB, "erp"), Principal(Role.PARTNER, "northmart")
    held = [(hub, HubKey(key="env:HUB"), digest_of("hub-key"), ()), (partner, HubKey(key="env:P"), digest_of("partner-key"), ())]
    keyring, today = Keyring(held), date(2026, 11, 21)
    found = [keyring.find(key, today) for key in ("hub-key", "partner-key")]
    assert [one and one.principal for one in found] == [hub, partner]
    for other in ("hub-ke", "", "hub-key ", "\udcff\udcfe"):  # the last: header bytes that are no UTF-8
        assert keyring.find(other, today) is None
    assert "hub-key" not in repr(vars(keyring))


async def test_one_who_asks_too_often_waits_and_others_do_not() -> None:
    limits = RateLimits("3/hour", "1/hour")
    one, other = Principal(Role.PARTNER, "one"), Principal(Role.PARTNER, "other")
    for _ in range(3):
        await limits.known(one)
    with pytest.raises(Refusal) as caught:
        await limits.known(one)
    assert (caught.value.cause, caught.value.retry_after) == (Cause.RATE_LIMITED, 3600)
    await limits.known(other)
