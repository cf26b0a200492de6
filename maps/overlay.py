"""Overlays: a partner's map as the differences from a base, applied to plain data, with the origin of each part kept.

A patch that no longer finds its rule is a fault, so that a changed base never silently changes a partner (maps.md 3.3).
"""

import copy
from collections.abc import Callable, Mapping
from typing import Any, Final

from maps.fault import MapError, MapFault
from maps.load import Effective, base, read

__all__ = ["Fetch", "resolve"]

Fetch = Callable[[str], str | None]  #: the text of a map by name, None when there is none
_MERGED: Final = frozenset({"els", "calc"})  #: keys of a rule that `set` merges entry by entry; null takes an entry away
_ACTIONS: Final = ("set", "remove", "after", "before", "in")
_MAX_CHAIN: Final = 8


def resolve(name: str, fetch: Fetch) -> Effective:
    """The effective data of a map. Raises MapError when a file of the chain is missing or wrong, or a patch does not fit."""
    return _resolve(name, fetch, ())


def _resolve(name: str, fetch: Fetch, above: tuple[str, ...]) -> Effective:
    text = fetch(name)
    if text is None:
        raise MapError([MapFault(above[-1] if above else name, "", f"there is no map {name}")])
    if name in above or len(above) == _MAX_CHAIN:
        raise MapError([MapFault(name, "", "the maps extend each other without end")])
    data = read(name, text)
    if "extends" not in data:
        effective = base(name, data)
        _note_all(effective, effective.rules, "", effective.label)
        for table in effective.tables:
            effective.origins[f"tables.{table}"] = {"": effective.label}
        return effective
    lower, _, version = str(data["extends"]).partition("@")
    if not version:
        raise MapError([MapFault(name, "", "extends must name the version of its base: x12/004010/850@3")])
    effective = _resolve(lower, fetch, (*above, name))
    if version != str(effective.version):
        raise MapError([MapFault(name, "", _moved(lower, version, effective.version))])
    return _Overlay(name, data, effective).apply()


def _moved(base_name: str, wanted: str, there: int) -> str:
    there_now = f"{base_name}@{there}"
    return f"extends version {wanted} of its base, but that is version {there} now: look at what changed in it, then write {there_now}"


