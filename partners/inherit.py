"""Inheritance of settings: templates merged one over the other, the file itself on top."""

from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Any

__all__ = ["InheritError", "merge", "resolve", "shipped_template", "shipped_templates"]


class InheritError(Exception):
    """A template is missing, or templates inherit in a circle."""


def shipped_templates() -> tuple[str, ...]:
    """The names of the templates that come with the package."""
    folder = files("partners") / "templates"
    return tuple(sorted(file.name.removesuffix(".yaml") for file in folder.iterdir() if file.name.endswith(".yaml")))


def shipped_template(name: str) -> str | None:
    """The text of a template that comes with the package."""
    return (files("partners") / "templates" / f"{name}.yaml").read_text(encoding="utf-8") if name in shipped_templates() else None


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`over` upon `base`: mappings merge key by key, anything else replaces, null removes what was inherited."""
    merged = dict(base)
    for key, value in over.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, Mapping):
            below = merged.get(key)
            merged[key] = merge(below if isinstance(below, Mapping) else {}, value)
        else:
            merged[key] = value
    return merged


def resolve(data: Mapping[str, Any], template: Callable[[str], Mapping[str, Any] | None]) -> dict[str, Any]:
    """`data` over all that it inherits, without the key `inherits`. Raises InheritError."""
    return _resolve(data, template, ())


def _resolve(data: Mapping[str, Any], template: Callable[[str], Mapping[str, Any] | None], above: tuple[str, ...]) -> dict[str, Any]:
    named = data.get("inherits") or ()
    if not isinstance(named, str | list | tuple):
        raise InheritError("the name of a template is expected, or a list of names")
    merged: dict[str, Any] = {}
    for name in (named,) if isinstance(named, str) else named:
        if name in above:
            raise InheritError(f"the template {name} inherits from itself")
        found = template(name) if isinstance(name, str) else None
        if found is None:
            raise InheritError(f"no template of the name in `inherits`; there are {', '.join(shipped_templates())}")
        merged = merge(merged, _resolve(found, template, (*above, name)))
    return merge(merged, {key: value for key, value in data.items() if key != "inherits"})
