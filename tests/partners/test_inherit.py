"""Inheritance: what wins over what, and that the shipped templates say something."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edi.finding import Severity
from partners.inherit import InheritError, merge, resolve, shipped_templates
from tests.partners.support import NORTHMART, agreement, faults, partner, workspace, yaml

TREES = st.recursive(st.integers(0, 3), lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3), max_leaves=5)
MAPPINGS = st.dictionaries(st.sampled_from("abc"), TREES, max_size=3)


def test_mappings_merge_and_everything_else_replaces() -> None:
    base = {"a": {"x": 1, "y": [1, 2]}, "b": 1}
    assert merge(base, {"a": {"y": [3]}, "c": 2}) == {"a": {"x": 1, "y": [3]}, "b": 1, "c": 2}
    assert merge(base, {"a": None}) == {"b": 1}
    assert merge(base, {"a": 7}) == {"a": 7, "b": 1}
    assert merge({"a": 7}, {"a": {"x": None, "y": 1}}) == {"a": {"y": 1}}
    assert base == {"a": {"x": 1, "y": [1, 2]}, "b": 1}


@given(MAPPINGS, MAPPINGS, MAPPINGS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the machine may be busy
def test_laws_of_merging(one, two, three) -> None:
    assert merge({}, one) == one
    assert merge(one, {}) == one
    assert merge(one, one) == one
    assert merge(merge(one, two), three).keys() == one.keys() | two.keys() | three.keys()


def test_later_templates_win_and_the_file_wins_over_all() -> None:
    templates = {"a": {"x": 1, "y": 1, "z": 1}, "b": {"inherits": "a", "y": 2}, "c": {"z": 3}}
    assert resolve({"inherits": ["b", "c"], "w": 0}, templates.get) == {"x": 1, "y": 2, "z": 3, "w": 0}
    assert resolve({"inherits": "b", "x": 9}, templates.get) == {"x": 9, "y": 2, "z": 1}
    with pytest.raises(InheritError, match="no template"):
        resolve({"inherits": ["d"]}, templates.get)
    with pytest.raises(InheritError, match="itself"):
        resolve({"inherits": ["a"]}, {"a": {"inherits": ["b"]}, "b": {"inherits": ["a"]}}.get)


@pytest.mark.parametrize("name", shipped_templates())
def test_every_shipped_template_can_be_inherited(name) -> None:
    [inbound, outbound] = (
        workspace(partner(inherits=name, agreements=[agreement(ack={"functional": "997"}), agreement(1)])).partners["northmart"].agreements
    )
    assert inbound.duplicates.business_key == "hold"
    assert outbound.on_error == "suspend_transaction"


def test_templates_of_two_rule_families_go_together() -> None:
    both = partner(inherits=["retailer-x12", "threepl-edifact"])
    assert [made.functional_ack for made in workspace(both).partners["northmart"].agreements] == ["997", "997"]


def test_defaults_reach_the_agreements_of_their_direction_only() -> None:
    tolerant = partner(inherits=["retailer-x12"], agreements=[agreement(tolerance={"code_lists": "error"}), agreement(1)])
    [inbound, outbound] = workspace(tolerant).partners["northmart"].agreements
    assert (inbound.tolerance.code_lists, inbound.tolerance.syntax_notes, inbound.tolerance.padding) == (
        Severity.ERROR,
        Severity.WARNING,
        None,
    )
    assert outbound.tolerance.syntax_notes is Severity.ERROR


def test_what_was_inherited_can_be_taken_back() -> None:
    [inbound, _] = (
        workspace(partner(inherits="retailer-x12", agreement_defaults={"inbound": {"tolerance": None}})).partners["northmart"].agreements
    )
    assert inbound.tolerance.code_lists is Severity.ERROR


def test_a_workspace_has_templates_of_its_own() -> None:
    own = {"templates/grocer.yaml": yaml({"inherits": ["retailer-x12"], "zone": "America/Denver", "currency": "USD"})}
    profile = {key: value for key, value in NORTHMART.items() if key != "zone"} | {"inherits": "grocer"}
    found = workspace(profile, more=own).partners["northmart"]
    assert (found.zone, found.currency, found.agreements[0].tolerance.padding) == ("America/Denver", "USD", None)


def test_nobody_shadows_a_shipped_template() -> None:
    assert faults(NORTHMART, more={"templates/retailer-x12.yaml": b"zone: UTC"}) == [("retailer-x12.yaml", "")]
