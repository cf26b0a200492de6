"""How far each named consumer of the feed is: the number of the last entry that it is done with."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, select

from gateway.store.schema import Consumer, FeedEntry
from gateway.store.statement import Rows, Statement, insert

__all__ = ["forget", "listed", "position_of", "put"]

_consumer, _feed = Consumer.table(), FeedEntry.table()
_all = Statement(select(_consumer).order_by(_consumer.c.name))
_position = Statement(select(_consumer.c.position).where(_consumer.c.name == bindparam("of")))
_forget = Statement(delete(_consumer).where(_consumer.c.name == bindparam("of")))
_next = Statement(select(_feed.c.at).where(_feed.c.seq > bindparam("behind")).order_by(_feed.c.seq).limit(1))
_last = Statement(select(func.max(_feed.c.seq)))
_insert = insert(_consumer).values({column.name: bindparam(f"new_{column.name}", type_=column.type) for column in _consumer.c})
_put = Statement(
    _insert.on_conflict_do_update(
        index_elements=["name"], set_={name: getattr(_insert.excluded, name) for name in ("position", "at", "by")}
    )
)


def position_of(connection: Connection, name: str) -> int | None:
    """Where a consumer is; None for one that never said so."""
    found = _position.value(connection, of=name)
    return None if found is None else int(found)


def put(connection: Connection, name: str, position: int, *, by: str, now: datetime) -> None:
    """It is there now."""
    _put.send(connection, new_name=name, new_position=position, new_by=by, new_at=now)


def forget(connection: Connection, name: str) -> bool:
    """Whether there was one of this name."""
    return _forget.run(connection, of=name) > 0


def listed(connection: Connection) -> Rows:
    """Every consumer with `last`, the newest number of the feed, and `since`, when the next entry for it came; None: it has read all."""
    last = int(_last.value(connection) or 0)
    return [{**row, "last": last, "since": _since(connection, row["position"])} for row in _all.rows(connection)]


def _since(connection: Connection, position: int) -> Any:
    found = _next.one(connection, behind=position)
    return None if found is None else found["at"]
