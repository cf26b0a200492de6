"""Parts: tables and blocks of rules that several maps share. `like: party` in a rule puts the block there; what the rule says itself wins.

A parts file has `parts`, `version`, `tables` and `blocks`, and does nothing by itself; a map names the ones that it draws on in its head.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from maps.fault import Faults, closest
from maps.load import read
from maps.source import Lined, merged
from maps.tables import extended

__all__ = ["Fetch", "blocks_of", "expanded", "parts_of", "put_tables", "tables_of"]

Fetch = Callable[[str], str | None]  #: the text of a map or of parts by name, None when there is none
_MERGED: Final = frozenset({"els", "calc"})  #: keys of a rule that are merged entry by entry; null takes an entry away
_MAX_DEPTH: Final = 8


def parts_of(data: Lined, fetch: Fetch, faults: Faults) -> list[Lined]:
    """The parts files that a map names, in their order."""
    named = data.get("parts", [])
    found = []
    for name in [named] if isinstance(named, str) else named if isinstance(named, list) else [None]:
        text = fetch(f"parts/{name}") if isinstance(name, str) else None
        if text is None:
            faults.at(data.of("parts"), "", f"there are no parts {name}", "parts are named as in parts: x12, or parts: [x12, mine]")
            continue
        found.append(read(f"parts/{name}", text, faults, parts=True))
    return [one for one in found if one is not None]


def tables_of(data: Lined, parts: list[Lined], faults: Faults) -> Lined:
    """The tables of the parts and the map's own, which replace those of the same name, or extend them."""
    tables = Lined(origin=data.origin)
    for file in (*parts, data):
        given = file.get("tables")
        put_tables(tables, given if isinstance(given, Lined) else Lined(), faults)
    return tables


def put_tables(tables: Lined, given: Lined, faults: Faults) -> None:
    """Put the tables of one file over those that are there."""
    for name, table in given.items():
        _put(tables, name, table, given, faults)


def _put(tables: Lined, name: Any, table: object, given: Lined, faults: Faults) -> None:
    if not isinstance(table, Lined):
        faults.at(given.of(name), f"tables.{name}", "a table is a mapping of codes to words")
        return
    lower = tables.get(name)
    if table.get("extend") is True:
        if lower is None:
            faults.at(given.of(name), f"tables.{name}", "there is no table of this name to extend", closest(name, tables))
        rows = extended(lower if isinstance(lower, Mapping) else {}, table)
        origins = (lower.origins if isinstance(lower, Lined) else {}) | table.origins
        tables.put(name, Lined(rows, table.origin, origins), tables.of(name) if name in tables else given.of(name))
    else:
        tables.put(name, Lined({k: v for k, v in table.items() if k != "extend"}, table.origin, table.origins), given.of(name))


def blocks_of(parts: list[Lined]) -> dict[str, Any]:
    """The blocks of the parts by name."""
    return {name: block for file in parts for name, block in (file.get("blocks") or {}).items()}


def expanded(rules: object, blocks: Mapping[str, Any], faults: Faults, depth: int = 0) -> list[Any]:
    """A list of rules with every `like` replaced by its block, at every depth. Anything that is no rule stays as it is."""
    return [_rule(rule, blocks, faults, depth) for rule in rules] if isinstance(rules, list) else []


def _rule(rule: object, blocks: Mapping[str, Any], faults: Faults, depth: int) -> object:
    if not isinstance(rule, Lined):
        return rule
    result = Lined(rule, rule.origin, rule.origins)
    if "like" in rule:
        block = blocks.get(rule["like"]) if isinstance(rule["like"], str) else None
        result.drop("like")
        if not isinstance(block, Lined) or depth > _MAX_DEPTH:
            message = "blocks are like each other without end" if isinstance(block, Lined) else f"there is no block {rule['like']}"
            faults.at(rule.of("like"), str(rule.get("id", "")), message, closest(rule["like"], blocks, "the parts have"))
        else:
            result = _like(block, result, blocks, faults, depth)
    if isinstance(result.get("rules"), list):
        result["rules"] = expanded(result["rules"], blocks, faults, depth)
    levels = result["hl"].get("levels") if isinstance(result.get("hl"), Lined) else None
    if isinstance(levels, Lined):
        result["hl"] = Lined(result["hl"], result["hl"].origin, result["hl"].origins)
        result["hl"]["levels"] = Lined({c: _level(one, blocks, faults, depth) for c, one in levels.items()}, levels.origin, levels.origins)
    return result


def _like(block: Lined, own: Lined, blocks: Mapping[str, Any], faults: Faults, depth: int) -> Lined:
    lower = _rule(block, blocks, faults, depth + 1)
    assert isinstance(lower, Lined)
    result = Lined({"id": own.get("id")}, own.origin, {"id": own.of("id")})
    for key, value in lower.items():
        if key != "id":
            result.put(key, value, lower.of(key))
    for key, value in own.items():
        if key in _MERGED and isinstance(value, Lined) and isinstance(lower.get(key), Lined):
            result.put(key, merged(lower[key], value), lower.of(key))
        elif value is None:
            result.drop(key)
        elif key != "id":
            result.put(key, value, own.of(key))
    return result


def _level(level: object, blocks: Mapping[str, Any], faults: Faults, depth: int) -> object:
    if not isinstance(level, Lined) or not isinstance(level.get("rules"), list):
        return level
    result = Lined(level, level.origin, level.origins)
    result["rules"] = expanded(level["rules"], blocks, faults, depth)
    return result
