"""The tables and codecs of a map: whether each is there, and whether a word has one code to be written."""

from maps.codecs import NAMES, make
from maps.fault import Fault, closest
from maps.lint.claims import row_field
from maps.lint.rules import all_rules
from maps.model import Binding, MapSpec, Rule

__all__ = ["check_tables"]


def check_tables(spec: MapSpec, fault: Fault) -> None:
    """Tell what is missing and what is no function outbound."""
    used = {b.codec.arg or "uom" for rule in all_rules(spec.rules) for b in _bindings(rule) if b.codec.name in {"code", "uom"}}
    for name in used & set(spec.tables):
        for word in spec.tables[name].doubled():
            fault(f"tables.{name}", f"{word} has two codes to be written; mark one with dir: in")
    for rule in all_rules(spec.rules):
        for pairs in rule.pairs:
            _pairs(spec, rule, pairs.table, fault)
        for binding in _bindings(rule):
            _codec(spec, binding, len(binding.places), rule.address, fault)


def _pairs(spec: MapSpec, rule: Rule, name: str, fault: Fault) -> None:
    table = spec.tables.get(name)
    if table is None:
        fault(rule.address, f"there is no table {name}", hint=closest(name, spec.tables))
        return
    for field in table.doubled():
        fault(f"tables.{name}", f"{field} has two codes to be written; mark one with dir: in")
    for row in table.rows:
        binding = row_field(row)
        if binding is None:
            fault(f"tables.{name}", f"{row.to!r} is not a field with its codec")
        else:
            _codec(spec, binding, 1, f"tables.{name}", fault)


def _codec(spec: MapSpec, binding: Binding, places: int, address: str, fault: Fault) -> None:
    try:
        make(binding.codec.name, binding.codec.arg, places, spec.tables, spec.syntax)
    except ValueError as error:
        name, table = binding.codec.name, binding.codec.arg or binding.codec.name
        hint = closest(name, sorted(NAMES)) if name not in NAMES else closest(table, spec.tables) if name == "code" else ""
        fault(address, f"{binding.name}: {error}" if binding.places else str(error), f"els.{binding.name}", hint)


def _bindings(rule: Rule) -> list[Binding]:
    groups = (*rule.groups.items, *rule.groups.common) if rule.groups else ()
    return [binding for binding in (*rule.bindings, *groups, rule.key) if binding is not None and binding.constant is None]
