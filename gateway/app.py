"""The composition root: everything is made here and handed on; nothing in the gateway is a module-level singleton."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any, Final

import aiohttp

from as2.client import PublicResolver
from gateway import operations
from gateway.clock import Clock, system_clock
from gateway.ids import new_id
from gateway.log import logger
from gateway.metrics import Metrics
from gateway.operations.dropbox import Accounts, box_folder
from gateway.pipeline.active import Active, Checked, check_files
from gateway.pipeline.apart.pool import ReadingProcesses, usual_number
from gateway.pipeline.arrival import ORDER_DUE
from gateway.pipeline.attainment import ObjectivesWatch
from gateway.pipeline.batch_release import BatchRelease
from gateway.pipeline.context import Context
from gateway.pipeline.deliver import Deliver
from gateway.pipeline.expected import ExpectedDocuments
from gateway.pipeline.expiries import Expiries
from gateway.pipeline.inbound import Inbound
from gateway.pipeline.membership import Membership
from gateway.pipeline.order_due import OrderDue
from gateway.pipeline.outbound import Outbound
from gateway.pipeline.own_keys import keys_of
from gateway.pipeline.pickups import Pickups
from gateway.pipeline.reconciling.run import Reconciling
from gateway.pipeline.rejudge import Rejudge
from gateway.pipeline.reopen import Reopen
from gateway.pipeline.replay_check import CHECK, ReplayCheck
from gateway.pipeline.retention import Retention
from gateway.pipeline.schedule import MdnDue, Overdue
from gateway.pipeline.stopped_batches import StoppedBatches
from gateway.pipeline.watch import Watch
from gateway.pipeline.worker import Step, Worker
from gateway.roles import Role
from gateway.secret_cache import Secrets
from gateway.service.web import Service
from gateway.settings import Settings, SettingsError, data_folder_of, load_settings, parse_settings
from gateway.sinks.base import Sink
from gateway.sinks.build import build_sinks
from gateway.sources.build import build_sources
from gateway.sources.run import Sources
from gateway.store import jobs, revisions
from gateway.store.configured import open_store
from gateway.store.errors import StoreUnavailableError
from gateway.store.store import DATABASE, Store
from gateway.tracing import NoSpans, tracing_of
from gateway.transports.as2 import As2Transport
from gateway.transports.as2_calls import As2Calls
from gateway.transports.as2_receipts import As2Receipts
from gateway.transports.base import Transport
from gateway.transports.dropbox import DropboxTransport
from gateway.transports.folder import FolderTransport
from gateway.transports.http import HttpTransport
from gateway.transports.sftp import SftpTransport
from maps.registry import MapRegistry
from partners.load import GATEWAY_FILE, ConfigFault, read_files
from partners.model import Own, Workspace

__all__ = ["App", "RoleError", "WorkspaceError", "opened", "steps_of"]

_NOBODY: Final = Workspace(Own(name="", org="", environment="test", zone="UTC", stations=()), {})


class RoleError(Exception):
    """One process alone has to do it all here."""


class WorkspaceError(Exception):
    """The workspace has faults and no revision is in force yet; `faults` are all of them."""

    def __init__(self, faults: tuple[ConfigFault, ...]) -> None:
        super().__init__("; ".join(str(fault) for fault in faults))
        self.faults = faults


def steps_of(context: Context) -> Mapping[str, Step]:
    """What the worker does for each kind of job."""
    return {
        "inbound": Inbound(context),
        "outbound": Outbound(context),
        "batch": BatchRelease(context),
        "rejudge": Rejudge(context),
        "deliver": Deliver(context),
        "as2-open": Reopen(context),
        "mdn-due": MdnDue(context),
        CHECK: ReplayCheck(context),
        ORDER_DUE: OrderDue(context),
    }


@asynccontextmanager
async def opened(root: Path) -> AsyncIterator[Context]:
    """The context of a workspace whose gateway does not run: what commands work with. Raises as `App.open`.

    Files with faults do not hide what happened: the revision in force counts, and before the first there is nobody to trade with.
    """
    app = await App.open(root, await asyncio.to_thread(_settings_to_look_with, root), is_to_work=False)
    try:
        yield app.context
    finally:
        await app.close()


class _Network:
    """The HTTP sessions of this process, made when the loop runs."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None
        self._public: aiohttp.ClientSession | None = None

    def session(self) -> aiohttp.ClientSession:
        """The session."""
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar())
        return self._session

    def public_session(self) -> aiohttp.ClientSession:
        """One that connects to no address of a private network."""
        if self._public is None or self._public.closed:
            connector = aiohttp.TCPConnector(resolver=PublicResolver())
            self._public = aiohttp.ClientSession(connector=connector, auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar())
        return self._public

    async def close(self) -> None:
        """Give its connections back."""
        for session in (self._session, self._public):
            if session is not None:
                await session.close()


