"""The processes that work on the database, each with its heartbeat."""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, delete, select, update

from gateway.store.schema import Node
from gateway.store.statement import insert

__all__ = ["ALIVE", "ahead_of", "alive", "beat", "forget", "leave", "leave_others", "listed"]

_node = Node.table()
ALIVE: Final = timedelta(seconds=60)  #: a node that was not seen for so long is taken for dead
_KEPT: Final = timedelta(days=7)


def beat(connection: Connection, row: dict[str, Any]) -> None:
    """This node is there: its whole row."""
    made = insert(_node).values(**row)
    connection.execute(made.on_conflict_do_update(index_elements=["id"], set_={name: row[name] for name in row if name != "id"}))


def leave(connection: Connection, id_: str) -> None:
    """This node ended in order."""
    connection.execute(delete(_node).where(_node.c.id == id_))


def leave_others(connection: Connection, id_: str) -> None:
    """Of processes that died; only who is alone on the database may say so."""
    connection.execute(delete(_node).where(_node.c.id != id_))


def ahead_of(connection: Connection, now: datetime) -> timedelta:
    """By how much the newest heartbeat of anybody is later than now. It is set back, so that one fault of a clock is told once."""
    newest: datetime | None = connection.execute(select(_node.c.seen_at).order_by(_node.c.seen_at.desc()).limit(1)).scalar_one_or_none()
    if newest is None or newest <= now:
        return timedelta(0)
    connection.execute(update(_node).where(_node.c.seen_at > now).values(seen_at=now))
    return newest - now


def listed(connection: Connection) -> list[dict[str, Any]]:
    """All, also those that died; in the order in which they began."""
    return [dict(row) for row in connection.execute(select(_node).order_by(_node.c.started_at, _node.c.id)).mappings()]


def alive(connection: Connection, now: datetime) -> list[dict[str, Any]]:
    """Those whose heart beats."""
    return [row for row in listed(connection) if now - row["seen_at"] < ALIVE]


def forget(connection: Connection, now: datetime) -> int:
    """Nodes that died long ago. Gives how many."""
    return connection.execute(delete(_node).where(_node.c.seen_at < now - _KEPT)).rowcount
