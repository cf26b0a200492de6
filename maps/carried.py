"""What a map carries, row by row: a field of the document, its place on the wire, how the one becomes the other, and which line says so."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from maps.lint.claims import row_field
from maps.model import Binding, Direction, IntoKind, Level, MapSpec, Pairs, Path, Place, Rule, RuleKind, Selector, Slot, Step
from maps.source import Origin

__all__ = ["Carried", "carried", "plain_path", "wire_of"]


@dataclass(frozen=True, slots=True)
class Carried:
    """One field and one place."""

    rule: str  #: address
    path: str  #: `lines[].item.gtin`; empty for a constant
    wire: str  #: `PO1 > SLN09 and 10 with UP`
    tag: str  #: of the segment; empty in partners' own forms
    elements: tuple[int, ...]  #: the elements that it stands in
    how: str  #: codec, table, constant, or expression
    table: str  #: of codes, where there is one
    reads: bool
    writes: bool
    origin: Origin | None

    @property
    def arrow(self) -> str:
        """Which way it goes: `<->`, or one way only."""
        return "<->" if self.reads and self.writes else "-->" if self.reads else "<--"


def plain_path(path: str) -> str:
    """A path without the numbers of items: `$.lines[1].item.gtin` as `lines[].item.gtin`."""
    text = path.removeprefix("$").removeprefix(".")
    found, inside = "", False
    for char in text:
        if char == "[":
            found, inside = f"{found}[", True
        elif char == "]":
            found, inside = f"{found}]", False
        elif not inside:
            found += char
    return found


def carried(spec: MapSpec) -> Iterator[Carried]:
    """Every row of a map, in the order of its rules."""
    for rule in spec.rules:
        yield from _rule(spec, rule, "", ())


def wire_of(tag: str, place: Place) -> str:
    """`PO107`, `DTM01.2`; in a partner's own form its own notation."""
    if isinstance(place, Slot):
        return f"{tag}{place}"
    return str(place)


def _rule(spec: MapSpec, rule: Rule, prefix: str, loops: tuple[str, ...]) -> Iterator[Carried]:
    if rule.kind is RuleKind.LEVELS:
        for level in rule.levels:
            where = _place_of(level)
            below = _joined(_levels_above(rule, level.code), where) if level.under else where
            for inner in level.rules:
                yield from _rule(spec, inner, below, (*loops, f"{rule.tag} {level.code}"))
        return
    if rule.of_document:
        prefix = ""
    here = _joined(prefix, ".".join(rule.into.path))
    here += "[]" if rule.into.kind is IntoKind.LIST else ".*" if rule.into.kind is IntoKind.KEYED else ""
    blank = Carried(
        rule.address,
        "",
        "",
        rule.tag,
        (),
        "",
        "",
        reads=rule.direction is not Direction.OUT,
        writes=rule.direction is not Direction.IN,
        origin=None,
    )
    shown = _shown(rule, spec.syntax)
    where = " > ".join(part for part in (*loops, shown) if part)
    for row in _bindings(spec, rule, here, where, blank):
        yield replace(row, origin=_origin(spec, rule, row))
    inner_loops = (*loops, shown) if rule.kind is RuleKind.LOOP or rule.at else loops
    for inner in rule.rules:
        yield from _rule(spec, inner, here, inner_loops)


def _place_of(level: Level) -> str:
    return ".".join(level.into.path) + ("[]" if level.into.kind is IntoKind.LIST else "")


def _levels_above(rule: Rule, code: str) -> str:
    """Where the objects of the level above stand, the outermost way."""
    level = next(one for one in rule.levels if one.code == code)
    upper = next((one for one in rule.levels if one.code in level.under and one.code != code), None)
    if upper is None:
        return ""
    own = _place_of(upper)
    return _joined(_levels_above(rule, upper.code), own) if upper.under else own


