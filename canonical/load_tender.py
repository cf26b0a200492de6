"""LoadTender: a load offered to a carrier (X12 204, EDIFACT IFTMIN)."""

from typing import Annotated, Literal

from pydantic import Field

from canonical.base import Document, none_said
from canonical.common import Note, Reference
from canonical.freight import Equipment
from canonical.party import Parties
from canonical.scalars import Currency, DateOrTime, OpenEnum, Str30
from canonical.terms import Carrier, FreightTerms
from canonical.transport import Goods, Handling, LoadTotals, Stop

__all__ = ["LoadTender"]


class LoadTender(Document):
    """A load that a carrier is asked to move: what, from where, to where, when."""

    document_type: Literal["LoadTender"] = "LoadTender"
    """Which document this is."""
    purpose: Literal["original", "cancellation", "change", "replace", "confirmation"]
    """What is done with it."""
    tender_type: Annotated[str, OpenEnum("loadTender", "forwardingInstructions", "shippingInstructions")] | None = None
    """What kind of offer."""
    load_number: Str30
    """The shipper's number of the load; the answer, the status and the freight bill name it."""
    created_at: DateOrTime | None = None
    """When it was written."""
    respond_by: DateOrTime | None = None
    """Until when the carrier has to answer."""
    requested_ship_date: DateOrTime | None = None
    """When to pick up, where the stops do not say."""
    requested_delivery_date: DateOrTime | None = None
    """When to deliver, where the stops do not say."""
    carrier: Carrier | None = None
    """Whom the load is offered to; mostly a SCAC."""
    freight_terms: FreightTerms | None = None
    """Who pays the carrier."""
    currency: Currency | None = None
    """Currency of all amounts."""
    equipment: tuple[Equipment, ...] = Field(default=(), exclude_if=none_said)
    """What is to be used."""
    special_handling: tuple[Handling, ...] = Field(default=(), exclude_if=none_said)
    """What has to be minded on the whole way."""
    parties: Parties | None = None
    """Who takes part."""
    references: tuple[Reference, ...] = Field(default=(), exclude_if=none_said)
    """Numbers that have no field of their own."""
    notes: tuple[Note, ...] = Field(default=(), exclude_if=none_said)
    """Texts for people."""
    stops: tuple[Stop, ...] = Field(default=(), exclude_if=none_said)
    """Where the load halts, in order. Without any, it goes from the shipper to the consignee."""
    items: tuple[Goods, ...] = Field(default=(), exclude_if=none_said)
    """The goods, where the wire does not say at which stop."""
    totals: LoadTotals | None = None
    """Sums that the shipper sent."""

    @property
    def business_number(self) -> str:
        """The load number."""
        return self.load_number

    @property
    def purchase_orders(self) -> tuple[str, ...]:
        """The orders that are loaded or unloaded, and those that references name."""
        named = [order.purchase_order_number for stop in self.stops for order in stop.orders]
        named += [
            one.value for one in (*self.references, *(ref for stop in self.stops for ref in stop.references)) if one.type == "purchaseOrder"
        ]
        return tuple(dict.fromkeys(number for number in named if number))
