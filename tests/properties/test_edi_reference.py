"""The reader against a second one that shares nothing with it: the same segments, values, places and nesting for the same bytes."""

import random
import string
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.agreement import ours, theirs
from tests.support.mutants import CHANGES, bases, mutate

SIGNS = '!"#$%&()*+,-./:;<=>@[]^_`{|}~\x07\x15\x1c\x1d\x1e\x1f\x85\xa7'
BASES = bases()


@dataclass
class Written:
    """Bytes, and the bodies of the sets that are in them."""

    data: bytes
    sets: list[list[tuple[str, list[object]]]]


def _body(draw: st.DrawFn, alphabet: str, *, repeats: bool) -> list[tuple[str, list[object]]]:
    text = st.text(alphabet, max_size=6)
    parts = st.lists(text, min_size=2, max_size=3)
    values = [text, parts, *([st.lists(parts | text.map(lambda t: [t]), min_size=2, max_size=3)] if repeats else [])]
    tags = st.sampled_from(["BEG", "N1", "REF", "PO1", "FTX", "LIN", "BGM", "X"])
    return draw(st.lists(st.tuples(tags, st.lists(st.one_of(values), max_size=4)), max_size=5))


def _wire(value: object, component: str, repetition: str, release: str, escaped: str) -> str:
    def plain(text: str) -> str:
        return "".join(release + c if release and c in escaped else c for c in text)

    if isinstance(value, str):
        return plain(value)
    assert isinstance(value, list)
    if value and isinstance(value[0], list):
        return repetition.join(component.join(map(plain, part)) for part in value)
    return component.join(map(plain, value))


@st.composite
def written(draw: st.DrawFn) -> Written:
    """An interchange of either family with any separators, sets in groups or not, and any breaks after segments."""
    signs = draw(st.lists(st.sampled_from(SIGNS), min_size=5, max_size=5, unique=True))
    element, component, segment, repetition, release = signs
    x12 = draw(st.booleans())
    repeats = draw(st.booleans())
    alphabet = string.ascii_letters + string.digits + " " + ("" if x12 else "".join(signs) + "é")
    alphabet = alphabet if x12 or repeats else alphabet.replace(repetition, "")
    breaks = draw(st.sampled_from(["", "\n", "\r\n", " ", "\n\n \t"]))
    end, name = segment + breaks, "ST" if x12 else "UNH"
    sets = [[("", []), *_body(draw, alphabet, repeats=repeats)] for _ in range(draw(st.integers(1, 3)))]
    escaped = "".join(signs[:3]) + (repetition if repeats else "") + release
    lines: list[str] = []
    for number, body in enumerate(sets, 1):
        body[0] = (name, ["850", str(number)] if x12 else [str(number), ["ORDERS", "D", "96A", "UN"]])
        body.append(("SE" if x12 else "UNT", [str(len(body) + 1), str(number)]))
        for tag, elements in body:
            lines.append(element.join([tag, *(_wire(v, component, repetition, "" if x12 else release, escaped) for v in elements)]))
    grouped = x12 or draw(st.booleans())
    if grouped:
        kind = (
            ["GS", "PO", "A", "B", "20260102", "0304", "1", "X", "004010"]
            if x12
            else ["UNG", "ORDERS", "A", "B", f"1{component}1", "1", "UN"]
        )
        lines = [element.join(kind), *lines, element.join(["GE" if x12 else "UNE", str(len(sets)), "1"])]
    if x12:
        version = "00501" if repeats else "00401"
        fields = [
            "00",
            " " * 10,
            "00",
            " " * 10,
            "ZZ",
            "A".ljust(15),
            "ZZ",
            "B".ljust(15),
            "260102",
            "0304",
            repetition,
            version,
            "000000001",
            "0",
            "P",
        ]
        head = element.join(["ISA", *fields, component]) + end
    else:
        syntax = f"UNOC{component}{'4' if repeats else '3'}"
        prepared = f"260102{component}0304"
        head = f"UNA{component}{element}.{release}{repetition if repeats else ' '}{segment}"
        head += draw(st.sampled_from(["", "\n"])) + element.join(["UNB", syntax, "A", "B", prepared, "1"]) + end
    tail = element.join(["IEA" if x12 else "UNZ", "1", "1"]) + end
    return Written((head + "".join(line + end for line in lines) + tail).encode("latin-1"), sets)


@given(written())
@settings(max_examples=150, deadline=None)
def test_what_stands_on_the_wire_is_what_both_readers_read(one: Written) -> None:
    read, reference = ours(one.data), theirs(one.data)
    assert read == reference
    sets = [line for line in read if line[0] == "set"]
    assert [line[2] for line in sets] == [len(body) for body in one.sets]
    bodies = [(tag, elements) for body in one.sets for tag, elements in body]
    tags = {tag for tag, _ in bodies}
    assert [(line[0], line[1]) for line in read if line[0] in tags] == [(tag, list(elements)) for tag, elements in bodies]


def test_a_line_break_may_even_be_the_release_character() -> None:
    agree(b'UNA"!.\n #UNB!UNOC"3!A!B!260102"0304!1#\n\n \tUNH!1!ORDERS"D"96A"UN#%\n \tUNT!2!1#\n\n \tUNZ!1!1#\n\n \t')


@given(written(), st.randoms(use_true_random=False))
@settings(max_examples=300, deadline=None)
def test_both_readers_read_the_same_from_damaged_bytes(one: Written, pick: random.Random) -> None:
    agree(mutate(one.data, pick))


@given(st.sampled_from(sorted(BASES)), st.sampled_from(sorted(CHANGES)), st.integers(0, 2**32))
@settings(max_examples=300, deadline=None)
def test_both_readers_read_the_same_from_changed_and_damaged_files(base: str, change: str, seed: int) -> None:
    agree(mutate(CHANGES[change](BASES[base]), random.Random(seed)))


def agree(data: bytes) -> None:
    assert ours(data) == theirs(data)
