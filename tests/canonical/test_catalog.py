"""The list of checks is the checks: the same names, the same severities, and the table on the page."""

import ast
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

from canonical.base import Severity
from canonical.registry import parse
from canonical.rules import check
from canonical.rules.catalog import RULES, as_markdown, owner_of, switched
from tests.canonical.support import SHIP_NOTICE

ROOT = Path(__file__).resolve().parents[2]
RULE_FILES = sorted((ROOT / "canonical" / "rules").glob("*.py"))
#: names that a rule makes of a field's name
MADE = {"order_terms": {"schedule-differs", "destinations-differs"}, "warehouse": {"weight-differs", "volume-differs"}}


@cache
def found() -> dict[str, set[str]]:
    """The name of every fault that the rules can find, with the functions that make it."""
    names: dict[str, set[str]] = defaultdict(set)
    for path in RULE_FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"error", "warning"}):
                continue
            name = node.args[0]
            if isinstance(name, ast.Constant):
                names[name.value].add(node.func.id)
            elif path.stem != "report":  # where the functions themselves stand
                assert isinstance(name, ast.JoinedStr), f"{path.name}: the name of a fault is computed: {ast.unparse(name)}"
                for made in MADE[path.stem]:
                    names[made].add(node.func.id)
    return names


def test_every_check_is_on_the_list_and_nothing_else() -> None:
    assert set(found()) == set(RULES)


@pytest.mark.parametrize("name", RULES)
def test_what_a_check_does_unless_switched(name) -> None:
    made = sorted(found()[name])
    expected = "either" if len(made) > 1 else {"error": "error", "warning": "warn"}[made[0]]
    assert RULES[name].default == expected
    assert RULES[name].meaning.endswith(".")
    assert owner_of(name) == RULES[name].owner


def test_the_page_shows_the_list() -> None:
    """After a change: the table is what `as_markdown` gives."""
    assert as_markdown() in (ROOT / "canonical" / "rules" / "README.md").read_text(encoding="utf-8")


def test_switches() -> None:
    wrong = parse(SHIP_NOTICE | {"packageCount": 99})
    [fault] = [one for one in check(wrong) if one.code == "package-count-differs"]
    assert switched([fault], {}) == (fault,)
    assert switched([fault], {"package-count-differs": "off"}) == ()
    [harder] = switched([fault], {"package-count-differs": "error"})
    assert harder.severity is Severity.ERROR
    [softer] = switched([harder], {"package-count-differs": "warn"})
    assert softer == fault
