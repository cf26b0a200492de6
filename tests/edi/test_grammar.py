"""The grammar files: what is built in, that they load, and that they cannot be ambiguous."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import pytest

import edi.grammar.load as load_module
import edi.grammar.nearest as nearest_module
from edi.errors import GrammarError
from edi.grammar.check import Ambiguity, ambiguities, faults
from edi.grammar.industry import code_layer
from edi.grammar.load import load, releases, service_segments, sets
from edi.grammar.model import CompositeDef, ElementDef, LoopUse, MessageDef, Requirement, SegmentDef, SegmentUse
from edi.values import Standard

X12, EDIFACT = Standard.X12, Standard.EDIFACT
FACTS = Path(__file__).resolve().parents[3] / "shared" / "facts"
BUILT_IN = [(standard, release, set_id) for standard in Standard for release in releases(standard) for set_id in sets(standard, release)]


def built(standard: Standard, release: str, set_id: str) -> MessageDef:
    message = load(standard, release, set_id)
    assert message is not None
    return message


def flat(loop: LoopUse) -> list[SegmentUse | LoopUse]:
    return [place for child in loop.children for place in (child, *(flat(child) if isinstance(child, LoopUse) else ()))]


class TestWhatIsBuiltIn:
    def test_the_sets_of_the_main_road_are_there(self) -> None:
        assert {"850", "856", "997"} <= set(sets(X12, "004010"))
        assert {"ORDERS", "DESADV"} <= set(sets(EDIFACT, "D96A"))

    @pytest.mark.parametrize(("standard", "release", "set_id"), BUILT_IN)
    def test_every_file_loads_and_so_is_without_an_open_ambiguity(self, standard: Standard, release: str, set_id: str) -> None:
        message = built(standard, release, set_id)
        assert (message.standard, message.release, message.set_id, message.root.loop_id) == (standard, release, set_id, set_id)
        assert message.label, "each set has a name in our own words"

    @pytest.mark.parametrize(("standard", "release", "set_id"), BUILT_IN)
    def test_sequences_are_unique_and_rise_in_the_order_of_writing(self, standard: Standard, release: str, set_id: str) -> None:
        sequences = [place.sequence for place in flat(built(standard, release, set_id).root)]
        assert sequences == sorted(set(sequences))

    @pytest.mark.parametrize(("standard", "release", "set_id"), BUILT_IN)
    def test_every_set_runs_from_its_header_to_its_trailer(self, standard: Standard, release: str, set_id: str) -> None:
        ends = ("ST", "SE") if standard is X12 else ("UNH", "UNT")
        children = built(standard, release, set_id).root.children
        assert [getattr(children[at], "tag", "") for at in (0, -1)] == list(ends)

    def test_a_set_is_made_once(self) -> None:
        assert load(X12, "004010", "850") is load(X12, "004010", "850")

    @pytest.mark.parametrize(
        ("release", "set_id"),
        [
            ("004010", "851"),
            ("004011", "850"),
            ("", "850"),
            ("service", "850"),
            ("SERVICE", "dictionary"),
            ("../x12/004010", "850"),
            ("004010", "../850"),
        ],
    )
    def test_what_is_not_built_in_is_none_and_never_a_path(self, release: str, set_id: str) -> None:
        assert load(X12, release, set_id) is None

    def test_contrl_belongs_to_the_syntax_and_loads_under_any_release(self) -> None:
        message = built(EDIFACT, "D3", "CONTRL")
        assert message is load(EDIFACT, "D96A", "CONTRL") is load(EDIFACT, "41", "CONTRL")
        tags = [place.tag for place in flat(message.root) if isinstance(place, SegmentUse)]
        assert tags == ["UNH", "UCI", "UCM", "UCS", "UCD", "UCF", "UCM", "UCS", "UCD", "UNT"]

    def test_the_envelope_is_in_every_release(self) -> None:
        assert {"ISA", "IEA", "TA1", "GS", "GE", "ST", "SE"} <= set(built(X12, "004010", "850").segments)
        assert {"UNB", "UNG", "UNH", "UNS", "UNT", "UNE", "UNZ"} <= set(built(EDIFACT, "D96A", "ORDERS").segments)
        assert sum(_fixed_length(use.definition) for use in service_segments(X12)["ISA"].elements) + len("ISA") + 16 + 1 == 106

    def test_no_file_holds_anything_but_facts(self) -> None:
        """Labels are short words of our own; a sentence in the data would be the standard's."""
        for standard in Standard:
            labels = json.loads((files("edi.grammar") / "data" / standard.value / "labels.json").read_text())
            for group in ("sets", "segments", "elements"):
                assert all(label and len(label) <= 40 for label in labels[group].values())


