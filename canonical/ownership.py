"""Which system of the hub owns which kind of field in which document (R23), as data, and what a document from another system may not set.

The ERP says what was agreed: customers, prices, terms, what is wanted. The WMS says what was done: packs, lots, stock. The carrier says
what moved. A partner says its own side of all that. Whoever sends a document to the gateway is one of them.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, Final

from pydantic import BaseModel

from canonical.base import Document, Fault, Severity, json_path
from canonical.field_groups import Group, group_of

__all__ = ["AUTHORS", "OWNERS", "System", "owners_of", "violations"]


class System(StrEnum):
    """Who can send a document to the gateway."""

    ERP = "erp"
    WMS = "wms"  #: ours, or that of a logistics provider that stores for us
    CARRIER = "carrier"
    PARTNER = "partner"  #: a customer or supplier


_ERP, _WMS, _CARRIER, _PARTNER = frozenset({System.ERP}), frozenset({System.WMS}), frozenset({System.CARRIER}), frozenset({System.PARTNER})
_ALL: Final = frozenset(System)
_NOBODY: Final[frozenset[System]] = frozenset()

#: document -> who may send one at all
AUTHORS: Final[Mapping[str, frozenset[System]]] = {
    "Order": _ERP | _PARTNER,
    "OrderChange": _ERP | _PARTNER,
    "OrderAcknowledgment": _ERP | _PARTNER,
    "ApplicationAdvice": _ALL,
    "ShipNotice": _ERP | _WMS | _PARTNER,
    "Receipt": _WMS | _PARTNER,
    "WarehouseOrder": _ERP | _PARTNER,
    "WarehouseShipmentConfirmation": _WMS,
    "StockTransferNotice": _ERP | _PARTNER,
    "StockTransferReceipt": _WMS,
    "InventoryReport": _WMS | _ERP | _PARTNER,
    "InventoryAdjustment": _WMS,
    "Invoice": _ERP | _PARTNER,
    "RemittanceAdvice": _ERP | _PARTNER,
    "ItemCatalog": _ERP | _PARTNER,
    "ReturnAuthorization": _ERP | _PARTNER,
    "SalesReport": _ERP | _PARTNER,
    "LoadTender": _ERP | _WMS,
    "LoadTenderResponse": _CARRIER,
    "ShipmentStatus": _CARRIER,
    "FreightInvoice": _CARRIER,
}

#: kind of field -> who owns it in the documents that they may send; INTERNAL and TECHNICAL are written by the gateway alone
OWNERS: Final[Mapping[Group, frozenset[System]]] = {
    Group.WITHIN: _ALL,
    Group.IDENTITY: _ALL,
    Group.PRODUCT: _ALL,
    Group.DEMAND: _ERP | _PARTNER,
    Group.PRICE: _ERP | _PARTNER,
    Group.TERMS: _ERP | _PARTNER,
    Group.SETTLEMENT: _ERP | _PARTNER,
    Group.CUSTOMER: _ERP | _PARTNER,
    Group.PLACE: _ALL,
    Group.EXECUTION: _WMS | _PARTNER,
    Group.STOCK: _WMS | _PARTNER,
    Group.TRANSPORT: _ALL,
    Group.TRACKING: _CARRIER | _WMS,
    Group.FREIGHT_COST: _CARRIER,
    Group.TEXT: _ALL,
    Group.EXTENSION: _ALL,
    Group.INTERNAL: _NOBODY,
    Group.TECHNICAL: _NOBODY,
}

#: where a document has another owner for a kind of field than the rest: mostly because it repeats what another system said first
_EXCEPT: Final[Mapping[tuple[str, Group], frozenset[System]]] = {
    ("Invoice", Group.EXECUTION): _ERP | _PARTNER,
    ("ShipNotice", Group.DEMAND): _ERP | _WMS | _PARTNER,
    ("ShipNotice", Group.TRACKING): _WMS | _PARTNER,
    ("WarehouseOrder", Group.EXECUTION): _ERP | _PARTNER,
    ("StockTransferNotice", Group.EXECUTION): _ERP | _PARTNER,
    ("WarehouseShipmentConfirmation", Group.DEMAND): _WMS,
    ("WarehouseShipmentConfirmation", Group.FREIGHT_COST): _WMS,
    ("Receipt", Group.DEMAND): _WMS | _PARTNER,
    ("InventoryReport", Group.STOCK): _ALL - _CARRIER,  # what the ERP can promise, what the WMS has
    ("LoadTender", Group.DEMAND): _ERP | _WMS,
    ("LoadTender", Group.FREIGHT_COST): _ERP,
    ("ShipmentStatus", Group.CUSTOMER): _CARRIER,
    ("ShipmentStatus", Group.EXECUTION): _CARRIER,
    ("FreightInvoice", Group.CUSTOMER): _CARRIER,
    ("FreightInvoice", Group.TERMS): _CARRIER,
    ("FreightInvoice", Group.EXECUTION): _CARRIER,
}

_BY_GATEWAY: Final = frozenset({Group.INTERNAL, Group.TECHNICAL})


def owners_of(document_type: str, group: Group) -> frozenset[System]:
    """Who may set this kind of field in a document."""
    return _EXCEPT.get((document_type, group), OWNERS[group]) & AUTHORS[document_type]


def violations(document: Document, system: System) -> tuple[Fault, ...]:
    """What a document from a system sets and may not: one fault for each field, `ownership-violation`; empty when all is its own.

    What the gateway writes into every document itself is nobody's fault here.
    """
    if system not in AUTHORS[document.document_type]:
        return (_fault(("documentType",), "Documents of this kind come from another system."),)
    return tuple(_violations(document, document.document_type, system, ()))


def _violations(model: BaseModel, document_type: str, system: System, path: tuple[str | int, ...]) -> Iterator[Fault]:
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if value is None or (isinstance(value, tuple | dict) and not value):
            continue
        group = group_of(type(model), name)
        where = (*path, field.alias or name)
        if group is Group.WITHIN:
            yield from _within(value, document_type, system, where)
        elif group is None or (group not in _BY_GATEWAY and system not in owners_of(document_type, group)):
            yield _fault(where, f"Another system owns fields of the kind {group}.")


def _within(value: Any, document_type: str, system: System, path: tuple[str | int, ...]) -> Iterator[Fault]:
    if isinstance(value, BaseModel):
        yield from _violations(value, document_type, system, path)
    elif isinstance(value, tuple):
        for index, one in enumerate(value):
            yield from _within(one, document_type, system, (*path, index))


def _fault(path: tuple[str | int, ...], message: str) -> Fault:
    return Fault(code="ownership-violation", severity=Severity.ERROR, path=json_path(path), message=message)
