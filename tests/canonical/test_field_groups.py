"""Who owns a field and who may see it: every field of every document is decided, and documents show it."""

import json
from pathlib import Path
from typing import Any

import pytest

from canonical import field_groups, ownership
from canonical.field_groups import Group, group_of, places
from canonical.ownership import AUTHORS, OWNERS, System, owners_of, violations
from canonical.protection import VISIBLE, Consumer, hidden, protected
from canonical.registry import DOCUMENTS, parse
from canonical.schemas import schema
from tests.canonical.support import ORDER, SHIP_NOTICE, order, ship_notice

FOLDER = Path(__file__).resolve().parents[2] / "samples" / "standard"
SAMPLES = {path.stem: json.loads(path.read_text()) for path in sorted((FOLDER / "x12").glob("*.json"))}
STATUS, TENDER, BILL = SAMPLES["214"], SAMPLES["204"], SAMPLES["210"]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_field_has_a_group(name: str) -> None:
    """A new field: put its name into canonical/field_groups.py, under its class if the name means something else elsewhere."""
    assert [f"{model.__name__}.{field}" for model, field in places(DOCUMENTS[name]) if group_of(model, field) is None] == []


def test_nothing_is_said_twice_or_of_nothing() -> None:
    named = [name for names in field_groups._NAMES.values() for name in names.split()]
    assert len(named) == len(set(named))
    found = {(cls.__name__, field) for document in DOCUMENTS.values() for model, field in places(document) for cls in model.__mro__}
    assert {field for _, field in found} >= set(named) - {"ours"}
    assert {(cls, field) for cls, fields in field_groups._OF_CLASS.items() for field in fields} <= found


def test_every_document_and_group_has_owners_and_readers() -> None:
    assert set(AUTHORS) == set(DOCUMENTS)
    assert all(AUTHORS.values())
    assert set(OWNERS) == set(Group)
    assert set(VISIBLE) == set(Consumer)
    for name, model in DOCUMENTS.items():
        for group in {group_of(*place) for place in places(model)} - {Group.TECHNICAL, Group.INTERNAL}:
            assert group is not None
            nobody = group is Group.CUSTOMER and AUTHORS[name] == {System.WMS}  # a warehouse says nothing of who buys and pays
            assert bool(owners_of(name, group)) != nobody, (name, group)
    assert not owners_of("Order", Group.TECHNICAL)


def test_the_schemas_say_the_groups() -> None:
    order_schema = schema(DOCUMENTS["Order"])
    assert order_schema["properties"]["purchaseOrderNumber"]["x-group"] == Group.IDENTITY
    assert order_schema["$defs"]["OrderLine"]["properties"]["unitPrice"]["x-group"] == Group.PRICE
    assert order_schema["$defs"]["Parties"]["properties"]["billTo"]["x-group"] == Group.CUSTOMER


def test_every_exception_is_one() -> None:
    for (name, group), owners in ownership._EXCEPT.items():
        assert group in {group_of(*place) for place in places(DOCUMENTS[name])}
        assert owners <= AUTHORS[name]
        assert owners != OWNERS[group] & AUTHORS[name]


def test_price_is_a_matter_of_the_erp_wherever_both_may_write() -> None:
    for name in DOCUMENTS:
        for group in (Group.PRICE, Group.TERMS, Group.SETTLEMENT):
            assert System.WMS not in owners_of(name, group)
        assert System.CARRIER not in owners_of(name, Group.PRICE)


# --- ownership ------------------------------------------------------------------------------------------------------------------------------


def faults(data: dict[str, Any], system: System) -> list[str]:
    found = violations(parse(data), system)
    assert {(fault.code, str(fault.severity)) for fault in found} <= {("ownership-violation", "error")}
    return [fault.path for fault in found]


