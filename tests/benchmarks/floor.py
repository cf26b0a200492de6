"""The floor of the load figure: the same HTTP server and store, and a handler that only commits one row."""

import sys
from pathlib import Path

from aiohttp import web
from sqlalchemy import Connection, text

from gateway.store.store import Store


def main(folder: str, port: str) -> None:
    """Serve until stopped: POST / takes a body and answers 202 when one row with it is durable."""
    store = Store.open(Path(folder))
    store.write_now(lambda connection: connection.execute(text("CREATE TABLE IF NOT EXISTS floor (id INTEGER PRIMARY KEY, body BLOB)")))

    async def take(request: web.Request) -> web.Response:
        body = await request.read()

        def insert(connection: Connection) -> None:
            connection.execute(text("INSERT INTO floor (body) VALUES (:body)"), {"body": body})

        await store.write(insert)
        return web.json_response({"taken": True}, status=202)

    async def ready(_: web.Request) -> web.Response:
        return web.Response()

    app = web.Application()
    app.router.add_post("/", take)
    app.router.add_get("/healthz", ready)
    web.run_app(app, host="127.0.0.1", port=int(port), print=None, access_log=None)
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