def _fixed_length(definition: ElementDef | CompositeDef) -> int:
    assert isinstance(definition, ElementDef)
    assert definition.min_length == definition.max_length
    return definition.max_length


class TestTheFactsInIt:
    def test_the_850(self) -> None:
        root = built(X12, "004010", "850").root
        beg = root.children[1]
        assert isinstance(beg, SegmentUse)
        assert (beg.tag, beg.requirement, beg.max_use, beg.area) == ("BEG", Requirement.MANDATORY, 1, 1)
        [po1] = [place for place in root.children if isinstance(place, LoopUse) and place.loop_id == "PO1"]
        assert (po1.requirement, po1.max_use, po1.area, po1.trigger.tag) == (Requirement.MANDATORY, 100000, 2, "PO1")
        assert built(X12, "004010", "850").functional_id == "PO"

    def test_elements_have_type_lengths_and_codes(self) -> None:
        beg01 = built(X12, "004010", "850").segments["BEG"].elements[0].definition
        assert isinstance(beg01, ElementDef)
        assert (beg01.id, beg01.type, beg01.min_length, beg01.max_length) == ("353", "ID", 2, 2)
        assert beg01.codes is not None
        assert {"00", "05"} <= beg01.codes

    def test_notes_are_read(self) -> None:
        n1 = built(X12, "004010", "850").segments["N1"]
        assert [(note.relation, note.elements) for note in n1.notes] == [("R", (2, 3)), ("P", (3, 4))]

    def test_edifact_formats(self) -> None:
        dtm = built(EDIFACT, "D96A", "ORDERS").segments["DTM"].elements[0].definition
        assert isinstance(dtm, CompositeDef)
        value = dtm.components[1].definition
        assert isinstance(value, ElementDef)
        assert (dtm.id, value.id, value.type, value.min_length, value.max_length) == ("C507", "2380", "an", 1, 35)

    def test_a_bounded_loop_is_one_loop_that_must_end(self) -> None:
        """X12.6: LE must come when LS did; so LM after it is the line's, and before it the lead time's."""
        [bounded] = [p for p in flat(built(X12, "004010", "850").root) if isinstance(p, LoopUse) and p.loop_id == "LS"]
        last = bounded.children[-1]
        assert isinstance(last, SegmentUse)
        assert (last.tag, last.requirement) == ("LE", Requirement.MANDATORY)


@pytest.mark.parametrize(("standard", "release", "set_id"), BUILT_IN)
def test_what_is_settled_says_why_and_is_what_is_ambiguous(standard: Standard, release: str, set_id: str) -> None:
    raw = json.loads((files("edi.grammar") / "data" / standard.value / release.lower() / "sets" / f"{set_id}.json").read_text())
    settled = raw.get("settled", ())
    assert all(len(entry["why"]) > 20 for entry in settled)
    assert {Ambiguity(e["tag"], e["wins"], e["over"]) for e in settled} == ambiguities(built(standard, release, set_id).root)


