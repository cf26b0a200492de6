"""The queue and the states against a model of a page: whatever is queued, claimed, finished, put off, died or moved, in whatever order."""

import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule
from sqlalchemy import select

from gateway.states import LIVES, Thing
from gateway.store import jobs
from gateway.store.claiming import Bounds, claim
from gateway.store.errors import LeaseLostError
from gateway.store.jobs import ClaimedJob, NewJob
from gateway.store.moves import table_of, try_move
from gateway.store.schema import Job
from gateway.store.store import Store
from tests.gateway.rows import thing_row
from tests.support.postgresql import fresh_database, is_running

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
LEASE = timedelta(seconds=60)
OWNERS = ("one", "two")
_job = Job.table()


@dataclass
class Queued:
    """What the model knows of one job."""

    lane: str | None
    affinity: str | None
    destination: str | None
    priority: int
    run_at: datetime
    attempts: int = 0
    owner: str | None = None
    until: datetime = NOON


class QueueMachine(RuleBasedStateMachine):
    """One queue, two workers, a clock."""

    claimed = Bundle("claimed")

    @initialize()
    def open(self) -> None:
        self.now = NOON
        self.model: dict[str, Queued] = {}
        self.order: list[str] = []
        self.made = 0
        self.store = self.opened()

    def opened(self) -> Store:
        self.folder = tempfile.TemporaryDirectory()
        return Store.open(Path(self.folder.name))

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            self.folder.cleanup()

    @rule(
        lane=st.sampled_from((None, "a", "b")),
        affinity=st.sampled_from((None, "north", "south")),
        destination=st.sampled_from((None, "sink:hub")),
        priority=st.sampled_from((10, 50)),
        later=st.sampled_from((0, 30)),
    )
    def enqueue(self, lane: str | None, affinity: str | None, destination: str | None, priority: int, later: int) -> None:
        self.made += 1
        name, run_at = f"thing_{self.made}", self.now + timedelta(seconds=later)
        affinity = affinity if destination is None else None
        new = NewJob("k", name, run_at, priority, lane, destination, affinity=affinity)
        self.store.write_now(lambda c: jobs.enqueue(c, self.now, new))
        self.model[name] = Queued(lane, affinity, destination, priority, run_at)
        self.order.append(name)

    @rule(target=claimed, owner=st.sampled_from(OWNERS), own=st.integers(0, 3), deliveries=st.integers(0, 3))
    def claim(self, owner: str, own: int, deliveries: int) -> tuple[ClaimedJob, ...]:
        taken = self.store.write_now(
            lambda c: claim(c, self.now, owner=owner, lease=LEASE, own=own, deliveries=deliveries, bounds=Bounds(cap=2, spare=0))
        )
        assert taken is not None
        before = {name: (queued.owner, queued.until) for name, queued in self.model.items()}
        for job in taken:
            queued = self.model[job.thing_id]
            assert queued.run_at <= self.now, "it was not due"
            assert not self._is_leased(before[job.thing_id]), "somebody had it"
            assert self._is_first(job.thing_id), "something before it waits in its lane"
            others = {o for n, (o, until) in before.items() if self.model[n].affinity == queued.affinity and self._is_leased((o, until))}
            assert queued.affinity is None or others <= {owner}, "another node works for this partner"
            assert job.attempts == queued.attempts
            queued.owner, queued.until = owner, self.now + LEASE
        to_hub = [n for n, queued in self.model.items() if queued.destination and self._is_leased((queued.owner, queued.until))]
        assert len(to_hub) <= 2 or not any(job.destination for job in taken), "more at once than the cap"
        assert sum(job.destination is None for job in taken) <= own
        if own > 0 and not any(job.destination is None for job in taken):
            assert not self._could_be_taken(owner, before), "due work was left"
        return tuple(taken)

    def _could_be_taken(self, owner: str, before: dict[str, tuple[str | None, datetime]]) -> list[str]:
        return [
            name
            for name, queued in self.model.items()
            if queued.destination is None
            and queued.run_at <= self.now
            and not self._is_leased(before[name])
            and self._is_first(name)
            and not any(
                queued.affinity is not None and other.affinity == queued.affinity and self._is_leased(before[n]) and other.owner != owner
                for n, other in self.model.items()
            )
        ]

    def _is_leased(self, lease: tuple[str | None, datetime]) -> bool:
        return lease[0] is not None and lease[1] >= self.now

    def _is_first(self, name: str) -> bool:
        lane = self.model[name].lane
        before = self.order[: self.order.index(name)]
        return lane is None or not any(other in self.model and self.model[other].lane == lane for other in before)

    @rule(taken=consumes(claimed))
    def finish(self, taken: tuple[ClaimedJob, ...]) -> None:
        for job in taken:
            queued = self.model.get(job.thing_id)
            try:
                self.store.write_now(lambda c, job=job: jobs.finish(c, job))
            except LeaseLostError:
                assert queued is None or queued.owner != job.owner
            else:
                assert queued is not None
                assert queued.owner == job.owner
                del self.model[job.thing_id]

    @rule(taken=consumes(claimed), later=st.sampled_from((5, 90)), counts=st.booleans())
    def put_off(self, taken: tuple[ClaimedJob, ...], later: int, counts: bool) -> None:
        again = self.now + timedelta(seconds=later)
        for job in taken:
            queued = self.model.get(job.thing_id)
            try:
                self.store.write_now(lambda c, job=job: jobs.put_off(c, job, again, counts=counts))
            except LeaseLostError:
                assert queued is None or queued.owner != job.owner
            else:
                assert queued is not None
                assert queued.owner == job.owner
                queued.run_at, queued.owner = again, None
                queued.attempts = job.attempts + counts

    @rule(seconds=st.sampled_from((1, 29, 61)))
    def pass_time(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(owner=st.sampled_from(OWNERS))
    def stop(self, owner: str) -> None:
        self.store.write_now(lambda c: jobs.free(c, owner))
        for queued in self.model.values():
            if queued.owner == owner:
                queued.owner = None

    @invariant()
    def nothing_is_lost(self) -> None:
        if hasattr(self, "store"):
            there = self.store.read_now(lambda c: set(c.execute(select(_job.c.thing_id)).scalars()))
            assert there == set(self.model)


class QueueOnServer(QueueMachine):
    """The same on PostgreSQL."""

    def opened(self) -> Store:
        self.folder = tempfile.TemporaryDirectory()
        self._server = fresh_database()
        return Store.open(Path(self.folder.name), self._server.__enter__())

    def teardown(self) -> None:
        super().teardown()
        if hasattr(self, "_server"):
            self._server.__exit__(None, None, None)


class StatesMachine(RuleBasedStateMachine):
    """One thing of each kind; a move happens if and only if the table allows it."""

    things: ClassVar = tuple(LIVES)

    @initialize()
    def open(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.store = Store.open(Path(self.folder.name))
        self.states: dict[str, tuple[Thing, str]] = {}

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            self.folder.cleanup()

    @rule(thing=st.sampled_from(tuple(LIVES)), data=st.data())
    def begin(self, thing: Thing, data: st.DataObject) -> None:
        state = data.draw(st.sampled_from(sorted(LIVES[thing].start)))
        id_ = f"{thing.value}_{len(self.states)}"
        self.store.write_now(lambda c: thing_row(c, thing, id_, str(state)))
        self.states[id_] = (thing, str(state))

    @rule(data=st.data())
    def move(self, data: st.DataObject) -> None:
        if not self.states:
            return
        id_ = data.draw(st.sampled_from(sorted(self.states)))
        thing, state = self.states[id_]
        life = LIVES[thing]
        to = data.draw(st.sampled_from(sorted(life.sentences)))
        legal = any(str(source) == state and to in targets for source, targets in life.moves.items())
        assert self.store.write_now(lambda c: try_move(c, to, id_)) == legal
        if legal:
            self.states[id_] = (thing, str(to))

    @invariant()
    def the_rows_say_the_same(self) -> None:
        for thing in LIVES if hasattr(self, "store") else ():
            table = table_of(thing)
            rows = self.store.read_now(lambda c, table=table: {row.id: row.state for row in c.execute(select(table.c.id, table.c.state))})
            assert rows == {id_: state for id_, (of, state) in self.states.items() if of is thing}


_FEW = settings(max_examples=25, stateful_step_count=25, deadline=None)
TestQueue = QueueMachine.TestCase
TestQueue.settings = _FEW
TestStates = StatesMachine.TestCase
TestStates.settings = settings(_FEW, max_examples=10)
if is_running():  # else the store's own tests say that they were skipped
    TestQueueOnServer = QueueOnServer.TestCase
    TestQueueOnServer.settings = settings(_FEW, max_examples=8)
