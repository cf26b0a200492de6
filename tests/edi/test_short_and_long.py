"""The short way of validation (`edi.brief`) against the long one: what is proven has no finding, and what has one is found by both alike."""

import os
import random
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from edi.brief import Brief
from edi.errors import EdiError
from edi.finding import Finding
from edi.grammar.load import load, releases, sets
from edi.grammar.model import LoopUse, MessageDef
from edi.proof.prove import track_of
from edi.proof.table import table_of
from edi.read import read
from edi.structure import place
from edi.tolerance import STANDARD, Tolerance
from edi.validate import validate_interchange
from edi.values import Standard
from edi.walk import Level, forward, tags
from tests.corpus.documents import CORPUS, documents
from tests.support.interchanges import X12_850
from tests.support.mutants import mutants, mutate

FORGIVING = Tolerance(lower_case=None, code_lists=None, padding=None, trailing_separators=None)


def found(data: bytes, tolerance: Tolerance) -> list[Finding] | None:
    try:
        return [finding for one in read(data, tolerance=tolerance) for finding in validate_interchange(one, tolerance=tolerance).findings]
    except EdiError:
        return None


def differing(inputs: Iterator[tuple[str, bytes]], monkeypatch: pytest.MonkeyPatch, tolerance: Tolerance) -> list[str]:
    listed = list(inputs)
    monkeypatch.setattr("edi.proof.track.WORTHWHILE", 0)
    short = [found(data, tolerance) for _, data in listed]
    assert any(one == [] for one in short)
    with monkeypatch.context() as patch:
        patch.setattr(Brief, "check", lambda _, *, is_near: None)  # named so by its callers
        patch.setattr(Brief, "is_proven", lambda *_: False)
        long = [found(data, tolerance) for _, data in listed]
    return [name for (name, _), by_short, by_long in zip(listed, short, long, strict=True) if by_short != by_long]


@pytest.mark.parametrize("tolerance", [STANDARD, FORGIVING], ids=["standard", "forgiving"])
def test_damaged_files_have_the_same_findings(tolerance: Tolerance, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = list(mutants(each=2))
    if os.environ.get("CI"):  # there each file is read by one of the two, by hand by both
        listed = listed[tolerance is STANDARD :: 2]
    assert not differing(iter(listed), monkeypatch, tolerance)


@pytest.mark.corpus
def test_the_corpus_has_the_same_findings(monkeypatch: pytest.MonkeyPatch) -> None:
    if not CORPUS.is_dir():
        pytest.skip("the shared corpus is not here")
    pick = random.Random(11)

    def files() -> Iterator[tuple[str, bytes]]:
        for number, document in enumerate(documents()):
            data = document.read_bytes()
            if document.standard in ("x12", "edifact") and len(data) < 20_000:
                yield (document.path, data) if number % 3 else (f"{document.path}, damaged", mutate(data, pick))

    assert not differing(files(), monkeypatch, STANDARD)


def messages() -> Iterator[MessageDef]:
    for standard in Standard:
        for release in releases(standard):
            for set_id in sets(standard, release):
                message = load(standard, release, set_id)
                assert message is not None
                yield message


def test_the_table_takes_the_steps_of_the_walker() -> None:
    """Along random walks through every grammar: the same place where the walker has nothing to say, and no step where it has."""
    pick = random.Random(3)
    for message in messages():
        table, known = table_of(message), sorted(tags(message.root))
        for _ in range(4):
            state, levels = table.start, [Level(message.root, -1, {})]
            for tag in pick.choices(known, k=80):
                by_table, by_walker = table.step(state, tag), forward(levels, tag)
                is_right = by_walker is not None and by_walker.rank == 0
                assert is_right is (by_table is not None), (message.set_id, message.release, tag)
                if by_table is None or by_walker is None:
                    continue
                assert (by_table.depth, by_table.child) == (by_walker.depth, by_walker.child)
                state = by_table.state
                del levels[by_walker.depth + 1 :]
                level, child = levels[-1], levels[-1].use.children[by_walker.child]
                level.index = by_walker.child
                level.counts[level.index] = level.counts.get(level.index, 0) + 1
                if isinstance(child, LoopUse):
                    levels.append(Level(child, 0, {0: 1}))


def test_what_comes_too_often_is_not_proven_however_often_it_may_come() -> None:
    """Limits too large for the table are kept all the same: PID of an 850 may come 200 times at its head, 1000 times in each line."""

    def told(heads: int, lines: int) -> list[str]:
        pid = "PID*F****BLUE~"
        body = f"BEG*00*SA*1**20261118~{pid * heads}" + f"PO1*1*1*EA*1**UP*085234500106~{pid * 150}" * lines
        count = body.count("~") + 2
        data = X12_850[: X12_850.index(b"ST*850*0001")] + f"ST*850*0001~{body}SE*{count}*0001~GE*1*4711~IEA*1*000004711~".encode()
        return [finding.code.value for one in read(data) for finding in validate_interchange(one).findings]

    assert told(200, 3) == []
    assert told(201, 3) == ["segment-repeats-too-often"]


def test_threads_that_learn_at_once_find_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edi.proof.track.WORTHWHILE", 0)
    track_of.cache_clear()
    listed = [data for _, data in mutants(each=1)][:: 8 if os.environ.get("CI") else 4]

    def judged(seed: int) -> dict[int, list[Finding] | None]:
        order = list(range(len(listed)))
        random.Random(seed).shuffle(order)
        return {at: found(listed[at], STANDARD) for at in order}

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(4) as pool:
            first, *others = pool.map(judged, range(4))
    finally:
        sys.setswitchinterval(interval)
    assert all(other == first for other in others)


def test_a_set_that_is_proven_is_planted_as_the_walker_would(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tree of a proven set is made by the table (`edi.plant`); the walker makes the same."""
    monkeypatch.setattr("edi.proof.track.WORTHWHILE", 0)
    compared = 0
    for _, data in mutants(each=2):
        try:
            validations = [one for interchange in read(data) for one in validate_interchange(interchange).validations]
        except EdiError:
            continue
        for one in validations:
            if one.planted is not None and one.planted.is_proven and one.message is not None:
                placed = place(one.transaction_set.segments, one.message, STANDARD)
                assert one.tree == placed.tree
                compared += 1
    assert compared > 50


def test_segments_are_split_as_the_lexer_would() -> None:
    """Where splitting is all there is to do, it is done at once (`edi.lines`); the lexer gives the same, place for place."""
    quick = 0
    for _, data in mutants(each=2):
        try:
            sets = [one for interchange in read(data) for one in interchange.transaction_sets]
        except EdiError:
            continue
        for one in sets:
            found = one.lines._quick()
            if found is not None:
                quick += 1
                assert found == tuple(segment for segment in one.lines.lexer() if segment.tag or segment.elements)
    assert quick > 100
