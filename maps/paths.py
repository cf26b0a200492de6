"""Paths in an object of a document: what stands there, and putting something there. Both ways through a map walk by them."""

from collections.abc import Mapping
from typing import Any

__all__ = ["dotted", "get", "put"]

Path = tuple[str, ...]


def get(scope: Mapping[str, Any], path: Path) -> Any:
    """What stands at a path of an object; None when nothing does."""
    value: Any = scope
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def put(scope: dict[str, Any], path: Path, value: Any) -> bool:
    """Set a field unless it has a value; says whether the field now has this value."""
    for key in path[:-1]:
        scope = scope.setdefault(key, {})
    return bool(scope.setdefault(path[-1], value) == value)


def dotted(path: Path) -> str:
    """`.quantity.value`, to be put behind the path of an object."""
    return "".join(f".{key}" for key in path if key)
