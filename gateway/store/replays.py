"""Replays as rows: who had what done over, why, how much of it, and whether the books were in order behind it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, union, update

from gateway.store.schema import Delivery, Document, Job, Replay
from gateway.store.statement import add

__all__ = ["Mark", "begin", "close", "count", "find", "listed", "made", "note_books", "sent", "under_way", "widen"]

_replay, _document, _delivery, _job = Replay.table(), Document.table(), Delivery.table(), Job.table()


@dataclass(frozen=True, slots=True)
class Mark:
    """What a replay leaves on what it makes and sends."""

    id: str
    action: str

    @property
    def columns(self) -> dict[str, str]:
        """As they stand in the rows of documents and deliveries."""
        return {"replay_id": self.id, "replay_action": self.action}

    @classmethod
    def of(cls, params: dict[str, Any]) -> "Mark | None":
        """The mark that a job carries."""
        said = params.get("replay")
        return None if said is None else cls(said["id"], said["action"])

    @property
    def param(self) -> dict[str, Any]:
        """As a job carries it."""
        return {"replay": {"id": self.id, "action": self.action}}


def begin(connection: Connection, mark: Mark, asked: dict[str, Any], reason: str, actor: str, found: int, now: datetime) -> None:
    """Write a replay down before the first thing is done."""
    row = {"id": mark.id, "action": mark.action, "asked": asked, "reason": reason, "actor": actor, "found": found, "created_at": now}
    add(connection, _replay, row)


def count(connection: Connection, replay_id: str, *, done: int, refused: int) -> None:
    """So many more things of it are done, or were refused."""
    values = {"done": _replay.c.done + done, "refused": _replay.c.refused + refused}
    connection.execute(update(_replay).where(_replay.c.id == replay_id).values(**values))


def close(connection: Connection, replay_id: str, now: datetime) -> None:
    """Everything that was asked for is queued."""
    connection.execute(update(_replay).where(_replay.c.id == replay_id).values(finished_at=now))


def note_books(connection: Connection, replay_id: str, books: dict[str, Any]) -> None:
    """The reconciliation behind it."""
    connection.execute(update(_replay).where(_replay.c.id == replay_id).values(books=books))


def find(connection: Connection, replay_id: str) -> dict[str, Any] | None:
    """One replay."""
    row = connection.execute(select(_replay).where(_replay.c.id == replay_id)).mappings().one_or_none()
    return None if row is None else dict(row)


def listed(connection: Connection, limit: int) -> list[dict[str, Any]]:
    """The newest first."""
    return [dict(row) for row in connection.execute(select(_replay).order_by(_replay.c.id.desc()).limit(limit)).mappings()]


def made(connection: Connection, replay_id: str) -> dict[str, int]:
    """How many documents it made, by state."""
    statement = select(_document.c.state, func.count()).where(_document.c.replay_id == replay_id).group_by(_document.c.state)
    return {state: number for state, number in connection.execute(statement)}  # noqa: C416 - a row is no pair to mypy


def sent(connection: Connection, replay_id: str) -> dict[str, int]:
    """How many deliveries are of it, or of documents that it made, by state."""
    columns = (_delivery.c.id, _delivery.c.state)
    of_documents = select(_document.c.id).where(_document.c.replay_id == replay_id)
    which = select(*columns).where(_delivery.c.document_id.in_(of_documents))  # each by its index: PostgreSQL has none for "or"
    found = union(select(*columns).where(_delivery.c.replay_id == replay_id), which).subquery()
    statement = select(found.c.state, func.count()).group_by(found.c.state)
    return {state: number for state, number in connection.execute(statement)}  # noqa: C416 - as above


def widen(connection: Connection, transmission_id: str, mark: Mark, sets: tuple[int, ...]) -> bool | None:
    """Have the job that reads a transmission again read these sets of it too; none: all of it.

    None where there is no such job, False where it is not of this replay, or has begun.
    """
    job = connection.execute(select(_job).where(_job.c.kind == "inbound", _job.c.thing_id == transmission_id)).mappings().one_or_none()
    if job is None:
        return None
    params = dict(job["params"] or {})
    if Mark.of(params) != mark or job["leased_by"] is not None:
        return False
    before = params.get("sets")
    params["sets"] = sorted({*before, *sets}) if before and sets else None
    connection.execute(update(_job).where(_job.c.seq == job["seq"]).values(params=params))
    return True


def under_way(connection: Connection, replay_id: str) -> bool:
    """Whether a transmission or document of it still waits to be worked on; deliveries are counted by `sent`."""
    waiting = select(_job.c.params).where(_job.c.kind.in_(["inbound", "outbound"]), _job.c.params.is_not(None))
    return any((mark := Mark.of(params or {})) is not None and mark.id == replay_id for (params,) in connection.execute(waiting))
