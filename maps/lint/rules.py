"""Walks over the rules of a map."""

from collections.abc import Iterable, Iterator

from maps.model import Rule

__all__ = ["all_rules", "rule_lists"]


def rule_lists(rules: Iterable[Rule]) -> Iterator[tuple[Rule, ...]]:
    """Each list of rules that stand beside each other."""
    listed = tuple(rules)
    yield listed
    for rule in listed:
        if rule.rules:
            yield from rule_lists(rule.rules)
        for level in rule.levels:
            yield from rule_lists(level.rules)


def all_rules(rules: Iterable[Rule]) -> Iterator[Rule]:
    """Every rule, at every depth."""
    return (rule for listed in rule_lists(rules) for rule in listed)
