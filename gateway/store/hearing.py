"""On PostgreSQL: hears what other nodes tell (`LISTEN`), and holds the lock of the leader when it is this node's turn.

What is told is only a hint; everything is found by looking, too, so a lost word costs a poll. The lock belongs to the connection: a
leader that dies, or whose machine is cut off, loses it on the server, and the next node that asks has it.
"""

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from gateway.store.ending import FEED, REVISION, WORK
from gateway.store.postgresql import Postgresql

__all__ = ["Hearing"]

CHANNELS: Final = (WORK, FEED, REVISION)
LEADER_LOCK: Final = 0x6677_0004  #: among the advisory locks of the database
_LOOK: Final = 0.5  #: seconds between asking for the lock, and until the end is noticed
_PAUSE: Final = 1.0  #: before a server that hung up is called again
_log = logging.getLogger(__name__)


class Hearing:
    """A thread with a connection of its own. `told` is called in that thread, with the name of a channel."""

    def __init__(self, database: Postgresql, told: Callable[[str], None], *, may_lead: bool) -> None:
        self._database = database
        self._told = told
        self._may_lead = may_lead
        self._leads = threading.Event()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="store-hearing", daemon=True)

    @property
    def leads(self) -> bool:
        """Whether this node has the lock of the leader."""
        return self._leads.is_set()

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def close(self) -> None:
        """End; the lock is given back."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._ending.is_set():
            connection = None
            try:
                connection = self._database.listener()
                self._listen(connection)
            except Exception as fault:
                _log.warning("not listening to the database: %s", type(fault).__name__)
                self._ending.wait(_PAUSE)
            finally:
                self._leads.clear()
                if connection is not None:
                    with suppress(Exception):
                        connection.close()

    def _listen(self, connection: Any) -> None:
        for channel in CHANNELS:
            connection.execute(f"LISTEN {channel}")
        for channel in CHANNELS:  # what was told while nobody listened
            self._told(channel)
        while not self._ending.is_set():
            if self._may_lead and not self.leads:
                [got] = connection.execute("SELECT pg_try_advisory_lock(%(key)s)", {"key": LEADER_LOCK}).fetchone()
                if got:
                    self._leads.set()
            for said in connection.notifies(timeout=_LOOK):
                self._told(said.channel)
                if self._ending.is_set():
                    return
            if self.leads:  # a connection that is dead without a word must not lead for long
                connection.execute("SELECT 1")
