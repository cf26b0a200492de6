"""Folders that are looked at by a schedule: each slot once, through changes of the clock, restarts and outages."""

import asyncio
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import text

from gateway import operations
from gateway.errors import Cause, TransientError
from gateway.operations.counts import status
from gateway.pipeline.timetable import Timetable
from partners.load import read_files
from sftp.errors import FileChangedError, NotPermittedError, Operation
from sftp.picked import PickupReport, Problem
from tests.gateway.command_line import gateway as command
from tests.gateway.timed import CHICAGO, ENDPOINT, OPEN, ORDER, TWICE, Gateway, at, taken, wait_until


async def test_a_folder_is_looked_at_at_its_times_on_its_days_and_at_no_other(tmp_path):
    gateway = Gateway(tmp_path, TWICE)
    async with gateway.process() as app:
        await app.pickups.look_due()
        found = await gateway.pass_time(app, at(24, "12:00"))  # Wednesday to Tuesday
    assert found == [f"{day} {clock}:00" for day, clock in (
        (18, "18:15"), (19, "06:15"), (19, "18:15"), (20, "06:15"), (20, "18:15"), (23, "06:15"), (23, "18:15"), (24, "06:15"))]  # fmt: skip


async def test_outside_of_the_window_nobody_looks(tmp_path):
    gateway = Gateway(tmp_path, OPEN)
    async with gateway.process() as app:
        await app.pickups.look_due()
        found = await gateway.pass_time(app, at(19, "12:00"))
    half_hours = [f"{hour:02}:{minute:02}" for hour in range(6, 23) for minute in (0, 30)][:-1]
    assert found == [f"18 {clock}:00" for clock in half_hours if clock > "12:00"] + [
        f"19 {clock}:00" for clock in half_hours if clock <= "12:00"
    ]


NIGHT = 'every: 2h, from: "22:00", to: "04:00", on: friday'


async def test_a_window_over_midnight_is_of_the_day_on_which_it_opens(tmp_path):
    gateway = Gateway(tmp_path, NIGHT)
    async with gateway.process() as app:
        await app.pickups.look_due()
        assert await gateway.pass_time(app, at(21, "03:10")) == ["20 22:00:00", "21 00:00:00", "21 02:00:00"]
    gateway.now = at(21, "05:00")  # the last slot was missed, and its window is closed
    async with gateway.process() as app:
        assert await gateway.pass_time(app, at(27, "22:00"), timedelta(minutes=30)) == ["27 22:00:00"]


async def test_weekdays_and_weekends_have_schedules_of_their_own(tmp_path):
    apart = f"schedule: [{{{TWICE}}}, {{at: '09:00', on: [saturday, sunday]}}]"
    gateway = Gateway(tmp_path, "", transport=f"  folder: {{pickup: {{folder: from, {apart}}}}}\n")
    gateway.now = at(20, "12:00")  # a Friday
    async with gateway.process() as app:
        await app.pickups.look_due()
        found = await gateway.pass_time(app, at(23, "07:00"), timedelta(minutes=15))
        assert found == ["20 18:15:00", "21 09:00:00", "22 09:00:00", "23 06:15:00"]
        [folder] = (await status(app.context))["folders"]
        assert folder["schedule"] == "at 06:15, 18:15 Monday to Friday (America/Chicago); at 09:00 Saturday, Sunday (America/Chicago)"
        assert datetime.fromisoformat(folder["nextLookAt"]) == at(23, "18:15")


@pytest.mark.parametrize(
    ("day", "schedule", "looks"),
    [
        (date(2026, 3, 8), 'at: "02:30"', ["08 03:00:00"]),  # left out: when the clock jumps over it
        (date(2026, 3, 8), "every: 1h", [f"08 {hour:02}:00:00" for hour in range(24) if hour != 2]),
        (date(2026, 3, 8), 'every: 30m, from: "02:00", to: "02:30"', ["08 03:00:00"]),
        (date(2026, 11, 1), 'at: "01:30"', ["01 01:30:00"]),  # twice on the clock: the first time
        (date(2026, 11, 1), "every: 1h", [f"01 {hour:02}:00:00" for hour in (0, 1, 1, *range(2, 24))]),
    ],
)
async def test_each_slot_is_looked_at_once_when_the_clock_changes(tmp_path, day, schedule, looks):
    gateway = Gateway(tmp_path, schedule)
    begins = datetime.combine(day, time(), CHICAGO).astimezone(UTC)
    gateway.now = begins - timedelta(minutes=5)
    async with gateway.process() as app:
        await app.pickups.look_due()
        ends = datetime.combine(day + timedelta(days=1), time(), CHICAGO).astimezone(UTC) - timedelta(minutes=5)
        assert await gateway.pass_time(app, ends) == looks


