"""How soon each kind of document has to be through, and when flows are compared: `slo` and `reconcile` of gateway.yaml."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, Field

from gateway.listen import Section

__all__ = ["Objective", "Objectives", "Reconcile", "Tier", "objective_of", "tier_of"]


class Tier(StrEnum):
    """How urgent a flow is: goods and promises wait for the first, people for the second, nobody for the third."""

    SECONDS = "seconds"
    SCHEDULED = "scheduled"
    BACKGROUND = "background"


class Objective(Section):
    """So large a share of a kind of document is through within so long: from our first byte of it until the other side has it."""

    within: Annotated[float, Field(gt=0, le=30 * 86400)]  #: seconds
    target: Annotated[float, Field(gt=0, lt=100)] = 99.0  #: percent


_SECONDS: Final = frozenset(
    {
        "ApplicationAdvice",
        "InventoryAdjustment",
        "InventoryReport",
        "LoadTender",
        "LoadTenderResponse",
        "Order",
        "OrderAcknowledgment",
        "OrderChange",
        "Receipt",
        "ShipNotice",
        "StockTransferReceipt",
        "WarehouseOrder",
        "WarehouseShipmentConfirmation",
    }
)
_SCHEDULED: Final = frozenset({"FreightInvoice", "Invoice", "ItemCatalog", "ReturnAuthorization", "ShipmentStatus", "StockTransferNotice"})
_BACKGROUND: Final = frozenset({"RemittanceAdvice", "SalesReport"})
_USUAL: Final[Mapping[Tier, Objective]] = {Tier.SECONDS: Objective(within=60), Tier.SCHEDULED: Objective(within=3600)}


def _known(document_type: str) -> str:
    if document_type not in _SECONDS | _SCHEDULED | _BACKGROUND:
        raise ValueError("no such document")
    return document_type


#: by document type; `off` (None here) for one that nobody watches
Objectives = dict[
    Annotated[str, AfterValidator(_known)],
    Annotated[Objective | None, BeforeValidator(lambda said: None if said in ("off", False) else said)],
]


def tier_of(document_type: str) -> Tier:
    """The tier of a kind of document."""
    if document_type in _SECONDS:
        return Tier.SECONDS
    return Tier.BACKGROUND if document_type in _BACKGROUND else Tier.SCHEDULED


def objective_of(said: Mapping[str, Objective | None], document_type: str) -> Objective | None:
    """What gateway.yaml says, else what is usual in its tier; None where nobody watches."""
    return said[document_type] if document_type in said else _USUAL.get(tier_of(document_type))


class Reconcile(Section):
    """When flows are compared, and how long the second document of a flow may take before it counts as missing. In seconds, but `days`."""

    every: Annotated[float, Field(gt=0, le=86400)] = 900.0  #: between two comparisons
    days: Annotated[int, Field(ge=1, le=400)] = 14  #: how many days back are compared
    confirm: Annotated[float, Field(gt=0)] = 86400.0  #: an order without its confirmation, where no `sla` says it
    ship: Annotated[float, Field(gt=0)] = 2 * 86400.0  #: a warehouse order without its confirmation
    invoice: Annotated[float, Field(gt=0)] = 3 * 86400.0  #: a shipment without its invoice
    receive: Annotated[float, Field(gt=0)] = 7 * 86400.0  #: a transfer or delivery without its receipt
    hub: Annotated[float, Field(gt=0)] = 900.0  #: a document that came and is not at the hub
    feed: Annotated[float, Field(gt=0)] = 3600.0  #: an entry of the feed that a named consumer has not read
    window: Annotated[float, Field(gt=0, le=90 * 86400)] = 86400.0  #: over which objectives are judged for the alarm
    recent: Annotated[float, Field(gt=0, le=90 * 86400)] = 3600.0  #: the alarm ends once an objective is met over this time too
    least: Annotated[int, Field(ge=1)] = 10  #: documents judged in `window` before there is an alarm
