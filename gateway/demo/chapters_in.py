"""The chapters in which partners order: a batch with a fault, the same again, other bytes, three ways to one form."""

import json
from datetime import UTC, datetime
from typing import Any

from as2.mdn import SignatureState
from as2.send import VerdictState
from edi.acks import read_acks
from edi.describe import sentence
from edi.read import read
from gateway.demo.documents import interchange_850, orders_d96a, set_850
from gateway.demo.papers import shop_order
from gateway.demo.telling import Teller, until
from gateway.demo.world import World

__all__ = ["GOOD", "THIRD", "Batch", "comparable", "one_form"]

GOOD, BROKEN, THIRD = "4500123987", "4500123988", "4500123989"
_CONTROL = 4711


def _first_batch(now: datetime) -> bytes:
    sets = [set_850("0001", GOOD, today=now), set_850("0002", BROKEN, today=now, without_po_number=True), set_850("0003", THIRD, today=now)]
    return interchange_850(sets, _CONTROL, now)


def _numbers(world: World) -> list[str]:
    return [order["purchaseOrderNumber"] for order in world.hub.documents()]


def verdicts(edi: bytes) -> list[str]:
    """The AK5 codes of a 997, as the retailer's system reads them: split at the terminator, then at the separator."""
    text = edi.decode()
    return [segment.split(text[3])[1] for segment in text.split(text[105]) if segment.strip().startswith("AK5")]


class Batch:
    """The first interchange; chapters 1 to 3 are about it."""

    def __init__(self, world: World, teller: Teller) -> None:
        self.world = world
        self.teller = teller
        self.now = datetime.now(UTC)
        self.edi = _first_batch(self.now)
        self.ack = b""

    async def first(self) -> None:
        """Three orders in one file, the second without its number."""
        world, teller = self.world, self.teller
        teller.say("The retailer signs and encrypts one interchange with three 850s; the second lacks BEG03, its order number.")
        sealed = world.retailer.seal(self.edi)
        receipt = await world.retailer.post(sealed)
        mdn = receipt.mdn
        signed = mdn.signature is SignatureState.VERIFIED
        teller.check(
            "a signed MDN says that the message was taken over", held=signed and mdn.disposition.accepted, seen=str(mdn.disposition)
        )
        teller.check("its MIC is that of the bytes sent", held=receipt.verdict.state is VerdictState.RECEIPTED, seen=str(mdn.mic))
        await until(lambda: len(world.hub.documents()) >= 2 and world.retailer.sets("997"))
        teller.check(
            "two orders are at the hub, by signed webhook",
            held=sorted(_numbers(world)) == [GOOD, THIRD] and not world.hub.forged,
            seen=", ".join(_numbers(world)),
        )
        acks = world.retailer.sets("997")
        self.ack = acks[0] if acks else b""
        answer = verdicts(self.ack) if self.ack else []
        teller.check(
            "one 997 came back by AS2: AK5 A, R, A", held=len(acks) == 1 and sorted(answer) == ["A", "A", "R"], seen=" ".join(answer)
        )
        faults = [sentence(f) for report in read_acks(read(self.ack)[0]) for one in report.sets for f in one.findings] if self.ack else []
        teller.check("it says what is wrong, and where", held=any("BEG03" in fault for fault in faults), seen="; ".join(faults))

    async def again(self) -> None:
        """The same interchange in a new AS2 message."""
        world, teller = self.world, self.teller
        before = (len(world.hub.events), len(world.retailer.received))
        teller.say("The retailer's system was unsure and sends the same file once more, in a new AS2 message.")
        receipt = await world.retailer.order(self.edi)
        teller.check("its MDN is positive: the bytes are known", held=receipt.mdn.disposition.accepted, seen=str(receipt.mdn.disposition))
        await until(lambda: len(world.retailer.received) > before[1])
        acks = world.retailer.sets("997")
        teller.check(
            "the very same 997 came back",
            held=len(acks) == 2 and acks[1] == self.ack,
            seen=f"{len(self.ack)} bytes, equal" if acks[-1] == self.ack else "another one",
        )
        teller.check("no second order reached the hub", held=len(world.hub.events) == before[0], seen=", ".join(_numbers(world)))

    async def other(self) -> None:
        """The same control number over other bytes."""
        world, teller = self.world, self.teller
        before = (len(world.hub.events), len(world.retailer.received))
        teller.say(f"Now the control number {_CONTROL:09} comes over different content.")
        changed = interchange_850([set_850("0001", "4500999999", today=self.now)], _CONTROL, self.now)
        await world.retailer.order(changed)
        held: list[dict[str, Any]] = []

        async def is_held() -> bool:
            held[:] = [row for row in (await world.gateway.ask("held"))["held"] if row.get("cause") == "duplicate-other-bytes"]
            return bool(held)

        await until(is_held)
        row = held[0] if held else {}
        teller.check("it is held for a person, and says why", held=len(held) == 1, seen=str(row.get("title", "")))
        teller.check(
            "it names an owner and a next action",
            held=bool(row.get("owner") and row.get("nextAction")),
            seen=f"{row.get('owner')}: {row.get('nextAction')}",
        )
        quiet = (len(world.hub.events), len(world.retailer.received)) == before
        teller.check("nothing reached the hub, nothing was acknowledged", held=quiet, seen=f"{len(world.hub.events)} events at the hub")


#: what differs by the way a document came in, and its own numbers
_SOURCE = frozenset({"ids", "sourceRef", "map", "warnings", "purchaseOrderNumber", "lineId"})


def comparable(document: Any) -> Any:
    """A document without its source, its ids and its own number."""
    if isinstance(document, dict):
        return {name: comparable(value) for name, value in document.items() if name not in _SOURCE}
    if isinstance(document, list):
        return [comparable(value) for value in document]
    return document


async def one_form(world: World, teller: Teller) -> None:
    """The same order as ORDERS by SFTP and as the shop's JSON by API."""
    teller.say("The 3PL leaves an ORDERS D.96A on its SFTP server, the web shop posts its own JSON; both order the same goods.")
    now = datetime.now(UTC)
    world.leave_at_threepl("orders_1.edi", orders_d96a("3PL-5501", 1, now))
    body = json.dumps(shop_order("WEB-1001", now)).encode()
    status, answer = await world.post("/api/v1/partners/shopco/inbox", body, world.shop_key, "application/json")
    teller.check(
        "the API answers 202 with an id to ask for",
        held=status == 202 and "transmissionId" in answer,
        seen=f"{status} {answer.get('transmissionId', answer)}",
    )
    orders: dict[str, dict[str, Any]] = {}

    def both() -> bool:
        orders.update({order["purchaseOrderNumber"]: order for order in world.hub.documents()})
        return {"3PL-5501", "WEB-1001"} <= orders.keys()

    arrived = await until(both)
    teller.check("both are orders at the hub", held=arrived, seen=", ".join(sorted({"3PL-5501", "WEB-1001"} & orders.keys())))
    if not arrived:
        return
    one, other = comparable(orders["3PL-5501"]), comparable(orders["WEB-1001"])
    differing = sorted(name for name in {*one, *other} if one.get(name) != other.get(name))
    teller.check(
        "equal in form and content, but for their source", held=not differing, seen=", ".join(differing) or f"{len(one)} fields alike"
    )
    archived = await until(lambda: list((world.mailbox / "out").rglob("archive/**/*orders_1.edi")))
    teller.check("the file at the 3PL was archived after the commit", held=archived, seen="out/archive")
