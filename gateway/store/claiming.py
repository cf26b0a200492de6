"""Claiming: which due jobs a worker takes, how many towards each destination, and when each may begin.

Most urgent first; within one urgency the partners take turns (`turn`, given out when work is queued); within one lane in order. Each
destination is looked at by itself, so that the backlog of one never hides, slows or starves another.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection

from gateway.store import pace
from gateway.store.jobs import ClaimedJob
from gateway.store.schema.base import from_utc_text, utc_text
from gateway.store.statement import Sql, is_sqlite

__all__ = ["Bounds", "claim"]

_URGENT: Final = 20  #: priorities up to this one have places of their own
_CHUNK: Final = 100  #: destinations in one statement: SQLite takes 500 parts
_COLUMNS: Final = "job.seq, job.destination, job.priority, job.turn, job.attempts"
#: one lane runs one job at a time, in order; NULL lanes do not compare, so such jobs are free of order
_FREE: Final = """(job.leased_until IS NULL OR job.leased_until < :now)
      AND NOT EXISTS (SELECT 1 FROM job AS before WHERE before.lane = job.lane AND before.seq < job.seq)"""
#: what one partner sends is worked on by one node at a time, which keeps its order (`pipeline.turns`); who is busy is looked up once,
#: not for each job: PostgreSQL reads the whole queue for it where it has no figures of the table yet
_OF_OWN: Final = f"""SELECT * FROM (
    SELECT {_COLUMNS} FROM job WHERE job.destination IS NULL AND job.run_at <= :now AND {_FREE} AND job.priority {{which}} {_URGENT}
      AND (job.affinity IS NULL OR job.affinity NOT IN (
           SELECT other.affinity FROM job AS other
           WHERE other.leased_until >= :now AND other.leased_by <> :owner AND other.affinity IS NOT NULL))
    ORDER BY job.priority, job.turn, job.seq LIMIT :{{look}}
) AS {{look}}"""  # noqa: S608 - constants
_OWN: Final = Sql(f"{_OF_OWN.format(which='<=', look='urgent')} UNION ALL {_OF_OWN.format(which='>', look='unhurried')}")
#: of one destination only the first so many are looked at: many in one lane would all be asked for what is before them, for one that may go
_SCAN: Final = 256
_ALL: Final = 1 << 40
_AT: Final = """SELECT * FROM (
    SELECT {columns} FROM (
        SELECT {columns}, job.lane, job.leased_until FROM job
        WHERE job.destination = :to{n} AND job.run_at <= :due{n} AND job.attempts {which}
          AND (job.leased_until IS NULL OR job.leased_until < :now)
        ORDER BY job.priority, job.turn, job.seq LIMIT :scan{n}
    ) AS job WHERE {free} ORDER BY job.priority, job.turn, job.seq LIMIT :look{n}
) AS part{n}"""
#: what is under way to each destination and how many of that are repetitions, the circuits, who wants a pause, where anything goes
_STANDING: Final = Sql("""
    WITH RECURSIVE named(destination) AS (
        SELECT min(destination) FROM job WHERE destination IS NOT NULL
        UNION ALL SELECT (SELECT min(job.destination) FROM job WHERE job.destination > named.destination) FROM named
        WHERE named.destination IS NOT NULL
    )
    SELECT 'leased', destination, CAST(NULL AS TEXT), count(*), sum(CASE WHEN attempts > 0 THEN 1 ELSE 0 END) FROM job
      WHERE leased_until >= :now AND destination IS NOT NULL GROUP BY destination
    UNION ALL SELECT 'circuit', destination, open_until, won, 0 FROM breaker WHERE open_until IS NOT NULL OR drain_to IS NOT NULL
    UNION ALL SELECT 'paused', destination, paused_until, 0, 0 FROM pace WHERE paused_until > :now
    UNION ALL SELECT 'named', destination, CAST(NULL AS TEXT), 0, 0 FROM named WHERE destination IS NOT NULL