@pytest.mark.parametrize(
    ("data", "system"),
    [
        (ORDER, System.PARTNER),
        (ORDER, System.ERP),
        (SHIP_NOTICE, System.WMS),
        (SHIP_NOTICE, System.PARTNER),
        (STATUS, System.CARRIER),
        (BILL, System.CARRIER),
        (TENDER, System.ERP),
    ],
)
def test_owners_may(data: dict[str, Any], system: System) -> None:
    assert faults(data, system) == []


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*/*.json")), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_sample_is_somebodys(path: Path) -> None:
    document = parse(json.loads(path.read_text()))
    assert [system for system in System if violations(document, system) == ()]


def test_a_document_of_another_system() -> None:
    assert faults(ORDER, System.WMS) == ["$.documentType"]
    assert faults(ORDER, System.CARRIER) == ["$.documentType"]
    assert faults(STATUS, System.ERP) == ["$.documentType"]
    assert faults(BILL, System.PARTNER) == ["$.documentType"]


def test_fields_of_another_system() -> None:
    billed = ship_notice(parties=SHIP_NOTICE["parties"] | {"billTo": {"name": "NORTHMART AP"}})
    assert faults(billed, System.WMS) == ["$.parties.billTo"]
    packed = [f"$.orders[0].packs[{pack}].{field}" for pack in (0, 1) for field in ("sscc",)]
    shipped = [f"$.orders[0].packs[{pack}].items[0].quantityShipped" for pack in (0, 1)]
    assert sorted(faults(SHIP_NOTICE, System.ERP)) == sorted(["$.shippedAt", *packed, *shipped])
    assert faults(TENDER, System.WMS) == ["$.parties.billTo", "$.totals.charge"]


def test_what_the_gateway_writes_is_nobodys_fault() -> None:
    from_wire = order(sourceRef={"syntax": "x12"}, map={"id": "x12/004010/850", "version": 3, "hash": "0" * 64})
    assert faults(from_wire, System.PARTNER) == []


# --- protection -----------------------------------------------------------------------------------------------------------------------------


def keys(data: Any) -> set[str]:
    if isinstance(data, dict):
        return set(data) | {key for value in data.values() for key in keys(value)}
    return {key for value in data for key in keys(value)} if isinstance(data, list) else set()


RICH = order(
    allowancesCharges=[{"kind": "allowance", "amount": "5"}],
    paymentTerms=[{"netDays": 30}],
    contractNumber="C-1",
    parties=ORDER["parties"] | {"billTo": {"name": "NORTHMART AP"}},
    extensions={"northmart.margin": "12"},
    sourceRef={"syntax": "x12", "sender": {"id": "NORTHMART"}},
    notes=[{"text": "CALL AHEAD"}],
)


def test_a_logistics_provider_sees_no_price() -> None:
    seen = protected(parse(RICH), Consumer.LOGISTICS)
    money = {"unitPrice", "allowancesCharges", "paymentTerms", "contractNumber", "currency", "amount", "extensions", "sourceRef", "billTo"}
    assert keys(RICH) >= money
    assert not keys(seen) & money
    assert seen["parties"] == {"buyer": RICH["parties"]["buyer"], "shipTo": RICH["parties"]["shipTo"], "other": RICH["parties"]["other"]}
    assert [line["quantity"] for line in seen["lines"]] == [line["quantity"] for line in RICH["lines"]]
    assert seen["lines"][1]["destinations"] == RICH["lines"][1]["destinations"]
    assert seen["notes"] == RICH["notes"]


def test_a_service_in_the_cloud_sees_no_destination() -> None:
    seen = protected(parse(RICH), Consumer.CLOUD)
    assert not keys(seen) & {"parties", "destinations", "notes", "unitPrice", "extensions"}
    assert "$.parties" in hidden(parse(RICH), Consumer.CLOUD)
    assert seen["purchaseOrderNumber"] == RICH["purchaseOrderNumber"]


def test_a_carrier_sees_what_it_carries_and_is_paid() -> None:
    seen = protected(parse(TENDER), Consumer.CARRIER)
    assert seen["totals"]["charge"] == TENDER["totals"]["charge"]
    assert seen["stops"] == TENDER["stops"]
    assert "billTo" not in seen["parties"]
    assert "charge" not in protected(parse(TENDER), Consumer.LOGISTICS)["totals"]


def test_the_hub_sees_all_and_a_partner_all_but_ours() -> None:
    line = ORDER["lines"][0]
    ours = order(
        lines=[line | {"item": line["item"] | {"ours": "4711"}, "quantity": line["quantity"]}], sourceRef={"syntax": "x12"}, totals={}
    )
    document = parse({key: value for key, value in ours.items() if value != {}})
    assert protected(document, Consumer.HUB) == document.to_json()
    assert hidden(document, Consumer.HUB) == ()
    assert hidden(document, Consumer.PARTNER) == ("$.sourceRef", "$.lines[0].item.ours")


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("consumer", Consumer)
def test_what_is_left_is_part_of_the_whole(name: str, consumer: Consumer) -> None:
    document = parse(SAMPLES[name])
    gone = hidden(document, consumer)
    assert len(gone) == len(set(gone))
    assert bool(gone) or protected(document, consumer) == document.to_json()
    allowed = VISIBLE[consumer]
    if Group.PRICE not in allowed:
        assert not keys(protected(document, consumer)) & {"unitPrice", "lineAmount", "amountDue", "allowancesCharges", "listPrice"}
