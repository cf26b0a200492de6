"""Everything that a step needs, handed to it: nothing in the pipeline reaches for a global."""

import asyncio
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random

from gateway.clock import Clock
from gateway.errors import Cause
from gateway.metrics import Metrics
from gateway.pipeline.active import Active
from gateway.pipeline.apart.pool import ReadingProcesses
from gateway.pipeline.gate import Gate
from gateway.settings import Settings
from gateway.sinks.base import Sink
from gateway.store.as2_messages import MessageKey
from gateway.store.store import Store
from gateway.tracing import NoSpans, Tracing
from gateway.transports.as2_receipts import ReceiptSender
from gateway.transports.base import Resumable, Transport
from partners.model import Workspace

__all__ = ["Context", "FolderTrouble", "PickupHealth", "Signals", "SourceHealth", "TlsHealth"]


class Signals:
    """Wakes those who wait in this process; what they wait for is in the store, so a lost signal only costs a poll."""

    def __init__(self) -> None:
        self.work = asyncio.Event()  #: there may be a job to claim
        self.looks: set[str] | None = None  #: partners whose folders a person wants looked at now; None: nobody looks
        self._feed = asyncio.Event()

    def feed_grew(self) -> None:
        """Wake all who wait for the feed."""
        self._feed.set()
        self._feed = asyncio.Event()

    async def feed(self, seconds: float) -> None:
        """Wait until the feed grows, or for so long."""
        try:
            await asyncio.wait_for(self._feed.wait(), seconds)
        except TimeoutError:
            return


@dataclass(frozen=True, slots=True)
class FolderTrouble:
    """Files that are not taken, and why not; for a person, since nobody else will come for them."""

    kind: str  #: "bad-name" and the like, or what went wrong in fixed words
    files: tuple[str, ...]  #: names as they may be shown


@dataclass(frozen=True, slots=True)
class PickupHealth:
    """How the last look at a folder went."""

    at: datetime
    cause: Cause | None
    detail: str
    troubles: tuple[FolderTrouble, ...] = ()
    taken: int = 0
    waiting: int = 0  #: files seen for the first time, and looked at once more before they are taken

    def is_like(self, other: "PickupHealth | None") -> bool:
        """Whether the look before found the same: then nobody is told again."""
        return other is not None and (self.cause, self.troubles) == (other.cause, other.troubles)


@dataclass(slots=True)
class SourceHealth:
    """How a source of the hub's documents stands, since this process started."""

    kind: str
    since: datetime  #: of the present state
    is_connected: bool = False
    cause: Cause | None = None  #: why it is not connected
    detail: str = ""
    taken: int = 0
    held: int = 0  #: messages that could not be taken, kept for a person
    last: datetime | None = None  #: when the last message was stored


@dataclass(frozen=True, slots=True)
class TlsHealth:
    """Which certificate a listener shows, and why not the one that its files hold."""

    fingerprint: str  #: SHA-256, hex; "" when none can be served
    not_after: datetime | None
    fault: str = ""  #: in fixed words


def _as_many_as_cores() -> ThreadPoolExecutor:
    """More threads would only contend: the primitives use a core each, and what is between them holds the interpreter."""
    return ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="as2-opener")


def _alone() -> bool:
    """One process does it all."""
    return True


def _go_on(_step: str) -> None:
    """No one watches the steps."""


@dataclass(slots=True)
class Context:
    """Made by `gateway.app`; tests make their own, with their clock, ids and chance."""

    root: Path  #: the workspace folder: what relative paths and secret references start from
    settings: Settings
    store: Store
    active: Active
    clock: Clock
    new_id: Callable[[str], str]
    random: Random
    metrics: Metrics
    transports: Mapping[str, Transport]
    sinks: Mapping[str, Sink]
    tracing: Tracing = field(default_factory=NoSpans)
    receipts: ReceiptSender | None = None  #: for asynchronous MDNs; None where nothing speaks AS2
    signals: Signals = field(default_factory=Signals)
    as2_opening: dict[MessageKey, asyncio.Event] = field(default_factory=dict)  #: messages that are being opened just now
    apart: ReadingProcesses | None = None  #: read payloads beside this process, when many come
    openers: ThreadPoolExecutor = field(default_factory=_as_many_as_cores)  #: of small AS2 messages
    unhurried: ThreadPoolExecutor = field(default_factory=_as_many_as_cores)  #: for reading what is not urgent
    large_openers: ThreadPoolExecutor = field(default_factory=_as_many_as_cores)  #: of large ones, each of which takes its time
    pickups: dict[str, PickupHealth] = field(default_factory=dict)  #: by endpoint
    sources: dict[str, SourceHealth] = field(default_factory=dict)  #: by name
    leads: Callable[[], bool] = _alone  #: whether this process does what only one may do
    overload: tuple[str, ...] = ()  #: why nothing new is taken on, in fixed words; empty when it is
    tls: dict[str, TlsHealth] = field(default_factory=dict)  #: by listener, "host:port" as configured
    on_step: Callable[[str], None] = _go_on  #: told the name of each step before it is taken
    opened_at: datetime = field(init=False)
    _gates: dict[str, Gate] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        """Note when this process began."""
        self.opened_at = self.clock()

    def gate(self, destination: str, places: int) -> Gate:
        """Lets so many through at once towards one destination, the most urgent first."""
        if destination not in self._gates:
            self._gates[destination] = Gate(places)
        return self._gates[destination]

    @property
    def workspace(self) -> Workspace:
        """The partners and ourselves, as the revision in force has them."""
        return self.active.workspace

    def person_decided(self) -> None:
        """Wake the worker, and let transports that stopped by themselves try again."""
        for transport in self.transports.values():
            if isinstance(transport, Resumable):
                transport.resume()
        self.signals.work.set()

    def now(self) -> datetime:
        """The present moment, in UTC."""
        return self.clock()