class TestTheCheck:
    @staticmethod
    def use(tag: str, requirement: str = "O", most: int | None = 1) -> SegmentUse:
        return SegmentUse(SegmentDef(tag, ()), Requirement(requirement), most, 0)

    @staticmethod
    def loop(name: str, *children: SegmentUse | LoopUse, most: int | None = None, requirement: str = "O") -> LoopUse:
        return LoopUse(name, Requirement(requirement), most, children, 0)

    def test_a_tag_inside_and_after_a_loop_is_ambiguous(self) -> None:
        root = self.loop("set", self.use("ST", "M"), self.loop("N1", self.use("N1"), self.use("REF")), self.use("REF"), self.use("SE", "M"))
        assert ambiguities(root) == {Ambiguity("REF", "N1/REF", "REF")}
        assert faults(root, ()) == ["REF leads to N1/REF and to REF, which is not settled"]

    def test_it_is_none_when_something_mandatory_stands_between(self) -> None:
        root = self.loop(
            "set",
            self.use("ST", "M"),
            self.loop("N1", self.use("N1"), self.use("REF")),
            self.use("CTT", "M"),
            self.use("REF"),
            self.use("SE", "M"),
        )
        assert not ambiguities(root)

    def test_a_repeated_segment_before_a_second_place_for_it_is_ambiguous(self) -> None:
        root = self.loop("set", self.use("ST", "M"), self.use("DTM", most=5), self.use("REF"), self.use("DTM"), self.use("SE", "M"))
        assert ambiguities(root) == {Ambiguity("DTM", "DTM", "DTM#2")}

    def test_what_the_data_settles_loads_and_what_it_settles_in_vain_does_not(self) -> None:
        root = self.loop("set", self.use("ST", "M"), self.loop("N1", self.use("N1"), self.use("REF")), self.use("REF"), self.use("SE", "M"))
        assert not faults(root, [Ambiguity("REF", "N1/REF", "REF")])
        assert faults(root, [Ambiguity("REF", "N1/REF", "REF"), Ambiguity("DTM", "A", "B")]) == [
            "DTM at A over B is settled and not ambiguous"
        ]

    def test_where_the_standard_is_ambiguous_the_data_says_so_with_a_why(self) -> None:
        raw = json.loads((files("edi.grammar") / "data/edifact/d96a/sets/DELFOR.json").read_text())
        assert [(entry["tag"], entry["wins"], entry["over"]) for entry in raw["settled"]] == [("LIN", "SG4/SG8", "SG18")]
        assert all(entry["why"] for entry in raw["settled"])
        assert ambiguities(built(EDIFACT, "D96A", "DELFOR").root) == {Ambiguity("LIN", "SG4/SG8", "SG18")}

    @pytest.mark.parametrize(
        ("standard", "release", "set_id"),
        [(X12, "004010", "850"), (X12, "004010", "856"), (X12, "004010", "997"), (EDIFACT, "D96A", "ORDERS"), (EDIFACT, "D3", "CONTRL")],
    )
    def test_the_sets_of_the_main_road_are_not_ambiguous_at_all(self, standard: Standard, release: str, set_id: str) -> None:
        assert not ambiguities(built(standard, release, set_id).root)


DICTIONARY = {
    "elements": {"0001": ["an", 1, 3]},
    "codes": {"0001": "A B"},
    "composites": {"C001": {"e": [["0001", "M"]]}},
    "segments": {tag: {"e": [["C001", "O"], ["0001", "M", 5]], "n": ["P0102"]} for tag in ("UNH", "ABC", "DEF", "UNT")},
}
SET = {"set": "SETMSG", "areas": [[["UNH", "M", 1], ["SG1", "O", 9, [["ABC", "M", 1], ["DEF", "O", 1]]], ["UNT", "M", 1]]]}


@pytest.fixture
def uncached() -> Iterator[None]:
    modules = (load_module, nearest_module)
    caches = [thing for module in modules for thing in vars(module).values() if hasattr(thing, "cache_clear")]
    for cached in caches:
        cached.cache_clear()
    yield
    for cached in caches:
        cached.cache_clear()


@pytest.mark.usefixtures("uncached")
def test_loading_a_set_opens_what_it_needs_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []
    read = load_module._json

    def noted(file: Traversable) -> object:
        opened.append("/".join(Path(str(file)).parts[-3:]))
        return read(file)

    monkeypatch.setattr(load_module, "_json", noted)
    built(X12, "005010", "850")
    assert sorted(opened) == [
        "005010/sets/850.json",
        "x12/004010/dictionary.json",
        "x12/005010/dictionary.json",
        "x12/service/dictionary.json",
    ]


class TestWrongFiles:
    """A grammar is data that a person may add; each way to get it wrong names the file."""

    @pytest.fixture
    def loaded(self, uncached: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[object, object], MessageDef | None]:
        def load_files(dictionary: object, message: object) -> MessageDef | None:
            for name, folder in (("service", tmp_path / "edifact/service"), ("d99x", tmp_path / "edifact/d99x")):
                (folder / "sets").mkdir(parents=True)
                (folder / "dictionary.json").write_text(json.dumps(DICTIONARY if name == "service" else dictionary))
            (tmp_path / "edifact/d99x/sets/SETMSG.json").write_text(message if isinstance(message, str) else json.dumps(message))
            (tmp_path / "edifact/labels.json").write_text('{"sets": {}, "segments": {}, "elements": {}}')
            return load(EDIFACT, "D99X", "SETMSG")

        monkeypatch.setattr(load_module, "_DATA", tmp_path)
        return load_files

    def test_right_ones_load(self, loaded: Callable[[object, object], MessageDef | None]) -> None:
        message = loaded(DICTIONARY, SET)
        assert message is not None
        assert message.segments["ABC"].elements[1].max_repeat == 5

    @pytest.mark.parametrize(
        ("dictionary", "message", "word"),
        [
            (DICTIONARY, "{", "SETMSG.json"),
            (DICTIONARY, {}, "areas"),
            (DICTIONARY, {"areas": [[["XXX", "M", 1]]]}, "XXX"),
            (DICTIONARY, {"areas": [[["UNH", "Q", 1]]]}, "Q"),
            (DICTIONARY, {"areas": [[["SG1", "M", 1, [["SG2", "M", 1, [["ABC", "M", 1]]]]]]]}, "does not begin"),
            (DICTIONARY, {"areas": [[["UNH", "M", 1], ["ABC", "O", 1], ["ABC", "O", 1], ["UNT", "M", 1]]]}, "not settled"),
            ({**DICTIONARY, "elements": {}}, SET, "dictionary.json"),
            ({**DICTIONARY, "base": "nowhere"}, SET, "dictionary.json.*nowhere"),
            ([], SET, "dictionary.json"),
            ({**DICTIONARY, "segments": {"ABC": {"e": [], "n": ["Q0102"]}}}, SET, "note"),
        ],
    )
    def test_wrong_ones_name_themselves(
        self, loaded: Callable[[object, object], MessageDef | None], dictionary: object, message: object, word: str
    ) -> None:
        with pytest.raises(GrammarError, match=word):
            loaded(dictionary, message)


