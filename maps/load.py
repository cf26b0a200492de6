"""From the text of a map file to its values: the head of the file, tables, rules. All faults are told together."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from maps import notation
from maps.expressions import ExpressionError, parse
from maps.fault import Faults, closest
from maps.formats import OWN_FORMS
from maps.formats.head import HeadError, form_of
from maps.model import Default, MapSpec, Rule
from maps.rules import build_rules
from maps.source import Lined, Origin, read_yaml
from maps.tables import CodeTable, parse_table

__all__ = ["STANDARD", "Effective", "base", "build", "origins_of", "read"]

_HEAD: Final = (
    *("map", "version", "document", "extends", "parts", "syntax", "release", "set", "payload", "tables", "rules", "patch", "defaults"),
)
_PARTS_HEAD: Final = ("parts", "version", "tables", "blocks")
STANDARD: Final = re.compile(r"(x12|edifact|eancom)/([a-z0-9]+)/([a-z0-9]+)")  #: the names of standard maps
_SYNTAXES: Final = ("x12", "edifact", *sorted(OWN_FORMS))
_SYNTAX_OF: Final = {"eancom": "edifact"}
_MERGED: Final = ("els", "calc")


@dataclass(slots=True)
class Effective:
    """A map's plain data with its parts and overlays applied; each mapping in it knows who set what."""

    name: str
    version: int
    document: str
    syntax: str
    release: str
    set_id: str
    chain: tuple[str, ...]
    tables: Lined
    rules: list[Any]
    defaults: Lined
    blocks: dict[str, Any] = field(default_factory=dict)  #: of its parts, for `like`
    payload: Lined = field(default_factory=Lined)  #: what a partner's own form looks like

    @property
    def label(self) -> str:
        """`x12/004010/850@3`."""
        return f"{self.name}@{self.version}"


def read(name: str, text: str, faults: Faults, *, parts: bool = False) -> Lined | None:
    """The plain data of one file, with the parts of a wrong kind left out; None when it is no YAML mapping."""
    found = read_yaml(name, text, faults)
    if found is None:
        return None
    data = Lined(found, found.origin, found.origins)  # what was read is for all; the head may be mended
    known = _PARTS_HEAD if parts else _HEAD
    for key in data:
        if key not in known:
            faults.at(data.of(key), "", f"{key} is no part of a map file", closest(key, known))
    _check_head(name, data, faults, "parts" if parts else "map")
    for key, kind in (("tables", dict), ("blocks", dict), ("defaults", dict), ("payload", dict), ("rules", list), ("patch", list)):
        if key in data and not isinstance(data[key], kind):
            faults.at(data.of(key), "", f"{key} must be a {'mapping' if kind is dict else 'list'}")
            data.drop(key)
    return data


def _check_head(name: str, data: Lined, faults: Faults, kind: str) -> None:
    def fault(key: str, message: str, hint: str = "") -> None:
        faults.at(data.of(key), "", message, hint)

    own = name if kind == "map" else name.partition("/")[2]
    if data.get(kind) != own:
        fault(kind, f"{kind} must be the name by which the file is known here", f"write {kind}: {own}")
    version = data.get("version")
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        fault("version", "version must be a whole number from 1")
        data.put("version", 1, data.of("version"))
    if kind == "parts":
        return
    if "extends" in data:
        for key in ("document", "syntax", "release", "set", "rules"):
            if key in data:
                hint = "change rules with patch: [{set: rule, ...}]" if key == "rules" else ""
                fault(key, f"{key} belongs to the base, not to an overlay", hint)
        return
    for key in ("document", "rules"):
        if key not in data:
            fault(key, f"{key} is needed", "or extends: with the base that has it")
    if "patch" in data:
        fault("patch", "patch is for a map that extends another")
    if data.get("syntax") not in _SYNTAXES and not STANDARD.fullmatch(name):
        fault("syntax", f"syntax must be {', '.join(_SYNTAXES[:-1])} or {_SYNTAXES[-1]}", closest(data.get("syntax"), _SYNTAXES))


def base(name: str, data: Lined, tables: Lined, rules: list[Any], blocks: dict[str, Any]) -> Effective:
    """A map that extends nothing, as it is."""
    match = STANDARD.fullmatch(name)
    syntax, release, set_id = match.groups() if match else ("", "", "")
    defaults = data.get("defaults", {})
    return Effective(
        name,
        data["version"],
        str(data.get("document", "")),
        str(data.get("syntax", _SYNTAX_OF.get(syntax, syntax))),
        str(data.get("release", release)).upper(),
        str(data.get("set", set_id)).upper(),
        (f"{name}@{data['version']}",),
        tables,
        rules,
        defaults if isinstance(defaults, Lined) else Lined(),
        blocks,
        data.get("payload", Lined()),
    )


