"""What a transaction leaves for its very end, because everyone waits for whoever does it: numbers of the feed, who is woken;
and what the log says when it is durable.

The feed's numbers must become visible in their order, or a reader would step over the ones that come late. One SQLite writer gives
them out in that order by itself. On PostgreSQL several nodes write, so the entries of a transaction are inserted last, under a lock
that is held only from there to the commit.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from gateway.store.schema import FeedEntry
from gateway.store.statement import Sql, add, is_sqlite
from gateway.store.telling import Told

__all__ = ["FEED", "REVISION", "WORK", "Ending", "append_to_feed", "begin", "ending_of", "finish", "wake"]

#: channels: there may be work to claim, the feed grew, another revision is in force
WORK: Final = "gateway_work"
FEED: Final = "gateway_feed"
REVISION: Final = "gateway_revision"
_NAME: Final = "gateway.ending"
_LOCK: Final = Sql("SELECT pg_advisory_xact_lock(:key)")
_NOTIFY: Final = Sql("SELECT pg_notify(:channel, '')")
FEED_LOCK: Final = 0x6677_0002  #: among the advisory locks of the database


@dataclass(slots=True)
class Ending:
    """What the present transaction has collected."""

    feed: list[tuple[str, datetime]] = field(default_factory=list)
    channels: set[str] = field(default_factory=set)
    told: list[Told] = field(default_factory=list)

    def mark(self) -> tuple[int, frozenset[str], int]:
        """Where it stands, for `back_to`."""
        return len(self.feed), frozenset(self.channels), len(self.told)

    def back_to(self, mark: tuple[int, frozenset[str], int]) -> None:
        """What was collected since did not happen."""
        del self.feed[mark[0] :]
        self.channels = set(mark[1])
        del self.told[mark[2] :]


def ending_of(connection: Connection) -> Ending:
    """Of the present transaction of a writing connection."""
    found: Ending = connection.info.setdefault(_NAME, Ending())
    return found


def append_to_feed(connection: Connection, document_id: str, now: datetime) -> None:
    """A document into the feed, behind all that is in it when the transaction commits."""
    if is_sqlite(connection):
        add(connection, FeedEntry.table(), {"document_id": document_id, "at": now})
        return
    ending = ending_of(connection)
    ending.feed.append((document_id, now))
    ending.channels.add(FEED)


def wake(connection: Connection, channel: str) -> None:
    """Tell the other nodes when this transaction is committed. One that is alone needs no telling."""
    if not is_sqlite(connection):
        ending_of(connection).channels.add(channel)


def begin(connection: Connection) -> None:
    """Nothing is left of a transaction that did not come to its end."""
    connection.info.pop(_NAME, None)


def finish(connection: Connection) -> list[Told]:
    """The last statements before the commit. Gives what is to be told after it."""
    ending = ending_of(connection)
    if ending.feed:
        _LOCK.execute(connection, key=FEED_LOCK)
        add(connection, FeedEntry.table(), *({"document_id": document_id, "at": at} for document_id, at in ending.feed))
    for channel in sorted(ending.channels):
        _NOTIFY.execute(connection, channel=channel)
    connection.info.pop(_NAME, None)
    return ending.told
