"""`gateway demo`: the main job end to end, told in chapters; exit code 0 only if all held."""

import asyncio
from contextlib import suppress

from gateway.demo.chapters_faults import hub_down, kill
from gateway.demo.chapters_in import Batch, one_form
from gateway.demo.chapters_out import close_the_loop, stop_a_wrong_one
from gateway.demo.chapters_partner import onboard, timeline
from gateway.demo.telling import Teller
from gateway.demo.world import World

__all__ = ["main"]


def main(*, keep: bool = False, as_json: bool = False) -> int:
    """Tell the story. `keep` leaves everything running afterwards, until Ctrl-C, and prints the addresses."""
    with suppress(KeyboardInterrupt):
        return asyncio.run(_tell(Teller(as_json=as_json), keep=keep))
    return 130


async def _tell(teller: Teller, *, keep: bool) -> int:
    teller.console.print("[bold]Partner Gateway: a retailer (AS2), a 3PL (SFTP), a web shop (API) and a hub, on this machine[/bold]")
    async with World() as world:
        teller.say(f"workspace {world.root}, gateway at {world.gateway.base}")
        batch = Batch(world, teller)
        await teller.chapter("The retailer sends three orders, one of them broken", batch.first)
        await teller.chapter("The same file again", batch.again)
        await teller.chapter("The same control number over other bytes", batch.other)
        await teller.chapter("SFTP and API: one form of order", lambda: one_form(world, teller))
        await teller.chapter("The hub ships, the loop closes", lambda: close_the_loop(world, teller))
        await teller.chapter("A ship notice that would cost money is stopped", lambda: stop_a_wrong_one(world, teller))
        await teller.chapter("The hub is down", lambda: hub_down(world, teller))
        await teller.chapter("kill -9", lambda: kill(world, teller))
        await teller.chapter("A new partner, from a sample file", lambda: onboard(world, teller))
        await teller.chapter("The timeline of one order", lambda: timeline(world, teller))
        code = teller.finish()
        if keep:
            await _wait(teller, world)
    return code


async def _wait(teller: Teller, world: World) -> None:
    """Leave all running and say where everything is."""
    where = {
        "gateway": f"{world.gateway.base}  (/healthz, /openapi.json)",
        "command line": f"gateway --workspace {world.root} docs search",
        "hub": world.hub.url,
        "retailer, AS2": world.retailer.url,
        "3PL, SFTP": f"sftp -P {world.threepl.port} harborline@127.0.0.1  (password in {world.root}/secrets/shoreline)",
        "web shop's key": f"{world.root}/secrets/shopco-api",
        "hub's key": f"{world.root}/secrets/hub-api",
        "log": f"{world.root}/gateway.log",
    }
    teller.console.print("\nLeft running; Ctrl-C ends it and removes the workspace.")
    for name, address in where.items():
        teller.console.print(f"  {name:<16} {address}")
    await asyncio.Event().wait()
