"""Documents at random, in the JSON form, of what a map carries. Each field that may be absent sometimes is."""

from datetime import UTC, date, datetime
from decimal import Decimal

from hypothesis import strategies as st

from canonical.gs1 import with_check_digit

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
UNITS = ("EA", "XCS", "XCT", "XPX", "LBR", "KGM", "ONZ", "DZN")
MODES = ("motor", "air", "rail", "ocean")


def text(most: int, least: int = 1) -> st.SearchStrategy[str]:
    """Words with single blanks within, as both character sets have them."""
    return (
        st.lists(st.text(LETTERS, min_size=1, max_size=8), min_size=1, max_size=3).map(" ".join).filter(lambda t: least <= len(t) <= most)
    )


def word(most: int, least: int = 1) -> st.SearchStrategy[str]:
    return st.text(LETTERS, min_size=least, max_size=most)


def obj(required: dict | None = None, **optional) -> st.SearchStrategy[dict]:
    """An object with these fields; it is never empty."""
    return st.fixed_dictionaries(required or {}, optional=optional).filter(bool)


def number(most: int = 99_999, places: int = 2, least: int = 0) -> st.SearchStrategy[str]:
    return st.integers(least, most * 10**places).map(lambda n: _plain(Decimal(n).scaleb(-places)))


def _plain(value: Decimal) -> str:
    return format(value.normalize(), "f") if value else "0"


money = st.integers(0, 10**7).map(lambda cents: format(Decimal(cents).scaleb(-2), "f"))
units = st.sampled_from(UNITS)
dates = st.dates(min_value=date(1990, 1, 1), max_value=date(2060, 12, 31)).map(str)
gtins = st.integers(0, 10**13 - 1).map(lambda n: with_check_digit(f"{n:013}"))
ssccs = st.integers(0, 10**17 - 1).map(lambda n: with_check_digit(f"{n:017}"))
quantities = obj({"value": number(places=3, least=1), "unit": units})


