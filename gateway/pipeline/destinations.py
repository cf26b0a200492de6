"""What a call to a destination means for all that goes there: its circuit, the events about it, and the alert somebody has to see."""

from datetime import datetime

from sqlalchemy import Connection

from gateway.errors import CAUSES, Cause
from gateway.pipeline.context import Context
from gateway.store import alarms, breakers
from gateway.store.alarms import Trouble
from gateway.store.breakers import Limits
from gateway.store.events import EventNote, note

__all__ = ["alarm", "destination_answered", "destination_failed", "limits_of", "partner_of", "told"]


def limits_of(context: Context) -> Limits:
    """When circuits open and how they come back, by gateway.yaml."""
    timing = context.settings.timing
    return Limits(timing.breaker_failures, timing.breaker_calls, timing.breaker_share, timing.breaker_pause, context.settings.policy.ramp)


def partner_of(destination: str) -> str | None:
    """Whose it is; None for the hub's."""
    kind, _, rest = destination.partition(":")
    return None if kind == "sink" else rest.partition(":")[0] or None


def destination_answered(context: Context, connection: Connection, destination: str, now: datetime) -> None:
    """It took something: its circuit closes if it was open."""
    if breakers.answered(connection, destination, now, limits_of(context)).closed:
        told(connection, now, destination, "closed", "It answers again; what waited goes in its order, more and more at once.")
        alarm(connection, destination, None, now)


def destination_failed(context: Context, connection: Connection, destination: str, cause: Cause, detail: str, now: datetime) -> bool:
    """It could not be reached or did not want to. True when it was known before that it does not answer."""
    limits = limits_of(context)
    change = breakers.failed(connection, destination, cause, now, limits)
    if change.opened and change.row is not None:
        words = f"{CAUSES[cause].title}: nothing goes there for {limits.pause:g} s, then one delivery tries it."
        told(connection, now, destination, "opened", words, cause=cause, failures=change.row["failures"], detail=detail)
        alarm(connection, destination, f"{CAUSES[cause].title}: {detail}", now)
    return change.was_open


def alarm(connection: Connection, destination: str, detail: str | None, now: datetime) -> None:
    """One alarm per destination, however many deliveries wait; it ends when the destination answers (None)."""
    trouble = Trouble(
        flow=f"circuit {destination}",
        cause=Cause.CIRCUIT_OPEN,
        subject=destination,
        about=f"Deliveries to {destination.partition(':')[2]}",
        detail=detail or "",
        correlation_id=destination,
        partner_id=partner_of(destination),
    )
    alarms.sync(connection, [] if detail is None else [trouble], now, flow=trouble.flow)


def told(
    connection: Connection,
    now: datetime,
    destination: str,
    what: str,
    words: str,
    *,
    cause: Cause | None = None,
    actor: str = "gateway",
    **data: object,
) -> None:
    """An event about a destination: its story is told under its name."""
    noted = EventNote(
        action=f"destination.{what}",
        thing="destination",
        thing_id=destination,
        correlation_id=destination,
        message=words,
        partner_id=partner_of(destination),
        cause=cause,
        data=dict(data) or None,
        actor=actor,
    )
    note(connection, now, noted)
