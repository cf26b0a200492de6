"""Documents at random of all that a map can write, by its rules: each object is filled as far as its segments let it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from maps.model import IntoKind, MapSpec, Path, Rule
from maps.run.fields import get, put
from tests.maps.generate import contents
from tests.maps.generate.chance import Chance, ImpossibleError, pick
from tests.maps.generate.fitting import fitting, layouts_for
from tests.maps.generate.plan import Plan
from tests.maps.generate.views import closed
from tests.maps.generate.writes import Container, RulePlan, level_of

__all__ = ["made"]

Object = dict[str, Any]
_SEQUENCE = ("sequence",)
_DEEPEST = 4  #: levels below each other


def made(plan: Plan, chance: Chance) -> Object:
    """One document in its JSON form, without what the engine fills in."""
    maker = _Maker(plan, chance)
    document = maker.document
    wanted = [*plan.scope.needs, *(default.path for default in plan.spec.defaults)]
    maker.container(plan.root, document, "", wanted)
    for rule, scope, key, applied in maker.decided:
        if _applies(rule, scope, document, key) is not applied:
            raise ImpossibleError(f"the condition of {rule.address} changed")
    document = closed(plan.spec, document)
    for default in plan.spec.defaults:
        if get(document, default.path) is None:
            value = default.constant if default.expression is None else default.expression.evaluate(document)
            if value is not None:
                put(document, default.path, value)
    return {"documentType": plan.spec.document, "schemaVersion": "1.0", **document}


def _applies(rule: Rule, scope: Mapping[str, Any], document: Mapping[str, Any], key: str) -> bool:
    keys = rule.when_key
    if keys and (f"!{key}" in keys or not (key in keys or keys[0].startswith("!"))):
        return False
    return rule.when is None or bool(rule.when.evaluate(scope if scope is document else {**document, **scope}))


class _Maker:
    def __init__(self, plan: Plan, chance: Chance) -> None:
        self.plan, self.chance = plan, chance
        self.spec: MapSpec = plan.spec
        self.document: Object = {}
        self.decided: list[tuple[Rule, Object, str, bool]] = []
        self.depth = 0
        self.promised: dict[int, Sequence[Path]] = {}  #: of objects that are being filled, what later rules will supply

    # --- the rules of a loop ------------------------------------------------------------------------------------------------------------

    def container(self, container: Container, scope: Object, key: str, wanted: Sequence[Path]) -> bool:
        """Fill an object by the rules of a loop; says whether anything was filled."""
        used: Counter[int] = Counter()
        done: dict[str, bool] = {}
        musts: dict[str, list[Path]] = {}
        left = [path for path in wanted if get(scope, path) is None]
        of_levels = []
        self.promised[id(scope)] = left
        for path in left:
            supplier = next((one for one in container.suppliers(path) if one.layouts), None)
            if supplier is not None:
                musts.setdefault(supplier.address, []).append(path)
            elif container.levels is not None:
                of_levels.append(path)
        self._mandatory(container, musts)
        filled = False
        for one in sorted(container.rules, key=lambda one: one.rule.when is not None):
            wants = musts.get(one.address, [])
            must = one.address in musts or one.rule.required or self._has_needed(one)
            applied, there = self._rule(one, scope, key, used, done, wants, must=must)
            if one.rule.when is not None:
                self.decided.append((one.rule, scope, key, applied))
            done[one.address] = there
            filled = filled or there
        if container.levels is not None:
            filled = self._roots(container, scope, of_levels) or filled
        return filled

    def _mandatory(self, container: Container, musts: dict[str, list[Path]]) -> None:
        """What the grammar wants here is written by one rule at least."""
        for use in container.mandatory:
            rules = [one for one in container.rules if one.use is use and one.layouts]
            if rules and not any(one.rule.required or one.address in musts for one in rules):
                musts[pick(self.chance, rules).address] = []

    def _has_needed(self, one: RulePlan) -> bool:
        return one.rule.into.kind is IntoKind.HERE and any(part.binding.required for part in one.parts)

    def _rule(
        self,
        one: RulePlan,
        scope: Object,
        key: str,
        used: Counter[int],
        done: Mapping[str, bool],
        wants: Sequence[Path],
        *,
        must: bool,
    ) -> tuple[bool, bool]:
        """Whether the rule's condition holds, and whether anything was written by it."""
        rule = one.rule
        if rule.when_key and not _applies_key(rule, key):
            return True, False
        around, scope = scope, self.document if rule.of_document else scope
        if rule.when is not None and not _applies(rule, around, self.document, key):
            return self._tried(one, around, scope, key, used, done)
        room = 99 if one.use.max_use is None else one.use.max_use - used[one.use.sequence]
        free = all(done.get(address, True) for address in one.before)
        if not one.layouts or room < 1 or not free:
            if must and (rule.required or wants):
                raise ImpossibleError(f"{rule.address} must be written and cannot be")
            return True, False
        bound = rule.into.kind is IntoKind.HERE and any(get(scope, part.path) is not None for part in one.parts)
        if not (must or bound) and not (self.chance.flip() and self._can(one, scope)):
            return True, False
        count = self._fill(one, scope, room, wants, must=must)
        used[one.use.sequence] += count
        return True, count > 0

    def _can(self, one: RulePlan, scope: Object) -> bool:
        """Whether a rule for the object itself can fill anything as it stands."""
        if one.rule.into.kind is not IntoKind.HERE:
            return True
        return bool(layouts_for(one, scope, (), self.promised.get(id(scope), ()), self.chance))

    def _tried(
        self, one: RulePlan, around: Object, scope: Object, key: str, used: Counter[int], done: Mapping[str, bool]
    ) -> tuple[bool, bool]:
        """Fill a rule whose condition does not hold: perhaps it does when this is done; else all is as before."""
        room = 99 if one.use.max_use is None else one.use.max_use - used[one.use.sequence]
        if not one.layouts or room < 1 or not all(done.get(address, True) for address in one.before) or not self.chance.flip():
            return False, False
        before, decided = deepcopy(scope), len(self.decided)
        try:
            count = self._fill(one, scope, room, (), must=False)
        except ImpossibleError:
            count = 0
        if count and _applies(one.rule, around, self.document, key):
            used[one.use.sequence] += count
            return True, True
        scope.clear()
        scope.update(before)
        del self.decided[decided:]
        return False, False

    # --- the objects of a rule ----------------------------------------------------------------------------------------------------------

    def _fill(self, one: RulePlan, scope: Object, room: int, wants: Sequence[Path], *, must: bool) -> int:
        """Fill the objects of a rule; how many segments or loops that makes."""
        into = one.rule.into
        inner = [path[len(into.path) :] for path in wants if len(path) > len(into.path)]
        match into.kind:
            case IntoKind.HERE:
                return self._object(one, scope, "", list(wants), room)
            case IntoKind.OBJECT:
                held = get(scope, into.path)
                target: Object = held if isinstance(held, dict) else {}
                count = self._object(one, target, "", [*one.scope.needs, *inner], room)
                if target and held is None:
                    put(scope, into.path, target)
                return count if target else 0
            case IntoKind.LIST:
                return self._list(one, scope, room, must=must)
        return self._keyed(one, scope, room, must=must)

    def _list(self, one: RulePlan, scope: Object, room: int, *, must: bool) -> int:
        path = one.rule.into.path
        items: list[Any] = []
        most = min(room, 3 if self.depth < 2 else 2)
        for _ in range(1 + self.chance.below(most)):
            item: Object = _numbered(one, len(items) + 1)
            self.depth += 1
            wanted = one.scope.needs if one.scope.model is not None else [("",)]
            self._object(one, item, "", wanted, 1)
            self.depth -= 1
            if item:
                items.append(item.get("", item))
        if must and not items:
            raise ImpossibleError(f"{one.address} must be written and nothing was drawn for it")
        if items:
            before = get(scope, path) or []
            put(scope, path, before)
            before += items
        return len(items)

    def _keyed(self, one: RulePlan, scope: Object, room: int, *, must: bool) -> int:
        into, count = one.rule.into.path, 0
        rest = one.rule.rest
        for word, _ in one.keys:
            least = must and count == 0 and word == one.keys[-1][0] and not get(scope, into)
            often = word in one.rule.order
            if count < room and (least or (self.chance.flip() if often else self.chance.below(4) == 1)):
                target: Object = {}
                self.depth += 1
                self._object(one, target, word, one.scope.needs, 1)
                self.depth -= 1
                put(scope, (*into, word), target)
                count += 1
        if rest is not None and one.others and count < room and self.chance.flip():
            other: Object = {rest.qualifier: pick(self.chance, one.others)}
            self.depth += 1
            self._object(one, other, "", [], 1)
            self.depth -= 1
            before = get(scope, rest.into) or []
            put(scope, rest.into, before)
            before.append(other)
            count += 1
        return count

    # --- one object ---------------------------------------------------------------------------------------------------------------------

    def _object(self, one: RulePlan, target: Object, key: str, wanted: Sequence[Path], room: int) -> int:
        """Fill one object by a rule's segment and the rules within; how many segments it takes."""
        before = len(target)
        layout = fitting(one, target, wanted, self.promised.get(id(target), ()), self.chance)
        for part, variant in zip(one.parts, layout, strict=False):
            if variant >= 0:
                contents.value(part, part.variants[variant][1], target, self.chance)
        at_end = len(one.parts)
        for pairs in one.pairs:
            if layout[at_end] >= 0:
                contents.pairs(pairs, target, wanted, self.chance)
            at_end += 1
        count = 1
        if one.rule.groups is not None and one.items:
            if layout[at_end] >= 0:
                count = contents.groups(one, target, room, self.chance)
            at_end += 1
        if one.rule.join is not None and at_end < len(layout) and layout[at_end] >= 0:
            count = contents.joined(one, target, room, self.chance)
        if one.inner is not None:
            rest = [path for path in wanted if get(target, path) is None]
            self.container(one.inner, target, key, rest)
        written = len(target) > before or any(variant >= 0 for variant in layout) or bool(key) or one.rule.required
        return count if written else 0

    # --- levels -------------------------------------------------------------------------------------------------------------------------

    def _roots(self, container: Container, scope: Object, wanted: Sequence[Path]) -> bool:
        rule = container.levels
        assert rule is not None
        for level in rule.levels:
            if not level.under:
                self._level(container, rule, level.code, scope, wanted)
        return True

    def _level(self, container: Container, rule: Rule, code: str, scope: Object, wanted: Sequence[Path]) -> None:
        within = container.within[code]
        below: dict[Path, list[str]] = {}
        for level in rule.levels:
            if code in level.under:
                below.setdefault(level.into.path, []).append(level.code)
        self.container(within, scope, "", [path for path in wanted if path not in below])
        for path, codes in below.items():
            must = path in wanted
            if not (must or (self.depth < _DEEPEST and self.chance.flip())):
                continue
            items = []
            for _ in range(1 + self.chance.below(2)):
                item = self._item(container, rule, pick(self.chance, codes), codes)
                if item is not None:
                    items.append(item)
            if items:
                put(scope, path, items)

    def _item(self, container: Container, rule: Rule, code: str, codes: Sequence[str]) -> Object | None:
        """One object of a level; None when by its content it would be one of another level."""
        item: Object = {}
        self.depth += 1
        self._level(container, rule, code, item, container.within[code].scope.needs)
        self.depth -= 1
        sharing = [level_of(rule, one) for one in codes]
        is_level = next((one.code for one in sharing if one.when is None or one.when.evaluate(item)), None)
        return item if is_level == code else None


def _numbered(one: RulePlan, number: int) -> Object:
    """A place in a row, where an item has one: no two are the same, and rules may ask for the first."""
    numbers = [option.value for part in one.parts if part.path == _SEQUENCE for option in part.options]
    return {"sequence": number} if number in numbers else {}


def _applies_key(rule: Rule, key: str) -> bool:
    keys = rule.when_key
    return not (f"!{key}" in keys or not (key in keys or keys[0].startswith("!")))
