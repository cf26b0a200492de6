"""The small notations inside a map file: places, bindings, selectors, paths, JSON places. Each is read by one function here.

All raise NotationError, in words for the author of the map.
"""

import re
from dataclasses import replace
from typing import Final

from maps.formats import OWN_FORMS
from maps.formats.places import TEXT
from maps.model import Binding, CodecUse, Into, IntoKind, KeyPath, Path, Place, Selector, Slot, Step

__all__ = ["NotationError", "at_place", "binding", "into", "path", "place", "selected", "slot", "target"]

_SLOT: Final = re.compile(r"([0-9]{1,2})(?:\.([0-9]{1,2}))?")
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_TAG: Final = re.compile(r"([A-Z][A-Z0-9]{1,2})(?:\[(.+)\])?")
_STEP: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")
_RECORD: Final = re.compile(r"[A-Za-z0-9_-]{1,20}")
_ELEMENT: Final = re.compile(r"(?:[A-Za-z_][\w.-]{0,63}:)?[A-Za-z_][\w.-]{0,63}")
_AT: Final = re.compile(r"(.*?)(\[([^\[\]]*)\])?")
_CONSTANT: Final = re.compile(r"=(\S|\S.*?\S)(?: (if|unless) (\S+))?")
_OPEN: Final = "extensions"  #: the one mapping whose keys hold dots: `extensions.northmart.division`


class NotationError(ValueError):
    """The text does not follow its notation."""


def path(text: str) -> Path:
    """`quantity.value`; what follows `extensions.` is one key."""
    keys = tuple(text.split("."))
    if not all(_NAME.fullmatch(key) for key in keys):
        raise NotationError(f"{text!r} is not a path such as quantity.value")
    if keys[0] == _OPEN and len(keys) > 2:
        keys = (_OPEN, ".".join(keys[1:]))
    return keys


def slot(text: str) -> Slot:
    """`02` or `01.2`."""
    match = _SLOT.fullmatch(text)
    if match is None or int(match[1]) == 0 or match[2] == "0":
        raise NotationError(f"{text!r} is not a place such as 02 or 01.2")
    return Slot(int(match[1]), int(match[2] or 0))


def place(text: str, syntax: str) -> Place:
    """A place on the wire: a slot, keys in JSON, a path in XML, the name of a column. `.` is the value itself."""
    if syntax not in OWN_FORMS:
        return slot(text)
    if syntax == "xml":
        return _xml_place(text)
    if text == "." and syntax == "json":
        return KeyPath(("",))
    keys = tuple(text.split(".")) if syntax == "json" else (text,)
    if syntax == "json" and not all(_STEP.fullmatch(key) for key in keys):
        raise NotationError(f"{text!r} is not a place such as sku or shipTo.name")
    if not all(keys):
        raise NotationError("a column has a name")
    return KeyPath(keys)


def _xml_place(text: str) -> KeyPath:
    """`@qty`, `Buyer/Name`, `Buyer/@id`, and `.`, the element's own text."""
    steps = tuple(text.split("/"))
    if text == ".":
        return KeyPath((TEXT,))
    if not all(map(_ELEMENT.fullmatch, steps[:-1])) or not _ELEMENT.fullmatch(steps[-1].removeprefix("@")):
        raise NotationError(f"{text!r} is not a place such as @qty, Name or Buyer/@id")
    return KeyPath(steps if steps[-1].startswith("@") else (*steps, TEXT))


def target(text: str) -> Binding:
    """`orderDate! | date`, `sealNumbers[]`, `dimensions.unit?` as a binding that has no places yet."""
    head, bar, tail = (part.strip() for part in text.partition("|"))
    name, _, arg = tail.partition(" ")
    if bar and not name:
        raise NotationError(f"{text!r} names no codec after the bar")
    field = head.removesuffix("!").removesuffix("?").strip()
    where = ("",) if field == "." else path(field.removesuffix("[]"))
    return Binding(
        (),
        where,
        CodecUse(name or "str", arg.strip()),
        required=head.endswith("!"),
        companion=head.endswith("?"),
        append=field.endswith("[]"),
    )


def binding(key: object, value: object, syntax: str) -> Binding:
    """One entry of `els`: `"02+03+04": "shippedAt | dtz"`, `"05": "=0001"`."""
    if not isinstance(key, str):
        raise NotationError(f"the place {key} must stand in quotes")
    places = tuple(place(part.strip(), syntax) for part in key.split("+"))
    if not isinstance(value, str) or not value:
        raise NotationError(f'{key}: a field with its codec, such as "orderDate! | date", or a constant, such as "=G", is expected')
    if value.startswith("="):
        match = _CONSTANT.fullmatch(value)
        if len(places) != 1 or match is None:
            raise NotationError(f'{key}: a constant has one place and looks like "=G", "=G if 07" or "=G unless 02"')
        beside = place(match[3], syntax) if match[3] else None
        return Binding(places, (), constant=match[1], beside=beside, unless=match[2] == "unless")
    return replace(target(value), places=places)


def selected(text: object) -> tuple[str, Selector]:
    """`REF[01=IA|VR]` as tag and selector."""
    match = _TAG.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise NotationError(f"{text!r} is not a segment such as REF or REF[01=DP]")
    return match[1], _selector(match[2], "edi") if match[2] else Selector()


def _selector(text: str, syntax: str) -> Selector:
    if text == "*":
        return Selector(rest=True)
    tests = []
    for part in text.split(","):
        where, equals, values = part.partition("=")
        allowed = tuple(value.strip() for value in values.split("|"))
        if not equals or not all(allowed):
            raise NotationError(f"[{text}] is not a selector such as [01=DP], [01=IA|VR] or [*]")
        tests.append((place(where.strip(), syntax), allowed))
    return Selector(tuple(tests))


def into(text: object) -> Into:
    """`.`, `a.b`, `list[]`, `keyed{}`."""
    if not isinstance(text, str):
        raise NotationError("into must be ., a.b, list[] or keyed{}")
    if text == ".":
        return Into()
    if text.endswith("[]"):
        return Into(IntoKind.LIST, path(text[:-2]))
    if text.endswith("{}"):
        return Into(IntoKind.KEYED, path(text[:-2]))
    return Into(IntoKind.OBJECT, path(text))


def at_place(text: object, syntax: str) -> tuple[Step, ...]:
    """Where a rule stands, from the value that the enclosing rule stands at; only the last step may hold many.

    `$`, `$.order.items[]`, `$.parties[role=BY]`; in XML `.`, `Lines/Line[]`, `Party[@role=BY]`.
    """
    xml = syntax == "xml"
    example = ". or Lines/Line[]" if xml else "$ or $.items[]"
    match = _AT.fullmatch(text) if isinstance(text, str) else None
    steps = match[1].split("/" if xml else ".") if match else [""]
    if match is None or (steps[0] != "$" and not xml):
        raise NotationError(f"at must be a place such as {example}")
    names = [step for step in steps if step != "."] if xml else steps[1:]
    form = _ELEMENT if xml else _STEP if syntax == "json" else _RECORD
    if any("[" in name and "]" in name for name in names):
        raise NotationError(f"{text!r}: only the last step may hold many; put a rule within a rule")
    if not all(map(form.fullmatch, names)) or (match[2] and not names):
        raise NotationError(f"{text!r} is not a place such as {example}")
    inner = match[3] or ""
    selector = _selector(inner, syntax) if inner else None
    return (*map(Step, names[:-1]), Step(names[-1], bool(match[2]), selector)) if names else ()
