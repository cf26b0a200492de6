"""The step of `replay-check` jobs: the books behind a replay (R30). It looks until all of it is done, and writes down what it found."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection

from gateway.pipeline.context import Context
from gateway.pipeline.outcome import Done, Hold, Outcome
from gateway.pipeline.step import StoreStep
from gateway.states import LIVES, DeliveryState, Thing
from gateway.store import jobs, replays
from gateway.store.events import EventNote, note
from gateway.store.jobs import ClaimedJob, NewJob, enqueue
from gateway.store.reconcile import reconcile

__all__ = ["CHECK", "ReplayCheck"]

CHECK: Final = "replay-check"
_OPEN: Final = DeliveryState.QUEUED.value


class ReplayCheck(StoreStep):
    """Counts what a replay made and sent, and whether anything of the whole gateway is lost."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def run(self, job: ClaimedJob) -> Outcome:
        """One look. While something of the replay waits, there is another one later."""
        context, settings = self._context, self._context.settings.replay
        looks = int(job.params.get("looks", 0)) + 1

        def work(connection: Connection) -> str:
            now = context.now()
            row = replays.find(connection, job.thing_id)
            sent = replays.sent(connection, job.thing_id)
            waits = row is None or row["finished_at"] is None or _OPEN in sent or replays.under_way(connection, job.thing_id)
            jobs.finish(connection, job)
            if waits and looks < settings.checks:
                later = now + timedelta(seconds=settings.check_after)
                enqueue(connection, now, NewJob(CHECK, job.thing_id, later, params={"looks": looks}))
                return "not all of it is done"
            if row is not None:
                self._close(connection, job.thing_id, row, sent, now)
            return "checked"

        return Done(await context.store.write(work))

    def _close(self, connection: Connection, replay_id: str, row: dict[str, Any], sent: dict[str, int], now: datetime) -> None:
        found = reconcile(connection)
        waiting = LIVES[Thing.DELIVERY].needs_a_person
        books = {
            "at": now.isoformat(timespec="seconds"),
            "documents": replays.made(connection, replay_id),
            "deliveries": sent,
            "held": sum(number for state, number in sent.items() if state in waiting),
            "waiting": sent.get(_OPEN, 0),
            "reconciliation": asdict(found),
        }
        replays.note_books(connection, replay_id, books)
        in_order = not found.lost and not books["held"] and not books["waiting"]
        words = "All of the replay came to its end, and nothing is lost." if in_order else "The replay left something that waits."
        data = {"done": row["done"], **{name: books[name] for name in ("documents", "deliveries")}, "lost": len(found.lost)}
        note(connection, now, EventNote("replay.reconciled", "replay", replay_id, replay_id, words, data=data))

    def hold(self, connection: Connection, job: ClaimedJob, hold: Hold) -> None:
        """It stays without books, as the list shows."""
