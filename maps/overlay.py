"""Overlays: a release's or a partner's map as the differences from a base, applied to plain data that know who set what.

A patch that no longer finds its rule is a fault, so that a changed base never silently changes a partner.
"""

import copy
from typing import Any, Final

from maps.fault import Faults, closest
from maps.load import STANDARD, Effective, base, read
from maps.parts import Fetch, blocks_of, expanded, parts_of, put_tables, tables_of
from maps.source import Lined, merged

__all__ = ["Fetch", "resolve"]

_MERGED: Final = frozenset({"els", "calc"})  #: keys of a rule that `set` merges entry by entry; null takes an entry away
_ACTIONS: Final = ("set", "remove", "after", "before", "in")
_MAX_CHAIN: Final = 8


def resolve(name: str, fetch: Fetch, faults: Faults) -> Effective | None:
    """The effective data of a map; None when a file of its chain is missing or no YAML. What is wrong is told to `faults`."""
    return _resolve(name, fetch, faults, ())


def _resolve(name: str, fetch: Fetch, faults: Faults, above: tuple[tuple[str, Lined], ...]) -> Effective | None:
    names = [one for one, _ in above]
    text = fetch(name)
    if text is None or name in names or len(above) == _MAX_CHAIN:
        message = f"there is no map {name}" if text is None else "the maps extend each other without end"
        if not above:
            faults("", message)
            return None
        hint = "" if text is None else " > ".join([*names, name])
        faults.at(above[-1][1].of("extends"), "", message, hint)
        return None
    data = read(name, text, faults)
    if data is None:
        return None
    parts = parts_of(data, fetch, faults)
    if "extends" not in data:
        blocks = blocks_of(parts)
        return base(name, data, tables_of(data, parts, faults), expanded(data.get("rules"), blocks, faults), blocks)
    lower, _, version = str(data["extends"]).partition("@")
    effective = _resolve(lower, fetch, faults, (*above, (name, data)))
    if not version:
        faults.at(data.of("extends"), "", "extends must name the version of its base: x12/004010/850@3")
    elif effective is not None and version != str(effective.version):
        there = f"{lower}@{effective.version}"
        message = f"extends version {version} of its base, but that is version {effective.version} now"
        faults.at(data.of("extends"), "", message, f"look at what changed in it, then write {there}")
    return None if effective is None else _Overlay(name, data, effective, parts, faults).apply()


class _Overlay:
    """One file applied to the data of its base."""

    def __init__(self, name: str, data: Lined, lower: Effective, parts: list[Lined], faults: Faults) -> None:
        self._data, self._parts, self._faults = data, parts, faults
        standard = STANDARD.fullmatch(name)
        own = data.get("defaults")
        self._map = Effective(
            name,
            data["version"],
            lower.document,
            lower.syntax,
            standard[2].upper() if standard else lower.release,
            lower.set_id,
            (*lower.chain, f"{name}@{data['version']}"),
            copy.deepcopy(lower.tables),
            copy.deepcopy(lower.rules),
            merged(lower.defaults, own) if isinstance(own, Lined) else lower.defaults,
            lower.blocks | blocks_of(parts),
            merged(lower.payload, said) if isinstance(said := data.get("payload"), Lined) else lower.payload,
        )

    def apply(self) -> Effective:
        for file in (*self._parts, self._data):
            given = file.get("tables")
            put_tables(self._map.tables, given if isinstance(given, Lined) else Lined(), self._faults)
        for number, patch in enumerate(self._data.get("patch") or [], 1):
            origin = patch.origin if isinstance(patch, Lined) else self._data.of("patch")
            message, hint = self._patch(patch)
            if message:
                self._faults.at(origin, f"patch[{number}]", message, hint)
        return self._map

    def _patch(self, patch: object) -> tuple[str, str]:
        """Apply one patch; what is wrong with it, or nothing, and a hint."""
        actions = [key for key in _ACTIONS if key in patch] if isinstance(patch, Lined) else []
        if not isinstance(patch, Lined) or len(actions) != 1 or not isinstance(patch[actions[0]], str):
            return "a patch has one of set, remove, after, before and in, with the address of a rule", ""
        action, address = actions[0], patch[actions[0]]
        rest = Lined({key: value for key, value in patch.items() if key != action}, patch.origin, patch.origins)
        place = _find(self._map.rules, address.split("/"))
        if place is None:
            return f"there is no rule {address}", closest(address, _addresses(self._map.rules), "the base has")
        siblings, index = place
        if action == "set":
            return self._set(siblings[index], rest), ""
        if action == "remove":
            if rest or not isinstance(siblings, list):
                return "remove takes the address of a rule, and nothing else", ""
            del siblings[index]
            return "", ""
        added = rest.get("add")
        if set(rest) != {"add"} or not isinstance(added, Lined) or not isinstance(added.get("id"), str):
            return f"{action} needs add: with a rule that has an id", ""
        [rule] = expanded([added], self._map.blocks, self._faults)
        if action == "in":
            siblings[index].setdefault("rules", []).append(rule)
        elif isinstance(siblings, list):
            siblings.insert(index + (action == "after"), rule)
        else:
            return f"rules stand {action} rules, not {action} levels", ""
        return "", ""

    def _set(self, rule: Lined, changes: Lined) -> str:
        if not changes or "id" in changes or "rules" in changes:
            return "set needs keys of the rule to set; its id stays, and rules within have addresses of their own"
        for key, value in changes.items():
            if key in _MERGED and isinstance(value, Lined):
                rule.put(key, merged(rule.get(key, {}), value), changes.of(key))
            elif key == "hl" and isinstance(value, Lined) and isinstance(rule.get("hl"), Lined):
                levels = value.get("levels", Lined())
                kept = merged(rule["hl"].get("levels", {}), levels) if isinstance(levels, Lined) else levels
                whole = merged(rule["hl"], Lined({**value, "levels": kept}, value.origin))
                [expanded_rule] = expanded([Lined({"hl": whole})], self._map.blocks, self._faults)
                rule.put("hl", expanded_rule["hl"], changes.of(key))
            elif value is None:
                rule.drop(key)
            else:
                rule.put(key, value, changes.of(key))
        return ""


def _find(rules: list[Any], address: list[str]) -> tuple[Any, Any] | None:
    """The list, and the index in it, of the rule at an address; of a level, the mapping and its code."""
    for index, rule in enumerate(rules):
        if not isinstance(rule, Lined) or rule.get("id") != address[0]:
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


def _addresses(rules: object, under: str = "") -> list[str]:
    """The addresses of all rules, for hints."""
    found = []
    for rule in rules if isinstance(rules, list) else ():
        if isinstance(rule, Lined):
            address = f"{under}/{rule.get('id')}" if under else str(rule.get("id"))
            levels = rule["hl"].get("levels") if isinstance(rule.get("hl"), dict) else None
            listed = levels.items() if isinstance(levels, dict) else ()
            within = {code: level.get("rules") for code, level in listed if isinstance(level, dict)}
            found += [address, *_addresses(rule.get("rules"), address)]
            for code, inner in within.items():
                found += [f"{address}/{code}", *_addresses(inner, f"{address}/{code}")]
    return found
