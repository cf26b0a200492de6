"""Runs in the peers' environment: `asyncssh_file.py get|put PORT USER KEY FROM TO` prints the seconds of one file, connecting included."""

import asyncio
import sys
import time
from importlib.metadata import version

import asyncssh


async def main(way: str, port: str, user: str, key: str, source: str, target: str) -> None:
    """One file, as its `get` and `put` do it."""
    begun = time.perf_counter()
    options = {"username": user, "client_keys": [key], "known_hosts": None, "config": None}
    async with asyncssh.connect("127.0.0.1", int(port), **options) as connection, connection.start_sftp_client() as files:
        await (files.get if way == "get" else files.put)(source, target)
    print(time.perf_counter() - begun, f"asyncssh {version('asyncssh')}")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
