"""The table of as2/CHECKLIST.md names every point, and for each of them tests that are there."""

import re
from functools import cache

from tests.support.readme import ROOT

POINTS = [f"A{number:02}" for number in range(1, 52)]


@cache
def names_by_file() -> dict[str, frozenset[str]]:
    """The names of the test functions of each file, by its path below `tests`."""
    found = {}
    for path in (ROOT / "tests").rglob("test_*.py"):
        names = re.findall(r"^\s*(?:async )?def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
        found[path.relative_to(ROOT / "tests").as_posix()] = frozenset(names)
    return found


def rows() -> list[list[str]]:
    table = (ROOT / "as2" / "CHECKLIST.md").read_text(encoding="utf-8")
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table.splitlines() if re.match(r"\| A\d\d ", line)]


def test_every_point_has_its_row_and_none_is_open():
    assert [row[0] for row in rows()] == POINTS
    assert [row[0] for row in rows() if len(row) != 4 or row[3] != "passes" or not row[1]] == []


def test_the_tests_named_are_there_and_belong_to_their_point():
    everywhere = {name for names in names_by_file().values() for name in names}
    faults = []
    for point, _, shown, _ in rows():
        named = re.findall(r"`([^`]+)`", shown)
        if not named:
            faults.append(f"{point}: no test")
        for name in named:
            file, _, function = name.rpartition("::")
            there = function in (names_by_file().get(file, frozenset()) if file else everywhere)
            belongs = bool(file) or point in function
            if not (there and belongs):
                faults.append(f"{point}: {name}")
    assert faults == []


def test_a_point_with_tests_of_its_number_names_one_of_them():
    """Where tests have the number of a point, the table names one of them at least."""
    table = {row[0]: row[2] for row in rows()}
    for point in POINTS:
        own = {name for names in names_by_file().values() for name in names if re.match(rf"test_(A\d\d_)*{point}_", name)}
        assert not own or any(name in table[point] for name in own), point
