"""What documents of any kind carry: notes, references, days from and to."""

from typing import Annotated

from canonical.base import Model
from canonical.scalars import Date, DateOrTime, OpenEnum, Str80, Text

__all__ = ["Note", "Reference", "TimeWindow", "Window"]


class Note(Model):
    """Free text for people."""

    type: Annotated[str, OpenEnum("general", "purchasing", "delivery", "packing", "label", "invoice", "routing", "mutual")] | None = None
    """What it is about."""
    reference: Str80 | None = None
    """What the wire says the text belongs to."""
    text: Text | None = None
    """The text; repeated segments are its lines."""


class Reference(Model):
    """A number that has no field of its own."""

    type: Annotated[
        str,
        OpenEnum(
            "account",
            "appointment",
            "billOfLading",
            "contract",
            "customerOrder",
            "customerReference",
            "department",
            "division",
            "internalCustomer",
            "invoice",
            "merchandiseType",
            "mutual",
            "order",
            "orderLine",
            "purchaseOrder",
            "store",
            "vendorOrder",
        ),
    ]
    """What kind of number."""
    value: Str80 | None = None
    """The number."""
    description: Str80 | None = None
    """Text beside it."""


class Window(Model):
    """Days from and to, both included."""

    start: Date | None = None
    """Not before."""
    end: Date | None = None
    """Not later."""


class TimeWindow(Model):
    """Days or moments from and to, both included."""

    start: DateOrTime | None = None
    """Not before."""
    end: DateOrTime | None = None
    """Not later."""