def build(effective: Effective, faults: Faults) -> MapSpec:
    """The map as values, without the rules and rows that have a fault."""
    origins = origins_of(effective)
    faults.origins = origins
    tables: dict[str, CodeTable] = {}
    for name, raw in effective.tables.items():
        if isinstance(raw, Mapping):
            tables[name] = parse_table(name, raw, partial(faults, f"tables.{name}"))
        else:
            faults(f"tables.{name}", "a table is a mapping of codes to words")
    _check_payload(effective, faults)
    rules = build_rules(effective.rules, effective.syntax, faults)
    defaults = []
    for path, value in effective.defaults.items():
        try:
            constant = value[1:] if isinstance(value, str) and value.startswith("=") else None
            expression = None if constant is not None else parse(value if isinstance(value, str) else "")
            defaults.append(Default(notation.path(str(path)), constant, expression))
        except (notation.NotationError, ExpressionError) as error:
            faults(f"defaults.{path}", str(error))
    return MapSpec(
        effective.name,
        effective.version,
        effective.document,
        effective.syntax,
        effective.release,
        effective.set_id,
        effective.chain,
        _digest(effective, _tables_of(rules)),
        tables,
        rules,
        tuple(defaults),
        origins,
        effective.payload,
    )


def _check_payload(effective: Effective, faults: Faults) -> None:
    if effective.syntax in OWN_FORMS:
        try:
            form_of(effective.syntax, effective.payload)
        except HeadError as error:
            for message in error.messages:
                faults("payload", message)
    elif effective.payload:
        faults("payload", "payload is for json, xml, csv and fixed; standards have their form")


def _tables_of(rules: Iterable[Rule]) -> set[str]:
    """The tables that rules look into: parts bring more than one map needs."""
    names: set[str] = set()
    for rule in rules:
        groups = (*rule.groups.items, *rule.groups.common) if rule.groups else ()
        bindings = [one for one in (*rule.bindings, *groups, rule.key) if one is not None]
        names |= {one.codec.arg or one.codec.name for one in bindings if one.codec.name in {"code", "uom"}}
        names |= {pairs.table for pairs in rule.pairs}
        names |= _tables_of(rule.rules)
        for level in rule.levels:
            names |= _tables_of(level.rules)
    return names


def _digest(effective: Effective, tables: set[str]) -> str:
    """Of what the map does and of what it is called; comments, layout and tables that it does not use do not count."""
    head = [effective.chain, effective.document, effective.syntax, effective.release, effective.set_id]
    what: list[Any] = [
        head,
        {name: table for name, table in effective.tables.items() if name in tables},
        effective.rules,
        effective.defaults,
    ]
    what += [effective.payload] if effective.payload else []
    return hashlib.sha256(json.dumps(what, sort_keys=False, default=str).encode()).hexdigest()


# --- where everything comes from ----------------------------------------------------------------------------------------------------------


def origins_of(effective: Effective) -> dict[str, dict[str, Origin]]:
    """Address of a rule, `tables.<name>` or `defaults.<path>` -> key -> who set it; the key `` is who set it last."""
    ranks = {label: number for number, label in enumerate(effective.chain)}
    found: dict[str, dict[str, Origin]] = {}
    _note_rules(effective.rules, "", ranks, found)
    for name, table in effective.tables.items():
        where = effective.tables.of(name)
        rows = {str(code): table.of(code) for code in table if table.of(code).map != where.map} if isinstance(table, Lined) else {}
        found[f"tables.{name}"] = {"": where, **rows}
    for path in effective.defaults:
        found[f"defaults.{path}"] = {"": effective.defaults.of(path)}
    if effective.payload:
        found["payload"] = {"": effective.payload.origin}
    return found


def _note_rules(rules: object, under: str, ranks: Mapping[str, int], found: dict[str, dict[str, Origin]]) -> None:
    for rule in rules if isinstance(rules, list) else ():
        if not isinstance(rule, Lined):
            continue
        address = f"{under}/{rule.get('id')}" if under else str(rule.get("id"))
        keys: dict[str, Origin] = {}
        for key in rule:
            if key in {"id", "rules"}:
                continue
            keys[str(key)] = rule.of(key)
            inner = rule[key]
            if key in _MERGED and isinstance(inner, Lined):
                keys |= {f"{key}.{place}": inner.of(place) for place in inner}
        keys[""] = max(keys.values(), key=lambda one: ranks.get(one.map, -1), default=rule.origin)
        if ranks.get(keys[""].map, -1) <= ranks.get(rule.origin.map, -1):
            keys[""] = rule.origin
        found[address] = keys
        _note_rules(rule.get("rules"), address, ranks, found)
        levels = rule["hl"].get("levels") if isinstance(rule.get("hl"), Mapping) else None
        for code, level in levels.items() if isinstance(levels, Mapping) else ():
            if isinstance(level, Mapping):
                _note_rules(level.get("rules"), f"{address}/{code}", ranks, found)
