"""What still has to be done, and which destinations do not answer now."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlmodel import Field

from gateway.store.schema.base import JsonText, Row, Utc, index_of_some

__all__ = ["Breaker", "Job", "Node", "Pace"]


class Job(Row, table=True):
    """A unit of durable work. It is deleted in the transaction that holds its effect; its story is in `event`."""

    __table_args__ = (
        UniqueConstraint("kind", "thing_id", name="uq_job_thing"),
        Index("ix_job_lane", "lane", "seq"),
        Index("ix_job_order", "destination", "priority", "turn", "seq", "run_at", "leased_until", "lane"),  # all that claiming looks at
        Index("ix_job_turn", "partner_id", "destination", "priority", "turn"),
        index_of_some("ix_job_leased", "leased_until", where="leased_until IS NOT NULL"),
        Index("ix_job_affinity", "affinity", "leased_until"),
        Index("ix_job_destination", "destination", "run_at"),
        {"sqlite_autoincrement": True},  # a number is never given out again: leases and lanes name jobs by it
    )

    seq: int | None = Field(default=None, primary_key=True)
    kind: str  #: "inbound", "outbound", "deliver", "mdn-overdue", …
    thing_id: str
    priority: int = 100  #: lower first
    lane: str | None = None  #: jobs of one lane run one after the other, in order
    destination: str | None = None  #: cap and breaker are per destination
    run_at: datetime = Field(sa_type=Utc)
    attempts: int = 0
    affinity: str | None = None  #: worked on by one node at a time: the partner whose bytes they are
    partner_id: str | None = None  #: with whom others take turns
    turn: int = Field(default=0, sa_type=BigInteger)  #: place among the partners, within one urgency of one queue
    taken: int = 0  #: how often a worker took it since it was put off last
    leased_by: str | None = None
    leased_until: datetime | None = Field(default=None, sa_type=Utc)
    params: Any = Field(default=None, sa_type=JsonText, nullable=True)
    created_at: datetime = Field(sa_type=Utc)


class Breaker(Row, table=True):
    """The circuit of one destination that failed lately. While `drain_to` is set, what waited for it goes, more and more at once."""

    destination: str = Field(primary_key=True)
    failures: int = 0  #: in a row
    open_until: datetime | None = Field(default=None, sa_type=Utc)  #: set once it opened; in the past it is being tried
    drain_to: int | None = None  #: back again: jobs up to this one are those that waited
    cause: str | None = None
    recent: str = ""  #: its last calls, the newest last: 1 failed, 0 went
    opened_at: datetime | None = Field(default=None, sa_type=Utc)
    back_at: datetime | None = Field(default=None, sa_type=Utc)
    won: int = 0  #: successes since it is back
    by_hand: str | None = None  #: why a person opened it


class Pace(Row, table=True):
    """How fast a destination may be called, over all workers."""

    destination: str = Field(primary_key=True)
    next_at: datetime | None = Field(default=None, sa_type=Utc)  #: the moment of the next delivery, where a rate is agreed
    paused_until: datetime | None = Field(default=None, sa_type=Utc)  #: it asked to be left alone until then


class Node(Row, table=True):
    """A process of the gateway that works on this database. One that ended in order has removed its row."""

    id: str = Field(primary_key=True)
    role: str  #: "all", "web", "worker", "poller"
    host: str
    pid: int
    release: str  #: of the program
    state: str  #: "running", "stopping"
    is_leader: bool = False  #: whether it runs what only one may run
    started_at: datetime = Field(sa_type=Utc)
    seen_at: datetime = Field(sa_type=Utc)  #: the last heartbeat
