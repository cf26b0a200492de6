"""What the demo's partners write, as their own systems would: plain text, none of it made with our writer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

__all__ = ["CRACKERS", "OrderLine", "functional_ack", "interchange_850", "orders_d96a", "set_850"]


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One line that a partner orders."""

    quantity: int
    price: str
    gtin12: str
    buyer_item: str
    seller_item: str
    description: str


DAY = timedelta(days=1)
CRACKERS = (
    OrderLine(48, "31.2", "085234500106", "004412345", "HB-1200", "SALTINE CRACKERS 16 OZ"),
    OrderLine(36, "22.5", "085234500250", "004412399", "HB-2250", "GRAHAM CRACKERS 14 OZ"),
)


def set_850(
    number: str,
    po: str,
    *,
    today: date,
    lines: Sequence[OrderLine] = CRACKERS,
    without_po_number: bool = False,
    ship_to: str = "0614141001170",
) -> list[str]:
    """The segments of one purchase order; `without_po_number` leaves BEG03 out, which X12 forbids."""
    body = [
        f"BEG*00*SA*{'' if without_po_number else po}**{today:%Y%m%d}",
        "CUR*BY*USD",
        "REF*DP*0042",
        "REF*IA*0556677",
        f"DTM*037*{today - DAY:%Y%m%d}",
        f"DTM*038*{today + 5 * DAY:%Y%m%d}",
        "N1*BY*NORTHMART STORES INC*UL*0614141000012",
        f"N1*ST*NORTHMART DC 0117*UL*{ship_to}",
        "N3*1900 DISTRIBUTION WAY",
        "N4*BENTON*AR*72015*US",
    ]
    for position, line in enumerate(lines, 1):
        ids = f"UP*{line.gtin12}*IN*{line.buyer_item}*VN*{line.seller_item}"
        body += [f"PO1*{position}*{line.quantity}*CA*{line.price}*PE*{ids}", f"PID*F*08***{line.description}"]
    body.append(f"CTT*{len(lines)}*{sum(line.quantity for line in lines)}")
    return [f"ST*850*{number}", *body, f"SE*{len(body) + 2}*{number}"]


def interchange_850(
    sets: Sequence[list[str]], control: int, now: datetime, *, sender: str = "NORTHMART", receiver: str = "HARBORLINE"
) -> bytes:
    """One interchange with one group PO around the sets given."""
    return _x12("PO", [segment for one in sets for segment in one], len(sets), control, now, sender, receiver)


def functional_ack(
    functional_id: str,
    group: str,
    sets: Sequence[tuple[str, str]],
    control: int,
    now: datetime,
    *,
    sender: str = "NORTHMART",
    receiver: str = "HARBORLINE",
) -> bytes:
    """The retailer's 997 that accepts the sets (set id, control number) of one group of ours."""
    body = [f"AK1*{functional_id}*{group}"]
    for set_id, number in sets:
        body += [f"AK2*{set_id}*{number}", "AK5*A"]
    body.append(f"AK9*A*{len(sets)}*{len(sets)}*{len(sets)}")
    return _x12("FA", ["ST*997*0001", *body, f"SE*{len(body) + 2}*0001"], 1, control, now, sender, receiver)


def _x12(functional_id: str, body: list[str], count: int, control: int, now: datetime, sender: str, receiver: str) -> bytes:
    segments = [
        f"ISA*00*{'':10}*00*{'':10}*ZZ*{sender:15}*ZZ*{receiver:15}*{now:%y%m%d*%H%M}*U*00401*{control:09}*0*T*>",
        f"GS*{functional_id}*{sender}*{receiver}*{now:%Y%m%d*%H%M}*{control}*X*004010",
        *body,
        f"GE*{count}*{control}",
        f"IEA*1*{control:09}",
    ]
    return "".join(f"{segment}~\n" for segment in segments).encode()


def orders_d96a(po: str, control: int, now: datetime, *, lines: Sequence[OrderLine] = CRACKERS) -> bytes:
    """A purchase order as ORDERS D.96A, as the 3PL's system writes it."""
    body = [
        f"BGM+220+{po}+9",
        f"DTM+137:{now:%Y%m%d}:102",
        f"DTM+37:{now - DAY:%Y%m%d}:102",
        f"DTM+38:{now + 5 * DAY:%Y%m%d}:102",
        "NAD+BY+5566::92++SHOPCO INC",
        "NAD+DP+FC-3::92++SHOPCO FULFILMENT+77 MARKET STREET+COLUMBUS+OH+43004+US",
        "CUX+2:USD:9",
    ]
    for position, line in enumerate(lines, 1):
        body += [
            f"LIN+{position}++0{line.gtin12}:EN",
            f"PIA+1+{line.seller_item}:SA",
            f"IMD+F++:::{line.description}",
            f"QTY+21:{line.quantity}:CS",
            f"PRI+AAA:{line.price}",
        ]
    body += ["UNS+S", f"CNT+2:{len(lines)}"]
    head = [
        f"UNB+UNOA:3+0614141000012:14+0852345000012:14+{now:%y%m%d:%H%M}+{control}++++++1",
        "UNH+1+ORDERS:D:96A:UN",
    ]
    return "".join(f"{s}'\n" for s in [*head, *body, f"UNT+{len(body) + 2}+1", f"UNZ+1+{control}"]).encode()