def moments(least: str = "1990", most: str = "2060") -> st.SearchStrategy[str]:
    """Aware times to the hundredth of a second."""
    naive = st.datetimes(datetime(int(least), 1, 1), datetime(int(most), 1, 1))  # noqa: DTZ001  # the strategy wants naive bounds
    rounded = naive.map(lambda at: at.replace(microsecond=at.microsecond // 10_000 * 10_000))
    return rounded.map(lambda at: at.replace(tzinfo=UTC).isoformat().replace("+00:00", "Z"))


def seconds(strategy: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """The same without fractions, as EDIFACT writes times."""
    return strategy.map(lambda at: at[:19] + "Z" if "T" in at else at)


days_or_moments = st.one_of(dates, moments())
notes_text = st.lists(text(70), min_size=1, max_size=5).map("\n".join)


def contacts(*ways: str) -> st.SearchStrategy[list]:
    functions = st.sampled_from(("buyer", "order", "delivery", "information"))
    return st.lists(obj({"function": functions, "name": text(35)}, **{way: word(20) for way in ways}), min_size=1, max_size=3)


def parties(roles: tuple[str, ...], party: st.SearchStrategy[dict]) -> st.SearchStrategy[dict]:
    return st.fixed_dictionaries({"buyer": party, "shipTo": party}, optional=dict.fromkeys(roles, party))


address = obj(
    {"line1": text(35), "city": text(30, 2)},
    line2=text(35),
    region=word(2, 2),
    postalCode=word(9, 3),
    country=st.sampled_from(("US", "DE")),
)


def identified(schemes: tuple[str, ...], **more) -> st.SearchStrategy[dict]:
    """A party with a name, and an id only with its scheme."""
    ids = st.fixed_dictionaries({"idScheme": st.sampled_from(schemes), "id": word(17, 2)})
    return st.builds(lambda one, two: {**one, **two}, obj({"name": text(35)}, address=address, **more), st.one_of(st.just({}), ids))


def items(order: tuple[str, ...], **more) -> st.SearchStrategy[dict]:
    """A product with some of its numbers."""
    return obj({"gtin": gtins}, **{field: word(20) for field in order}, **more)


ITEM_IDS = ("buyerItemId", "sellerItemId", "manufacturerItemId", "sku", "styleNumber", "color", "size")


def orders(
    types: tuple[str, ...], line: st.SearchStrategy[dict], party: st.SearchStrategy[dict], roles: tuple[str, ...], **header
) -> st.SearchStrategy[dict]:
    """An Order with these header fields beside those that it needs."""
    required = {
        "documentType": st.just("Order"),
        "schemaVersion": st.just("1.0"),
        "purpose": st.sampled_from(("original", "cancellation", "change", "replace")),
        "purchaseOrderNumber": word(20),
        "orderType": st.sampled_from(types),
        "orderDate": dates,
        "parties": parties(roles, party),
        "lines": st.lists(line, min_size=1, max_size=3),
    }
    optional = {
        "releaseNumber": word(20),
        "contractNumber": word(20),
        "currency": st.sampled_from(("USD", "EUR")),
        "vendorNumber": word(20),
        "promotionNumber": word(20),
        "customerOrderNumber": word(20),
        "sellerOrderNumber": word(20),
        "shipWindow": obj(start=dates, end=dates),
        "totals": obj({"amount": number(places=2)}),
    }
    return st.fixed_dictionaries(required, optional=optional | header)


kinds = {"kind": st.sampled_from(("allowance", "charge")), "reason": st.sampled_from(("discount", "freight"))}

x12_orders = orders(
    ("standAlone", "new", "dropShip", "x12:SS"),
    obj(
        {
            "lineNumber": word(6),
            "quantity": quantities,
            "item": items(
                ITEM_IDS,
                description=text(80),
                packQuantity=number(999, 0),
                lot=obj({"number": word(20)}),
                serialNumbers=st.lists(word(20), min_size=1, max_size=3),
            ),
        },
        unitPrice=number(places=4),
        listPrice=number(places=4),
        retailPrice=number(places=4),
        requestedShipDate=days_or_moments,
        requestedDeliveryDate=days_or_moments,
        references=st.lists(
            obj({"type": st.sampled_from(("division", "store", "x12:QQ")), "value": word(20)}, description=text(40)), min_size=1, max_size=3
        ),
        destinations=st.lists(
            obj({"locationId": word(13, 2), "locationScheme": st.sampled_from(("gln", "assignedByBuyer")), "quantity": quantities}),
            min_size=1,
            max_size=25,
        ),
        schedule=st.lists(obj({"quantity": quantities, "date": dates}), min_size=1, max_size=2),
        taxes=st.lists(
            obj({"type": st.just("stateSales"), "amount": number()}, percent=number(99), jurisdiction=word(10)), min_size=1, max_size=2
        ),
        notes=st.lists(obj({"type": st.just("general"), "text": notes_text}, reference=word(20)), min_size=1, max_size=2),
        allowancesCharges=st.lists(obj(kinds, amount=money, percent=number(99), description=text(40)), min_size=1, max_size=2),
    ),
    identified(
        ("gln", "duns", "assignedByBuyer"),
        name2=text(35),
        otherIds=st.lists(obj({"scheme": st.just("IA"), "value": word(20)}), min_size=1, max_size=2),
        contacts=contacts("phone", "email"),
    ),
    ("seller", "billTo", "markFor", "carrier", "warehouse"),
    departmentNumber=word(20),
    requestedShipDate=days_or_moments,
    requestedDeliveryDate=days_or_moments,
    cancelAfterDate=days_or_moments,
    deliveryWindow=obj(start=days_or_moments, end=days_or_moments),
    freightTerms=obj({"payment": st.sampled_from(("collect", "prepaid", "x12:PS"))}),
    contacts=contacts("phone", "email", "fax"),
    references=st.lists(obj({"type": st.sampled_from(("division", "store", "x12:QQ")), "value": word(20)}), min_size=1, max_size=3),
    routing=obj({"carrierIdScheme": st.just("scac"), "carrierId": word(4, 2)}, mode=st.sampled_from(MODES), instructions=text(35)),
    notes=st.lists(obj({"type": st.just("mutual"), "text": notes_text}, reference=word(20)), min_size=1, max_size=2),
    allowancesCharges=st.lists(
        obj(kinds, amount=money, percent=number(99), handling=st.just("offInvoice"), description=text(40)), min_size=1, max_size=2
    ),
    paymentTerms=st.lists(
        obj(
            {"type": st.just("discountOffered")},
            basis=st.just("receiptOfGoods"),
            netDays=st.integers(0, 999),
            netDueDate=dates,
            description=text(40),
        ),
        min_size=1,
        max_size=2,
    ),
)

edifact_orders = orders(
    ("standAlone", "rush", "edifact:105"),
    obj(
        {
            "lineNumber": st.integers(1, 999_999).map(str),
            "quantity": quantities,
            "item": items(
                ITEM_IDS[:5], description=text(70), packQuantity=number(999, 1), packSize=number(999, 1).filter(lambda n: n != "0")
            ).map(lambda item: item | {"packSizeUnit": "ONZ"} if "packSize" in item else item),
        },
        unitPrice=number(places=4),
        listPrice=number(places=4),
        requestedShipDate=seconds(days_or_moments),
        requestedDeliveryDate=seconds(days_or_moments),
        references=st.lists(
            obj({"type": st.sampled_from(("contract", "invoice", "edifact:AAE")), "value": word(20)}), min_size=1, max_size=3
        ),
        destinations=st.lists(
            obj({"locationId": word(13), "locationScheme": st.sampled_from(("gln", "assignedByBuyer")), "quantity": quantities}),
            min_size=1,
            max_size=4,
        ),
        notes=st.lists(obj({"type": st.sampled_from(("general", "delivery")), "text": notes_text}), min_size=1, max_size=2),
        taxes=st.lists(obj({"type": st.just("valueAdded"), "percent": number(99)}, amount=number()), min_size=1, max_size=2),
    ),
    identified(
        ("gln", "duns", "assignedByBuyer"),
        name2=text(35),
        otherIds=st.lists(obj({"scheme": st.just("VA"), "value": word(20)}), min_size=1, max_size=2),
    ),
    ("seller", "billTo", "carrier", "warehouse"),
    requestedShipDate=seconds(days_or_moments),
    requestedDeliveryDate=seconds(days_or_moments),
    cancelAfterDate=seconds(days_or_moments),
    freightTerms=obj({"payment": st.sampled_from(("collect", "prepaid"))}, location=text(40)),
    contacts=contacts("phone", "email", "fax"),
    references=st.lists(obj({"type": st.sampled_from(("invoice", "edifact:AAE")), "value": word(20)}), min_size=1, max_size=3),
    routing=obj({"carrierIdScheme": st.just("scac"), "carrierId": word(4, 2), "mode": st.sampled_from(MODES)}, instructions=text(35)),
    notes=st.lists(obj({"type": st.sampled_from(("general", "delivery")), "text": notes_text}), min_size=1, max_size=2),
    allowancesCharges=st.lists(
        obj(kinds, amount=number(), percent=number(99), handling=st.just("offInvoice"), description=text(35)), min_size=1, max_size=2
    ),
    paymentTerms=st.lists(obj({"type": st.just("fixedDate")}, basis=st.just("invoiceDate"), netDueDate=dates), min_size=1, max_size=2),
)

_goods = st.lists(
    obj(
        {"item": items(ITEM_IDS), "quantityShipped": quantities},
        lineNumber=word(6),
        quantityOrdered=quantities,
        status=st.sampled_from(("shipped", "backordered", "x12:IC")),
        lotNumber=word(20),
        serialNumbers=st.lists(word(20), min_size=1, max_size=2),
        expirationDate=dates,
        productionDate=dates,
    ),
    min_size=1,
    max_size=2,
)
_pack = {"sscc": ssccs, "trackingNumber": word(20), "type": st.sampled_from(("XCT", "XPX")), "grossWeight": quantities}
_packs = st.lists(obj({"items": _goods}, **_pack), min_size=1, max_size=2)
_tares = st.lists(obj({"packs": _packs, "sscc": ssccs}), min_size=1, max_size=2)
_structures = {
    "SOPI": st.fixed_dictionaries({"packs": _packs}),
    "SOTPI": st.fixed_dictionaries({"packs": _tares}),
    "SOI": st.fixed_dictionaries({"items": _goods}),
}


def _notice(structure: str) -> st.SearchStrategy[dict]:
    party = identified(("gln", "duns"))
    shipped = st.builds(
        lambda head, goods: {**head, **goods},
        obj(
            {"purchaseOrderNumber": word(20)},
            orderDate=dates,
            departmentNumber=word(20),
            invoiceNumber=word(20),
            sellerOrderNumber=word(20),
            markFor=party,
            references=st.lists(obj({"type": st.just("store"), "value": word(20)}), min_size=1, max_size=2),
        ),
        _structures[structure],
    )
    required = {
        "documentType": st.just("ShipNotice"),
        "schemaVersion": st.just("1.0"),
        "purpose": st.sampled_from(("original", "replace")),
        "shipmentNumber": word(30, 2),
        "createdAt": moments(),
        "structure": st.just(structure),
        "parties": st.fixed_dictionaries({"shipFrom": party, "shipTo": party}),
        "orders": st.lists(shipped, min_size=1, max_size=2),
    }
    return st.fixed_dictionaries(
        required,
        optional={
            "grossWeight": quantities,
            "carrier": obj({"idScheme": st.just("scac"), "id": word(4, 2)}, mode=st.sampled_from(MODES), name=text(35)),
            "equipment": obj({"type": st.just("TL"), "trailerNumber": word(10)}, sealNumbers=st.lists(word(15, 2), min_size=1, max_size=1)),
            "billOfLadingNumber": word(30),
            "proNumber": word(30),
            "trackingNumbers": st.lists(word(30), min_size=1, max_size=2),
            "shippedAt": days_or_moments,
            "estimatedDeliveryDate": days_or_moments,
        },
    )


ship_notices = st.sampled_from(tuple(_structures)).flatmap(_notice)
