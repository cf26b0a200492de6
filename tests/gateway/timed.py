"""A workspace with one folder of a partner that has a schedule: every look is noted, and the clock is in the hands of the test."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import text

from gateway.app import App
from gateway.demo.telling import until
from gateway.pipeline.looks import PickingTransport
from gateway.settings import parse_settings
from sftp.picked import PickupReport

SETTINGS = "own: {name: Harborline, org: harborline, environment: live, zone: UTC, stations: [{id: main, x12: {qualifier: ZZ, id: H}}]}\n"
SETTINGS += "timing: {folder_every: 60}\n"
PARTNER = "partner: northmart\nname: Northmart\nstatus: live\nzone: America/Chicago\nidentities: {x12: [{qualifier: ZZ, id: NORTHMART}]}\ntransports:\n"
ORDER = b"ISA*00*          *00*          *ZZ*NORTHMART      *ZZ*H              *250304*1200*U*00401*000000001*0*P*>~IEA*0*000000001~"
TWICE = 'at: ["06:15", "18:15"], on: [monday, tuesday, wednesday, thursday, friday]'
OPEN = 'every: 30m, from: "06:00", to: "22:00"'
CHICAGO = ZoneInfo("America/Chicago")
ENDPOINT = "northmart:folder:from"
MORNING, EVENING = timedelta(hours=6, minutes=15), timedelta(hours=18, minutes=15)


def at(day: int, clock: str, zone: ZoneInfo = CHICAGO) -> datetime:
    """A moment of November 2026; the 18th is a Wednesday."""
    return datetime.combine(date(2026, 11, day), time.fromisoformat(clock), zone).astimezone(UTC)


class Gateway:
    """One workspace with a folder of the partner, opened as often as its process ends, and a clock that only the test moves."""

    def __init__(self, root: Path, schedule: str, *, transport: str | None = None, looks_apart: float = 10) -> None:
        self.root = root
        self.now = at(18, "12:00")
        self.looks: list[str] = []  #: when somebody looked, on the partner's clock
        self.faults: list[Exception] = []
        self.reports: list[PickupReport] = []
        self.on_look: Callable[[], None] = lambda: None
        self.held = asyncio.Event()  #: until it is set no look comes to its end
        self.held.set()
        (root / "partners" / "northmart").mkdir(parents=True)
        (root / "from").mkdir()
        (root / "gateway.yaml").write_text(SETTINGS)
        self.say(transport or f"  folder: {{pickup: {{folder: from, looks_apart: {looks_apart}, schedule: {{{schedule}}}}}}}\n")

    def say(self, transports: str) -> None:
        (self.root / "partners" / "northmart" / "partner.yaml").write_text(PARTNER + transports)

    @asynccontextmanager
    async def process(self) -> AsyncIterator[App]:
        app = await App.open(self.root, parse_settings(SETTINGS), clock=lambda: self.now)
        for transport in app.context.transports.values():
            if isinstance(transport, PickingTransport):
                transport.poll = self._watched(transport.poll)
        try:
            yield app
        finally:
            await app.close()

    def _watched(self, poll: Callable[..., Awaitable]) -> Callable[..., Awaitable]:
        async def watched(*arguments, **named):
            self.looks.append(f"{self.now.astimezone(CHICAGO):%d %H:%M:%S}")
            self.on_look()
            await self.held.wait()
            if self.faults:
                raise self.faults.pop(0)
            if self.reports:
                return self.reports.pop(0)
            return await poll(*arguments, **named)

        return watched

    async def pass_time(self, app: App, until: datetime, step: timedelta = timedelta(minutes=5)) -> list[str]:
        """Let time pass, step by step, and look at what is due at each. Gives the looks since the last time."""
        while self.now < until:
            self.now = min(self.now + step, until)
            await app.pickups.look_due()
        found, self.looks = self.looks, []
        return found


async def taken(app: App) -> list[str]:
    return await app.context.store.read(lambda c: list(c.execute(text("SELECT file_name FROM transmission ORDER BY id")).scalars()))


async def wait_until(holds: Callable[[], bool]) -> None:
    assert await until(holds)
