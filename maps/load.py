"""From the text of a map file to its values: YAML, the head of the file, tables, rules. All faults are told together."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from io import StringIO
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent

from maps import notation
from maps.expressions import ExpressionError, parse
from maps.fault import MapError, MapFault
from maps.model import Default, MapSpec
from maps.rules import build_rules
from maps.tables import CodeTable, parse_table

__all__ = ["Effective", "build", "read"]

_MAX_BYTES: Final = 1_000_000
_HEAD: Final = frozenset({"map", "version", "document", "extends", "syntax", "release", "set", "tables", "rules", "patch", "defaults"})
_STANDARD: Final = re.compile(r"(x12|edifact)/([a-z0-9]+)/([a-z0-9]+)")
_SYNTAXES: Final = ("x12", "edifact", "json")
_ANCHOR: Final = re.compile(r"(?:^|[\s\[{,])[&*][A-Za-z0-9_]")


@dataclass(slots=True)
class Effective:
    """A map's plain data with its overlays applied; `origins` says who set what."""

    name: str
    version: int
    document: str
    syntax: str
    release: str
    set_id: str
    chain: tuple[str, ...]
    tables: dict[str, Any]
    rules: list[Any]
    defaults: dict[str, Any]
    origins: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """`x12/004010/850@3`."""
        return f"{self.name}@{self.version}"


def read(name: str, text: str) -> dict[str, Any]:
    """The plain data of one file. Raises MapError when it is no YAML mapping or its head is wrong."""
    if len(text) > _MAX_BYTES:
        raise MapError([MapFault(name, "", "the file is larger than a million characters")])
    try:
        if _ANCHOR.search(text) and any(isinstance(event, AliasEvent) for event in YAML(typ="safe", pure=True).parse(StringIO(text))):
            raise MapError([MapFault(name, "", "a map has no YAML aliases: few characters would mean much data")])
        data = YAML(typ="safe", pure=True).load(text)
    except MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise MapError([MapFault(name, "", f"{line}{error.problem or 'this is no YAML'}")]) from None
    except (YAMLError, ValueError, RecursionError):
        raise MapError([MapFault(name, "", "this is no YAML")]) from None
    if not isinstance(data, dict):
        raise MapError([MapFault(name, "", "a map file holds map, version, document and rules")])
    faults = list(_head_faults(name, data))
    if faults:
        raise MapError(faults)
    return data


def _head_faults(name: str, data: Mapping[Any, Any]) -> list[MapFault]:
    messages = [f"{key} is no part of a map file" for key in data if key not in _HEAD]
    if data.get("map") != name:
        messages.append("map must be the name by which the file is known here")
    if not isinstance(data.get("version"), int) or data["version"] < 1:
        messages.append("version must be a whole number from 1")
    if "extends" in data:
        messages += [
            f"{key} belongs to the base, not to an overlay" for key in ("document", "syntax", "release", "set", "rules") if key in data
        ]
    else:
        messages += [f"{key} is needed" for key in ("document", "rules") if key not in data]
        messages += ["patch is for a map that extends another"] if "patch" in data else []
        if data.get("syntax") not in _SYNTAXES and not _STANDARD.fullmatch(name):
            messages.append("syntax must be x12, edifact or json")
    for key, kind in (("tables", dict), ("defaults", dict), ("rules", list), ("patch", list)):
        if key in data and not isinstance(data[key], kind):
            messages.append(f"{key} must be a {'mapping' if kind is dict else 'list'}")
    return [MapFault(name, "", message) for message in messages]


def base(name: str, data: Mapping[str, Any]) -> Effective:
    """A map that extends nothing, as it is."""
    match = _STANDARD.fullmatch(name)
    syntax, release, set_id = match.groups() if match else ("", "", "")
    return Effective(
        name,
        data["version"],
        str(data["document"]),
        str(data.get("syntax", syntax)),
        str(data.get("release", release)).upper(),
        str(data.get("set", set_id)).upper(),
        (f"{name}@{data['version']}",),
        dict(data.get("tables", {})),
        list(data["rules"]),
        dict(data.get("defaults", {})),
    )


def build(effective: Effective) -> MapSpec:
    """The map as values. Raises MapError with all faults."""
    faults: list[MapFault] = []

    def fault(rule: str, message: str) -> None:
        found = MapFault(effective.name, rule, message)
        if found not in faults:
            faults.append(found)

    tables: dict[str, CodeTable] = {}
    for name, raw in effective.tables.items():
        if isinstance(raw, Mapping):
            tables[name] = parse_table(name, raw, partial(fault, f"tables.{name}"))
        else:
            fault(f"tables.{name}", "a table is a mapping of codes to words")
    rules = build_rules(effective.rules, effective.syntax, fault)
    defaults = []
    for path, value in effective.defaults.items():
        try:
            constant = value[1:] if isinstance(value, str) and value.startswith("=") else None
            expression = None if constant is not None else parse(value if isinstance(value, str) else "")
            defaults.append(Default(notation.path(str(path)), constant, expression))
        except (notation.NotationError, ExpressionError) as error:
            fault(f"defaults.{path}", str(error))
    if faults:
        raise MapError(faults)
    return MapSpec(
        effective.name,
        effective.version,
        effective.document,
        effective.syntax,
        effective.release,
        effective.set_id,
        effective.chain,
        _digest(effective),
        tables,
        rules,
        tuple(defaults),
        effective.origins,
    )


def _digest(effective: Effective) -> str:
    """Of what the map does and of what it is called; comments and layout do not count."""
    head = [effective.chain, effective.document, effective.syntax, effective.release, effective.set_id]
    what = [head, effective.tables, effective.rules, effective.defaults]
    return hashlib.sha256(json.dumps(what, sort_keys=False, default=str).encode()).hexdigest()
