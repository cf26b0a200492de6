"""WarehouseShipmentConfirmation: what a warehouse has shipped (X12 945)."""

from typing import Annotated, Literal

from pydantic import Field

from canonical.base import Model, none_said
from canonical.item import Item, Quantity
from canonical.scalars import SSCC, Date, Dec, OpenEnum, Str20, Str35, Str48
from canonical.terms import FreightTerms
from canonical.warehouse import ReportingCode, StockLine, TemperatureRange, WarehouseDocument, WarehouseTotals

__all__ = ["ConfirmedLine", "ConfirmedPack", "WarehouseShipmentConfirmation"]


class ConfirmedPack(Model):
    """A handling unit that goods of a line are in."""

    sscc: SSCC | None = None
    """SSCC of the carton."""
    pallet_sscc: SSCC | None = None
    """SSCC of the pallet that it stands on."""
    tracking_number: Str48 | None = None
    """The carrier's number of this parcel."""


class ConfirmedLine(StockLine):
    """What became of one line of the warehouse order."""

    packs: tuple[ConfirmedPack, ...] = Field(default=(), exclude_if=none_said)
    """The packs that it is in."""
    status: Annotated[
        str,
        OpenEnum("complete", "completeWithExtra", "partial", "partialBackordered", "backordered", "cancelled", "substituted", "outOfStock"),
    ]
    """What became of it."""
    quantity_ordered: Quantity | None = None
    """How much the order asked for."""
    quantity_shipped: Quantity | None = None
    """How much was shipped."""
    quantity_difference: Quantity | None = None
    """How much less was shipped than ordered; negative when more was."""
    difference_reason: (
        Annotated[
            str,
            OpenEnum(
                "outOfStock",
                "cutForCube",
                "onHold",
                "orderDiscrepancy",
                "inventoryDiscrepancy",
                "materialShortage",
                "substitution",
                "loadingError",
                "discontinued",
                "notStocked",
                "withdrawn",
                "addedByCustomer",
            ),
        ]
        | None
    ) = None
    """Why."""
    ordered_item: Item | None = None
    """The product that was ordered, where another was shipped in its place."""
    serial_numbers: tuple[Str48, ...] = Field(default=(), exclude_if=none_said)
    """Serial numbers."""
    expiration_date: Date | None = None
    """Last day of use."""


class WarehouseShipmentConfirmation(WarehouseDocument):
    """What left the warehouse for one order of the depositor, and what did not."""

    document_type: Literal["WarehouseShipmentConfirmation"] = "WarehouseShipmentConfirmation"
    """Which document this is."""
    reporting_code: ReportingCode
    """How much of it this tells."""
    warehouse_order_number: Str35
    """The depositor's order number, as in the warehouse order."""
    ship_date: Date
    """When it left."""
    shipment_number: Str35 | None = None
    """The warehouse's number of the shipment."""
    agent_shipment_number: Str20 | None = None
    """The agent's number of the shipment."""
    bill_of_lading_number: Str35 | None = None
    """Bill of lading."""
    pro_number: Str35 | None = None
    """The carrier's own number of the load."""
    load_number: Str35 | None = None
    """Load that it is part of."""
    tracking_numbers: tuple[Str35, ...] = Field(default=(), exclude_if=none_said)
    """Numbers to follow it by."""
    freight_terms: FreightTerms | None = None
    """Who pays the freight."""
    temperature_range: TemperatureRange | None = None
    """What temperature the goods need."""
    freight_charge: Dec | None = None
    """Freight to be charged on, in the currency agreed with the warehouse."""
    lines: tuple[ConfirmedLine, ...] = Field(default=(), exclude_if=none_said)
    """What became of each line; without exceptions none need be told."""
    totals: WarehouseTotals | None = None
    """Sums over all lines."""

    @property
    def business_number(self) -> str:
        """The order that it answers, with the shipment where the warehouse numbers them: one order may take several."""
        return f"{self.warehouse_order_number}/{self.shipment_number}" if self.shipment_number else self.warehouse_order_number

    @property
    def ordering_number(self) -> str:
        """The order that it answers."""
        return self.warehouse_order_number