class TestIndustries:
    def test_eancom_has_codes_of_its_own(self) -> None:
        layer = code_layer(EDIFACT, "EAN008")
        assert layer is not None
        element = ElementDef("4233", "an", 1, 3)
        assert layer.has(element, "33E")
        assert layer.has(replace(element, id="7143"), "SRV")
        assert not layer.has(element, "SRV")
        assert not layer.is_complete

    @pytest.mark.parametrize("association", ["1.4a", "S2.0", "5.2c", "2.0f"])
    def test_the_german_energy_market_is_known_by_its_versions(self, association: str) -> None:
        layer = code_layer(EDIFACT, association)
        assert layer is not None
        assert layer.has(ElementDef("1153", "an", 1, 3), "Z13")
        assert not layer.is_complete

    def test_no_industry_no_layer(self) -> None:
        assert code_layer(EDIFACT, "") is None
        assert code_layer(EDIFACT, "PN001") is None
        assert code_layer(X12, "VICS") is None


@pytest.mark.skipif(not FACTS.is_dir(), reason="../shared/facts is not here, the files cannot be made again")
def test_the_generator_makes_the_files_that_are_kept(tmp_path: Path) -> None:
    data = Path(str(files("edi.grammar") / "data"))
    copy = tmp_path / "data"
    for path in [*data.rglob("corrections.json"), data / "generate.py"]:
        (copy / path.relative_to(data)).parent.mkdir(parents=True, exist_ok=True)
        (copy / path.relative_to(data)).write_bytes(path.read_bytes())
    subprocess.run([sys.executable, str(copy / "generate.py"), str(FACTS)], check=True, capture_output=True)
    made = {path.relative_to(copy): path.read_bytes() for path in copy.rglob("*.json") if path.name != "corrections.json"}
    assert made == {path: (data / path).read_bytes() for path in made}
    assert len(made) > 220


@pytest.mark.parametrize(
    "file", sorted((Path(str(files("edi.grammar"))) / "data").glob("*/*/dictionary.json")), ids=lambda file: file.parent.name
)
def test_the_dictionaries_do_not_contradict_themselves(file: Path) -> None:
    """Codes that their element could not hold, or conditions on elements that a segment does not have, would be faults that none can avoid."""
    raw = json.loads(file.read_text(encoding="utf-8"))
    base = json.loads((file.parents[1] / raw["base"] / "dictionary.json").read_text(encoding="utf-8"))["elements"] if "base" in raw else {}
    elements = {**base, **raw["elements"]}
    assert {name for name, (_, least, most) in elements.items() if not 1 <= least <= most} == set()
    too_long = {
        (name, code)
        for name, codes in raw["codes"].items()
        for code in (codes or "").split()
        if name in elements and not elements[name][1] <= len(code) <= elements[name][2]
    }
    assert too_long == set()
    uses = {
        tag: (entry["e"], note) for kind in ("segments", "composites") for tag, entry in raw[kind].items() for note in entry.get("n", ())
    }
    for tag, (entry, note) in uses.items():
        positions = [int(note[at : at + 2]) for at in range(1, len(note), 2)]
        assert max(positions) <= len(entry), (tag, note)
        assert note[0] != "E" or sum(entry[position - 1][1] == "M" for position in positions) < 2, (tag, note)
