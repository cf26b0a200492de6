"""Both gateways as processes, what they use of memory, and what arrived."""

import asyncio
import hashlib
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from gateway.demo.process import GatewayProcess, free_port
from tests.support.pair import make_workspaces

__all__ = ["Couple", "MiB", "make_file", "running"]

MiB = 1024 * 1024
_BLOCK = 1 << 20
_LOOK = 0.2


class Couple:
    """Northmart's gateway, which sends, and Harborline's, which receives."""

    def __init__(self, sender: GatewayProcess, receiver: GatewayProcess) -> None:
        self.sender, self.receiver = sender, receiver

    async def send(self, file: Path, by: str) -> dict[str, Any]:
        """`gateway send`, as a person would type it."""
        code, output = await self.sender.command("send", "harborline", str(file), "--by", by, "--json")
        if code:
            raise AssertionError(f"gateway send ended with {code}: {output}")
        answer: dict[str, Any] = json.loads(output[output.index("{") :])
        return answer

    async def arrived(self, sha256: str, *, within: float) -> dict[str, Any]:
        """The transmission with these bytes at the receiver, once it has finished with it."""
        deadline = asyncio.get_running_loop().time() + within
        while asyncio.get_running_loop().time() < deadline:
            if found := [one for one in self.transmissions() if one["payload_sha256"] == sha256 and one["finished_at"]]:
                return found[0]
            await asyncio.sleep(_LOOK)
        raise AssertionError(f"did not arrive within {within:.0f} s:\n{self._why()}")

    async def finished(self, delivery_id: str, *, within: float) -> str:
        """The state of a delivery that is at its end."""
        deadline = asyncio.get_running_loop().time() + within
        state = ""
        while asyncio.get_running_loop().time() < deadline:
            shown = await self.sender.ask("show", delivery_id)
            state = shown["state"]
            if state not in {"QUEUED", "AWAITING_MDN"}:
                return str(state)
            await asyncio.sleep(_LOOK)
        raise AssertionError(f"{state} after {within:.0f} s:\n{self._why()}")

    def transmissions(self) -> list[dict[str, Any]]:
        """Every inbound transmission of the receiver, as its database has them."""
        import sqlite3

        with sqlite3.connect(f"file:{self.receiver.root / 'data' / 'gateway.db'}?mode=ro", uri=True) as database:
            database.row_factory = sqlite3.Row
            rows = database.execute("SELECT id, state, payload_sha256, finished_at FROM transmission WHERE direction = 'inbound'")
            return [dict(row) for row in rows]

    def _why(self) -> str:
        logs = (root / "gateway.log" for root in (self.sender.root, self.receiver.root))
        return "\n".join(log.read_text(errors="replace")[-1500:] for log in logs)


@asynccontextmanager
async def running(root: Path, *, between: Callable[[int], Awaitable[int]] | None = None, **options: Any) -> AsyncIterator[Couple]:
    """Both run; `options` as `make_workspaces` has them. `between` puts something before the receiver's port, and gives its own."""
    ports = (free_port(), free_port())
    as2_port = await between(ports[1]) if between is not None else None
    sender, receiver = make_workspaces(root, ports, as2_port=as2_port, **options)
    couple = Couple(GatewayProcess(sender, ports[0]), GatewayProcess(receiver, ports[1]))
    try:
        await asyncio.gather(couple.sender.start(), couple.receiver.start())
        yield couple
    finally:
        await asyncio.gather(couple.sender.stop(), couple.receiver.stop())


def make_file(path: Path, size: int) -> str:
    """A file of random bytes, which no layer can make smaller; its SHA-256."""
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for start in range(0, size, _BLOCK):
            block = os.urandom(min(_BLOCK, size - start))
            digest.update(block)
            file.write(block)
    return digest.hexdigest()
