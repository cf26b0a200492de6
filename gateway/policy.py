"""How deliveries behave: the closed table of schedules by direction and urgency, and what gateway.yaml may say otherwise (`policy:`).

A sink, or the block `delivery` of a partner's transports, wins over `policy:`; `policy:` wins over `timing.retries` and
`timing.partner_retries`; those over the table.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from gateway.listen import Section

__all__ = ["GIVE_UP", "SCHEDULES", "DeliveryPolicy", "Jitter", "Policy", "Rate", "Schedules", "Urgency", "Waits", "Way", "per_second"]

Seconds = Annotated[float, Field(ge=0, le=400 * 86400)]
Waits = Annotated[tuple[Seconds, ...], Field(min_length=1, max_length=100)]
#: "5/second": how many deliveries may begin towards one destination
Rate = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,5}/(second|minute|hour|day)$")]
#: `full`: anything between 0 and the wait (AWS's "full jitter"); a number: the wait, longer by up to this share
Jitter = Literal["full"] | Annotated[float, Field(ge=0, le=1)]
_UNIT: Final = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


class Way(StrEnum):
    """Where a delivery goes."""

    HUB = "hub"
    PARTNER = "partner"


class Urgency(StrEnum):
    """What stands still while a document waits."""

    GOODS = "goods"  #: orders, ship notices, warehouse orders, tenders: goods
    ANSWERS = "answers"  #: acknowledgments and receipts: the partner's clock runs
    DATA = "data"  #: invoices, inventory, catalogs, status: nothing, for a while


#: seconds between attempts; a first 0 stands for the first attempt itself. Goods are tried again sooner (R31).
SCHEDULES: Final[Mapping[Way, Mapping[Urgency, tuple[float, ...]]]] = {
    Way.HUB: {
        Urgency.GOODS: (0, 5, 30, 120, 600, 3600, 14400, 43200),
        Urgency.ANSWERS: (0, 30, 120, 600, 3600, 14400, 43200),
        Urgency.DATA: (0, 30, 120, 600, 3600, 14400, 43200),
    },
    Way.PARTNER: {
        Urgency.GOODS: (15, 60, 300, 900, 3600, 14400),
        Urgency.ANSWERS: (60, 300, 900, 3600, 14400),
        Urgency.DATA: (60, 300, 900, 3600, 14400),
    },
}
#: seconds after which a delivery is held whatever was not counted as an attempt of its own: a weekend; half a working day
GIVE_UP: Final[Mapping[Way, float]] = {Way.HUB: 72 * 3600.0, Way.PARTNER: 6 * 3600.0}


class Schedules(Section):
    """Schedules of one direction. Absent: those of the table."""

    goods: Waits | None = None  #: seconds between attempts
    answers: Waits | None = None  #: likewise
    data: Waits | None = None  #: likewise
    give_up: Seconds | None = None  #: in all, from the first moment of the delivery

    def of(self, urgency: Urgency) -> tuple[float, ...] | None:
        """What is said for one urgency."""
        return {Urgency.GOODS: self.goods, Urgency.ANSWERS: self.answers, Urgency.DATA: self.data}[urgency]


class Policy(Section):
    """`policy:` of gateway.yaml."""

    hub: Schedules = Schedules()
    partner: Schedules = Schedules()
    retry_share: Annotated[float, Field(gt=0, le=1)] = 0.2  #: of what is under way to a destination, at most so much are repetitions
    fallback_after: Annotated[int, Field(ge=1)] = 3  #: failed attempts of a delivery until it takes the other way, where there is one
    ramp: Annotated[int, Field(ge=1)] = 8  #: after an outage: so many successes until twice as many go at once


class DeliveryPolicy(Section):
    """What a sink may say of how it is delivered to."""

    rate: Rate | None = None  #: deliveries that may begin in a time, over all processes; absent: no limit
    concurrency: Annotated[int, Field(ge=1, le=1000)] | None = None  #: at once; absent: `timing.concurrency`
    fallback: Annotated[str, StringConstraints(max_length=64)] | None = None  #: another sink of the same usage
    retries: Waits | None = None  #: for all that goes there
    give_up: Seconds | None = None  #: seconds after which it is held for a person, whatever was tried


def per_second(rate: str) -> float:
    """`30/minute` as 0.5."""
    count, _, unit = rate.partition("/")
    return int(count) / _UNIT[unit]
