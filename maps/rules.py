"""Rules of a map file as values. All faults are told, each with the address of its rule."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from maps import notation
from maps.expressions import Expression, ExpressionError, parse
from maps.fault import Fault, closest
from maps.formats import OWN_FORMS
from maps.model import (
    AREAS,
    Binding,
    Calc,
    Direction,
    Groups,
    Into,
    IntoKind,
    Join,
    Level,
    Pairs,
    Path,
    Rest,
    Rule,
    RuleKind,
    Selector,
    Sign,
    Slot,
)
from maps.notation import NotationError
from maps.views import VIEWS

__all__ = ["build_rules"]

_T = TypeVar("_T")
_KINDS: Final = {kind.value: kind for kind in RuleKind}
_SHARED: Final = frozenset({"id", "into", "els", "use", "dir", "when", "scope", "rules", "key", "order", "rest", "whenKey"})
_KEYS: Final[Mapping[RuleKind, frozenset[str]]] = {
    RuleKind.SEGMENT: _SHARED | {"seg", "area", "pairs", "cpairs", "groups", "join", "sign", "calc", "check"},
    RuleKind.LOOP: _SHARED | {"loop", "area", "view", "pairs", "cpairs", "groups", "sign", "calc", "check"},
    RuleKind.LEVELS: frozenset({"id", "hl", "view"}),
    RuleKind.AT: _SHARED | {"at", "calc", "check", "means", "join"},
}
_COUNTERS: Final = ("@HL", "@N")


def build_rules(raw: object, syntax: str, fault: Fault, under: str = "") -> tuple[Rule, ...]:
    """The rules of a list; those with a fault are left out, so that the others are checked too."""
    if not isinstance(raw, list):
        fault(under, "rules must be a list")
        return ()
    rules, seen = [], set()
    for number, entry in enumerate(raw, 1):
        rule_id = entry.get("id") if isinstance(entry, Mapping) else None
        if not isinstance(rule_id, str) or not rule_id.replace("_", "a").replace("-", "a").isalnum() or not rule_id.isascii():
            fault(under, f"rule {number} needs an id of letters, digits, _ and -")
            continue
        address = f"{under}/{rule_id}" if under else rule_id
        if rule_id in seen:
            fault(address, "two rules here have this id")
        seen.add(rule_id)
        rule = _Builder(entry, address, syntax, fault).build()
        if rule is not None:
            rules.append(rule)
    return tuple(rules)


class _Builder:
    """One rule in the making."""

    def __init__(self, raw: Mapping[Any, Any], address: str, syntax: str, fault: Fault) -> None:
        self.raw, self.address, self.syntax, self._tell = raw, address, syntax, fault
        self._reading = ""  #: the key of the rule that is being read, for the place of a fault

    def fault(self, message: str, key: str = "", hint: str = "") -> None:
        self._tell(self.address, message, key=key or self._reading, hint=hint)

    def build(self) -> Rule | None:
        kinds = [kind for name, kind in _KINDS.items() if name in self.raw]
        if len(kinds) != 1:
            others = [closest(key, [*_KINDS, "like"]) for key in self.raw if key not in _SHARED]
            self.fault("a rule has exactly one of seg, loop, hl and at", hint=next((hint for hint in others if hint), ""))
            return None
        kind = kinds[0]
        if (kind is RuleKind.AT) != (self.syntax in OWN_FORMS):
            self.fault("maps of partners' own forms have rules with at, others have seg, loop and hl")
            return None
        for key in self.raw:
            if key not in _KEYS[kind]:
                self.fault(f"{key} has no meaning in a rule with {kind.value}", str(key), closest(key, sorted(_KEYS[kind])))
        return self._levels() if kind is RuleKind.LEVELS else self._rule(kind)

    def _rule(self, kind: RuleKind) -> Rule | None:
        raw = self.raw
        selected = ("", Selector()) if kind is RuleKind.AT else self._read(notation.selected, raw[kind.value])
        at = self._read(notation.at_place, raw["at"], self.syntax) if kind is RuleKind.AT else ()
        if selected is None or at is None:
            return None
        tag, selector = selected
        target = self._read(notation.into, raw.get("into", ".")) or Into()
        if kind is RuleKind.SEGMENT and "rules" in raw:
            self.fault("a segment has no rules within; a loop has")
        return Rule(
            id=raw["id"],
            address=self.address,
            kind=kind,
            tag=tag,
            selector=selector,
            at=at,
            into=target,
            key=self._key(target),
            order=self._texts("order"),
            rest=self._rest(raw.get("rest")),
            bindings=self._bindings(raw.get("els", {}), self.syntax),
            pairs=tuple(p for name in ("pairs", "cpairs") if name in raw and (p := self._pairs(name)) is not None),
            groups=self._groups() if "groups" in raw else None,
            join=self._join() if "join" in raw else None,
            sign=self._sign() if "sign" in raw else None,
            calc=self._calc(),
            means=self._means(),
            check=self._choice("check", ("error", "warning", "warn", "none"), "error").replace("warning", "warn"),
            required=self._choice("use", ("required", "optional"), "optional") == "required",
            direction=Direction(self._choice("dir", ("in", "out", "both"), "both")),
            when=self._expression(raw["when"]) if "when" in raw else None,
            when_key=self._texts("whenKey"),
            of_document=self._choice("scope", ("doc", "here"), "here") == "doc",
            rules=build_rules(raw["rules"], self.syntax, self._tell, self.address) if "rules" in raw else (),
            area=AREAS.index(self._choice("area", AREAS, "")),
            view=self._choice("view", ("", *VIEWS), ""),
        )

    def _levels(self) -> Rule:
        raw = self.raw["hl"]
        levels = []
        if not isinstance(raw, Mapping) or not isinstance(raw.get("levels"), Mapping) or not set(raw) <= {"levels", "childCode", "loop"}:
            self.fault("hl must hold levels: {S: {into: ., rules: [...]}, ...}")
            raw = {"levels": {}}
        for code, entry in raw["levels"].items():
            address = f"{self.address}/{code}"
            if not isinstance(code, str) or not isinstance(entry, Mapping) or not set(entry) <= {"into", "under", "rules", "when", "holds"}:
                self._tell(address, "a level has into, under, rules, when and holds")
                continue
            levels.append(
                Level(
                    code,
                    self._read(notation.into, entry.get("into", ".")) or Into(),
                    build_rules(entry.get("rules", []), self.syntax, self._tell, address),
                    self._texts("under", entry),
                    self._expression(entry["when"]) if "when" in entry else None,
                    tuple(tag for tag in str(entry.get("holds", "")).split("/") if tag),
                )
            )
        tag, _ = self._read(notation.selected, raw.get("loop", "HL")) or ("HL", None)
        view = self._choice("view", ("", *VIEWS), "")
        coded = raw.get("childCode") is True
        return Rule(self.raw["id"], self.address, RuleKind.LEVELS, tag, levels=tuple(levels), child_code=coded, view=view)

    # --- parts ------------------------------------------------------------------------------------------------------------------------

    def _read(self, reader: Callable[..., _T], *given: object) -> _T | None:
        try:
            return reader(*given)
        except NotationError as error:
            self.fault(str(error))
            return None

    def _choice(self, key: str, allowed: tuple[str, ...], default: str) -> str:
        value = self.raw.get(key, default)
        if value not in allowed:
            self.fault(f"{key} must be one of {', '.join(allowed)}")
            return default
        return str(value)

    def _texts(self, key: str, raw: Mapping[Any, Any] | None = None) -> tuple[str, ...]:
        value = (self.raw if raw is None else raw).get(key, [])
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, list) or not all(isinstance(text, str) for text in values):
            self.fault(f"{key} must be a text or a list of texts")
            return ()
        return tuple(values)

    def _expression(self, text: object) -> Expression | None:
        try:
            return parse(text if isinstance(text, str) else "")
        except ExpressionError as error:
            self.fault(f"{text!r}: {error}")
            return None

    def _bindings(self, raw: object, syntax: str) -> tuple[Binding, ...]:
        if not isinstance(raw, Mapping):
            self.fault("els must be a mapping of places to fields", "els")
            return ()
        found = []
        for key, value in raw.items():
            self._reading = f"els.{key}"
            found.append(self._read(notation.binding, key, value, syntax))
        self._reading = ""
        return tuple(binding for binding in found if binding is not None)

    def _means(self) -> tuple[tuple[Path, str], ...]:
        raw = self.raw.get("means", {})
        if not isinstance(raw, Mapping) or not all(isinstance(value, str) and value for value in raw.values()):
            self.fault("means must be a mapping of fields to texts, each in quotes where it is a number", "means")
            return ()
        found = ((self._read(notation.path, str(field)), value) for field, value in raw.items())
        return tuple((path, value) for path, value in found if path is not None)

    def _key(self, target: Into) -> Binding | None:
        raw = self.raw.get("key")
        if (raw is not None) != (target.kind is IntoKind.KEYED):
            self.fault("key and into: keyed{} go together")
            return None
        if raw is None:
            return None
        place, bar, codec = raw.partition("|") if isinstance(raw, str) else ("", "", "")
        return self._read(notation.binding, place.strip(), f"key |{codec}" if bar else "key", self.syntax)

    def _rest(self, raw: object) -> Rest | None:
        if raw is None:
            return None
        known = {"into", "qualifier", "value", "dir"}
        if not isinstance(raw, Mapping) or not set(raw) <= known or not isinstance(raw.get("into"), str) or raw.get("dir", "in") != "in":
            self.fault("rest must be {into: list[], qualifier: field, value: field}, with dir: in where another rule writes it")
            return None
        target = self._read(notation.into, raw["into"])
        if target is None or target.kind is not IntoKind.LIST:
            self.fault("rest goes into a list[]")
            return None
        return Rest(target.path, str(raw.get("qualifier", "qualifier")), str(raw.get("value", "value")), writes="dir" not in raw)

    def _pairs(self, name: str) -> Pairs | None:
        raw = self.raw[name]
        if not isinstance(raw, Mapping) or not set(raw) <= {"from", "max", "into", "table", "order", "rest"}:
            self.fault(f"{name} must be {{from, max, into, table, order, rest}}")
            return None
        table, order, starts = (
            raw.get("table"),
            raw.get("order", {}),
            _starts(raw.get("from"), raw.get("max"), 1 if name == "cpairs" else 2),
        )
        if not starts or not isinstance(table, str):
            self.fault(f"{name} needs from and max as numbers, or from as a list of numbers, and a table")
            return None
        if not isinstance(order, Mapping) or not all(isinstance(k, str) and isinstance(v, str) for k, v in order.items()):
            self.fault(f"the order of {name} must be {{qualifier: field}}, each qualifier in quotes where it is a number")
            return None
        fields = [(qualifier, self._read(notation.path, field)) for qualifier, field in order.items()]
        target = self._read(notation.into, raw.get("into", ".")) or Into()
        if target.kind in {IntoKind.LIST, IntoKind.KEYED}:
            self.fault(f"{name} go into one object")
        return Pairs(starts, table, target, tuple((q, f) for q, f in fields if f), name == "cpairs", self._rest(raw.get("rest")))

    def _groups(self) -> Groups | None:
        raw = self.raw["groups"]
        if not isinstance(raw, Mapping) or not set(raw) <= {"from", "step", "max", "into", "els", "common"}:
            self.fault("groups must be {from, step, max, into, els, common}")
            return None
        numbers = [raw.get(key) for key in ("from", "step", "max")]
        items = raw.get("els")
        if not all(isinstance(n, int) and n > 0 for n in numbers) or not isinstance(items, Mapping) or not isinstance(raw.get("into"), str):
            self.fault("groups need from, step and max as numbers, els by offset, and into")
            return None
        first, step, most = (int(n) for n in numbers if isinstance(n, int))
        if not all(isinstance(offset, int) and 0 <= offset < step for offset in items):
            self.fault("the places in the els of groups are offsets: 0, 1, …")
            return None
        shifted = {f"{offset + 1:02}": value for offset, value in items.items()}
        target = self._read(notation.into, raw["into"]) or Into()
        return Groups(
            first, step, most, target.path, self._bindings(shifted, self.syntax), self._bindings(raw.get("common", {}), self.syntax)
        )

    def _join(self) -> Join | None:
        raw = self.raw["join"]
        if not isinstance(raw, Mapping) or not set(raw) <= {"into", "el", "comps", "sep"}:
            self.fault("join must be {into, el, comps, sep}")
            return None
        own = self.syntax in OWN_FORMS
        where = self._read(notation.place, str(raw["el"]), self.syntax) if isinstance(raw.get("el"), str) else None
        field = self._read(notation.path, str(raw.get("into", "")))
        components, separator = raw.get("comps", 0), raw.get("sep", "\n")
        if where is None or field is None or not isinstance(components, int) or not isinstance(separator, str) or not separator:
            self.fault('join needs into, and el in quotes such as "01"')
            return None
        if own and ("comps" in raw or not str(self.raw["at"]).endswith("]")):
            self.fault("join takes a list of records: at: ...[]; it has no comps there")
            return None
        return Join(field, where.element, components, separator) if isinstance(where, Slot) else Join(field, 0, 0, separator, where)

    def _sign(self) -> Sign | None:
        raw = self.raw["sign"]
        if (
            not isinstance(raw, Mapping)
            or set(raw) != {"into", "el", "minus", "plus"}
            or not all(isinstance(v, str) and v for v in raw.values())
        ):
            self.fault("sign must be {into, el, minus, plus}, each in quotes where it is a number", "sign")
            return None
        where, field = self._read(notation.slot, raw["el"]), self._read(notation.path, raw["into"])
        return Sign(field, where, raw["minus"], raw["plus"]) if where is not None and field is not None else None

    def _calc(self) -> tuple[Calc, ...]:
        raw = self.raw.get("calc", {})
        if not isinstance(raw, Mapping):
            self.fault("calc must be a mapping of places to expressions")
            return ()
        found = []
        for key, text in raw.items():
            place = self._read(notation.place, key, self.syntax) if isinstance(key, str) else None
            if place is None:
                self.fault(f"{key} is not a place in quotes")
                continue
            expression = None if text in _COUNTERS else self._expression(text)
            if expression is not None or text in _COUNTERS:
                found.append(Calc(place, str(text), expression))
        return tuple(found)


def _starts(first: object, most: object, step: int) -> tuple[int, ...]:
    """Where pairs stand: so many from a place on, or at the places of a list; empty when that is not said."""
    if isinstance(first, list) and first and most is None:
        return tuple(first) if all(isinstance(place, int) and place > 0 for place in first) else ()
    if isinstance(first, int) and isinstance(most, int) and first > 0 and most > 0:
        return tuple(range(first, first + most * step, step))
    return ()