async def test_a_restart_on_the_day_of_a_change_repeats_nothing(tmp_path):
    gateway = Gateway(tmp_path, 'at: "01:30"')
    gateway.now = datetime(2026, 11, 1, 6, 20, tzinfo=UTC)  # 01:20, the first time
    found = []
    for _ in range(8):  # a restart each quarter of an hour, into the hour that occurs again
        async with gateway.process() as app:
            found += await gateway.pass_time(app, gateway.now + timedelta(minutes=15))
    assert found == ["01 01:30:00"]


async def test_a_file_is_taken_in_the_turn_of_its_slot_after_two_looks(tmp_path):
    gateway = Gateway(tmp_path, TWICE)
    async with gateway.process() as app:
        await app.pickups.look_due()
        (tmp_path / "from" / "order.edi").write_bytes(ORDER)
        found = await gateway.pass_time(app, at(18, "18:20"), timedelta(seconds=5))
        assert found == ["18 18:15:00", "18 18:15:10"]
        assert await taken(app) == ["order.edi"]
        (tmp_path / "from" / "later.edi").write_bytes(ORDER + b"\n")
        assert await gateway.pass_time(app, at(19, "06:14")) == []
        assert await gateway.pass_time(app, at(19, "06:20"), timedelta(seconds=10)) == ["19 06:15:00", "19 06:15:10"]
        assert len(await taken(app)) == 2


async def test_a_file_that_grows_on_and_on_is_left_to_the_next_slot(tmp_path):
    gateway = Gateway(tmp_path, TWICE, looks_apart=60)
    grown = bytearray(ORDER)

    def grow() -> None:
        grown.extend(b"\n")
        (tmp_path / "from" / "order.edi").write_bytes(grown)

    gateway.on_look = grow
    async with gateway.process() as app:
        await app.pickups.look_due()
        found = await gateway.pass_time(app, at(19, "06:10"), timedelta(minutes=1))
        assert (found[0], found[-1], len(found)) == ("18 18:15:00", "18 18:44:00", 30)
        gateway.on_look = lambda: None
        await gateway.pass_time(app, at(19, "06:20"), timedelta(minutes=1))
        assert await taken(app) == ["order.edi"]


@pytest.mark.parametrize(
    ("schedule", "until", "faults", "looks"),
    [
        (TWICE, at(18, "23:00"), 2, ["18 18:15:00", "18 18:16:00", "18 18:17:00"]),
        (TWICE, at(19, "06:20"), 99, [f"18 18:{minute}:00" for minute in range(15, 45)] + [f"19 06:{minute}:00" for minute in range(15, 21)]),
        # the last slot of a window: the server is not asked again once it is closed
        ('every: 8h, to: "17:00"', at(18, "23:50"), 99, [f"18 16:{minute:02}:00" for minute in range(30)]),
        ('every: 8h, to: "16:02"', at(18, "23:50"), 99, ["18 16:00:00", "18 16:01:00", "18 16:02:00"]),
    ],
)  # fmt: skip
async def test_a_server_that_does_not_answer_is_asked_again_for_a_while(tmp_path, schedule, until, faults, looks):
    gateway = Gateway(tmp_path, "", transport=f"  folder: {{pickup: {{folder: from, schedule: {{{schedule}}}}}}}\n")
    gateway.faults = [TransientError(Cause.DESTINATION_UNREACHABLE, "nobody there") for _ in range(faults)]
    async with gateway.process() as app:
        await app.pickups.look_due()
        assert await gateway.pass_time(app, until, timedelta(minutes=1)) == looks


async def test_a_look_goes_on_where_a_file_changed_while_it_was_read(tmp_path):
    gateway = Gateway(tmp_path, TWICE)
    changed = PickupReport(problems=[Problem("order.edi", FileChangedError(Operation.READ))])
    forbidden = PickupReport(problems=[Problem("order.edi", NotPermittedError(Operation.READ))])
    async with gateway.process() as app:
        await app.pickups.look_due()
        for report, clock, found in ((changed, "18:15", ["18:15:00", "18:15:10"]), (forbidden, "06:15", ["06:15:00"])):
            moment = at(18 if clock == "18:15" else 19, clock)
            gateway.reports = [report]
            looks = await gateway.pass_time(app, moment, timedelta(minutes=5)) + await gateway.pass_time(
                app, moment + timedelta(minutes=2), timedelta(seconds=10)
            )
            assert [look.partition(" ")[2] for look in looks] == found


