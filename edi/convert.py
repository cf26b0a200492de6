"""Interchanges as JSON and XML, JSON back as interchanges, and EDI that people can read and readers still take.

JSON loses nothing: `from_json(to_json(x))` has the same segments, envelopes and separators. XML names elements by tag and position;
characters that XML cannot hold stand there as pictures of themselves (U+2400 and on).
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from edi.delimiters import Delimiters
from edi.errors import WriteError
from edi.plain import Line, Plain, plain, render
from edi.tree import LoopNode, SegmentNode
from edi.validate import ValidatedInterchange, Validation
from edi.values import ElementValue, Repeats, Segment, Standard

__all__ = ["from_json", "to_edi", "to_json", "to_pretty", "to_xml"]

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_KEPT: Final = {"\r": "&#13;", "\n": "&#10;", "\t": "&#9;"}
_MOST: Final = 10_000  #: elements of a segment, components of an element


def to_edi(interchanges: Iterable[ValidatedInterchange | Plain]) -> bytes:
    """One segment after the other, with the separators of each interchange."""
    return b"".join(render(_as_plain(one)) for one in interchanges)


def to_pretty(interchanges: Iterable[ValidatedInterchange | Plain]) -> bytes:
    """A segment a line, indented by envelope and loop. It reads as the same interchanges."""
    return b"".join(render(_as_plain(one), pretty=True) for one in interchanges)


def _as_plain(one: ValidatedInterchange | Plain) -> Plain:
    return one if isinstance(one, Plain) else plain(one)


# -- JSON


def to_json(interchanges: Iterable[ValidatedInterchange]) -> dict[str, Any]:
    """Plain values: envelopes, sets, loops, segments; elements by their designators, a composite as a list."""
    return {"interchanges": [_interchange(one) for one in interchanges]}


def _interchange(validated: ValidatedInterchange) -> dict[str, Any]:
    interchange = validated.interchange
    return {
        "standard": interchange.standard.value,
        "delimiters": {name: sign for name, sign in asdict(interchange.delimiters).items() if sign is not None},
        "sender": str(interchange.sender),
        "receiver": str(interchange.receiver),
        "controlNumber": interchange.control_number,
        "header": _segment(interchange.header),
        "serviceSegments": [_segment(segment) for segment in interchange.service_segments],
        "groups": [
            {
                "header": _segment(group.group.header) if group.group.header else None,
                "sets": [_set(validation) for validation in group.validations],
                "trailer": _segment(group.group.trailer) if group.group.trailer else None,
            }
            for group in validated.groups
        ],
        "trailer": _segment(interchange.trailer) if interchange.trailer else None,
    }


def _set(validation: Validation) -> dict[str, Any]:
    one = validation.transaction_set
    children = list(_children(validation.tree.root)) if validation.tree else [_segment(segment) for segment in one.segments]
    return {"setId": one.set_id, "controlNumber": one.control_number, "release": one.release + one.industry, "children": children}


def _children(loop: LoopNode) -> Iterator[dict[str, Any]]:
    for child in loop.children:
        if isinstance(child, SegmentNode):
            yield _segment(child.segment)
        else:
            yield {"loop": child.loop_id, "children": list(_children(child))}


def _segment(segment: Segment) -> dict[str, Any]:
    """Empty elements are left out, but for the last one, which says how many there are."""
    last = len(segment.elements)
    elements = {
        f"{segment.tag}{position:02}": _value(value) for position, value in enumerate(segment.elements, 1) if value or position == last
    }
    return {"segment": segment.tag, "elements": elements}


def _value(value: ElementValue) -> Any:
    if isinstance(value, Repeats):
        return {"repeats": [_value(one) for one in value]}
    return value if isinstance(value, str) else list(value)


def from_json(text: str | bytes) -> tuple[Plain, ...]:
    """The interchanges of what `to_json` made. Raises WriteError when it is none of it."""
    try:
        value = json.loads(text)
        return tuple(_plain(one) for one in value["interchanges"])
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        raise WriteError("This JSON is not of the form that an interchange is converted to.") from None


def _plain(value: Mapping[str, Any]) -> Plain:
    delimiters = Delimiters(**value["delimiters"])
    signs = asdict(delimiters).values()
    if not all(sign is None or (isinstance(sign, str) and 0 < len(sign.encode("latin-1")) <= 4) for sign in signs):
        raise ValueError
    lines = [Line(0, _read_segment(value["header"])), *(Line(1, _read_segment(one)) for one in value.get("serviceSegments", ()))]
    for group in value["groups"]:
        depth = 1
        if group.get("header"):
            lines.append(Line(1, _read_segment(group["header"])))
            depth = 2
        for one in group["sets"]:
            lines += _read_children(one["children"], depth, is_set=True)
        if group.get("trailer"):
            lines.append(Line(1, _read_segment(group["trailer"])))
    if value.get("trailer"):
        lines.append(Line(0, _read_segment(value["trailer"])))
    return Plain(Standard(value["standard"]), delimiters, tuple(lines))


def _read_children(children: list[Any], depth: int, *, is_set: bool = False) -> Iterator[Line]:
    for number, child in enumerate(children):
        if "loop" in child:
            yield from _read_children(child["children"], depth + 1)
        else:
            segment = _read_segment(child)
            is_end = number == 0 or (is_set and segment.tag in ("SE", "UNT"))
            yield Line(depth if is_end else depth + 1, segment)


def _read_segment(value: Mapping[str, Any]) -> Segment:
    tag = value["segment"]
    places = {int(name[len(tag) :]): _read_value(one) for name, one in value["elements"].items() if name.startswith(tag)}
    if len(places) != len(value["elements"]) or not all(0 < place <= _MOST for place in places):
        raise ValueError
    return Segment(tag, tuple(places.get(position, "") for position in range(1, max(places, default=0) + 1)))


def _read_value(value: Any) -> ElementValue:
    if isinstance(value, dict):
        singles = [_read_value(one) for one in value["repeats"]]
        if any(isinstance(one, Repeats) for one in singles):
            raise ValueError
        return Repeats(singles) if len(singles) > 1 else singles[0]  # type: ignore[arg-type]  # no Repeats among them
    if isinstance(value, list):
        if not value or not all(isinstance(one, str) for one in value):
            raise ValueError
        return tuple(value) if len(value) > 1 else str(value[0])
    if not isinstance(value, str):
        raise TypeError
    return value


# -- XML


def to_xml(interchanges: Iterable[ValidatedInterchange]) -> Iterator[str]:
    """A document in pieces: envelopes and loops as elements, segments by their tag, their elements by tag and position."""
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<interchanges>\n'
    for validated in interchanges:
        one = validated.interchange
        names = {"standard": one.standard.value, "sender": str(one.sender), "receiver": str(one.receiver), "number": one.control_number}
        yield f"  <interchange{_attributes(names)}>\n"
        for segment in (one.header, *one.service_segments):
            yield _xml(segment, 4)
        for group in validated.groups:
            yield "    <group>\n"
            yield _xml(group.group.header, 6) if group.group.header else ""
            for validation in group.validations:
                made = validation.transaction_set
                names = {"id": made.set_id, "number": made.control_number, "release": made.release + made.industry}
                yield f"      <set{_attributes(names)}>\n"
                if validation.tree:
                    yield from _xml_children(validation.tree.root, 8)
                else:
                    yield from (_xml(segment, 8) for segment in made.segments)
                yield "      </set>\n"
            yield _xml(group.group.trailer, 6) if group.group.trailer else ""
            yield "    </group>\n"
        yield _xml(one.trailer, 4) if one.trailer else ""
        yield "  </interchange>\n"
    yield "</interchanges>\n"


def _xml_children(loop: LoopNode, indent: int) -> Iterator[str]:
    for child in loop.children:
        if isinstance(child, SegmentNode):
            yield _xml(child.segment, indent)
        else:
            yield f"{' ' * indent}<loop{_attributes({'id': child.loop_id})}>\n"
            yield from _xml_children(child, indent + 2)
            yield f"{' ' * indent}</loop>\n"


def _xml(segment: Segment, indent: int) -> str:
    pad = " " * indent
    named = bool(_NAME.fullmatch(segment.tag)) and not segment.tag.lower().startswith("xml")
    tag, attributes = (segment.tag, "") if named else ("segment", _attributes({"tag": segment.tag}))
    inner = "".join(_xml_element(tag, position, value, pad + "  ") for position, value in enumerate(segment.elements, 1))
    return f"{pad}<{tag}{attributes}>\n{inner}{pad}</{tag}>\n" if inner else f"{pad}<{tag}{attributes}/>\n"


def _xml_element(tag: str, position: int, value: ElementValue, pad: str) -> str:
    name, made = f"{tag}{position:02}", ""
    for single in value if isinstance(value, Repeats) else (value,):
        if isinstance(single, str):
            made += f"{pad}<{name}>{_clean(single)}</{name}>\n" if single else ""
        else:
            parts = (f"<{name}-{n}>{_clean(text)}</{name}-{n}>" for n, text in enumerate(single, 1) if text)
            made += f"{pad}<{name}>{''.join(parts)}</{name}>\n"
    return made


def _attributes(names: Mapping[str, str]) -> str:
    return "".join(f" {name}={quoteattr(_CONTROL.sub(_picture, text), _KEPT)}" for name, text in names.items())


def _clean(text: str) -> str:
    return escape(_CONTROL.sub(_picture, text), _KEPT)


def _picture(match: re.Match[str]) -> str:
    code = ord(match[0])
    return chr(0x2400 + code) if code < 0x20 else "␡" if code == 0x7F else "\ufffd"
