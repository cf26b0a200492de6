"""Which destinations do not answer, how they come back, and what a person decides about one."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from gateway.errors import Cause, Refusal
from gateway.operations.views import cause_words
from gateway.pipeline.context import Context
from gateway.pipeline.destinations import alarm, told
from gateway.store import breakers, jobs
from gateway.store.breakers import Phase, phase_of
from gateway.store.lookup import Found
from gateway.store.schema.base import utc_text

__all__ = ["circuit_close", "circuit_open", "circuits", "circuits_view", "degraded_of"]


async def circuits(context: Context) -> dict[str, Any]:
    """Every destination that failed lately, and which of them are degraded."""
    now = context.now()
    found = await context.store.read(lambda connection: circuits_view(connection, now))
    return {"breakers": found, "degraded": degraded_of(found)}


def circuits_view(connection: Connection, now: datetime) -> list[dict[str, Any]]:
    """The circuits as people and programs see them."""
    return [_view(connection, row, now) for row in breakers.circuits(connection)]


def degraded_of(views: list[dict[str, Any]]) -> list[str]:
    """What does not work as it should: sinks by their names, partners with their transport. Intake and acknowledgments go on."""
    return [view["name"] for view in views if view["state"] != Phase.CLOSED]


async def circuit_open(context: Context, destination: str, reason: str, *, by: str = "operator") -> dict[str, Any]:
    """Keep everything away from a destination until a person says otherwise. Raises Refusal."""
    _require(context, destination)
    now = context.now()

    def work(connection: Connection) -> dict[str, Any]:
        breakers.open_(connection, destination, reason, now)
        told(connection, now, destination, "opened", "A person keeps everything away from it.", actor=by, reason=reason)
        alarm(connection, destination, f"a person keeps everything away: {reason}", now)
        return {"destination": destination, "state": Phase.OPEN.value}

    return await context.store.write(work)


async def circuit_close(context: Context, destination: str, reason: str, *, by: str = "operator") -> dict[str, Any]:
    """Have a destination tried at once, with all that waits for it. Raises Refusal where its circuit is not open."""
    _require(context, destination)
    now = context.now()

    def work(connection: Connection) -> dict[str, Any]:
        if not breakers.close(connection, destination, now):
            raise Refusal(Cause.CONFLICT, "its circuit is not open")
        told(connection, now, destination, "closed", "A person has it tried at once.", actor=by, reason=reason)
        alarm(connection, destination, None, now)
        row = breakers.find(connection, destination)
        return {"destination": destination, "state": phase_of(row, now).value if row else Phase.CLOSED.value}

    answer = await context.store.write(work)
    context.person_decided()
    return answer


def _require(context: Context, destination: str) -> None:
    kind, _, rest = destination.partition(":")
    partner_id, _, transport = rest.rpartition(":")
    partner = context.workspace.partners.get(partner_id)
    known = (
        rest in context.sinks if kind == "sink" else kind == "partner" and partner is not None and transport in partner.transports.sending
    )
    if not known and not (kind == "mdn" and rest in context.workspace.partners):
        raise Refusal(Cause.NOT_FOUND, "a destination is called sink:NAME or partner:ID:TRANSPORT")


def _view(connection: Connection, row: Found, now: datetime) -> dict[str, Any]:
    phase, back = phase_of(row, now), row["back_at"]
    view = {
        "destination": row["destination"],
        "name": row["destination"].partition(":")[2],
        "state": phase.value,
        "failures": row["failures"],
        "recent": row["recent"],
        "waiting": jobs.waiting_for(connection, row["destination"]),
        **cause_words(row["cause"]),
    }
    if row["opened_at"] is not None:
        view["since"] = utc_text(row["opened_at"])
    if row["by_hand"] is not None:
        view["reason"] = row["by_hand"]
    elif row["open_until"] is not None:
        view["triedAt"] = utc_text(row["open_until"])
    if back is not None:
        seconds = (now - back).total_seconds()
        view |= {"backAt": utc_text(back), "delivered": row["won"], "perSecond": round(row["won"] / seconds, 1) if seconds else 0.0}
    return view
