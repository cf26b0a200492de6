"""Moments of a schedule, on both sides of both changes of the clock: each slot comes exactly once."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from partners.slots import DAYS, Schedule, Together, moment_of

NEW_YORK, BERLIN = ZoneInfo("America/New_York"), ZoneInfo("Europe/Berlin")
#: (zone, day on which the clock goes forward, day on which it goes back, a time that is left out, one that occurs twice)
CHANGES = [
    ("America/New_York", date(2026, 3, 8), date(2026, 11, 1), "02:30", "01:30"),
    ("Europe/Berlin", date(2026, 3, 29), date(2026, 10, 25), "02:30", "02:30"),
]


NIGHT = {"every": "30m", "from": "22:00", "to": "04:00"}


def _utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def _local(moments: list[datetime], zone: str) -> list[str]:
    return [f"{moment.astimezone(ZoneInfo(zone)):%d %H:%M}" for moment in moments]


def _days(day: date, count: int, zone: str) -> tuple[datetime, datetime]:
    start = datetime.combine(day, time(), ZoneInfo(zone))
    return (start - timedelta(seconds=1)).astimezone(UTC), datetime.combine(day + timedelta(days=count), time(), ZoneInfo(zone)).astimezone(
        UTC
    )


@pytest.mark.parametrize(("zone", "forward", "back", "left_out", "twice"), CHANGES)
def test_a_time_that_is_left_out_comes_when_the_clock_jumps_over_it(zone, forward, back, left_out, twice):
    slots = Schedule(at=(left_out,)).slots(zone)
    found = slots.between(*_days(forward - timedelta(days=1), 3, zone))
    assert _local(found, zone) == [
        f"{forward.day - 1:02} {left_out}",
        f"{forward.day:02} 03:00",
        f"{forward.day + 1:02} {left_out}",
    ]


@pytest.mark.parametrize(("zone", "forward", "back", "left_out", "twice"), CHANGES)
def test_a_time_that_occurs_twice_comes_the_first_time(zone, forward, back, left_out, twice):
    slots = Schedule(at=(twice,)).slots(zone)
    found = slots.between(*_days(back, 1, zone))
    assert _local(found, zone) == [f"{back.day:02} {twice}"]
    assert found[0].astimezone(ZoneInfo(zone)).fold == 0
    assert slots.after(found[0]) - found[0] == timedelta(hours=25)  # the next day's, not the second of this one


@pytest.mark.parametrize(("zone", "forward", "back", "left_out", "twice"), CHANGES)
def test_every_hour_passes_through_the_change(zone, forward, back, left_out, twice):
    for every, minutes in (("1h", 60), ("15m", 15)):
        slots = Schedule(every=every).slots(zone)
        for day, hours in ((forward, 23), (back, 25), (forward + timedelta(days=1), 24)):
            found = [one for one in slots.between(*_days(day, 1, zone)) if one.astimezone(ZoneInfo(zone)).date() == day]
            assert len(found) == hours * 60 // minutes
            assert {later - sooner for sooner, later in pairwise(found)} == {timedelta(minutes=minutes)}


@pytest.mark.parametrize(("zone", "forward", "back", "left_out", "twice"), CHANGES)
def test_what_comes_less_often_stays_on_the_clock(zone, forward, back, left_out, twice):
    slots = Schedule(every="6h").slots(zone)
    for day in (forward, back):
        found = [one for one in slots.between(*_days(day, 1, zone)) if one.astimezone(ZoneInfo(zone)).date() == day]
        assert [f"{one.astimezone(ZoneInfo(zone)):%H}" for one in found] == ["00", "06", "12", "18"]


def test_the_moments_in_words_of_the_world():
    assert moment_of(date(2026, 3, 8), time(2, 30), NEW_YORK) == _utc(2026, 3, 8, 7)
    assert moment_of(date(2026, 11, 1), time(1, 30), NEW_YORK) == _utc(2026, 11, 1, 5, 30)
    assert moment_of(date(2026, 3, 29), time(2, 0), BERLIN) == _utc(2026, 3, 29, 1)
    assert moment_of(date(2026, 10, 25), time(2, 59), BERLIN) == _utc(2026, 10, 25, 0, 59)
    assert moment_of(date(2026, 7, 1), time(12, 0), BERLIN) == _utc(2026, 7, 1, 10)


def test_a_zone_that_jumps_at_midnight():
    assert moment_of(date(2018, 11, 4), time(0, 0), ZoneInfo("America/Sao_Paulo")) == _utc(2018, 11, 4, 3)


@pytest.mark.parametrize(
    ("schedule", "moment", "after"),
    [
        ({"at": "18:00"}, _utc(2026, 6, 1, 12), _utc(2026, 6, 1, 18)),
        ({"at": "18:00"}, _utc(2026, 6, 1, 18), _utc(2026, 6, 2, 18)),  # the slot itself is over
        ({"at": ["18:00", "06:00"]}, _utc(2026, 6, 1, 18), _utc(2026, 6, 2, 6)),
        ({"at": "18:00", "on": "friday"}, _utc(2026, 6, 1, 12), _utc(2026, 6, 5, 18)),
        ({"at": "18:00", "on": ["monday", "friday"]}, _utc(2026, 6, 1, 19), _utc(2026, 6, 5, 18)),
        ({"every": "15m"}, _utc(2026, 6, 1, 12, 1), _utc(2026, 6, 1, 12, 15)),
        ({"every": "7h"}, _utc(2026, 6, 1, 22), _utc(2026, 6, 2)),  # begins anew at midnight
        ({"every": "30m", "from": "08:00", "to": "17:00"}, _utc(2026, 6, 1, 17), _utc(2026, 6, 2, 8)),
        ({"every": "30m", "from": "08:00", "to": "17:00"}, _utc(2026, 6, 1, 16, 40), _utc(2026, 6, 1, 17)),
        ({"every": "50m", "from": "08:55", "to": "09:05"}, _utc(2026, 6, 1), _utc(2026, 6, 1, 8, 55)),
        ({"at": "18:00", "zone": "Europe/Berlin"}, _utc(2026, 6, 1, 12), _utc(2026, 6, 1, 16)),
    ],
)
def test_the_next_slot(schedule, moment, after):
    assert Schedule.model_validate(schedule).slots("UTC").after(moment) == after


@pytest.mark.parametrize(
    "schedule",
    [
        {},
        {"every": "1h", "at": "18:00"},
        {"every": "30s"},
        {"every": "2d"},
        {"at": "24:00"},
        {"at": 1080},
        {"at": "18:00", "from": "08:00"},
        {"at": "18:00", "on": "someday"},
        {"at": "18:00", "zone": "Atlantis"},
    ],
)
def test_what_is_no_schedule_is_refused(schedule):
    with pytest.raises(ValidationError):
        Schedule.model_validate(schedule)


@pytest.mark.parametrize(
    ("schedule", "moment", "last", "closes"),
    [
        ({"at": "18:00"}, _utc(2026, 6, 1, 12), _utc(2026, 5, 31, 18), None),
        ({"at": "18:00"}, _utc(2026, 6, 1, 18), _utc(2026, 6, 1, 18), None),
        ({"at": "18:00", "on": "friday"}, _utc(2026, 6, 4, 12), _utc(2026, 5, 29, 18), None),
        ({"every": "15m"}, _utc(2026, 6, 1, 12, 1), _utc(2026, 6, 1, 12), _utc(2026, 6, 2)),
        ({"every": "30m", "from": "06:00", "to": "22:00"}, _utc(2026, 6, 1, 12, 1), _utc(2026, 6, 1, 12), _utc(2026, 6, 1, 22, 1)),
        ({"every": "30m", "from": "06:00", "to": "22:00"}, _utc(2026, 6, 1, 23), _utc(2026, 6, 1, 22), _utc(2026, 6, 1, 22, 1)),
        ({"every": "7h", "from": "06:00"}, _utc(2026, 6, 2, 5), _utc(2026, 6, 1, 21), _utc(2026, 6, 2)),
        ({"every": "15m", "on": "friday"}, _utc(2026, 6, 8), _utc(2026, 6, 5, 23, 45), _utc(2026, 6, 6)),
        ({**NIGHT, "on": "friday"}, _utc(2026, 6, 5, 23, 40), _utc(2026, 6, 5, 23, 30), _utc(2026, 6, 6, 4, 1)),
        ({**NIGHT, "on": "friday"}, _utc(2026, 6, 6, 2), _utc(2026, 6, 6, 2), _utc(2026, 6, 6, 4, 1)),
        ({**NIGHT, "on": "friday"}, _utc(2026, 6, 6, 23), _utc(2026, 6, 6, 4), _utc(2026, 6, 6, 4, 1)),
        ({"every": "6h", "from": "22:00", "to": "04:00"}, _utc(2026, 6, 6, 23), _utc(2026, 6, 6), _utc(2026, 6, 6, 4, 1)),
    ],
)
def test_the_slot_before_and_when_its_window_closes(schedule, moment, last, closes):
    slots = Schedule.model_validate(schedule).slots("UTC")
    assert (slots.last(moment), slots.closes(slots.last(moment))) == (last, closes)


@pytest.mark.parametrize(("zone", "forward", "back", "left_out", "twice"), CHANGES)
def test_a_window_in_the_hour_of_a_change_is_open_at_its_slots(zone, forward, back, left_out, twice):
    hour = left_out[:2]
    slots = Schedule.model_validate({"every": "15m", "from": f"{hour}:00", "to": f"{hour}:45"}).slots(zone)
    found = slots.between(*_days(forward, 1, zone))
    assert _local(found, zone) == [f"{forward.day:02} 03:00"]  # the hour is left out
    assert slots.closes(found[0]) == found[0] + timedelta(minutes=1)
    hour = twice[:2]
    slots = Schedule.model_validate({"every": "15m", "from": f"{hour}:00", "to": f"{hour}:45"}).slots(zone)
    found = slots.between(*_days(back, 1, zone))
    assert len(found) == 8  # the hour occurs twice
    assert {slots.closes(one) for one in found} == {found[-1] + timedelta(minutes=1)}


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        (
            {"at": ["18:15", "06:15"], "on": ["friday", "monday", "tuesday", "thursday", "wednesday"]},
            "at 06:15, 18:15 Monday to Friday (UTC)",
        ),
        ({"every": "15m", "from": "06:00", "to": "22:00", "zone": "Europe/Berlin"}, "every 15m from 06:00 to 22:00 (Europe/Berlin)"),
        ({"every": "90s", "on": ["sunday", "monday"]}, "every 90s Monday, Sunday (UTC)"),
        ({"every": "2h", "to": "12:00", "on": list(DAYS)}, "every 2h to 12:00 (UTC)"),
        (NIGHT, "every 30m from 22:00 to 04:00 (UTC)"),
    ],
)
def test_a_schedule_in_words(schedule, words):
    assert Schedule.model_validate(schedule).words("UTC") == words


CLOCK = st.times().map(lambda t: f"{t:%H:%M}")


@given(
    st.sampled_from(["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia", "America/Sao_Paulo"]),
    st.one_of(
        st.lists(st.times().map(lambda t: f"{t:%H:%M}"), min_size=1, max_size=4).map(lambda at: {"at": at}),
        st.sampled_from(["7m", "1h", "5h", "24h"]).map(lambda every: {"every": every}),
        st.tuples(st.sampled_from(["7m", "1h", "5h"]), CLOCK, CLOCK).map(lambda w: {"every": w[0], "from": w[1], "to": w[2]}),
    ),
    st.sets(st.sampled_from(DAYS)),
    st.datetimes(_utc(2011, 1, 1).replace(tzinfo=None), _utc(2030, 1, 1).replace(tzinfo=None)),
)
def test_the_slot_before_the_next_is_the_last(zone, schedule, days, start):
    slots = Schedule.model_validate({**schedule, "on": list(days)}).slots(zone)
    moment = start.replace(tzinfo=UTC)
    last, following = slots.last(moment), slots.after(moment)
    assert last <= moment < following
    assert slots.after(last) == following
    assert slots.last(following) == following


@given(
    st.sampled_from(["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "UTC", "America/Sao_Paulo"]),
    st.lists(st.times().map(lambda t: f"{t:%H:%M}"), min_size=1, max_size=4),
    st.sets(st.sampled_from(DAYS)),
    st.datetimes(_utc(2015, 1, 1).replace(tzinfo=None), _utc(2030, 1, 1).replace(tzinfo=None)),
)
def test_slots_only_go_forward_and_no_way_of_asking_misses_one(zone, times, days, start):
    slots = Schedule(at=tuple(times), on=tuple(days)).slots(zone)
    moment = start.replace(tzinfo=UTC)
    stepped = []
    for _ in range(6):
        moment = slots.after(moment)
        stepped.append(moment)
    assert stepped == sorted(set(stepped))
    assert slots.between(start.replace(tzinfo=UTC), stepped[-1]) == stepped


def _open_day(local: datetime, first: time, last: time) -> date | None:
    """The day on which the window opened that a local time lies in."""
    clock = local.time()
    if first <= last:
        return local.date() if first <= clock <= last else None
    return local.date() if clock >= first else local.date() - timedelta(days=1) if clock <= last else None


@given(
    st.sampled_from([*CHANGES, ("UTC", date(2026, 6, 1), date(2026, 12, 1), "", "")]),
    st.sampled_from([15, 30]),
    st.integers(0, 23),
    st.integers(2, 23),
    st.sets(st.sampled_from(DAYS)),
)
def test_every_slot_of_a_window_comes_once_over_midnight_and_changes_of_the_clock(change, step, opens, hours, on):
    """Against each minute that passes: what the clock of the zone shows in it decides."""
    zone, *days = change[:3]
    first, last = time(opens), time((opens + hours) % 24)
    schedule = {"every": f"{step}m", "from": f"{first:%H:%M}", "to": f"{last:%H:%M}", "on": list(on)}
    slots = Schedule.model_validate(schedule).slots(zone)
    wanted = {DAYS.index(day) for day in on} or set(range(7))
    for day in days:
        begin = datetime.combine(day - timedelta(days=2), time(12), UTC)
        expected = []
        for moment in (begin + timedelta(minutes=n) for n in range(1, 4 * 1440 + 1)):
            local = moment.astimezone(ZoneInfo(zone))
            opened = _open_day(local, first, last)
            if local.minute % step == 0 and opened is not None and opened.weekday() in wanted:
                expected.append(moment)
        assert slots.between(begin, begin + timedelta(days=4)) == expected
        for slot in expected:
            assert slots.last(slot) == slot
            closes = slots.closes(slot)
            assert closes is not None
            inside = [one for one in expected if slot < one < closes]
            assert slots.closes(inside[-1] if inside else slot) == closes
            assert slots.open_until(slot - timedelta(minutes=1), slot) == closes
            assert slots.open_until(slot, slot) == slot  # it is done


WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday")
ONE = st.one_of(
    st.lists(CLOCK, min_size=1, max_size=3).map(lambda at: {"at": at}),
    st.tuples(st.sampled_from(["15m", "1h", "5h"]), CLOCK, CLOCK).map(lambda w: {"every": w[0], "from": w[1], "to": w[2]}),
)


@given(st.sampled_from([one[0] for one in CHANGES]), ONE, ONE, st.booleans(), st.data())
def test_several_schedules_have_the_slots_of_each_and_none_twice(zone, one, other, is_apart, data):
    """Weekdays and weekends, or both every day."""
    said = ({**one, "on": WEEK}, {**other, "on": ("saturday", "sunday")}) if is_apart else (one, other)
    parts = tuple(Schedule.model_validate(schedule).slots(zone) for schedule in said)
    both = Together(parts)
    change = next(row for row in CHANGES if row[0] == zone)
    begin = datetime.combine(data.draw(st.sampled_from(change[1:3])) - timedelta(days=2), time(), UTC)
    until = begin + timedelta(days=7)
    expected = sorted({slot for part in parts for slot in part.between(begin, until)})
    found, moment = [], begin
    while (moment := both.after(moment)) <= until:
        found.append(moment)
        assert both.last(moment) == moment
    assert found == expected
    for slot in expected:
        ends = [part.closes(slot) for part in parts if part.last(slot) == slot]
        assert both.closes(slot) == (None if None in ends else max(ends))


def test_what_one_schedule_owes_is_not_too_late_because_the_window_of_another_is_closed():
    times = Schedule.model_validate({"at": "18:15"}).slots("UTC")
    window = Schedule.model_validate({"every": "1h", "from": "06:00", "to": "22:00"}).slots("UTC")
    before, now = _utc(2026, 6, 1, 18), _utc(2026, 6, 1, 23)
    assert window.open_until(before, now) == now
    assert Together((window, times)).open_until(before, now) > now + timedelta(days=1000)
    assert Together((window, times)).open_until(_utc(2026, 6, 1, 18, 15), now) == now
