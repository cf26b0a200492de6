"""The published schema of guides: content with what `edi.guide` reads, and with nothing whose shape it refuses."""

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

import edi.guide
from edi.errors import GrammarError
from edi.guide import Guide
from partners.guide_schema import guide_schema

VALIDATOR = Draft202012Validator(guide_schema())
GUIDES = sorted((Path(__file__).resolve().parents[2] / "samples").glob("**/guides/*.yaml"))


def yaml(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


def test_the_file_is_what_the_package_says() -> None:
    published = json.loads((files("partners") / "schemas" / "guide.json").read_text(encoding="utf-8"))
    assert published == guide_schema(), "python -m partners.guide_schema > partners/schemas/guide.json"
    Draft202012Validator.check_schema(published)


def test_the_guide_of_the_docstring_is_one() -> None:
    assert edi.guide.__doc__
    shown = re.search(r"\n( {4}guide:.*?)\n\n", edi.guide.__doc__, re.DOTALL)
    assert shown
    said = yaml(re.sub(r"^ {4}", "", shown[1], flags=re.MULTILINE))
    VALIDATOR.validate(said)
    assert len(Guide.parse(said).rules) == len(said["segments"])


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: f"{path.parents[1].name}-{path.stem}")
def test_the_guides_that_we_ship_are(path: Path) -> None:
    VALIDATOR.validate(yaml(path.read_text()))


@pytest.mark.parametrize(
    "rule",
    [
        "{BEG: {colour: red}}",
        "{beg: {}}",
        '{"N1[01]": {}}',
        "{BEG: {required: yes please}}",
        "{BEG: {max: -1}}",
        '{BEG: {elements: {"x": {}}}}',
        '{BEG: {elements: {"01": {codes: []}}}}',
        '{BEG: {elements: {"01": {codes: [1]}}}}',
        '{BEG: {elements: {"01": {length: [1]}}}}',
        "{N1: {conditions: [{require: ['02']}]}}",
        "{N1: {conditions: [{when: {'01': maybe}, require: ['02']}]}}",
        "{N1: {conditions: [{when: {'01': true}, require: [N1/N3]}]}}",
    ],
)
def test_what_has_the_wrong_shape_is_seen_in_the_editor(rule: str) -> None:
    said = yaml(f"segments: {rule}")
    with pytest.raises(GrammarError):
        Guide.parse(said)
    assert not VALIDATOR.is_valid(said)


POSITION = st.sampled_from(["01", "02.1", "3", "1.10", "0", "x", ""])
CODES = st.lists(st.sampled_from(["A", "00", ""]), max_size=2)
ELEMENT = st.fixed_dictionaries(
    {},
    optional={
        "required": st.booleans(),
        "usage": st.sampled_from(["required", "not used", "never"]),
        "codes": CODES,
        "not": CODES,
        "max": st.integers(-1, 2),
    },
)
WHEN = st.dictionaries(
    st.sampled_from(["01", "N3", "N4/02", "REF[01=A]/02.1", "/02", "N3/N4"]),
    st.booleans() | CODES | CODES.map(lambda c: {"not": c}),
    max_size=2,
)
RULES = st.dictionaries(
    st.sampled_from(["BEG", "N1[01=A|B]/N4", "N1[01!=A,02.1=C]", "N1[01=A/B]", "n1", "N1/", "REF[=A]"]),
    st.fixed_dictionaries(
        {},
        optional={
            "min": st.integers(-1, 2),
            "elements": st.dictionaries(POSITION, ELEMENT, max_size=2),
            "conditions": st.lists(st.fixed_dictionaries({"when": WHEN, "require": st.just(["01"])}), max_size=2),
        },
    ),
    max_size=2,
)


@given(RULES)
@settings(max_examples=300, deadline=None)
def test_what_is_read_is_valid(rules: dict[str, Any]) -> None:
    try:
        Guide.parse({"segments": rules})
    except GrammarError:
        return
    VALIDATOR.validate({"segments": rules})
