"""ShipmentStatus: where a load is and what became of it (X12 214, EDIFACT IFTSTA)."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Annotated, Literal

from pydantic import Field

from canonical.base import Document, Model, none_said
from canonical.common import Note, Reference
from canonical.freight import Equipment
from canonical.item import Quantity
from canonical.party import IdScheme, Parties
from canonical.scalars import SSCC, Count, Country, DateOrTime, OpenEnum, Str8, Str20, Str30, Str35, Str80
from canonical.terms import Carrier
from canonical.transport import Handling

__all__ = ["EventLocation", "LoadingException", "ShipmentStatus", "TrackedConsignment", "TrackingEvent", "TrackingWord"]

TrackingWord = Annotated[
    str,
    OpenEnum(
        "acknowledged",
        "arrived",
        "departed",
        "arrivedPickup",
        "loading",
        "departedPickup",
        "inTransit",
        "arrivedTerminal",
        "departedTerminal",
        "estimatedDelivery",
        "outForDelivery",
        "arrivedDelivery",
        "delivered",
        "delayed",
        "attempted",
        "notCompleted",
        "refused",
        "damaged",
        "returned",
        "cancelled",
    ),
]  #: what happened; `canonical.tracking` has the codes, and what to make of one that has no word

StatusReason = Annotated[
    str,
    OpenEnum(
        "normal",
        "missed",
        "addressIncorrect",
        "customerRequest",
        "accident",
        "consignee",
        "driver",
        "breakdown",
        "otherCarrier",
        "shipper",
        "weather",
    ),
]  #: why it happened, or whose doing it was

AppointmentStatus = Annotated[str, OpenEnum("pickupAppointment", "deliveryAppointment")]  #: what was agreed


class EventLocation(Model):
    """Where it happened."""

    id_scheme: IdScheme | None = None
    """Who gave out `id`."""
    id: Str35 | None = None
    """The place, as a code."""
    city: Str80 | None = None
    """Town, or the name of the place."""
    region: Str20 | None = None
    """State or province."""
    country: Country | None = None
    """ISO 3166-1, two letters."""
    longitude: Str8 | None = None
    """Degrees, minutes and seconds as DDDMMSS; `canonical.tracking.degrees` reads them."""
    latitude: Str8 | None = None
    """The same."""
    longitude_direction: Str8 | None = None
    """E or W."""
    latitude_direction: Str8 | None = None
    """N or S."""


class LoadingException(Model):
    """Goods that are damaged, over or short."""

    code: Annotated[str, OpenEnum("damaged", "over", "partial")]
    """What is wrong with them."""
    packaging_code: Str20 | None = None
    """Kind of the packages, as the code list of the wire has it."""
    pieces: Count | None = None
    """How many."""


class TrackingEvent(Model):
    """One thing that happened. It has a status or tells of an appointment, never both."""

    status: TrackingWord | None = None
    """What happened."""
    reason: StatusReason | None = None
    """Why."""
    status_text: Str35 | None = None
    """What happened, in the carrier's words."""
    appointment_status: AppointmentStatus | None = None
    """What was agreed."""
    appointment_reason: StatusReason | None = None
    """Why that was agreed."""
    occurred_at: DateOrTime | None = None
    """When; of an appointment, when it is to be."""
    location: EventLocation | None = None
    """Where."""
    equipment: Equipment | None = None
    """In or on what."""
    sscc: tuple[SSCC, ...] = Field(default=(), exclude_if=none_said)
    """The handling units that it happened to, where the wire names them here."""
    references: tuple[Reference, ...] = Field(default=(), exclude_if=none_said)
    """Numbers that belong to this event."""
    notes: tuple[Note, ...] = Field(default=(), exclude_if=none_said)
    """Texts about it."""


class TrackedConsignment(Model):
    """A part of the load with the same way: what it is, and what happened to it."""

    sequence: Count | None = None
    """Its number in this document."""
    carrier_reference: Str35 | None = None
    """The carrier's number of it, where it is not that of the document."""
    stop_sequence: Count | None = None
    """Number of the stop in the tender."""
    sscc: tuple[SSCC, ...] = Field(default=(), exclude_if=none_said)
    """The handling units in it."""
    quantity: Quantity | None = None
    """How many pieces."""
    weight: Quantity | None = None
    """How heavy."""
    volume: Quantity | None = None
    """How large."""
    exceptions: tuple[LoadingException, ...] = Field(default=(), exclude_if=none_said)
    """What is wrong with it."""
    special_handling: tuple[Handling, ...] = Field(default=(), exclude_if=none_said)
    """How it must be handled."""
    references: tuple[Reference, ...] = Field(default=(), exclude_if=none_said)
    """Numbers that belong to it."""
    notes: tuple[Note, ...] = Field(default=(), exclude_if=none_said)
    """Texts about it."""
    events: tuple[TrackingEvent, ...] = Field(min_length=1)
    """What happened, as the carrier lists it."""


class ShipmentStatus(Document):
    """What a carrier says of a load."""

    document_type: Literal["ShipmentStatus"] = "ShipmentStatus"
    """Which document this is."""
    status_number: Str35 | None = None
    """Number of this message, where the carrier gives it one."""
    created_at: DateOrTime | None = None
    """When it was written."""
    load_number: Str30 | None = None
    """The shipper's number of the load."""
    carrier_reference: Str30 | None = None
    """The carrier's number of the load."""
    carrier: Carrier | None = None
    """Who carries."""
    parties: Parties | None = None
    """Who takes part."""
    references: tuple[Reference, ...] = Field(default=(), exclude_if=none_said)
    """Numbers that have no field of their own."""
    notes: tuple[Note, ...] = Field(default=(), exclude_if=none_said)
    """Texts for people."""
    consignments: tuple[TrackedConsignment, ...] = Field(min_length=1)
    """The parts of the load that this tells of."""

    def events(self) -> Iterator[tuple[TrackedConsignment, TrackingEvent]]:
        """Every event with the consignment that it happened to, in the order of the document."""
        for consignment in self.consignments:
            yield from ((consignment, event) for event in consignment.events)

    @property
    def business_number(self) -> str:
        """The number of the message; without one, the load and a digest of its events, for a carrier tells many things of one load."""
        if self.status_number:
            return self.status_number
        told = "/".join(f"{event.status or event.appointment_status}@{event.occurred_at}" for _, event in self.events())
        return f"{self.ordering_number}/{sha256(told.encode()).hexdigest()[:16]}"

    @property
    def ordering_number(self) -> str:
        """The load."""
        numbers = (self.load_number, self.carrier_reference, *(one.carrier_reference for one in self.consignments))
        return next((number for number in numbers if number), "")

    @property
    def purchase_orders(self) -> tuple[str, ...]:
        """Those that references name."""
        every = (*self.references, *(one for consignment in self.consignments for one in consignment.references))
        return tuple(dict.fromkeys(one.value for one in every if one.type == "purchaseOrder" and one.value))
