"""What documents of transport are made of: stops, goods and what handling they need."""

from typing import Annotated

from pydantic import Field

from canonical.base import Model, none_said
from canonical.common import Note, Reference, TimeWindow
from canonical.item import Quantity
from canonical.party import Contact, Party
from canonical.scalars import Count, DateOrTime, Dec, OpenEnum, Str8, Str20, Str30, Str35, Str80, Str512

__all__ = [
    "DangerousGoods",
    "Goods",
    "Handling",
    "Hazmat",
    "LoadTotals",
    "Stop",
    "StopLocation",
    "StopOrder",
    "StopType",
]

StopType = Annotated[
    str,
    OpenEnum("load", "unload", "partLoad", "partUnload", "completeLoad", "completeUnload", "dropTrailer", "retrieveTrailer"),
]  #: what is done at a stop


class Handling(Model):
    """What has to be done or minded on the way."""

    code: Str35 | None = None
    """Kind of handling, as the code list of the wire has it."""
    service: Str20 | None = None
    """A special service, as the code list of the wire has it."""
    description: Str80 | None = None
    """The same in words."""


class DangerousGoods(Model):
    """One dangerous substance."""

    un_number: Str8 | None = None
    """UN number, with the letters in front where the wire has them: UN1993."""
    hazard_class: Str30 | None = None
    """Class of the hazard."""
    packing_group: Str8 | None = None
    """Packing group."""
    shipping_name: Str80 | None = None
    """Proper shipping name."""
    packages: Quantity | None = None
    """How many packages, of which kind."""
    quantity: Quantity | None = None
    """How much of it."""


class Hazmat(Model):
    """The dangerous substances in goods, and whom to call."""

    contact: Contact | None = None
    """Whom to call in an emergency."""
    goods: tuple[DangerousGoods, ...] = Field(default=(), exclude_if=none_said)
    """The substances."""


class Goods(Model):
    """Goods as a carrier sees them: what, how many, how heavy."""

    description: Str512 | None = None
    """What it is."""
    commodity_code: Str30 | None = None
    """Number in a list of commodities, which decides the rate."""
    commodity_code_type: Annotated[str, OpenEnum("nmfc", "stcc")] | None = None
    """Which list that is."""
    packaging_code: Str20 | None = None
    """Kind of the packages, as the code list of the wire has it."""
    quantity: Quantity | None = None
    """How many."""
    weight: Quantity | None = None
    """How heavy, with packaging."""
    volume: Quantity | None = None
    """How large."""
    hazmat: Hazmat | None = None
    """What is dangerous in it."""
    special_handling: tuple[Handling, ...] = Field(default=(), exclude_if=none_said)
    """How it must be handled."""
    references: tuple[Reference, ...] = Field(default=(), exclude_if=none_said)
    """Numbers that belong to these goods."""
    notes: tuple[Note, ...] = Field(default=(), exclude_if=none_said)
    """Texts about these goods."""


class StopOrder(Model):
    """What of one order is loaded or unloaded at a stop."""

    reference: Str80 | None = None
    """The shipper's number for it."""
    purchase_order_number: Str35 | None = None
    """The buyer's order number, verbatim."""
    quantity: Quantity | None = None
    """How many."""
    weight: Quantity | None = None
    """How heavy."""
    volume: Quantity | None = None
    """How large."""
    items: tuple[Goods, ...] = Field(default=(), exclude_if=none_said)
    """The goods of this order."""


class StopLocation(Party):
    """The place of a stop."""

    role: Annotated[str, OpenEnum("shipFrom", "shipTo", "shipper", "consignee", "warehouse", "pickupAddress", "deliveryAddress")] | None = (
        None
    )
    """What the place is to the load."""


class Stop(Model):
    """One halt of a load: where, when, and what is loaded or unloaded."""

    sequence: Count | None = None
    """Number of the stop; they increase in the order in which the carrier makes them."""
    type: StopType
    """What is done there."""
    window: TimeWindow | None = None
    """Not earlier and not later than this."""
    appointment: DateOrTime | None = None
    """When the dock expects the truck."""
    location: StopLocation | None = None
    """Where; its contacts are whom to ask there."""
    weight: Quantity | None = None
    """How heavy, all that is loaded or unloaded."""
    quantity: Quantity | None = None
    """How many."""
    volume: Quantity | None = None
    """How large."""
    pallet_count: Count | None = None
    """Number of pallets."""
    special_handling: tuple[Handling, ...] = Field(default=(), exclude_if=none_said)
    """What has to be minded there."""
    references: tuple[Reference, ...] = Field(default=(), exclude_if=none_said)
    """Numbers that belong to this stop."""
    notes: tuple[Note, ...] = Field(default=(), exclude_if=none_said)
    """Texts about this stop."""
    orders: tuple[StopOrder, ...] = Field(default=(), exclude_if=none_said)
    """The orders that are loaded or unloaded."""
    items: tuple[Goods, ...] = Field(default=(), exclude_if=none_said)
    """Goods that no order is named for."""


class LoadTotals(Model):
    """Sums of a load; rules compare them with its parts."""

    weight: Quantity | None = None
    """How heavy the load is."""
    volume: Quantity | None = None
    """How large."""
    pieces: Count | None = None
    """Number of packages."""
    charge: Dec | None = None
    """What the transport costs."""