class _Overlay:
    """One file applied to the data of its base."""

    def __init__(self, name: str, data: Mapping[str, Any], lower: Effective) -> None:
        self._data = data
        self._faults: list[MapFault] = []
        self._map = Effective(
            name,
            data["version"],
            lower.document,
            lower.syntax,
            lower.release,
            lower.set_id,
            (*lower.chain, f"{name}@{data['version']}"),
            copy.deepcopy(lower.tables),
            copy.deepcopy(lower.rules),
            {**lower.defaults, **data.get("defaults", {})},
            {address: dict(keys) for address, keys in lower.origins.items()},
        )

    def apply(self) -> Effective:
        for name, table in self._data.get("tables", {}).items():
            self._table(name, table)
        for number, patch in enumerate(self._data.get("patch", []), 1):
            message = self._patch(patch)
            if message:
                self._faults.append(MapFault(self._map.name, f"patch[{number}]", message))
        if self._faults:
            raise MapError(self._faults)
        return self._map

    def _table(self, name: str, table: object) -> None:
        if not isinstance(table, Mapping):
            self._faults.append(MapFault(self._map.name, f"tables.{name}", "a table is a mapping of codes to words"))
            return
        added = {code: word for code, word in table.items() if code != "extend"}
        lower = self._map.tables.get(name, {})
        origins = self._map.origins.setdefault(f"tables.{name}", {})
        if table.get("extend") is not True:
            self._map.tables[name] = added
            origins.clear()
            origins[""] = self._map.label
            return
        # a list: a code may have several rows, and a wrong one need not be hashable
        written = [_word(one) for row in added.values() for one in (row if isinstance(row, list) else [row]) if _outbound(one)]
        kept = {code: _read_only(row) if _word(row) in written else row for code, row in lower.items() if code not in added}
        self._map.tables[name] = {**{code: row for code, row in added.items() if row is not None}, **kept}
        origins.update(dict.fromkeys(map(str, added), self._map.label))

    def _patch(self, patch: object) -> str:
        """Apply one patch; what is wrong with it, or nothing."""
        actions = [key for key in _ACTIONS if isinstance(patch, Mapping) and key in patch]
        if not isinstance(patch, Mapping) or len(actions) != 1 or not isinstance(patch[actions[0]], str):
            return "a patch has one of set, remove, after, before and in, with the address of a rule"
        action, address = actions[0], patch[actions[0]]
        rest = {key: value for key, value in patch.items() if key != action}
        place = _find(self._map.rules, address.split("/"))
        if place is None:
            return f"there is no rule {address}"
        siblings, index = place
        if action == "set":
            return self._set(siblings[index], address, rest)
        if action == "remove":
            if rest or not isinstance(siblings, list):
                return "remove takes the address of a rule, and nothing else"
            del siblings[index]
            return ""
        added = rest.get("add")
        if set(rest) != {"add"} or not isinstance(added, Mapping) or not isinstance(added.get("id"), str):
            return f"{action} needs add: with a rule that has an id"
        if action == "in":
            target, under = siblings[index].setdefault("rules", []), address
            target.append(dict(added))
        elif isinstance(siblings, list):
            siblings.insert(index + (action == "after"), dict(added))
            under = address.rpartition("/")[0]
        else:
            return f"rules stand {action} rules, not {action} levels"
        _note_all(self._map, [added], under, self._map.label)
        return ""

    def _set(self, rule: dict[str, Any], address: str, changes: Mapping[str, Any]) -> str:
        if not changes or "id" in changes or "rules" in changes:
            return "set needs keys of the rule to set; its id stays, and rules within have addresses of their own"
        origins = self._map.origins.setdefault(address, {})
        for key, value in changes.items():
            if key in _MERGED and isinstance(value, Mapping):
                rule[key] = _merged(rule.get(key, {}), value)
                origins.update({f"{key}.{inner}": self._map.label for inner in value})
            elif key == "hl" and isinstance(value, Mapping):
                levels = value.get("levels", {})
                rule["hl"] = {**rule["hl"], **value, "levels": _merged(rule["hl"].get("levels", {}), levels)}
                for code, level in levels.items():
                    if level:
                        _note_all(self._map, level.get("rules", []), f"{address}/{code}", self._map.label)
            elif value is None:
                rule.pop(key, None)
            else:
                rule[key] = value
            origins[key] = self._map.label
        return ""


def _merged(lower: Mapping[str, Any], upper: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in {**lower, **upper}.items() if value is not None}


def _word(row: object) -> object:
    return row.get("to") if isinstance(row, Mapping) else row


def _outbound(row: object) -> bool:
    return row is not None and not (isinstance(row, Mapping) and row.get("dir") == "in")


def _read_only(row: object) -> object:
    """A row of the base whose word the overlay writes by another code: it is still read."""
    return row if isinstance(row, Mapping) and row.get("dir") in {"in", "out"} else {"to": _word(row), "dir": "in"}


def _find(rules: list[Any], address: list[str]) -> tuple[Any, Any] | None:
    """The list, and the index in it, of the rule at an address; of a level, the mapping and its code."""
    for index, rule in enumerate(rules):
        if not isinstance(rule, dict) or rule.get("id") != address[0]:
            continue
        if len(address) == 1:
            return rules, index
        levels = rule["hl"].get("levels", {}) if isinstance(rule.get("hl"), dict) else None
        if levels is None:
            return _find(rule.get("rules", []), address[1:])
        if address[1] not in levels:
            return None
        return (levels, address[1]) if len(address) == 2 else _find(levels[address[1]].get("rules", []), address[2:])
    return None


def _note_all(effective: Effective, rules: list[Any], under: str, label: str) -> None:
    """Write down where each key of the rules comes from."""
    for rule in rules:
        if not isinstance(rule, Mapping):
            continue
        address = f"{under}/{rule.get('id')}" if under else str(rule.get("id"))
        effective.origins[address] = {key: label for key in rule if key not in {"id", "rules"}}
        inner = rule.get("rules")
        _note_all(effective, inner if isinstance(inner, list) else [], address, label)
        levels = rule["hl"].get("levels") if isinstance(rule.get("hl"), Mapping) else None
        for code, level in levels.items() if isinstance(levels, Mapping) else ():
            if isinstance(level, Mapping) and isinstance(level.get("rules"), list):
                _note_all(effective, level["rules"], f"{address}/{code}", label)
