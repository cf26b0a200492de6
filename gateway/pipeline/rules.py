"""What holds for a delivery: the table of `gateway.policy`, what gateway.yaml says over it, what the sink or the profile says over that."""

from dataclasses import dataclass
from datetime import timedelta

from gateway.pipeline.context import Context
from gateway.pipeline.urgency import urgency_of
from gateway.policy import GIVE_UP, SCHEDULES, DeliveryPolicy, Way, per_second
from partners.delivery import DeliverySettings

__all__ = ["Rules", "rules_of", "way_of"]

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Rules:
    """Seconds, and deliveries."""

    waits: tuple[float, ...]  #: between attempts
    give_up: float  #: in all
    concurrency: int  #: at once
    rate: float | None  #: that may begin in a second; None: as many as can


def way_of(destination: str) -> Way:
    """To the hub, or to a partner."""
    return Way.HUB if destination.startswith("sink:") else Way.PARTNER


def rules_of(context: Context, destination: str, priority: int) -> Rules:
    """Those of a delivery of this priority to `sink:hub` or `partner:northmart:as2`."""
    settings, way, urgency = context.settings, way_of(destination), urgency_of(priority)
    said = settings.policy.hub if way is Way.HUB else settings.policy.partner
    of_all = settings.timing.retries if way is Way.HUB else settings.timing.partner_retries
    waits, give_up, concurrency, rate = _own(context, destination)
    return Rules(
        waits=waits or said.of(urgency) or of_all or SCHEDULES[way][urgency],
        give_up=next(value for value in (give_up, said.give_up, GIVE_UP[way]) if value is not None),
        concurrency=concurrency or settings.timing.concurrency,
        rate=per_second(rate) if rate else None,
    )


def _own(context: Context, destination: str) -> tuple[tuple[float, ...] | None, float | None, int | None, str | None]:
    """What is said for this destination alone: waits, give up, concurrency, rate."""
    kind, _, rest = destination.partition(":")
    said: DeliveryPolicy | DeliverySettings | None = None
    if kind == "sink":
        said = context.settings.sinks.get(rest)
    elif kind == "partner":
        partner_id, _, transport = rest.rpartition(":")
        partner = context.workspace.partners.get(partner_id)
        said = next((one for of, one in partner.transports.delivery.items() if of == transport), None) if partner else None
    if isinstance(said, DeliverySettings):
        waits = tuple(wait / _SECOND for wait in said.retries) if said.retries else None
        return waits, said.give_up / _SECOND if said.give_up else None, said.concurrency, said.rate
    return (said.retries, said.give_up, said.concurrency, said.rate) if said else (None, None, None, None)
