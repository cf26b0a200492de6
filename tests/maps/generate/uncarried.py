"""Values that a map has no place for, put into a document that it can write: each must be told, and nothing else may change."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from pydantic import BaseModel

from maps.lint.claims import claims
from maps.lint.rules import all_rules
from maps.model import MapSpec
from tests.maps.generate.chance import Chance, pick
from tests.maps.generate.shapes import Field, fields
from tests.maps.generate.values import candidates

__all__ = ["Uncarried"]

_DEEPEST = 3
_WORDS = "!"  #: where the words of a key are noted
_MADE = frozenset({"documentType", "lineCount", "hlCount", "quantityHash"})  #: what counts other fields is no loss


class Uncarried:
    """What a map does not carry, by the paths that its rules write."""

    def __init__(self, spec: MapSpec, model: type[BaseModel]) -> None:
        self._model = model
        self._paths: dict[str, Any] = {}
        for claim in claims(spec):
            node = self._paths
            for part in claim.path.replace("[]", "").split("."):
                node = node.setdefault(part, {})
            node.setdefault(_WORDS, {}).update(dict.fromkeys(claim.words))
        #: what conditions and sums look at is not for values at random
        self._looked_at = {key for path in _looked_at(spec) for key in path}

    def added(self, document: Mapping[str, Any], chance: Chance) -> dict[str, Any] | None:
        """The document with more; None when the map carries all that it could have."""
        extended = deepcopy(dict(document))
        places = [place for place in self._free(extended, self._model, self._paths) if place[1].name not in self._looked_at]
        if not places:
            return None
        for _ in range(4):
            target, field = pick(chance, places)
            if field.name not in target:
                value = _value(field, chance, 0)
                if value is not None:
                    target[field.name] = value
        return extended

    def _free(self, target: dict[str, Any], model: type[BaseModel], carried: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], Field]]:
        """The fields of the objects that are there which no rule writes, with the objects that they belong to."""
        generic = carried.get("*")
        for name, field in fields(model).items():
            known = carried.get(name)
            if generic is not None and (name in carried or name in generic[_WORDS]):
                known = {**generic, **carried.get(name, {})}
            if known is None:
                if name not in target and name not in _MADE:
                    yield target, field
                continue
            held, inner = target.get(name), field.model
            if inner is not None:
                for one in held if isinstance(held, list) else [held]:
                    if isinstance(one, dict):
                        yield from self._free(one, inner, known)


def _looked_at(spec: MapSpec) -> Iterator[tuple[str, ...]]:
    for rule in all_rules(spec.rules):
        for expression in (rule.when, *(level.when for level in rule.levels), *(calc.expression for calc in rule.calc)):
            if expression is not None:
                yield from expression.paths
    for default in spec.defaults:
        yield default.path
        if default.expression is not None:
            yield from default.expression.paths


def _value(field: Field, chance: Chance, depth: int) -> Any:
    """Something that the field takes, as small as it goes."""
    if field.free:
        return {"harborline.note": pick(chance, ("A7", "KEEP DRY"))}
    if field.model is not None:
        made: Any = _object(field.model, chance, depth)
    else:
        choices = [word for word in field.words or candidates() if field.takes(word)]
        made = pick(chance, choices[:20]) if choices else None
    return [made] if field.many and made else made


def _object(model: type[BaseModel], chance: Chance, depth: int) -> dict[str, Any] | None:
    found: dict[str, Any] = {}
    optional = 1 + chance.below(3)
    for name, field in fields(model).items():
        if name in _MADE:
            continue
        wanted = field.required or field.least > 0
        if wanted or (optional and depth < _DEEPEST and chance.below(3) == 1):
            value = _value(field, chance, depth + 1)
            if value is not None:
                found[name] = value
                optional -= not wanted
            elif wanted:
                return None
    return found or None
