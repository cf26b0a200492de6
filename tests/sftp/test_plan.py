"""The rules of a pickup, as examples and as laws over random folders and ledgers."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sftp.errors import ServerFailureError
from sftp.files import RemoteFile
from sftp.ledger import LedgerRow, PickupState
from sftp.listing import MOST_LEFT, MOST_NEW, sifted
from sftp.plan import Alarm, AlarmKind, Archive, Finish, Forget, Look, Take, Unclaim, plan
from sftp.settings import PickupSettings

NOW = datetime(2025, 3, 4, 12, 0, tzinfo=UTC)
BEFORE = NOW - timedelta(seconds=10)
DEFAULT = PickupSettings(folder="out")


def file(path=b"a.edi", size=100, mtime=5, is_regular=True):
    return RemoteFile(path, size, mtime, is_regular)


def row(state=PickupState.SEEN, path=b"a.edi", size=100, mtime=5, **changes):
    made = LedgerRow(path, size, mtime, state, first_seen=BEFORE)
    if state is not PickupState.SEEN:
        made = replace(made, claimed_as=b".work/" + made.claim_id.encode() + b"-" + path)
    return replace(made, **changes)


def of(**changes):
    return PickupSettings.model_validate({"folder": "out", **changes})


# two looks


def test_the_first_look_is_remembered():
    [look] = plan([file()], [], NOW, DEFAULT)
    assert look == Look(LedgerRow(b"a.edi", 100, 5, PickupState.SEEN, first_seen=NOW))


def test_the_second_look_takes():
    [take] = plan([file()], [row()], NOW, DEFAULT)
    assert isinstance(take, Take)
    assert (take.source, take.at) == (b"a.edi", b".work/" + row().claim_id.encode() + b"-a.edi")
    assert (take.row.state, take.row.second_seen, take.row.claimed_as) == (PickupState.CLAIMED, NOW, take.at)


def test_a_second_look_too_soon_waits():
    assert plan([file()], [row(first_seen=NOW - timedelta(seconds=9))], NOW, DEFAULT) == ()


def test_a_file_that_a_clock_which_was_ahead_has_seen_is_seen_anew():
    ahead = row(first_seen=NOW + timedelta(hours=2))
    assert plan([file()], [ahead], NOW, DEFAULT) == (Look(replace(ahead, first_seen=NOW)),)


@pytest.mark.parametrize("change", [{"size": 101}, {"mtime": 6}])
def test_another_size_or_time_is_another_file_and_begins_anew(change):
    grown = file(**change)
    assert plan([grown], [row()], NOW, DEFAULT) == (
        Forget(row()),
        Look(LedgerRow(b"a.edi", grown.size, grown.mtime, PickupState.SEEN, first_seen=NOW)),
    )


def test_without_size_or_time_two_looks_are_impossible():
    for missing in ({"size": None}, {"mtime": None}):
        first = plan([file(**missing)], [], NOW, DEFAULT)
        assert Alarm(AlarmKind.ATTRIBUTES_MISSING, b"a.edi") in first
        later = plan([file(**missing)], [row(**missing)], NOW, DEFAULT)
        assert not any(isinstance(action, Take) for action in first + later)


# the other stable rules


def test_a_partner_that_renames_needs_no_second_look():
    [take] = plan([file()], [], NOW, of(stable="partner_renames"))
    assert isinstance(take, Take)


@pytest.mark.parametrize("marker", [b"a.edi.done", b"a.done"])
def test_a_done_marker_says_that_the_file_is_complete(marker):
    [take] = plan([file(size=None, mtime=None), file(marker, size=0)], [], NOW, of(stable="done_marker"))
    assert isinstance(take, Take)
    assert take.markers == (marker,)


def test_without_its_marker_a_file_waits():
    [look] = plan([file(), file(b"b.edi.done", size=0)], [], NOW, of(stable="done_marker"))
    assert isinstance(look, Look)


def test_a_marker_that_two_files_could_mean_means_none():
    actions = plan([file(b"a.edi"), file(b"a.xml"), file(b"a.done", size=0)], [], NOW, of(stable="done_marker"))
    assert {type(action) for action in actions} == {Look}


def test_the_marker_of_a_file_that_is_tidied_away_does_not_vouch_for_the_next():
    begun = row(PickupState.COMMITTED)
    actions = plan([file(begun.claimed_as), file(b"a.xml"), file(b"a.done", size=0)], [begun], NOW, of(stable="done_marker"))
    assert [type(action) for action in actions] == [Archive, Look]
    assert actions[0].markers == (b"a.done",)


# what is not wanted


@pytest.mark.parametrize(
    "name",
    [b".hidden", b"a.0123456789ab.work", b"not.edi", b"not.tmp", b"sub/a.csv"],
)
def test_names_that_are_meant_to_stay_are_left_alone(name):
    assert plan([file(name)], [], NOW, of(patterns=["*.edi", "*.work", ".*"], ignore=["not*"])) == ()


@pytest.mark.parametrize(
    ("name", "kind"),
    [(b"a.csv", AlarmKind.NOT_MATCHED)]
    + [(name, AlarmKind.UNFINISHED) for name in (b"a.tmp", b"A.TMP", b"a.part", b"a.filepart", b"a.writing", b"a.lock", b".a.tmp")],
)
def test_names_that_nobody_asked_for_are_never_taken_and_told_after_a_while(name, kind):
    chosen = of(patterns=["*.edi", "*.tmp", "*.part", ".*"], told_after=60)
    [look] = plan([file(name)], [], NOW, chosen)
    assert look == Look(row(path=name, first_seen=NOW), takes_next=False)
    assert plan([file(name)], [look.row], NOW + timedelta(seconds=59), chosen) == ()
    assert plan([file(name)], [look.row], NOW + timedelta(seconds=60), chosen) == (Alarm(kind, name),)
    assert plan([file(name, size=101)], [look.row], NOW + timedelta(seconds=60), chosen) == (
        Forget(look.row),
        Look(row(path=name, size=101, first_seen=NOW + timedelta(seconds=60)), takes_next=False),
    ), "what still grows is another file"
    assert plan([], [look.row], NOW, chosen) == (Forget(look.row),)


def test_folders_and_links_are_left_alone():
    assert plan([file(is_regular=False)], [], NOW, DEFAULT) == ()


def test_hostile_names_alarm_and_are_not_touched():
    for name in (b"a\nb.edi", b"a\x00.edi", b"x" * 256):
        assert plan([file(name)], [], NOW, DEFAULT) == (Alarm(AlarmKind.BAD_NAME, name),)


def test_a_name_that_is_not_utf8_is_a_name_like_any_other():
    name = b"\xff\xe9.edi"
    [take] = plan([file(name)], [row(path=name)], NOW, DEFAULT)
    assert isinstance(take, Take)


def test_a_file_over_the_limit_is_not_claimed():
    assert plan([file(size=11)], [row(size=11)], NOW, of(max_bytes=10)) == (Alarm(AlarmKind.TOO_LARGE, b"a.edi"),)


def test_an_empty_file_is_never_taken_and_alarms_after_an_hour():
    assert plan([file(size=0)], [row(size=0)], NOW, DEFAULT) == ()
    old = row(size=0, first_seen=NOW - timedelta(hours=1))
    assert plan([file(size=0)], [old], NOW, DEFAULT) == (Alarm(AlarmKind.EMPTY_FILE, b"a.edi"),)


# after a crash


def test_an_own_claim_is_read_again_without_renaming():
    begun = row(PickupState.CLAIMED)
    [take] = plan([file(begun.claimed_as)], [begun], NOW, DEFAULT)
    assert (take.source, take.at, take.row) == (begun.claimed_as, begun.claimed_as, begun)


def test_a_claim_that_was_not_renamed_is_claimed_again_under_the_same_name():
    begun = row(PickupState.CLAIMED)
    [take] = plan([file()], [begun], NOW, DEFAULT)
    assert (take.source, take.at) == (b"a.edi", begun.claimed_as)


def test_a_claimed_file_that_grew_goes_back():
    begun = row(PickupState.CLAIMED)
    assert plan([file(begun.claimed_as, size=200)], [begun], NOW, DEFAULT) == (Unclaim(begun, begun.claimed_as),)


def test_a_claimed_file_that_is_gone_is_forgotten_with_an_alarm():
    begun = row(PickupState.CLAIMED)
    assert plan([], [begun], NOW, DEFAULT) == (Forget(begun), Alarm(AlarmKind.VANISHED, b"a.edi"))


def test_committed_is_only_tidied():
    begun = row(PickupState.COMMITTED)
    assert plan([file(begun.claimed_as)], [begun], NOW, DEFAULT) == (Archive(begun, begun.claimed_as),)
    assert plan([], [begun], NOW, DEFAULT) == (Finish(begun),)


def test_finished_and_still_there_is_archived_again_but_not_for_ever():
    begun = row(PickupState.FINISHED)
    assert plan([file()], [begun], NOW, DEFAULT) == (Archive(begun, b"a.edi"),)
    tried = replace(begun, failures=3)
    assert plan([file()], [tried], NOW, DEFAULT) == (Alarm(AlarmKind.NOT_ARCHIVED, b"a.edi"),)
    assert plan([file()], [begun], NOW, of(after="keep")) == ()


def test_the_same_name_with_new_content_is_a_new_file():
    for claim in ("work_folder", "none"):
        begun = row(PickupState.FINISHED)
        begun = replace(begun, claimed_as=b"a.edi") if claim == "none" else begun
        [look] = plan([file(mtime=6)], [begun], NOW, of(claim=claim))
        assert isinstance(look, Look)


def test_a_claim_that_nobody_remembers_is_read_after_half_an_hour():
    orphan = file(b".work/0123456789ab-a.edi")
    [look] = plan([orphan], [], NOW, DEFAULT)
    assert isinstance(look, Look)
    waiting = look.row
    assert plan([orphan], [waiting], NOW + timedelta(minutes=29), DEFAULT) == ()
    [take] = plan([orphan], [waiting], NOW + timedelta(minutes=30), DEFAULT)
    assert (take.source, take.at) == (orphan.path, orphan.path)


# order


def test_by_time_then_by_name():
    listing = [file(b"b.edi", mtime=2), file(b"c.edi", mtime=1), file(b"a.edi", mtime=2)]
    actions = plan(listing, [], NOW, of(stable="partner_renames"))
    assert [action.source for action in actions] == [b"c.edi", b"a.edi", b"b.edi"]


def test_a_strict_folder_stops_at_the_first_file_that_must_wait():
    listing = [file(b"a.edi", mtime=1), file(b"b.edi", mtime=2), file(b"c.edi", mtime=3)]
    ledger = [row(path=b"a.edi", mtime=1), row(path=b"c.edi", mtime=3)]
    by_time = plan(listing, ledger, NOW, DEFAULT)
    assert [action.source for action in by_time if isinstance(action, Take)] == [b"a.edi", b"c.edi"]
    strict = plan(listing, ledger, NOW, of(fifo="strict"))
    assert [action.source for action in strict if isinstance(action, Take)] == [b"a.edi"]


# laws

NAMES = st.sampled_from([b"a.edi", b"b.edi", b"b.xml", b"c.tmp", b".d", b"e\n.edi", b"b.edi.done", b"b.done"])
SIZES = st.sampled_from([None, 0, 1, 2, 1 << 31])
TIMES = st.sampled_from([None, 0, 1, 2])
MOMENTS = st.sampled_from([NOW, NOW - timedelta(seconds=5), BEFORE, NOW - timedelta(minutes=31), NOW - timedelta(days=1)])
SETTINGS = st.builds(
    PickupSettings,
    folder=st.just("out"),
    stable=st.sampled_from(["two_looks", "done_marker", "partner_renames"]),
    claim=st.sampled_from(["work_folder", "suffix", "none"]),
    after=st.sampled_from(["archive", "delete", "keep"]),
    fifo=st.sampled_from(["by_time", "strict"]),
)


@st.composite
def worlds(draw):
    from sftp.names import claim_name

    chosen = draw(SETTINGS)
    rows, listing = {}, {}
    for _ in range(draw(st.integers(0, 5))):
        made = LedgerRow(draw(NAMES), draw(SIZES), draw(TIMES), draw(st.sampled_from(list(PickupState))), first_seen=draw(MOMENTS))
        if made.state is not PickupState.SEEN:
            made = replace(made, claimed_as=claim_name(made.path, made.claim_id, chosen), failures=draw(st.integers(0, 4)))
        rows[made.key] = made
        place = draw(st.sampled_from([None, made.path, made.claimed_as]))
        if place is not None:
            listing[place] = RemoteFile(place, made.size, made.mtime, is_regular=True)
    for _ in range(draw(st.integers(0, 4))):
        path = draw(st.one_of(NAMES, st.just(b".work/0123456789ab-z.edi")))
        listing[path] = RemoteFile(path, draw(SIZES), draw(TIMES), is_regular=draw(st.booleans()))
    return draw(st.permutations(list(listing.values()))), list(rows.values()), chosen


@given(worlds())
@settings(max_examples=300, deadline=None)
def test_laws(world):
    listing, ledger, chosen = world
    actions = plan(listing, ledger, NOW, chosen)
    takes = [action for action in actions if isinstance(action, Take)]
    listed = {entry.path: entry for entry in listing if entry.is_regular}
    states = {entry.key: entry.state for entry in ledger}
    done = {PickupState.COMMITTED, PickupState.FINISHED}

    # nothing is read twice: no place, no file, and nothing that the store has
    assert len({take.source for take in takes}) == len(takes)
    assert len({take.at for take in takes}) == len(takes)
    assert len({take.row.key for take in takes}) == len(takes)
    assert not any(states.get(take.row.key) in done for take in takes)

    for take in takes:
        # what is taken is there, as it was seen
        there = listed[take.source]
        assert (there.size, there.mtime) == (take.row.size, take.row.mtime)
        assert take.row.state is PickupState.CLAIMED
        assert take.row.claimed_as == take.at
        # nothing unstable is read: it was claimed before, or has waited, or its partner says that it is complete
        if states.get(take.row.key) is not PickupState.CLAIMED and chosen.stable == "two_looks":
            assert there.size is not None
            assert there.mtime is not None
            assert NOW - take.row.first_seen >= timedelta(seconds=chosen.looks_apart)

    # order
    order = [(take.row.mtime or 0, take.row.path) for take in takes]
    assert order == sorted(order)

    # one step per file, and the same plan from the same world however the listing comes
    touched = [action.row.key for action in actions if not isinstance(action, Alarm)]
    assert len(touched) == len(set(touched))
    assert set(plan(listing[::-1], ledger[::-1], NOW, chosen)) == set(actions)


@given(worlds())
@settings(max_examples=300, deadline=None)
def test_what_is_sifted_out_of_a_listing_changes_nothing(world):
    listing, ledger, chosen = world
    kept = sifted(listing, ledger, chosen)
    assert kept.count == len(listing)
    assert plan(kept.files, ledger, NOW, chosen) == plan(listing, ledger, NOW, chosen)


def test_of_many_new_files_the_oldest_are_kept_and_of_others_all():
    listing = [file(b"%05d.edi" % number, mtime=20_000 - number) for number in range(20_000)]
    kept = sifted(listing, [row(path=b"00000.edi", mtime=20_000)], DEFAULT)
    assert kept.count == 20_000
    assert kept.files[0].path == b"00000.edi", "which we have begun with"
    assert [found.mtime for found in kept.files[1:]] == list(range(1, MOST_NEW + 1))


@pytest.mark.parametrize("stable", ["two_looks", "done_marker"])
def test_of_many_files_that_nobody_fetches_a_few_are_remembered_and_the_same_ones_again(stable):
    chosen = of(patterns=["*.edi"], stable=stable)
    listing = [file(b"%05d.csv" % number) for number in range(5_000)]
    [first, *_] = rows = [look.row for look in plan(sifted([*listing, file()], [], chosen).files, [], NOW, chosen) if not look.takes_next]
    assert len(rows) == MOST_LEFT
    again = sifted(listing[::-1], rows, chosen)
    assert again.count == 5_000
    assert {found.path for found in again.files} == {known.path for known in rows}
    assert len(sifted([found for found in listing if found.path != first.path], rows[1:], chosen).files) == MOST_LEFT, (
        "room for another one"
    )


def test_a_folder_without_end_is_given_up(monkeypatch):
    monkeypatch.setattr("sftp.listing._MOST_NAMES", 1_000)
    with pytest.raises(ServerFailureError):
        sifted((file(b"a.csv") for _ in itertools.count()), [], of(patterns=["*.edi"]))


def test_a_claim_that_stands_for_half_an_hour_is_told():
    begun = row(PickupState.CLAIMED, second_seen=NOW - timedelta(minutes=30))
    [take, alarm] = plan([file(begun.claimed_as)], [begun], NOW, DEFAULT)
    assert (take.source, alarm) == (begun.claimed_as, Alarm(AlarmKind.CLAIMED_LONG, b"a.edi"))
