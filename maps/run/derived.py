"""Fields that a document derives from others where they are not given: no map writes them, and they are not lost."""

from collections.abc import Mapping
from functools import cache
from typing import Any, get_args

from pydantic import BaseModel

from canonical.base import Document
from canonical.registry import parse

__all__ = ["made_by_document"]


def made_by_document(document: Document, data: Mapping[str, Any]) -> frozenset[str]:
    """The paths in a document's JSON form whose value it would make itself of the others."""
    names = _derived(type(document))
    if not names:
        return frozenset()
    again = parse(_without(data, names), document.document_type).to_json()
    return frozenset(_same(data, again, names, "$"))


@cache
def _derived(model: type[BaseModel]) -> frozenset[str]:
    """The keys of all derived fields of a model and of those within."""
    found: set[str] = set()
    for field in model.model_fields.values():
        if field.default_factory_takes_validated_data and field.alias:
            found.add(field.alias)
        found.update(*(_derived(inner) for inner in _models(field.annotation) if inner is not model))
    return frozenset(found)


def _models(annotation: Any) -> set[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return {annotation}
    return {model for inner in get_args(annotation) for model in _models(inner)}


def _without(value: Any, names: frozenset[str]) -> Any:
    if isinstance(value, Mapping):
        return {key: _without(inner, names) for key, inner in value.items() if key not in names}
    return [_without(inner, names) for inner in value] if isinstance(value, list) else value


def _same(value: Any, again: Any, names: frozenset[str], path: str) -> set[str]:
    found: set[str] = set()
    if isinstance(value, Mapping) and isinstance(again, Mapping):
        for key, inner in value.items():
            where = f"{path}.{key}"
            if key in names and again.get(key) == inner:
                found.add(where)
            found |= _same(inner, again.get(key), names, where)
    elif isinstance(value, list) and isinstance(again, list):
        for number, (one, other) in enumerate(zip(value, again, strict=False)):
            found |= _same(one, other, names, f"{path}[{number}]")
    return found
