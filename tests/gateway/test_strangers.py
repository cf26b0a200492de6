"""Who shows no credentials gets nothing: every address with every method, and what is public names nobody."""

import asyncio
import json
from collections import defaultdict

import pytest
import pytest_asyncio

from gateway.service.routes import Access
from gateway.store import breakers, consumers
from tests.gateway.api_probe import OPEN
from tests.gateway.serving import KEYS, Served, serving

pytestmark = pytest.mark.asyncio(loop_scope="module")

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "QUERY", "PROPFIND", "get", "FOO")
#: what anybody may see, and what has to be asked before it is known who asks
EVERYBODYS = {"/healthz": {"GET", "HEAD"}, "/openapi.json": {"GET", "HEAD"}, "/as2": {"HEAD"}}
#: what no stranger may learn: who trades with us, who reads what
NAMES = (b"outdoor", b"warehouse-reader", *(key.encode() for key in KEYS.values()))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(tmp_path_factory: pytest.TempPathFactory):
    async with serving(tmp_path_factory.mktemp("strangers") / "w", **OPEN) as opened:
        now = opened.context.now()

        def happened(connection):
            for destination in ("partner:outdoor:as2", "mdn:outdoor"):
                breakers.open_(connection, destination, "a test", now)
            consumers.put(connection, "warehouse-reader", 0, by="erp", now=now)

        await opened.context.store.write(happened)
        yield opened


async def ask(served: Served, method: str, path: str) -> tuple[int, bytes]:
    """The status, and all bytes of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", served.service.port)
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{{}}"
    writer.write(head.encode())
    answer = await asyncio.wait_for(reader.read(), 30)
    writer.close()
    return int(answer.split(b" ", 2)[1]), answer


@pytest.mark.parametrize("method", METHODS)
async def test_no_address_answers_without_credentials(served: Served, method: str) -> None:
    for path in {route.path for route in served.service.routes}:
        names = {name: path.replace("{partner_id}", name).replace("{", "").replace("}", "") for name in ("outdoor", "nobody")}
        answers = {name: await ask(served, method, asked) for name, asked in names.items()}
        for status, answer in answers.values():
            if method not in EVERYBODYS.get(path, ()):
                assert 400 <= status < 500, (method, path, answer)
            assert not [name for name in NAMES if name in answer], (method, path, answer)
        assert answers["outdoor"][0] == answers["nobody"][0], (method, path)


async def test_what_is_public_is_what_is_said_to_be(served: Served) -> None:
    public = {route.path for route in served.service.routes if route.access is Access.PUBLIC}
    assert public == {"/healthz", "/openapi.json", "/schemas/{name}"}


async def test_health_tells_that_something_does_not_answer_and_not_who(served: Served) -> None:
    _, answer = await ask(served, "GET", "/healthz")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["degraded"] == ["mdn", "partner"]


async def test_metrics_are_for_who_watches_the_gateway(served: Served) -> None:
    statuses = defaultdict(list)
    for name in ("admin", "hub", "northmart"):
        async with served.session.get(f"{served.base}/metrics", headers=served.key(name)) as response:
            statuses[response.status].append(name)
            text = await response.text()
        if name == "admin":
            assert 'gateway_circuit{destination="partner:outdoor:as2",state="open"} 1.0' in text
            assert 'gateway_feed_behind{consumer="warehouse-reader"}' in text
    assert statuses == {200: ["admin"], 403: ["hub", "northmart"]}
