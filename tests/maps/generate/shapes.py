"""The fields of a canonical model as a generator needs them: what may stand in each, and what must."""

import types
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from canonical.scalars import OpenEnum
from maps.lint.shape import BASE
from maps.model import Path

__all__ = ["ENGINE", "Field", "Scope", "at", "fields", "needs"]

#: what the engine makes and said() leaves out
ENGINE = BASE | {"orderId", "lineId"}


@dataclass(frozen=True)
class Field:
    """One field: a plain value, an object of a model, or a list of either."""

    name: str
    annotation: Any  #: of the value; of a list, of its items
    required: bool = False
    many: bool = False
    least: int = 0  #: how many items a list must have
    free: bool = False  #: a mapping with any keys

    @cached_property
    def model(self) -> type[BaseModel] | None:
        """The model of the object, or of each item."""
        found = _bare(self.annotation)
        return found if isinstance(found, type) and issubclass(found, BaseModel) else None

    @cached_property
    def words(self) -> tuple[str, ...] | None:
        """The words that it knows; None when it is no enumeration."""
        return _words(self.annotation)

    @cached_property
    def _adapter(self) -> TypeAdapter[Any]:
        return TypeAdapter(self.annotation)

    def takes(self, value: Any) -> bool:
        """Whether a plain value is right here, and comes out of the model as it went in."""
        try:
            return bool(self._adapter.dump_python(self._adapter.validate_python(value), mode="json") == value)
        except ValidationError:
            return False


@cache
def fields(model: type[BaseModel]) -> Mapping[str, Field]:
    """The fields of a model by their JSON names, without what the engine fills."""
    found = {field.alias or name: _field(field.alias or name, field) for name, field in model.model_fields.items()}
    return {name: one for name, one in found.items() if name not in ENGINE}


def at(model: type[BaseModel], path: Path) -> Field | None:
    """The field at a path from an object of a model; lists on the way are opened."""
    field: Field | None = None
    current: type[BaseModel] | None = model
    for key in path:
        if field is not None and field.free:
            return Field(key, str)
        field = fields(current).get(key) if current is not None else None
        if field is None:
            return None
        current = field.model
    return field


@cache
def needs(model: type[BaseModel]) -> tuple[Path, ...]:
    """What an object cannot be without: plain values by their path; an object or list of which anything will do, by its own."""
    found: list[Path] = []
    for name, field in fields(model).items():
        if not field.required and not field.least:
            continue
        inner = needs(field.model) if field.model is not None and not field.many else ()
        found += [(name, *path) for path in inner] or [(name,)]
    return tuple(found)


@dataclass(frozen=True)
class Scope:
    """The objects that a rule fills, by where they are in the document, or in the shape that the rules are written for."""

    root: type[BaseModel]
    path: Path = ()

    def field(self, path: Path) -> Field | None:
        """The field at a path from here; no path: what the objects themselves are."""
        return at(self.root, tuple(key for key in (*self.path, *path) if key))

    @property
    def model(self) -> type[BaseModel] | None:
        """The model of the objects; None when they are plain values."""
        found = self.field(()) if self.path else None
        return found.model if found is not None else None if self.path else self.root

    def inner(self, path: Path) -> "Scope":
        """Objects within."""
        return Scope(self.root, (*self.path, *path))

    @cached_property
    def needs(self) -> tuple[Path, ...]:
        """What an object here cannot be without."""
        return needs(self.model) if self.model is not None else ()


def _field(name: str, info: FieldInfo) -> Field:
    annotation = info.rebuild_annotation()
    least = max((getattr(one, "min_length", 0) or 0 for one in info.metadata), default=0)
    bare = _bare(annotation)
    if get_origin(bare) is tuple:
        return Field(name, get_args(bare)[0], info.is_required(), many=True, least=least)
    if get_origin(bare) is dict:
        return Field(name, str, free=True)
    return Field(name, annotation, info.is_required())


def _bare(annotation: Any) -> Any:
    """Without Annotated and None."""
    while True:
        origin, arguments = get_origin(annotation), get_args(annotation)
        if origin is Annotated:
            annotation = arguments[0]
        elif origin in {Union, types.UnionType} and type(None) in arguments and len(arguments) == 2:
            annotation = next(one for one in arguments if one is not type(None))
        else:
            return annotation


def _words(annotation: Any) -> tuple[str, ...] | None:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return arguments
    if origin is Annotated:
        known = next((one.known for one in arguments[1:] if isinstance(one, OpenEnum)), None)
        return known if known is not None else _words(arguments[0])
    if origin in {Union, types.UnionType}:
        return next((words for one in arguments if (words := _words(one)) is not None), None)
    return None