""")
_TRY_LOCK: Final = Sql("SELECT pg_try_advisory_xact_lock(:key)")
_TAKE: Final = """
    UPDATE job SET leased_by = :owner, leased_until = :until, taken = taken + 1 WHERE seq IN ({seqs})
    RETURNING seq, kind, thing_id, destination, attempts, params, priority, created_at, taken
"""
_CLAIM_LOCK: Final = 0x6677_0003  #: among the advisory locks of the database


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much may be under way, over all workers."""

    cap: int  #: deliveries claimed per destination
    caps: Mapping[str, int] = field(default_factory=dict)  #: where another number holds
    rates: Mapping[str, float] = field(default_factory=dict)  #: deliveries that may begin in a second
    fallbacks: Mapping[str, str] = field(default_factory=dict)  #: where to, while a circuit is open
    ramp: int = 8  #: successes after an outage until twice as many go at once
    retry_share: float = 0.2  #: of what is under way to a destination, repetitions
    ahead: float = 0.0  #: seconds before its moment that a delivery may be taken
    spare: int = 4  #: places beyond the cap for what is urgent
    deep: bool = True  #: look behind the first few hundred of each destination, which may all wait in their lanes


class _Candidate(NamedTuple):
    seq: int
    destination: str
    priority: int
    turn: int
    attempts: int


class _Room(NamedTuple):
    """What one destination can take now."""

    fresh: int
    again: int  #: of them repetitions
    due: datetime  #: what is due by then
    via: str  #: where it goes
    spare: int = 0  #: beyond `fresh`, for what is urgent


def claim(
    connection: Connection,
    now: datetime,
    *,
    owner: str,
    lease: timedelta,
    own: int,
    deliveries: int,
    bounds: Bounds,
    background: int | None = None,
    running: Collection[int] = (),
) -> list[ClaimedJob] | None:
    """Take due jobs: at most `own` of the gateway's own work, of which at most `background` are not urgent, and so many `deliveries`.

    `running` are jobs that this worker has already, whatever the clock says of their leases. None: another node is just taking some,
    so ask again soon.
    """
    # The look and the taking are two statements, so that the second one's view is newer than the lock.
    if not is_sqlite(connection) and not _TRY_LOCK.execute(connection, key=_CLAIM_LOCK).fetchone()[0]:
        return None
    look = _Look(connection, now, owner, frozenset(running), bounds)
    taken = look.own(own, own if background is None else background) if own else []
    going = look.deliveries(deliveries) if deliveries else []
    taken += [seq for seq, _, _ in going]
    if not taken:
        return []
    statement = Sql(_TAKE.format(seqs=", ".join(map(str, taken))))  # numbers that the database gave out
    rows = statement.execute(connection, owner=owner, until=utc_text(now + lease)).fetchall()
    ways = {seq: (via, at) for seq, via, at in going}
    found = {row[0]: _claimed(row, owner, *ways.get(row[0], (None, None))) for row in rows}
    return [found[seq] for seq in taken]


def _claimed(row: Any, owner: str, via: str | None, begin: datetime | None) -> ClaimedJob:
    seq, kind, thing_id, to, attempts, params, priority, at, taken = row
    said = json.loads(params) if params else {}
    return ClaimedJob(seq, kind, thing_id, to, attempts, said, priority, from_utc_text(at), owner, taken, via, begin)