async def test_a_leader_that_was_none_for_a_moment_does_not_look_twice(tmp_path):
    gateway = Gateway(tmp_path, TWICE)
    async with gateway.process() as app:
        await app.pickups.look_due()
        gateway.now = at(18, "18:15")
        gateway.held = asyncio.Event()
        looking = asyncio.create_task(app.pickups.look_due())
        await wait_until(lambda: bool(gateway.looks))
        assert gateway.looks == ["18 18:15:00"]
        for leads in (False, True):
            app.context.leads = lambda leads=leads: leads
            await app.pickups._begin_due()
        gateway.held.set()
        await looking
        assert await gateway.pass_time(app, at(18, "18:30")) == ["18 18:15:00"]


async def test_slots_that_passed_while_nothing_ran_are_made_up_for_by_one_look(tmp_path):
    gateway = Gateway(tmp_path, TWICE)
    async with gateway.process() as app:
        await app.pickups.look_due()
    gateway.now = at(20, "09:00")  # three slots later
    async with gateway.process() as app:
        assert await gateway.pass_time(app, at(20, "09:30")) == ["20 09:05:00"]
    async with gateway.process() as app:
        assert await gateway.pass_time(app, at(20, "18:20")) == ["20 18:15:00"]
    gateway.now = at(22, "09:00")  # Sunday: nothing was missed since
    async with gateway.process() as app:
        assert await gateway.pass_time(app, at(22, "10:00")) == []


async def test_a_look_that_its_process_died_in_is_made_up_for(tmp_path, monkeypatch):
    gateway = Gateway(tmp_path, TWICE)
    (tmp_path / "from" / "order.edi").write_bytes(ORDER)

    async def died(*_: object, **__: object) -> None:
        pass

    async with gateway.process() as app:
        await app.pickups.look_due()
        with monkeypatch.context() as patched:
            patched.setattr(Timetable, "ended", died)
            assert await gateway.pass_time(app, at(18, "18:15")) == ["18 18:15:00"]
    gateway.now = at(18, "20:00")
    async with gateway.process() as app:
        assert await gateway.pass_time(app, at(19, "06:00")) == ["18 20:05:00"]
        assert await taken(app) == ["order.edi"]


async def test_a_look_that_a_stop_may_have_cut_is_made_up_for(tmp_path):
    gateway = Gateway(tmp_path, TWICE)
    async with gateway.process() as app:
        await app.pickups.look_due()
        gateway.on_look = app.pickups.stop
        assert await gateway.pass_time(app, at(18, "18:15")) == ["18 18:15:00"]
    gateway.on_look = lambda: None
    async with gateway.process() as app:
        assert await gateway.pass_time(app, at(18, "23:00")) == ["18 18:20:00"]


async def test_what_was_missed_waits_until_the_window_opens_again(tmp_path):
    gateway = Gateway(tmp_path, OPEN)
    async with gateway.process() as app:
        await app.pickups.look_due()
    gateway.now = at(18, "22:30")  # 21 slots later, and too late
    async with gateway.process() as app:
        await app.pickups.look_due()
        assert await gateway.pass_time(app, at(19, "06:00")) == ["19 06:00:00"]
    gateway.now = at(19, "12:10")
    async with gateway.process() as app:
        assert await gateway.pass_time(app, at(19, "12:30")) == ["19 12:15:00", "19 12:30:00"]
        gateway.now = at(19, "23:00")  # the machine slept
        assert await gateway.pass_time(app, at(20, "06:00")) == ["20 06:00:00"]


async def test_a_schedule_that_is_new_or_changed_owes_nothing_of_before(tmp_path):
    gateway = Gateway(tmp_path, TWICE)
    async with gateway.process() as app:
        await app.pickups.look_due()
        await operations.apply(app.context, read_files(tmp_path), by="kim", reason="first")
        assert gateway.looks == []
        gateway.say('  folder: {pickup: {folder: from, schedule: {at: "10:00"}}}\n')
        await operations.apply(app.context, read_files(tmp_path), by="kim", reason="another time")
        assert await gateway.pass_time(app, at(19, "11:00")) == ["19 10:00:00"]
        gateway.say("  folder: {pickup: {folder: from, every: 3600}}\n")
        await operations.apply(app.context, read_files(tmp_path), by="kim", reason="all the time")
        await app.pickups.look_due()
        assert gateway.looks[-1] == "19 11:00:00"
        assert await app.context.store.read(lambda c: c.execute(text("SELECT count(*) FROM pickup_look")).scalar_one()) == 0


