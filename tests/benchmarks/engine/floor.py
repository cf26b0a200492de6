"""The floor, in the place of the gateway: the same server, client and store, and nothing between them.

A POST is answered 202, after one durable row where `store` says so; then an event of the usual size is signed and posted to the hub, as
many at once as the gateway would.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
from aiohttp import web
from sqlalchemy import text

from gateway.signatures import signatures
from gateway.store.postgresql import Postgresql
from gateway.store.statement import Sql
from gateway.store.store import Store

AT_ONCE = 4
_INSERT = Sql("INSERT INTO floor (number, body) VALUES (:number, :body)")
EVENT_BYTES = 2900  #: of the event that the gateway makes of such an order


def main(folder: str, port: str, hub: str, secret: str, store: str) -> None:
    """Serve until stopped; `store` is "none", "sqlite", or the URL of a PostgreSQL database."""
    kept = None if store == "none" else Store.open(Path(folder), None if store == "sqlite" else Postgresql(store))
    if kept is not None:
        body_type = "BLOB" if store == "sqlite" else "BYTEA"
        kept.write_now(lambda connection: connection.execute(text(f"CREATE TABLE floor (number TEXT, body {body_type})")))
    outgoing: asyncio.Queue[str] = asyncio.Queue()

    async def take(request: web.Request) -> web.Response:
        body = await request.read()
        number = request.headers["X-Order"]
        if kept is not None:
            await kept.write(lambda connection: _INSERT.execute(connection, number=number, body=body) and None)
        outgoing.put_nowait(number)
        return web.json_response({"transmissionId": "taken"}, status=202)

    async def deliver(session: aiohttp.ClientSession) -> None:
        while True:
            number = await outgoing.get()
            body = json.dumps({"id": number, "subject": f"floor/{number}", "data": "x" * EVENT_BYTES}).encode()
            signed = {"webhook-id": number, "webhook-timestamp": "1"}
            signed["webhook-signature"] = signatures([secret], number, 1, body)
            async with session.post(hub, data=body, headers=signed) as answer:
                answer.raise_for_status()

    async def delivering(_: web.Application) -> AsyncIterator[None]:
        async with aiohttp.ClientSession() as session:
            tasks = [asyncio.create_task(deliver(session)) for _ in range(AT_ONCE)]
            yield
            for task in tasks:
                task.cancel()

    async def ready(_: web.Request) -> web.Response:
        return web.Response()

    app = web.Application()
    app.cleanup_ctx.append(delivering)
    app.router.add_route("POST", "/{path:.*}", take)
    app.router.add_get("/healthz", ready)
    web.run_app(app, host="127.0.0.1", port=int(port), print=None, access_log=None)
    if kept is not None:
        kept.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
