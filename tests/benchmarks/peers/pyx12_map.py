"""An 850 in pyx12's map format, made from our grammar: pyx12 ships maps for healthcare only. Only the segments that are used stand in it."""

import shutil
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from xml.etree.ElementTree import Element, ElementTree, SubElement, parse

from edi.grammar.load import load
from edi.grammar.model import CompositeDef, ElementDef, ElementUse, LoopUse, MessageDef, Requirement, SegmentDef, SegmentUse
from edi.values import Standard

__all__ = ["write_maps"]

_AREAS = ((1, "HEADER"), (2, "DETAIL"), (3, "FOOTER"))
_RELATIONS = {"P", "R", "E", "C", "L"}


def write_maps(folder: Path, tags: frozenset[str]) -> Path:
    """A folder that pyx12 takes instead of its own maps. Raises GrammarError when there is no 850."""
    message = load(Standard.X12, "004010", "850")
    assert message is not None
    with resources.as_file(resources.files("pyx12") / "map") as own:
        shutil.copytree(own, folder, dirs_exist_ok=True)
    _index(folder / "maps.xml")
    _elements(folder / "dataele.xml", message)
    ElementTree(_transaction(message, tags | {"ST", "SE"}, folder)).write(folder / "850.xml", encoding="utf-8", xml_declaration=True)
    return folder


def _index(file: Path) -> None:
    tree = parse(file)
    versions = [version for version in tree.getroot().iter("version") if version.get("icvn") == "00401"]
    SubElement(versions[0], "map", vriic="004010", fic="PO", abbr="850").text = "850.xml"
    tree.write(file, encoding="utf-8")


def _elements(file: Path, message: MessageDef) -> None:
    """The elements that healthcare does not use."""
    tree = parse(file)
    root = tree.getroot()
    known = {element.get("ele_num") for element in root}
    for definition in _definitions(message):
        if definition.id not in known:
            known.add(definition.id)
            made = SubElement(root, "data_ele", ele_num=definition.id, data_type=definition.type, name=definition.id)
            made.set("min_len", str(definition.min_length))
            made.set("max_len", str(definition.max_length))
    tree.write(file, encoding="utf-8")


def _definitions(message: MessageDef) -> Iterator[ElementDef]:
    for segment in message.segments.values():
        for use in segment.elements:
            if isinstance(use.definition, ElementDef):
                yield use.definition
            else:
                yield from (part.definition for part in use.definition.components if isinstance(part.definition, ElementDef))


def _transaction(message: MessageDef, tags: frozenset[str], folder: Path) -> Element:
    """The envelope is that of another map of pyx12, with our set in its place."""
    root = parse(folder / "830.4010.PS.xml").getroot()
    root.set("xid", "850")
    for code in root.iter("code"):
        code.text = {"PS": "PO", "830": "850"}.get(code.text or "", code.text)
    envelope = next(loop for loop in root.iter("loop") if loop.get("xid") == "ST_LOOP")
    trailer = envelope.findall("segment")[-1]
    for part in (*envelope.findall("loop"), trailer):
        envelope.remove(part)
    for area, name in _AREAS:
        children = [child for child in message.root.children if child.area == area and child is not message.root.children[-1]]
        wrapper = _named(envelope, "loop", name, "R" if area < len(_AREAS) else "S", 10 + area * 10, 1)
        wrapper.set("type", "wrapper")
        _children(wrapper, children, tags)
    envelope.append(trailer)
    _at(trailer, 900)
    _at(next(segment for segment in root.iter("segment") if segment.get("xid") == "GS"), 10)
    return root


def _at(element: Element, place: int) -> None:
    position = element.find("pos")
    assert position is not None
    position.text = f"{place:03d}"


def _children(parent: Element, children: list[SegmentUse | LoopUse], tags: frozenset[str]) -> None:
    for use in children:
        if isinstance(use, LoopUse):
            if use.trigger.tag in tags:
                loop = _named(parent, "loop", f"L{use.sequence}", _usage(use.requirement), use.sequence, use.max_use)
                _children(loop, list(use.children), tags)
        elif use.tag in tags and use.tag != "ST":
            _segment(parent, use)


def _segment(parent: Element, use: SegmentUse) -> None:
    made = _named(parent, "segment", use.tag, _usage(use.requirement), use.sequence, use.max_use)
    definition: SegmentDef = use.definition
    for note in definition.notes:
        if note.relation in _RELATIONS:
            SubElement(made, "syntax").text = note.relation + "".join(f"{position:02d}" for position in note.elements)
    for position, element in enumerate(definition.elements, 1):
        _element(made, f"{use.tag}{position:02d}", position, element)


def _element(parent: Element, name: str, position: int, use: ElementUse) -> None:
    definition = use.definition
    is_composite = isinstance(definition, CompositeDef)
    made = SubElement(parent, "composite" if is_composite else "element", xid=name)
    SubElement(made, "data_ele").text = definition.id
    SubElement(made, "name").text = name
    SubElement(made, "usage").text = _usage(use.requirement)
    SubElement(made, "seq").text = f"{position:02d}"
    if isinstance(definition, CompositeDef):
        for number, part in enumerate(definition.components, 1):
            _element(made, f"{name}-{number}", number, part)
    elif definition.codes:
        codes = SubElement(made, "valid_codes")
        for code in sorted(definition.codes):
            SubElement(codes, "code").text = code


def _named(parent: Element, kind: str, name: str, usage: str, position: int, most: int | None) -> Element:
    made = SubElement(parent, kind, xid=name)
    SubElement(made, "name").text = name
    SubElement(made, "usage").text = usage
    SubElement(made, "pos").text = f"{position:03d}"
    SubElement(made, "repeat" if kind == "loop" else "max_use").text = ">1" if most is None else str(most)
    return made


def _usage(requirement: Requirement) -> str:
    return "R" if requirement is Requirement.MANDATORY else "S"
