"""This process among the others on its database: its heartbeat, what they tell it, and whether it leads."""

import asyncio
import os
import socket
from datetime import datetime, timedelta
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from sqlalchemy import Connection

from gateway.log import logger
from gateway.pipeline.active import Active, check_files
from gateway.pipeline.context import Context
from gateway.pipeline.watch import Watch
from gateway.roles import Role
from gateway.store import nodes, revisions
from gateway.store.clock_fault import TOLERATED, ahead_of_jobs, pull_in, shorten_leases
from gateway.store.ending import FEED, REVISION, WORK
from gateway.store.hearing import Hearing
from gateway.store.postgresql import Postgresql

__all__ = ["Membership", "release"]


def release() -> str:
    """The version of the program that runs."""
    try:
        return version("partner-gateway")
    except PackageNotFoundError:  # run from a checkout that is not installed
        return "0.0.0"


class Membership(Watch):
    """`begin` before anything works, `end` after everything stopped. With SQLite there is nobody else, and it leads."""

    name = "membership"
    usual = 10.0  # between heartbeats
    everywhere = True

    def __init__(self, context: Context, role: Role, *, id_: str, every: float | None = None) -> None:
        super().__init__(context, every=every)
        self._role = role
        self._id = id_
        self._state = "running"
        self._started_at: datetime = context.now()
        self._hearing: Hearing | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._reloading: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Be seen, and listen. Raises StoreUnavailableError."""
        context, database = self._context, self._context.store.database
        self._loop = asyncio.get_running_loop()
        await self.look()
        if not database.is_shared:
            await context.store.write(lambda connection: nodes.leave_others(connection, self._id))
        if isinstance(database, Postgresql):
            self._hearing = Hearing(database, self._told, may_lead=self._role.polls)
            context.leads = lambda: self._hearing is not None and self._hearing.leads
            self._hearing.start()

    async def stop(self) -> None:
        """Be seen as one that takes nothing new."""
        self._state = "stopping"
        await self.look()

    async def end(self) -> None:
        """Be gone; the next leader may begin."""
        if self._hearing is not None:
            await asyncio.to_thread(self._hearing.close)
        await self._context.store.write(lambda connection: nodes.leave(connection, self._id))

    async def look(self) -> None:
        """One heartbeat, and a look for another revision: what was told may have been lost."""
        row = self._row()
        now: datetime = row["seen_at"]

        def write(connection: Connection) -> tuple[timedelta, int]:
            back = max(nodes.ahead_of(connection, now), ahead_of_jobs(connection, now))
            pulled = pull_in(connection, now, back) if back > TOLERATED else 0
            shorten_leases(connection, now, timedelta(seconds=self._context.settings.timing.lease))
            nodes.beat(connection, row)
            nodes.forget(connection, now)
            return back, pulled

        back, pulled = await self._context.store.write(write)
        if back > TOLERATED:
            logger().error("clock-went-back", seconds=back.total_seconds(), jobs=pulled)
            self._context.signals.work.set()
        await self.reload()

    def _row(self) -> dict[str, Any]:
        return {
            "id": self._id,
            "role": self._role.value,
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "release": release(),
            "state": self._state,
            "is_leader": self._context.leads() and self._role.polls,
            "started_at": self._started_at,
            "seen_at": self._context.now(),
        }

    def _told(self, channel: str) -> None:
        """In the thread that hears."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(partial(self._heard, channel))

    def _heard(self, channel: str) -> None:
        signals = self._context.signals
        if channel == WORK:
            signals.work.set()
        elif channel == FEED:
            signals.feed_grew()
        elif channel == REVISION:
            self._reloading = asyncio.create_task(self.reload())

    async def reload(self) -> None:
        """Use the newest revision, where another process put one in force."""
        context = self._context

        def find(connection: Connection) -> tuple[int, dict[str, bytes]]:
            number = revisions.newest(connection)
            return number, revisions.files_of(connection, number) if number > context.active.number else {}

        if not context.store.database.is_shared:
            return
        number, files = await context.store.read(find)
        if number <= context.active.number:
            return
        checked = await asyncio.to_thread(check_files, files)
        if checked.workspace is None or checked.maps is None:  # of a newer release: this one cannot use it
            logger().error("revision-not-usable", revision=number, faults=len(checked.faults))
            return
        if number > context.active.number:
            context.active = Active(number, checked.workspace, checked.maps)
            context.person_decided()
            logger().info("revision-in-force", revision=number)
