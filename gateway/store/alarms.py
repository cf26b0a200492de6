"""Alarms: what a look at the whole finds wrong, kept until a later look no longer finds it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import Connection, func, select, update

from gateway.errors import CAUSES, Cause
from gateway.store.events import EventNote, note
from gateway.store.schema import Alarm
from gateway.store.statement import add

__all__ = ["Trouble", "by_id", "counts", "listed", "open_in", "review", "sync"]

_alarm = Alarm.table()
_PREFIX: Final = "alm_"


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing found wrong. `subject` tells it from others of its flow; the same subject found again is the same alarm."""

    flow: str
    cause: Cause
    subject: str
    about: str
    detail: str
    correlation_id: str
    day: str = ""
    partner_id: str | None = None
    agreement_id: str | None = None
    document_id: str | None = None
    data: dict[str, Any] | None = None

    @property
    def id(self) -> str:
        """The same for the same."""
        return f"{_PREFIX}{uuid5(NAMESPACE_URL, f'{self.flow}|{self.cause.value}|{self.subject}').hex}"


def sync(
    connection: Connection,
    found: Iterable[Trouble],
    now: datetime,
    *,
    flow: str,
    partner: str | None = None,
    days: Collection[str] | None = None,
) -> tuple[list[Trouble], int]:
    """Raise what is new, keep what goes on, resolve what a look at this flow (of this partner, of these days) no longer found.

    Gives those raised now, and how many were resolved. One that a person reviewed stays off the list until it differs from then.
    """
    wanted = {one.id: one for one in found}
    known = {row["id"]: row for row in _rows(connection, select(_alarm).where(_alarm.c.id.in_(sorted(wanted))))} if wanted else {}
    raised = []
    for id_, one in wanted.items():
        before = known.get(id_)
        if before is None:
            add(connection, _alarm, _values(one) | {"id": id_, "raised_at": now})
            raised.append(one)
        elif before["resolved_at"] is not None:
            again = {"raised_at": now, "resolved_at": None, "reviewed_at": None, "reviewed_by": None, "comment": None}
            connection.execute(update(_alarm).where(_alarm.c.id == id_).values(**_values(one), **again))
            raised.append(one)
        elif before["detail"] != one.detail:
            anew = {"reviewed_at": None, "reviewed_by": None, "comment": None} if before["reviewed_at"] is not None else {}
            connection.execute(update(_alarm).where(_alarm.c.id == id_).values(detail=one.detail, data=one.data, **anew))
    gone = [row for row in open_in(connection, flow, partner=partner, days=days) if row["id"] not in wanted]
    for row in gone:
        connection.execute(update(_alarm).where(_alarm.c.id == row["id"]).values(resolved_at=now))
    note(connection, now, *(_raised(one) for one in raised), *(_resolved(row) for row in gone))
    return raised, len(gone)


def open_in(connection: Connection, flow: str, *, partner: str | None = None, days: Collection[str] | None = None) -> list[dict[str, Any]]:
    """The open alarms of a flow."""
    statement = select(_alarm).where(_alarm.c.resolved_at.is_(None), _alarm.c.flow == flow)
    if partner is not None:
        statement = statement.where(_alarm.c.partner_id == partner)
    if days is not None:
        statement = statement.where(_alarm.c.day.in_(sorted(days)))
    return _rows(connection, statement.order_by(_alarm.c.raised_at))


def listed(
    connection: Connection, *, limit: int, reviewed: bool = False, flow: str | None = None, day: str | None = None
) -> list[dict[str, Any]]:
    """Open alarms, the oldest first; only with `reviewed` those too that a person took off the work list."""
    statement = select(_alarm).where(_alarm.c.resolved_at.is_(None))
    if not reviewed:
        statement = statement.where(_alarm.c.reviewed_at.is_(None))
    for column, value in (("flow", flow), ("day", day)):
        if value is not None:
            statement = statement.where(_alarm.c[column] == value)
    return _rows(connection, statement.order_by(_alarm.c.raised_at, _alarm.c.id).limit(limit))


def by_id(connection: Connection, id_: str) -> dict[str, Any] | None:
    """One alarm; None when there is none, or the id is that of something else."""
    found = _rows(connection, select(_alarm).where(_alarm.c.id == id_)) if id_.startswith(_PREFIX) else []
    return found[0] if found else None


def review(connection: Connection, row: dict[str, Any], comment: str, by: str, now: datetime) -> None:
    """A person takes it off the work list. It still resolves by itself, and comes back when it changes."""
    connection.execute(update(_alarm).where(_alarm.c.id == row["id"]).values(reviewed_at=now, reviewed_by=by, comment=comment))
    words = "A person looked at it and took it off the list."
    note(connection, now, _note(row, "alarm.reviewed", words, data={"comment": comment}, actor=by))


def counts(connection: Connection) -> dict[str, int]:
    """How many are open and not reviewed, by cause."""
    open_ = (_alarm.c.resolved_at.is_(None), _alarm.c.reviewed_at.is_(None))
    rows = connection.execute(select(_alarm.c.cause, func.count().label("alarms")).where(*open_).group_by(_alarm.c.cause))
    return {row.cause: row.alarms for row in rows}


def _values(one: Trouble) -> dict[str, Any]:
    return {
        "flow": one.flow,
        "cause": one.cause.value,
        "subject": one.subject,
        "day": one.day,
        "partner_id": one.partner_id,
        "agreement_id": one.agreement_id,
        "document_id": one.document_id,
        "correlation_id": one.correlation_id,
        "about": one.about,
        "detail": one.detail,
        "data": one.data,
    }


def _raised(one: Trouble) -> EventNote:
    return _note(_values(one) | {"id": one.id}, "alarm.raised", CAUSES[one.cause].cause, cause=one.cause, data=one.data)


def _resolved(row: dict[str, Any]) -> EventNote:
    return _note(row, "alarm.resolved", f"No longer so: {CAUSES[Cause(row['cause'])].title.lower()}.")


def _note(
    row: dict[str, Any], action: str, words: str, *, cause: Cause | None = None, data: dict[str, Any] | None = None, actor: str = "gateway"
) -> EventNote:
    return EventNote(
        action=action,
        thing="alarm",
        thing_id=row["id"],
        correlation_id=row["correlation_id"],
        message=words,
        partner_id=row["partner_id"],
        document_id=row["document_id"],
        cause=cause,
        data={"flow": row["flow"], **(data or {})},
        actor=actor,
    )


def _rows(connection: Connection, statement: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(statement).mappings()]