def _bindings(spec: MapSpec, rule: Rule, here: str, where: str, blank: Carried) -> Iterator[Carried]:
    if rule.key is not None:
        yield _row(blank, rule, rule.key, f"{here} (the key)", where)
    for binding in rule.bindings:
        if binding.constant is not None:
            beside = f" {'unless' if binding.unless else 'if'} {binding.beside}" if binding.beside else ""
            row = _row(blank, rule, binding, "", where)
            yield replace(row, how=f"constant {binding.constant}{beside}", table="", reads=False)
        else:
            yield _row(blank, rule, binding, _joined(here, _text(binding.path)) + ("[]" if binding.append else ""), where)
    for pairs in rule.pairs:
        yield from _pairs(spec, rule, pairs, here, where, blank)
    if rule.groups is not None:
        items = f"{_joined(here, _text(rule.groups.into))}[]"
        for binding in (*rule.groups.items, *rule.groups.common):
            shared = binding in rule.groups.common
            row = _row(blank, rule, binding, _joined(items, _text(binding.path)), where)
            start = 0 if shared else rule.groups.first - 1
            slot = binding.places[0]
            element = slot.element + start if isinstance(slot, Slot) else 0
            more = "" if shared else f" and each {rule.groups.step} on"
            yield replace(row, wire=f"{where} {rule.tag}{element:02}{more}", elements=(element,))
    if rule.join is not None:
        more = f", its {rule.join.components} components" if rule.join.components else " of each segment"
        row = replace(blank, path=_joined(here, _text(rule.join.into)), how="joined text")
        if rule.join.place is not None:
            yield replace(row, wire=f"{where} {rule.join.place} of each record")
        else:
            yield replace(row, wire=f"{where} {rule.tag}{rule.join.element:02}{more}", elements=(rule.join.element,))
    for field, word in rule.means:
        yield replace(blank, path=_joined(here, _text(field)), wire=f"{where or 'the payload'} is there", how=f"means {word}")
    for calc in rule.calc:
        elements = (calc.place.element,) if isinstance(calc.place, Slot) else ()
        check = {"error": "compared, an error", "warn": "compared, a warning"}.get(rule.check, "not compared")
        how = f"= {calc.source}; {check} when read"
        yield replace(blank, wire=f"{where} {wire_of(rule.tag, calc.place)}", elements=elements, how=how)


def _row(blank: Carried, rule: Rule, binding: Binding, path: str, where: str) -> Carried:
    places = [wire_of(rule.tag, place) for place in binding.places]
    elements = tuple(dict.fromkeys(place.element for place in binding.places if isinstance(place, Slot)))
    table = (binding.codec.arg or binding.codec.name) if binding.codec.name in {"code", "uom"} else ""
    how = f"table {table}" if table else " ".join(part for part in (binding.codec.name, binding.codec.arg) if part)
    needed = ", required" if binding.required else ""
    return replace(blank, path=path, wire=f"{where} {' + '.join(places)}".strip(), elements=elements, how=how + needed, table=table)


def _pairs(spec: MapSpec, rule: Rule, pairs: Pairs, here: str, where: str, blank: Carried) -> Iterator[Carried]:
    table, into = spec.tables.get(pairs.table), _joined(here, _text(pairs.into.path))
    width = 1 if pairs.composite else 2
    elements = tuple(start + offset for start in pairs.starts for offset in range(width))
    span = f"{rule.tag}{elements[0]:02} to {elements[-1]:02}" if len(elements) > 1 else f"{rule.tag}{elements[0]:02}"
    ordered = [path for _, path in pairs.order]
    for row in table.rows if table else ():
        field = row_field(row)
        if field is None:
            continue
        writes = blank.writes and row.outbound and (not ordered or field.path in ordered)
        how = "" if field.codec.name == "str" else f"{field.codec.name}, "
        yield replace(
            blank,
            path=_joined(into, _text(field.path)),
            wire=f"{where} {span} with {row.wire}",
            elements=elements,
            how=f"{how}qualifier of table {pairs.table}",
            table=pairs.table,
            reads=blank.reads and row.inbound,
            writes=writes,
        )
    if pairs.rest is not None:
        others = f"{_joined(into, _text(pairs.rest.into))}[].{pairs.rest.value}"
        yield replace(blank, path=others, wire=f"{where} {span} with another qualifier", elements=elements, how="str", table=pairs.table)


def _origin(spec: MapSpec, rule: Rule, row: Carried) -> Origin | None:
    keys = spec.origins.get(rule.address, {})
    for binding in rule.bindings:
        wanted = _joined("", _text(binding.path))
        if binding.constant is None and row.path.endswith(wanted) and f"els.{binding.name}" in keys:
            return keys[f"els.{binding.name}"]
    for key in ("pairs", "cpairs", "groups", "join", "calc", "key"):
        if key in keys and key.removeprefix("c") in row.how.replace("qualifier", "pairs"):
            return keys[key]
    return keys.get("") or next(iter(keys.values()), None)


def _shown(rule: Rule, syntax: str) -> str:
    if rule.at:
        steps = [_step(step) for step in rule.at]
        return "/".join(steps) if syntax == "xml" else ".".join(("$", *steps))
    return rule.tag + _selector(rule.selector)


def _step(step: Step) -> str:
    inner = _selector(step.selector)[1:-1] if step.selector else ""
    return f"{step.key}[{inner}]" if step.each or step.selector else step.key


def _selector(selector: Selector) -> str:
    if selector.rest:
        return "[*]"
    tests = ",".join(f"{place}={'|'.join(values)}" for place, values in selector.tests)
    return f"[{tests}]" if tests else ""


def _joined(*parts: str) -> str:
    return ".".join(part for part in parts if part)


def _text(path: Path) -> str:
    return ".".join(key for key in path if key)
