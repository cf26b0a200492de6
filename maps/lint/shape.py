"""The fields of a canonical document by path, as a map's author sees them: `lines[].item.gtin`."""

import types
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from canonical.base import Document
from canonical.registry import DOCUMENTS

__all__ = ["BASE", "Shape", "leaves", "shape_at", "shape_of"]

#: what the engine fills in, and maps leave alone
BASE = frozenset({*(field.alias for field in Document.model_fields.values() if field.alias), "lineId", "orderId", "ours"} - {"extensions"})


@dataclass(frozen=True, slots=True)
class Shape:
    """What stands at a path: an object of a model, a mapping with free keys, or a plain value; one or many."""

    model: type[BaseModel] | None = None
    free: bool = False
    many: bool = False

    def field(self, key: str) -> "Shape | None":
        """What stands under a key; None when the object has none."""
        if self.free:
            return Shape()
        return _fields(self.model).get(key) if self.model is not None else None

    def names(self) -> tuple[str, ...]:
        """The keys of an object."""
        return tuple(_fields(self.model)) if self.model is not None else ()

    def required(self) -> tuple[str, ...]:
        """The keys that an object cannot be without, but for those that the engine fills."""
        fields = self.model.model_fields.values() if self.model is not None else ()
        return tuple(field.alias for field in fields if field.alias and field.is_required() and field.alias not in BASE)


def shape_of(document: str) -> Shape | None:
    """A whole document by its name; None when there is none."""
    model = DOCUMENTS.get(document)
    return None if model is None else Shape(model)


def shape_at(shape: Shape | None, path: tuple[str, ...]) -> Shape | None:
    """What stands at a path; lists within are opened. None when the document has no such path."""
    for key in path:
        shape = shape.field(key) if shape is not None and key else shape
    return shape


def leaves(shape: Shape, path: str = "", above: tuple[type[BaseModel], ...] = ()) -> Iterator[str]:
    """The plain values of an object by path, without what is within itself (a pack in a pack)."""
    for key in shape.names():
        inner = shape.field(key)
        assert inner is not None
        where = f"{path}.{key}" if path else key
        where += "[]" if inner.many else ""
        if inner.model is None:
            yield where
        elif inner.model not in above:
            yield from leaves(inner, where, (*above, inner.model))


@cache
def _fields(model: type[BaseModel]) -> dict[str, Shape]:
    return {field.alias or name: _shape(field) for name, field in model.model_fields.items()}


def _shape(field: FieldInfo) -> Shape:
    return _annotated(field.annotation)


def _annotated(annotation: Any) -> Shape:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _annotated(arguments[0])
    if origin in {Union, types.UnionType}:
        found = [_annotated(one) for one in arguments if one is not type(None)]
        return next((one for one in found if one.model or one.free or one.many), Shape())
    if origin is tuple:
        inner = _annotated(arguments[0])
        return Shape(inner.model, inner.free, many=True)
    if origin is dict:
        return Shape(free=True)
    if origin is Literal or not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
        return Shape()
    return Shape(annotation)
