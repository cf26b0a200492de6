"""What holds for a delivery: the table of `gateway.policy`, what gateway.yaml says over it, what the sink or the profile says over that."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from gateway.pipeline.context import Context
from gateway.pipeline.unclear import unclear_at
from gateway.pipeline.urgency import ACKNOWLEDGMENT, urgency_of
from gateway.policy import GIVE_UP, SCHEDULES, Way, per_second
from gateway.store.claiming import Bounds
from gateway.store.jobs import ClaimedJob
from gateway.store.lookup import Found

__all__ = ["Rules", "bounds_of", "place_at", "rules_of", "wanted_way", "way_of", "way_to"]

_AHEAD: Final = 6  #: deliveries claimed per destination for each that may be under way, so that none waits for a claim
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Rules:
    """Seconds, and deliveries."""

    waits: tuple[float, ...]  #: between attempts
    give_up: float  #: in all
    concurrency: int  #: at once
    rate: float | None  #: that may begin in a second; None: as many as can
    fallback: str | None = None  #: the destination that stands in for it
    unclear: Literal["wait", "hold", "send"] = "wait"  #: what becomes of what a partner may have, where the fallback would be taken


def way_of(destination: str) -> Way:
    """To the hub, or to a partner."""
    return Way.HUB if destination.startswith("sink:") else Way.PARTNER


def rules_of(context: Context, destination: str, priority: int) -> Rules:
    """Those of a delivery of this priority to `sink:hub` or `partner:northmart:as2`."""
    settings, way, urgency = context.settings, way_of(destination), urgency_of(priority)
    said = settings.policy.hub if way is Way.HUB else settings.policy.partner
    of_all = settings.timing.retries if way is Way.HUB else settings.timing.partner_retries
    waits, give_up, concurrency, rate, fallback, unclear = _own(context, destination)
    return Rules(
        waits=waits or said.of(urgency) or of_all or SCHEDULES[way][urgency],
        give_up=next(value for value in (give_up, said.give_up, GIVE_UP[way]) if value is not None),
        concurrency=concurrency or settings.timing.concurrency,
        rate=per_second(rate) if rate else None,
        fallback=fallback,
        unclear=unclear,
    )


def way_to(context: Context, job: ClaimedJob, delivery: Found) -> str:
    """Where a delivery goes now: where the partner may have it already, else as `wanted_way`."""
    stays = unclear_at(job, delivery)
    if stays is not None and rules_of(context, job.destination or "", job.priority).unclear != "send":
        return stays
    return wanted_way(context, job)


def wanted_way(context: Context, job: ClaimedJob) -> str:
    """Its destination; the fallback while that does not answer, or after some attempts in vain."""
    own = job.destination or ""
    if job.via is None or job.via == own:
        other = rules_of(context, own, job.priority).fallback if job.attempts >= context.settings.policy.fallback_after else None
        return other or own
    return job.via


def place_at(context: Context, job: ClaimedJob, to: str) -> AbstractAsyncContextManager[None]:
    """A place among the deliveries under way to where a job goes; the most urgent has the next one."""
    return context.gate(to, rules_of(context, to, job.priority).concurrency).at(job.priority)


def bounds_of(context: Context) -> Bounds:
    """How much may be under way to whom, as the revision in force and gateway.yaml say."""
    settings, concurrency = context.settings, context.settings.timing.concurrency
    named = [f"sink:{name}" for name in settings.sinks]
    for partner in context.workspace.partners.values():
        named += [f"partner:{partner.id}:{kind}" for kind in partner.transports.delivery]
    rules = {name: rules_of(context, name, ACKNOWLEDGMENT) for name in named}
    return Bounds(
        cap=concurrency * _AHEAD,
        caps={name: one.concurrency * _AHEAD for name, one in rules.items() if one.concurrency != concurrency},
        rates={name: one.rate for name, one in rules.items() if one.rate is not None},
        fallbacks={name: one.fallback for name, one in rules.items() if one.fallback is not None},
        ramp=settings.policy.ramp,
        retry_share=settings.policy.retry_share,
    )


_Own = tuple[tuple[float, ...] | None, float | None, int | None, str | None, str | None, Literal["wait", "hold", "send"]]


def _own(context: Context, destination: str) -> _Own:
    """What is said for this destination alone: waits, give up, concurrency, rate, fallback, and of unclear ends."""
    kind, _, rest = destination.partition(":")
    if kind == "sink" and (sink := context.settings.sinks.get(rest)) is not None:
        return sink.retries, sink.give_up, sink.concurrency, sink.rate, f"sink:{sink.fallback}" if sink.fallback else None, "wait"
    if kind == "partner":
        partner_id, _, transport = rest.rpartition(":")
        partner = context.workspace.partners.get(partner_id)
        said = next((one for of, one in partner.transports.delivery.items() if of == transport), None) if partner else None
        if said is not None:
            waits = tuple(wait / _SECOND for wait in said.retries) if said.retries else None
            other = f"partner:{partner_id}:{said.fallback}" if said.fallback else None
            return waits, said.give_up / _SECOND if said.give_up else None, said.concurrency, said.rate, other, said.unclear
    return None, None, None, None, None, "wait"
