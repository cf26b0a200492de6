"""The last chapters: a new partner is taken on from a sample file, and the timeline of one purchase order is read."""

from datetime import UTC, datetime

from gateway.demo.chapters_in import GOOD
from gateway.demo.documents import interchange_850, set_850
from gateway.demo.telling import Teller, until
from gateway.demo.world import World

__all__ = ["onboard", "timeline"]

_PARTNER = "lakeside"


async def onboard(world: World, teller: Teller) -> None:
    """From a sample file to the first order, with four commands."""
    teller.say("Lakeside Markets has sent a sample purchase order. An analyst sets the partner up:")
    sample = world.root / "lakeside-sample.edi"
    sample.write_bytes(_order("LS-SAMPLE", 1))
    profile = world.root / "partners" / _PARTNER / "partner.yaml"

    code = await _run(world, teller, "partner", "new", _PARTNER, "--from-sample", str(sample))
    teller.check("a profile was drafted from the sample", held=code == 0 and profile.is_file(), seen=f"partners/{_PARTNER}/partner.yaml")
    teller.say("  (the analyst reads it and sets the status to testing)")
    profile.write_text(profile.read_text(encoding="utf-8").replace("status: draft", "status: testing", 1), encoding="utf-8")
    teller.check("it is valid", held=await _run(world, teller, "partner", "validate", _PARTNER) == 0)
    teller.check("plan shows what would change", held=await _run(world, teller, "plan") == 0)
    teller.check("apply puts it in force, without a restart", held=await _run(world, teller, "apply", "--reason", "Lakeside joins") == 0)

    inbox, outbox = world.root / "inbox" / _PARTNER, world.root / "outbox" / _PARTNER
    inbox.mkdir(parents=True, exist_ok=True)
    hidden = inbox / ".order.tmp"
    hidden.write_bytes(_order("LS-0001", 2))
    hidden.rename(inbox / "order.edi")

    def first_order() -> bool:
        return any(order["purchaseOrderNumber"] == "LS-0001" for order in world.hub.documents())

    teller.check("its first order is at the hub", held=await until(first_order), seen="LS-0001")
    acks = await until(lambda: outbox.is_dir() and [f for f in outbox.iterdir() if f.is_file() and b"ST*997*" in f.read_bytes()])
    teller.check("and its 997 lies in the partner's folder", held=acks, seen=f"outbox/{_PARTNER}")


def _order(po: str, control: int) -> bytes:
    return interchange_850([set_850("0001", po, today=datetime.now(UTC))], control, datetime.now(UTC), sender="LAKESIDE")


async def _run(world: World, teller: Teller, *arguments: str) -> int:
    """A command, told as it is typed."""
    shown = " ".join(argument.removeprefix(f"{world.root}/") for argument in arguments)
    teller.say(f"  $ gateway {shown}")
    code, output = await world.gateway.command(*arguments)
    if code:
        teller.say(output.strip())
    return code


async def timeline(world: World, teller: Teller) -> None:
    """What happened to the first order, from the first byte to the last answer."""
    teller.say(f"$ gateway docs timeline {GOOD}")
    code, output = await world.gateway.command("docs", "timeline", GOOD)
    for line in output.splitlines():
        teller.say(line)
    told = [word for word in ("850", "997", "856", "MDN") if word in output]
    teller.check(
        "it tells the order, the ship notice, the receipts and the acknowledgments", held=code == 0 and len(told) == 4, seen=", ".join(told)
    )
