"""Two versions of a map side by side, and what they make of the same traffic: differences as data, for a person to approve."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from maps.carried import Carried, carried
from maps.model import MapSpec
from maps.tables import CodeTable

__all__ = ["Change", "compare_documents", "compare_maps"]

_MADE: Final = frozenset({"map", "lineageRef", "residueRef"})  #: differ with every version


@dataclass(frozen=True, slots=True)
class Change:
    """One difference."""

    kind: str  #: rule, table, default, head; field, of documents
    where: str  #: address of the rule and its place, `tables.uom`, a path of the document
    old: str  #: empty: it is new
    new: str  #: empty: it is gone

    @property
    def sign(self) -> str:
        """`+` new, `-` gone, `~` changed."""
        return "+" if not self.old else "-" if not self.new else "~"


def compare_maps(old: MapSpec, new: MapSpec) -> list[Change]:
    """What the new version does otherwise, rule by rule and table by table."""
    changes = [
        Change("head", name, was, now)
        for name, was, now in (
            ("document", old.document, new.document),
            ("release", old.release, new.release),
            ("chain", " < ".join(reversed(old.chain)), " < ".join(reversed(new.chain))),
        )
        if was != now
    ]
    before, after = _rows(old), _rows(new)
    for key in dict.fromkeys((*before, *after)):
        was, now = before.get(key, ""), after.get(key, "")
        if was != now:
            changes.append(Change("rule", f"{key[0]}  {key[1]}", was, now))
    order = _moved(old, new)
    changes += [Change("rule", address, "stood elsewhere", "another order of rules") for address in order]
    for name in dict.fromkeys((*old.tables, *new.tables)):
        changes += _tables(name, old.tables.get(name), new.tables.get(name))
    defaults = [
        {".".join(one.path): one.constant or str(one.expression and one.expression.text) for one in spec.defaults} for spec in (old, new)
    ]
    for path in dict.fromkeys((*defaults[0], *defaults[1])):
        was, now = defaults[0].get(path, ""), defaults[1].get(path, "")
        if was != now:
            changes.append(Change("default", path, was, now))
    return changes


def _rows(spec: MapSpec) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for row in carried(spec):
        key = (row.rule, row.wire)
        text = _said(row)
        found[key] = f"{found[key]}; {text}" if key in found else text
    return found


def _said(row: Carried) -> str:
    return f"{row.arrow} {row.path} ({row.how})" if row.path else f"{row.arrow} {row.how}"


def _moved(old: MapSpec, new: MapSpec) -> list[str]:
    """Rules that both have, in another order: it decides which of two takes a segment."""
    before, after = [[row.rule for row in carried(spec)] for spec in (old, new)]
    shared = set(before) & set(after)
    kept = [list(dict.fromkeys(rule for rule in rules if rule in shared)) for rules in (before, after)]
    return [rule for rule, other in zip(*kept, strict=True) if rule != other][:1]


def _tables(name: str, old: CodeTable | None, new: CodeTable | None) -> Iterator[Change]:
    where = f"tables.{name}"
    if old is None or new is None:
        texts = ["" if table is None else f"{len(table.rows)} codes" for table in (old, new)]
        yield Change("table", where, *texts)
        return
    if old.on_missing is not new.on_missing:
        yield Change("table", f"{where} onMissing", old.on_missing.value, new.on_missing.value)
    words = [{code: table.words.get(code, "") for code in table.words} for table in (old, new)]
    codes = [dict(table.codes) for table in (old, new)]
    for code in dict.fromkeys((*words[0], *words[1])):
        was, now = words[0].get(code, ""), words[1].get(code, "")
        if was != now:
            yield Change("table", f"{where} {code}, read", was, now)
    for word in dict.fromkeys((*codes[0], *codes[1])):
        was, now = codes[0].get(word, ""), codes[1].get(word, "")
        if was != now:
            yield Change("table", f"{where} {word}, written", was, now)


def compare_documents(old: Any, new: Any, path: str = "$") -> Iterator[Change]:
    """Where two documents in their JSON form differ, value by value."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys((*old, *new)):
            if path != "$" or key not in _MADE:
                yield from compare_documents(old.get(key), new.get(key), f"{path}.{key}")
    elif isinstance(old, list) and isinstance(new, list):
        for number in range(max(len(old), len(new))):
            one = old[number] if number < len(old) else None
            other = new[number] if number < len(new) else None
            yield from compare_documents(one, other, f"{path}[{number}]")
    elif old != new:
        yield Change("field", path, _shown(old), _shown(new))


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return f"an object of {len(value)}"
    return f"a list of {len(value)}" if isinstance(value, list) else str(value)