class _Look:
    """One look at the queue, by one worker."""

    def __init__(self, connection: Connection, now: datetime, owner: str, running: frozenset[int], bounds: Bounds) -> None:
        self._connection, self._now, self._owner, self._running, self._bounds = connection, now, owner, running, bounds

    def own(self, limit: int, background: int) -> list[int]:
        """The gateway's own work."""
        looks = {"urgent": limit + len(self._running), "unhurried": min(limit, background) + len(self._running) if background > 0 else 0}
        rows = map(_Candidate._make, _OWN.execute(self._connection, now=utc_text(self._now), owner=self._owner, **looks))
        found = sorted((one for one in rows if one.seq not in self._running), key=lambda one: one[2:4] + one[:1])
        urgent = [one.seq for one in found if one.priority <= _URGENT][:limit]
        rest = min(limit - len(urgent), background)
        return urgent + [one.seq for one in found if one.priority > _URGENT][: max(0, rest)]

    def deliveries(self, limit: int) -> list[tuple[int, str, datetime]]:
        """As many as their destinations have room for: each with the destination that it goes to, and the moment at which it begins."""
        rooms = self._rooms()
        waiting: list[_Candidate] = []
        names = list(rooms)
        for begin in range(0, len(names), _CHUNK):
            waiting += self._candidates({name: rooms[name] for name in names[begin : begin + _CHUNK]})
        taken: list[tuple[int, str, datetime]] = []
        left = {name: [room.fresh, room.again] for name, room in rooms.items()}
        slots = pace.Slots(self._connection, self._now, self._bounds.rates, self._bounds.ahead)
        for one in sorted(waiting, key=lambda candidate: candidate[2:4] + candidate[:1]):
            room, via = left[one.destination], rooms[one.destination].via
            spare = rooms[one.destination].spare if one.priority <= _URGENT else 0
            if len(taken) == limit or room[0] + spare <= 0 or (one.attempts and room[1] <= 0):
                continue
            moment = slots.take(via)
            if moment is None:
                continue
            taken.append((one.seq, via, moment))
            room[0] -= 1
            room[1] -= bool(one.attempts)
        slots.keep()
        return taken

    def _candidates(self, rooms: Mapping[str, _Room]) -> list[_Candidate]:
        """The first of each destination: those that were never tried, and beside them the repetitions."""
        parts, parameters = [], {"now": utc_text(self._now)}
        looks: dict[str, int] = {}
        for number, (name, room) in enumerate(rooms.items()):
            most = room.fresh + room.spare
            for which, suffix, look in (("= 0", "a", most), ("> 0", "b", min(room.again, most))):
                if look <= 0:
                    continue
                mark = f"{number}{suffix}"
                parts.append(_AT.format(n=mark, which=which, columns=_COLUMNS, free=_FREE))
                parameters |= {f"to{mark}": name, f"due{mark}": utc_text(room.due)}
                looks[f"look{mark}"] = look + len(self._running)
                looks[f"scan{mark}"] = _ALL if self._bounds.deep else max(_SCAN, 4 * looks[f"look{mark}"])
        if not parts:
            return []
        rows = Sql(" UNION ALL ".join(parts)).execute(self._connection, **parameters, **looks).fetchall()
        return [_Candidate(*row) for row in rows if row[0] not in self._running]

    def _rooms(self) -> dict[str, _Room]:
        """What each destination that anything waits for can take."""
        bounds, now = self._bounds, self._now
        standing: dict[str, dict[str, tuple[Any, ...]]] = {"leased": {}, "circuit": {}, "paused": {}, "named": {}}
        for what, name, *said in _STANDING.execute(self._connection, now=utc_text(now)):
            standing[what][name] = tuple(said)
        leased = {name: (count, int(again)) for name, (_, count, again) in standing["leased"].items()}
        circuits, paused = standing["circuit"], standing["paused"]

        def is_away(name: str) -> bool:
            return name in paused or (name in circuits and circuits[name][0] is not None and from_utc_text(circuits[name][0]) > now)

        rooms = {}
        for name in standing["named"]:
            via = name
            if is_away(name):
                via = bounds.fallbacks.get(name, "")
                if not via or is_away(via):
                    continue
            cap, due, spare = bounds.caps.get(via, bounds.cap), now, bounds.spare
            if via in circuits:
                until, won, _ = circuits[via]
                cap, spare = min(cap, 1 if until is not None else 1 << min(20, won // bounds.ramp)), 0
                if until is not None:  # the first is the one to try, whatever its own wait
                    due = datetime.max.replace(tzinfo=now.tzinfo)
            busy = leased.get(name, (0, 0))[0] + (leased.get(via, (0, 0))[0] if via != name else 0)
            again = max(1, int(cap * bounds.retry_share)) - leased.get(name, (0, 0))[1]
            if cap - busy + spare > 0:
                rooms[name] = _Room(cap - busy, again, due, via, spare)
        return rooms
