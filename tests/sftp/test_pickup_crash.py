"""The process ends at every single call, and the next run sets everything right."""

import pytest

from sftp.pickup import Pickup
from sftp.settings import PickupSettings
from tests.support.ledger import MemoryLedger
from tests.support.memory_files import KilledError, MemoryFiles, Saboteur

SETTINGS = {
    "two looks, archive": {},
    "two looks, claimed by suffix, delete": {"claim": "suffix", "after": "delete"},
    "two looks, no claim, archive": {"claim": "none"},
    "two looks, no claim, keep": {"claim": "none", "after": "keep"},
    "two looks, keep": {"after": "keep"},
    "done marker": {"stable": "done_marker"},
    "partner renames": {"stable": "partner_renames"},
    "strict order": {"fifo": "strict"},
}


class World:
    """One server folder with three files, one store; the process in it may end."""

    def __init__(self, tmp_path, clock, changes):
        self.settings = PickupSettings.model_validate({"folder": "out", **changes})
        self.clock = clock
        self.tmp_path = tmp_path
        self.files = MemoryFiles(b"out")
        self.ledger = MemoryLedger()
        for number, name in enumerate((b"a.edi", b"b.edi", b"c.xml")):
            self.files.put(b"out/" + name, b"content of " + name, mtime=number)
            if self.settings.stable == "done_marker":
                self.files.put(b"out/" + name + b".done", b"", mtime=number)

    def run(self, saboteur=None):
        files, ledger, take = self.files, self.ledger, self.ledger.take
        if saboteur is not None:
            files, ledger, take_one = saboteur.wrap(files), saboteur.wrap(ledger), saboteur.watch(self.ledger.take_one)

            def take(picked):
                return [take_one(file) for file in picked]

        report = Pickup(self.settings, ledger, take, scratch=self.tmp_path, clock=self.clock, keep_free=0).run(files)
        self.clock.wait(10)
        return report

    def run_until_quiet(self):
        for _ in range(4):
            self.run()

    def check(self):
        assert sorted(name for name, _ in self.ledger.taken) == ["a.edi", "b.edi", "c.xml"], "each once"
        assert all(data == b"content of " + name.encode() for name, data in self.ledger.taken)
        assert set(self.ledger.states) == {"finished"}
        here = {path for path in self.files.files if not path.startswith(b"out/archive/")}
        kept = {b"out/a.edi", b"out/b.edi", b"out/c.xml"} if self.settings.after == "keep" else set()
        assert here == kept, "the folder is clean"
        archived = [path for path in self.files.files if path.startswith(b"out/archive/2025/03/")]
        assert len(archived) == (3 if self.settings.after == "archive" else 0)


def calls_of_a_whole_run(tmp_path, clock, changes):
    world, saboteur = World(tmp_path, clock, changes), Saboteur(0, after=False)
    for _ in range(3):
        world.run(saboteur)
    world.check()
    return saboteur.calls


@pytest.mark.parametrize("changes", SETTINGS.values(), ids=SETTINGS)
def test_whatever_call_is_the_last_each_file_is_taken_once_and_the_folder_is_clean(tmp_path, clock, changes):
    calls = calls_of_a_whole_run(tmp_path, clock, changes)
    assert calls > 15
    for call in range(1, calls + 1):
        for after in (False, True):
            world, saboteur = World(tmp_path, clock, changes), Saboteur(call, after=after)
            try:
                for _ in range(3):
                    world.run(saboteur)
            except KilledError:
                clock.wait(10)
            world.run_until_quiet()
            world.check()


def test_the_process_ends_twice_in_a_row(tmp_path, clock):
    calls = calls_of_a_whole_run(tmp_path, clock, {})
    for first in range(1, calls + 1, 3):
        for second in range(1, 14):
            world = World(tmp_path, clock, {})
            for call in (first, second):
                try:
                    saboteur = Saboteur(call, after=bool(call % 2))
                    for _ in range(3):
                        world.run(saboteur)
                except KilledError:
                    clock.wait(10)
            world.run_until_quiet()
            world.check()
