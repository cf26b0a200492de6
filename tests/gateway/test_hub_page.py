"""The page for developers of a hub: its code takes what a running gateway sends, and is taken by it."""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest
import pytest_asyncio

from gateway.demo.papers import ship_notice, sscc
from gateway.signatures import signatures
from tests.gateway.hostile import KEYS, Gateway, orders, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

PAGE = Path(__file__).resolve().parents[2] / "gateway" / "HUB.md"
TEXT = PAGE.read_text(encoding="utf-8")
SECRET = "whsec_aHViZGV2LXNlY3JldC1vZi0yNC1ieXRlcw=="


@pytest.fixture(scope="module")
def hub() -> dict[str, Any]:
    """What the snippets define, read one after the other as they stand on the page."""
    names: dict[str, Any] = {"__name__": "hub"}
    for snippet in re.findall(r"^```python\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL):
        exec(compile(snippet, str(PAGE), "exec"), names)
    return names


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Gateway]:
    async with running(tmp_path_factory.mktemp("hub")) as opened:
        yield opened


async def test_its_feed_and_its_submission_are_those_of_a_running_gateway(gateway: Gateway, hub: dict[str, Any]) -> None:
    await gateway.work_on(orders("PO-1"))
    base, key, kept = f"http://127.0.0.1:{gateway.app.port}", KEYS["hub"], []
    taken = [await asyncio.to_thread(hub["take_page"], base, key, "erp", kept.append) for _ in range(2)]
    assert (taken, [event["subject"] for event in kept]) == ([1, 0], ["northmart/PO-1"])
    notice = ship_notice(kept[0]["data"], "SHP-1", [sscc(1)], datetime(2026, 12, 1, tzinfo=UTC))
    answers = [await asyncio.to_thread(hub["submit"], base, key, "ship-notices", notice, "SHP-1") for _ in range(2)]
    assert answers[0] == answers[1]
    assert answers[0]["correlationId"] == kept[0]["correlationid"]
    with pytest.raises(HTTPError) as refused:
        await asyncio.to_thread(hub["submit"], base, key, "ship-notices", notice | {"carrier": None}, "SHP-2")
    assert [fault["path"] for fault in json.load(refused.value)["faults"]] == ["$.carrier"]


async def test_its_signature_is_that_of_our_webhooks(hub: dict[str, Any]) -> None:
    body, now = b'{"specversion": "1.0"}', int(time.time())
    other = "whsec_b3RoZXItc2VjcmV0LW9mLTI0LWJ5dGVz"
    headers = {"webhook-id": "e-1", "webhook-timestamp": str(now), "webhook-signature": signatures((SECRET, other), "e-1", now, body)}
    assert hub["is_genuine"](SECRET, headers, body)
    assert hub["is_genuine"](other, headers, body)
    assert not hub["is_genuine"](SECRET, headers, body + b" ")
    assert not hub["is_genuine"](SECRET, headers | {"webhook-id": "e-2"}, body)
    stale = {"webhook-id": "e-1", "webhook-timestamp": str(now - 4000), "webhook-signature": signatures((SECRET,), "e-1", now - 4000, body)}
    assert not hub["is_genuine"](SECRET, stale, body)


async def test_every_address_on_it_is_served(gateway: Gateway) -> None:
    paths = (await gateway.ask("GET", "/openapi.json")).json["paths"]
    known = [re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path)) for path in paths]
    named = {path.partition("?")[0] for path in re.findall(r"`(?:GET |POST )?(/(?:api|openapi|asyncapi|schemas)[^` ]*)`", TEXT)}
    assert {"/api/v1/feed", "/api/v1/documents", "/schemas"} <= named
    assert [path for path in named if not any(pattern.fullmatch(path) for pattern in known)] == []
