"""What the rules of a map claim of the document: every field that a rule reads or writes, by its path."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from maps import notation
from maps.model import Binding, Direction, IntoKind, Level, MapSpec, Pairs, Path, Rule, RuleKind
from maps.tables import CodeTable, Row
from maps.views import VIEWS

__all__ = ["Claimed", "claims", "row_field"]


@dataclass(frozen=True, slots=True)
class Claimed:
    """One field of a rule. `path` has `[]` behind lists and `*` for a key of `keyed{}`."""

    rule: Rule
    path: str
    reads: bool
    writes: bool
    place: str = ""  #: where on the wire: level and address decide whether two claims can meet
    words: tuple[str, ...] = ()  #: of a key, the words that it may be
    many: bool = False  #: whether a plain list is filled
    companion: bool = False  #: whether it is written beside other fields only


def claims(spec: MapSpec) -> Iterator[Claimed]:
    """Every claim of a map, in the document's own shape."""
    view = VIEWS.get(spec.view)
    for rule in spec.rules:
        for claim in _rule(spec, rule, "", ""):
            if view is None:
                yield claim
                continue
            found = view.field(claim.path)  # two fields of the shape may stand for one of the document: they are told apart by their place
            for path in (found,) if isinstance(found, str) else found:
                yield replace(claim, path=path, place=f"{claim.place} {claim.path}")
    for path in view.implied if view is not None else ():
        yield Claimed(next(rule for rule in spec.rules if rule.view), path, reads=False, writes=True)


def _joined(prefix: str, path: Path) -> str:
    return ".".join(part for part in (prefix, *path) if part)


def _rule(spec: MapSpec, rule: Rule, prefix: str, place: str) -> Iterator[Claimed]:
    if rule.kind is RuleKind.LEVELS:
        for level in rule.levels:
            if not level.under:
                yield from _level(spec, rule, level, prefix, place)
        return
    reads, writes = rule.direction is not Direction.OUT, rule.direction is not Direction.IN
    place += "".join(sorted(rule.when_key)) + (rule.when.text if rule.when else "")
    place += "".join(f"{'.'.join(path)}={value}" for path, value in rule.means)
    if rule.of_document:
        prefix = ""
    here = _joined(prefix, rule.into.path)
    if rule.into.kind is IntoKind.LIST:
        here += "[]"
        yield Claimed(rule, here, reads, writes, place, many=True)
    elif rule.into.kind is IntoKind.KEYED:
        words = _words(spec, rule)
        yield Claimed(rule, f"{here}.*", reads, writes, place, words)
        here += ".*"
        if rule.rest is not None:
            yield Claimed(rule, f"{_joined(prefix, rule.rest.into)}[].{rule.rest.qualifier}", reads, writes, place)
    for binding in rule.bindings:
        if binding.constant is None and binding.path != ("",):
            path = _joined(here, binding.path) + ("[]" if binding.append else "")
            yield Claimed(rule, path, reads, writes, place, many=binding.append, companion=binding.companion)
    for field, _ in rule.means:
        yield Claimed(rule, _joined(here, field), reads, writes, place)
    for pairs in rule.pairs:
        yield from _pairs(rule, pairs, spec.tables, here, place, reads=reads, writes=writes)
    if rule.groups is not None:
        items = f"{_joined(here, rule.groups.into)}[]"
        for binding in (*rule.groups.items, *rule.groups.common):
            yield Claimed(rule, _joined(items, binding.path), reads, writes, place)
    if rule.join is not None:
        yield Claimed(rule, _joined(here, rule.join.into), reads, writes, place)
    for inner in rule.rules:
        yield from _rule(spec, inner, here, place)


def _words(spec: MapSpec, rule: Rule) -> tuple[str, ...]:
    table = spec.tables.get(rule.key.codec.arg) if rule.key else None
    return tuple(dict.fromkeys(row.to for row in table.rows)) if table else ()


def _pairs(
    rule: Rule, pairs: Pairs, tables: Mapping[str, CodeTable], here: str, place: str, *, reads: bool, writes: bool
) -> Iterator[Claimed]:
    table, into = tables.get(pairs.table), _joined(here, pairs.into.path)
    rows = [(row, field.path) for row in (table.rows if table else ()) if (field := row_field(row)) is not None]
    written = {path for _, path in pairs.order} or {path for row, path in rows if row.outbound}
    for path in dict.fromkeys((*written, *(path for _, path in rows))):
        yield Claimed(rule, _joined(into, path), reads, writes and path in written, place)
    if pairs.rest is not None:
        others = f"{_joined(into, pairs.rest.into)}[]"
        yield Claimed(rule, f"{others}.{pairs.rest.qualifier}", reads, writes and pairs.rest.writes, place)
        yield Claimed(rule, f"{others}.{pairs.rest.value}", reads, writes and pairs.rest.writes, place)


def row_field(row: Row) -> Binding | None:
    """The field, with its codec, that a row of a table for pairs names; None when it names none."""
    try:
        return notation.target(row.to)
    except notation.NotationError:
        return None


def _level(spec: MapSpec, rule: Rule, level: Level, prefix: str, place: str) -> Iterator[Claimed]:
    if place.count("/") > len(rule.levels):
        return
    here = _joined(prefix, level.into.path) + ("[]" if level.into.kind is IntoKind.LIST else "")
    place += f"/{level.code}"
    for inner in level.rules:
        yield from _rule(spec, inner, here, place)
    for below in rule.levels:
        if level.code in below.under:
            yield from _level(spec, rule, below, here, place)
