"""The chapters in which the hub ships: a ship notice that closes the loop, and one that must not leave."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from gateway.demo.chapters_in import GOOD, THIRD
from gateway.demo.documents import functional_ack
from gateway.demo.papers import ship_notice, sscc
from gateway.demo.telling import Teller, until
from gateway.demo.world import World

__all__ = ["close_the_loop", "stop_a_wrong_one"]


def _order(world: World, po: str) -> dict[str, Any]:
    return next(order for order in world.hub.documents() if order["purchaseOrderNumber"] == po)


async def _submit(world: World, notice: dict[str, Any]) -> tuple[int, Mapping[str, Any]]:
    head = {"Idempotency-Key": f"demo-{notice['shipmentNumber']}"}
    return await world.post("/api/v1/ship-notices", json.dumps(notice).encode(), world.hub_key, "application/json", **head)


async def _state(world: World, document_id: str) -> dict[str, Any]:
    return await world.gateway.ask("show", document_id)


def _numbers(edi: bytes) -> tuple[str, str]:
    """GS06 and ST02 of an interchange, as the retailer's system reads them."""
    text = edi.decode()
    rows = [segment.strip().split(text[3]) for segment in text.split(text[105])]
    return next(row[6] for row in rows if row[0] == "GS"), next(row[2] for row in rows if row[0] == "ST")


async def close_the_loop(world: World, teller: Teller) -> None:
    """A ShipNotice becomes an 856 at the retailer, receipted and acknowledged."""
    teller.say(f"The hub ships order {GOOD} and posts a ShipNotice.")
    now = datetime.now(UTC)
    status, answer = await _submit(world, ship_notice(_order(world, GOOD), "SHP-0098213", [sscc(1201), sscc(1202)], now))
    document_id = str(answer.get("documentId", ""))
    teller.check(
        "the API answers 202 with the document's id", held=status == 202 and bool(document_id), seen=f"{status} {document_id or answer}"
    )
    arrived = await until(lambda: world.retailer.sets("856"))
    teller.check("an 856 arrived at the retailer by AS2", held=bool(arrived), seen=f"{len(world.retailer.sets('856'))} received")
    if not arrived:
        return
    edi = world.retailer.sets("856")[0]
    carried = GOOD.encode() in edi and sscc(1201).encode() in edi and sscc(1202).encode() in edi
    teller.check(
        "it names the order and both SSCCs, and hangs its packs by HL",
        held=carried and edi.count(b"HL*") == 6,
        seen=f"{edi.count(b'HL*')} levels",
    )

    async def receipted() -> bool:
        deliveries = (await _state(world, document_id))["related"]["deliveries"]
        return [delivery["state"] for delivery in deliveries] == ["RECEIPTED"]

    teller.check("the retailer's signed MDN fits what was sent", held=await until(receipted), seen="RECEIPTED")
    group, number = _numbers(edi)
    await world.retailer.order(functional_ack("SH", group, [("856", number)], 9001, now))

    async def acknowledged() -> bool:
        return bool((await _state(world, document_id))["state"] == "ACKNOWLEDGED")

    teller.check("the retailer's 997 closes the loop", held=await until(acknowledged), seen=(await _state(world, document_id))["state"])


async def stop_a_wrong_one(world: World, teller: Teller) -> None:
    """A ship notice whose SSCC has a wrong check digit."""
    teller.say(f"The next ShipNotice, for {THIRD}, has an SSCC with a wrong check digit. The retailer would charge for it.")
    wrong = sscc(1301)[:-1] + str((int(sscc(1301)[-1]) + 1) % 10)
    before = len(world.retailer.received)
    status, answer = await _submit(world, ship_notice(_order(world, THIRD), "SHP-0098214", [wrong, sscc(1302)], datetime.now(UTC)))
    document_id = str(answer.get("documentId", ""))

    async def held() -> bool:
        return bool(document_id) and (await _state(world, document_id))["state"] == "HELD"

    teller.check("the document is taken over, and held", held=status == 202 and await until(held), seen=f"{status}, {document_id}")
    rows = [row for row in (await world.gateway.ask("held"))["held"] if row["id"] == document_id]
    row = rows[0] if rows else {}
    teller.check(
        "the cause, its owner and the next action are said",
        held=row.get("cause") == "check-failed",
        seen=f"{row.get('owner')}: {row.get('detail')}",
    )
    teller.check(
        "nothing left",
        held=len(world.retailer.received) == before,
        seen=f"{len(world.retailer.sets('856'))} 856 at the retailer, as before",
    )