async def test_a_clock_that_was_ahead_does_not_keep_a_folder_waiting(tmp_path):
    gateway = Gateway(tmp_path, TWICE)
    async with gateway.process() as app:
        await app.pickups.look_due()
        gateway.now = at(25, "12:00")
        await app.pickups.look_due()
        gateway.now = at(18, "17:00")
        assert await gateway.pass_time(app, at(18, "18:30")) == ["25 12:00:00", "18 18:15:00"]
        gateway.now = at(25, "12:00")
        await app.pickups.look_due()
    gateway.looks.clear()
    gateway.now = at(19, "06:00")
    async with gateway.process() as app:
        assert await gateway.pass_time(app, at(19, "06:30")) == ["19 06:15:00"]


async def test_a_clock_that_is_set_back_a_little_looks_once(tmp_path):
    gateway = Gateway(tmp_path, TWICE)
    async with gateway.process() as app:
        await app.pickups.look_due()
        assert await gateway.pass_time(app, at(18, "18:15")) == ["18 18:15:00"]
        gateway.now -= timedelta(seconds=3)
        assert await gateway.pass_time(app, at(18, "18:16"), timedelta(seconds=1)) == []
        gateway.now = at(18, "18:14") + timedelta(seconds=58)
    async with gateway.process() as app:
        assert await gateway.pass_time(app, at(18, "18:16"), timedelta(seconds=1)) == []


async def test_a_person_may_have_it_looked_at_when_its_window_is_closed(tmp_path):
    gateway = Gateway(tmp_path, OPEN)
    gateway.now = at(18, "23:00")
    (tmp_path / "from" / "order.edi").write_bytes(ORDER)
    async with gateway.process() as app:
        await app.pickups.look_due()
        app.context.signals.looks = {"northmart"}
        found = await gateway.pass_time(app, at(18, "23:05"), timedelta(seconds=5))
        assert found == ["18 23:00:05", "18 23:00:15"]
        assert await taken(app) == ["order.edi"]
        assert await gateway.pass_time(app, at(19, "06:10")) == ["19 06:00:00"]  # the slots stay as they are


async def test_the_status_says_when_it_was_looked_at_and_when_it_will_be(tmp_path):
    gateway = Gateway(tmp_path, TWICE)
    async with gateway.process() as app:
        [folder] = (await status(app.context))["folders"]
        assert (folder["folder"], folder["schedule"], folder["lookedAt"]) == (
            ENDPOINT, "at 06:15, 18:15 Monday to Friday (America/Chicago)", None)  # fmt: skip
        assert datetime.fromisoformat(folder["nextLookAt"]) == at(18, "18:15")
        await app.pickups.look_due()
        gateway.faults = [TransientError(Cause.DESTINATION_UNREACHABLE, "nobody there")]
        gateway.now = at(18, "18:15")
        await app.pickups.look_due()
        [folder] = (await status(app.context))["folders"]
        assert (folder["cause"], folder["nextLookAt"]) == ("destination-unreachable", folder["lookedAt"])  # it is not over
        gateway.now = at(18, "18:17")
        await app.pickups.look_due()
    async with gateway.process() as app:  # another process knows it, too
        [folder] = (await status(app.context))["folders"]
        moments = [datetime.fromisoformat(folder[name]) for name in ("lookedAt", "nextLookAt")]
        assert moments == [at(18, "18:17"), at(19, "06:15")]
        assert "cause" not in folder
    listed = await asyncio.to_thread(command, "-w", tmp_path, "sftp", "list", "northmart")
    assert (listed.code, ENDPOINT in listed.out, "at 06:15, 18:15 Monday to Friday (America/Chicago)" in listed.out) == (0, True, True)
    assert (await asyncio.to_thread(command, "-w", tmp_path, "sftp", "list", "nobody")).out == "no profile names a folder to fetch from\n"
    assert "1 folder looked at by schedule, next northmart:folder:from" in (await asyncio.to_thread(command, "-w", tmp_path, "status")).out


async def test_the_page_for_the_partner_says_when_we_look(tmp_path):
    Gateway(tmp_path, "", transport=(
        "  sftp: {host: sftp.example, user: us, password: 'env:P', host_keys: {current: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAA'},"
        f" pickup: {{folder: out, schedule: {{{OPEN}}}}}}}\n"))  # fmt: skip
    sheet = await asyncio.to_thread(command, "-w", tmp_path, "partner", "sheet", "northmart")
    assert "every 30m from 06:00 to 22:00 (America/Chicago)" in sheet.out