class App:
    """One gateway over one workspace. `open` takes the data folder, `start` begins to work, `stop` ends in order.

    Opened and not started, it serves `gateway.operations` on a workspace whose gateway does not run.
    """

    def __init__(self, context: Context, network: _Network, role: Role = Role.ALL) -> None:
        self.context = context
        self.role = role
        self.id = context.new_id("own")
        self.worker = Worker(context, steps_of(context), owner=self.id)
        self.membership = Membership(context, role, id_=self.id)
        self.pickups = Pickups(context)
        self.sources = Sources(context, build_sources(context, _resolver(context.root)) if role.polls else {})
        self.service = Service(context)
        self._network = network
        self._working: list[asyncio.Task[None]] = []
        self._watching: list[asyncio.Task[None]] = []

    @property
    def settings(self) -> Settings:
        """gateway.yaml as it was read."""
        return self.context.settings

    @property
    def port(self) -> int:
        """Where the service listens, once started."""
        return self.service.port

    @classmethod
    async def open(
        cls,
        root: Path,
        settings: Settings | None = None,
        *,
        clock: Clock = system_clock,
        ids: Callable[[str], str] = new_id,
        random: Random | None = None,
        transports: Mapping[str, Transport] | None = None,
        sinks: Mapping[str, Sink] | None = None,
        on_step: Callable[[str], None] | None = None,
        role: Role = Role.ALL,
        is_to_work: bool = True,
    ) -> "App":
        """Lock the data folder and build everything. Who only looks needs no workspace without faults.

        Raises SettingsError, WorkspaceError, DataFolderLockedError, StoreUnavailableError, RoleError.
        """
        root = await asyncio.to_thread(root.resolve)
        settings = settings or load_settings(root)
        if role is not Role.ALL and settings.database is None:
            raise RoleError("several processes need a database that they share: `database:` in gateway.yaml names a PostgreSQL")
        store = await asyncio.to_thread(open_store, settings, root)
        try:
            active = await asyncio.to_thread(_in_force, store, root, is_to_work=is_to_work)
            network = _Network()
            if sinks is None:
                sinks = build_sinks(settings.sinks, root=root, resolve=_resolver(root), session=network.session, clock=clock)
            context = Context(
                root=root,
                settings=settings,
                store=store,
                active=active,
                clock=clock,
                new_id=ids,
                random=random or Random(),  # noqa: S311 - spreads retries, keeps no secret
                metrics=Metrics(),
                transports={},
                sinks=sinks,
                tracing=tracing_of(settings.tracing, store.folder, _resolver(root)) if is_to_work else NoSpans(),
            )
            calls = As2Calls(
                own=lambda: context.workspace.own,
                resolve=_resolver(root),
                session=network.session,
                clock=clock,
                public_session=network.public_session,
            )
            context.transports = transports if transports is not None else _transports(context, network, calls)
            if context.transports.get("as2") is not None:
                context.receipts = As2Receipts(calls)
            if on_step is not None:
                context.on_step = on_step
            return cls(context, network, role)
        except BaseException:
            await asyncio.to_thread(store.close)
            raise

    async def start(self) -> None:
        """Take up what a former process left, serve, work, pick up. Raises OSError when the port is taken."""
        context = self.context
        if context.active.number == 0:
            files = dict(context.workspace.files)
            await operations.apply(context, files, by="gateway", reason="first start")
        freed = 0 if context.store.database.is_shared else await context.store.write(jobs.free_all)
        if self.role.works:
            said = context.settings.reading.processes
            context.apart = ReadingProcesses(usual_number() if said is None else said)
        await self.membership.begin()
        logger().info("started", revision=context.active.number, role=self.role.value, jobs_taken_up=freed)
        if self.role.listens:
            await self.service.start()
        working: list[Coroutine[Any, Any, None]] = []
        if self.role.works:
            working.append(self.worker.run())
        if self.role.polls:
            working += [self.pickups.run(), self.sources.run()]
        self._working = [self._task(work) for work in working]
        self._watching = [self._task(one.run(context.leads)) for one in self._watches()]
        context.signals.work.set()

    def _watches(self) -> tuple[Watch, ...]:
        """What is looked at now and then, by this process."""
        if not self.role.polls:
            return (self.membership,)
        context = self.context
        return (
            self.membership,
            Overdue(context),
            ExpectedDocuments(context),
            StoppedBatches(context),
            ObjectivesWatch(context),
            Reconciling(context),
            Expiries(context),
            Accounts(context),
            Retention(context),
        )

    async def stop(self) -> None:
        """Take nothing new, finish what runs within the time of the settings, give back the rest, close everything."""
        await self.service.stop()
        self.worker.stop()
        self.pickups.stop()
        self.sources.stop()
        for task in self._watching:
            task.cancel()
        if self._working:
            await asyncio.wait(self._working, timeout=self.context.settings.timing.shutdown)
        tasks = [*self._working, *self._watching]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if tasks:
            with suppress(StoreUnavailableError):  # a database that is gone takes the leases' end for it
                await self.context.store.write(lambda connection: jobs.free(connection, self.id))
                await self.membership.end()
        await self.close()
        logger().info("stopped")

    async def close(self) -> None:
        """Give back connections and the data folder; enough where nothing was started."""
        context = self.context
        if context.apart is not None:
            await context.apart.close()
        for sink in context.sinks.values():
            await sink.close()
        sftp = context.transports.get("sftp")
        if isinstance(sftp, SftpTransport):
            await sftp.close()
        await self._network.close()
        await asyncio.to_thread(context.tracing.close)
        await asyncio.to_thread(context.store.close)

    @staticmethod
    def _task(work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        task = asyncio.create_task(work)
        task.add_done_callback(_tell_failure)
        return task


def _tell_failure(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and (fault := task.exception()) is not None:
        logger().error("background-work-ended", exc_info=fault)


def _settings_to_look_with(root: Path) -> Settings:
    """gateway.yaml as it stands; while it has faults, as the revision in force has it."""
    try:
        return load_settings(root)
    except SettingsError:
        folder = data_folder_of(root)
        text = _stored(folder).get(GATEWAY_FILE) if (folder / DATABASE).exists() else None
        if text is None:
            raise
        return parse_settings(text).model_copy(update={"data": folder.absolute()})


def _stored(folder: Path) -> Mapping[str, bytes]:
    store = Store.open(folder)
    try:
        return store.read_now(lambda connection: revisions.files_of(connection, revisions.newest(connection)))
    finally:
        store.close()


def _in_force(store: Store, root: Path, *, is_to_work: bool) -> Active:
    """The newest revision; before the first, what stands in the folder, as number 0."""
    number = store.read_now(revisions.newest)
    files = store.read_now(lambda connection: revisions.files_of(connection, number)) if number else read_files(root)
    checked: Checked = check_files(files)
    if checked.workspace is None or checked.maps is None:
        if number == 0 and not is_to_work:
            return Active(0, _NOBODY, MapRegistry())
        raise WorkspaceError(checked.faults)
    return Active(number, checked.workspace, checked.maps)


def _resolver(root: Path) -> Callable[[str], str]:
    return Secrets(root)


def _transports(context: Context, network: _Network, calls: As2Calls) -> dict[str, Transport]:
    root, clock, resolver = context.root, context.clock, _resolver(context.root)
    scratch = context.store.scratch
    public = context.settings.public_url
    mdn_url = f"{str(public).rstrip('/')}/as2" if public is not None else None
    return {
        "as2": As2Transport(
            calls=calls,
            keys=lambda station: keys_of(context, station),
            mdn_url=lambda: mdn_url,
            payloads=context.store.payloads,
            clock=clock,
        ),
        "sftp": SftpTransport(resolve=resolver, scratch=scratch, clock=clock),
        "http": HttpTransport(resolve=resolver, session=network.session, clock=clock),
        "folder": FolderTransport(root, scratch=scratch, clock=clock),
        "dropbox": DropboxTransport(box_folder(context.settings, root), scratch=scratch, clock=clock),
    }
