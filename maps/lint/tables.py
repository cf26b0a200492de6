"""The tables and codecs of a map: whether each is there, and whether a word has one code to be written."""

from collections.abc import Callable

from maps.codecs import make
from maps.lint.rules import all_rules
from maps.model import Binding, MapSpec, Rule

__all__ = ["check_tables"]

_Fault = Callable[[str, str], None]


def check_tables(spec: MapSpec, fault: _Fault) -> None:
    """Tell what is missing and what is no function outbound."""
    used = {b.codec.arg or "uom" for rule in all_rules(spec.rules) for b in _bindings(rule) if b.codec.name in {"code", "uom"}}
    for name in used & set(spec.tables):
        for word in spec.tables[name].doubled():
            fault(f"tables.{name}", f"{word} has two codes to be written; mark one with dir: in")
    for rule in all_rules(spec.rules):
        for pairs in rule.pairs:
            if pairs.table not in spec.tables:
                fault(rule.address, f"there is no table {pairs.table}")
            elif spec.tables[pairs.table].doubled():
                fault(
                    f"tables.{pairs.table}",
                    f"{', '.join(spec.tables[pairs.table].doubled())}: two codes to be written; mark one with dir: in",
                )
        for binding in _bindings(rule):
            try:
                make(binding.codec.name, binding.codec.arg, len(binding.places), spec.tables, spec.syntax)
            except ValueError as error:
                fault(rule.address, f"{binding.name}: {error}")


def _bindings(rule: Rule) -> list[Binding]:
    groups = (*rule.groups.items, *rule.groups.common) if rule.groups else ()
    return [binding for binding in (*rule.bindings, *groups, rule.key) if binding is not None and binding.constant is None]
