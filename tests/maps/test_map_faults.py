"""A wrong map file: every fault at once, each with file, line, rule and, where something can be meant, a hint."""

import pytest

from maps.fault import MapError, MapFault
from maps.registry import MapRegistry

WRONG = """\
map: partners/northmart/maps/850
version: 2
document: Order
syntax: x12
release: "004010"
set: "850"
parts: x12
colour: blue
tables:
  purpose: {"00": original, "05": original}
  odd: {5: five}
rules:
  - {id: beg, seg: BEG, use: required, els: {"01": purpose! | code purposes, "02": =ZZZZ, "03": purchaseOrderNumber!,
     "05": orderDate! | dates}}
  - {id: dept, segs: "REF[01=DP]", els: {"02": departmentNumber}}
  - {id: vendor, seg: "REF[01=IA]", els: {"02": vendorNumbr}}
  - {id: all, seg: "REF[01=ZZ|*]", into: "references[]", els: {"01": type | code refType, "02": value}}
  - {id: promo, seg: "REF[01=PD]", els: {"02": promotionNumber}}
  - {id: who, like: partyy}
  - {id: shape, seg: "REF[01=DP", els: {"02": departmentNumber}}
  - id: line
    loop: PO1
    into: lines[]
    els: {"01": lineNumber, "02": quantity.value! | num, "02+03": quantity.unit | uom, "99": unitPrice | num}
    rules:
      - {id: pid, seg: PPP, els: {"05": item.description}}
      - {id: note, seg: "PID[01=F]", when: "__import__('os')", els: {"05": item.description}}
  - {id: total, loop: CTT, calc: {"01": count(lines), "02": "sumof(lines["}}
  - {id: total, loop: CTT, unknown: 1}
"""


def faults(name: str, **sources: str) -> tuple[MapFault, ...]:
    with pytest.raises(MapError) as caught:
        MapRegistry(dict(sources)).get(name)
    return caught.value.faults


NAME = "partners/northmart/maps/850"


def test_all_problems_of_a_file_at_once() -> None:
    found = faults(NAME, **{NAME: WRONG})
    told = {(fault.line, fault.rule, fault.message): fault.hint for fault in found}
    assert {fault.file for fault in found} == {f"{NAME}.yaml"}
    for line, rule, message, hint in [
        (8, "", "colour is no part of a map file", ""),
        (11, "tables.odd", "the code 5 must stand in quotes, so that no zero is lost", ""),
        (13, "beg", "01: there is no table purposes", "did you mean purpose?"),
        (13, "beg", "ZZZZ is not in the code list of BEG02", ""),
        (14, "beg", "05: there is no codec dates", "did you mean date?"),
        (15, "dept", "a rule has exactly one of seg, loop, hl and at", "did you mean seg?"),
        (16, "vendor", "the document has no vendorNumbr", "did you mean vendorNumber?"),
        (18, "promo", "rule all before it leaves nothing for it", ""),
        (19, "who", "there is no block partyy", "the parts have party?"),
        (20, "shape", "'REF[01=DP' is not a segment such as REF or REF[01=DP]", ""),
        (21, "line", "place 02 has two meanings: els 02 and els 02+03", ""),
        (21, "line", "PO1 has no place 99", "it has 25 elements"),
        (26, "line/pid", "the loop PO1 has no PPP", ""),
        (27, "line/note", "\"__import__('os')\": Call is not allowed here", ""),
        (29, "total", "'sumof(lines[': this is no expression", ""),
        (29, "total", "two rules here have this id", ""),
    ]:
        assert (line, rule, message) in told, f"{line}: {rule}: {message} is not among\n" + "\n".join(map(str, found))
        assert hint in told[line, rule, message] or not hint


def test_a_fault_in_an_overlay_is_told_where_the_overlay_stands() -> None:
    base = MapRegistry().get("x12/004010/850")
    overlay = (
        f"map: {NAME}\nversion: 1\nextends: x12/004010/850@{base.version}\npatch:\n"
        '  - {set: beg, els: {"02": orderTyp | code poType}}\n  - {set: lines, into: "lines[]"}\n  - {after: beg, add: {id: x, seg: QQQ, els: {"01": contractNumber}}}\n'
        "tables:\n  uom: {extend: true, 7: XPX}\n"
    )
    found = faults(NAME, **{NAME: overlay})
    assert {(one.file, one.line, one.rule) for one in found} == {
        (f"{NAME}.yaml", 5, "beg"),
        (f"{NAME}.yaml", 6, "patch[2]"),
        (f"{NAME}.yaml", 7, "x"),
        (f"{NAME}.yaml", 9, "tables.uom"),
    }
    hints = {one.line: one.hint for one in found}
    assert hints[5] == "did you mean orderType?"
    assert hints[6] == "the base has line?"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("map: x\nversion: 1\nrules: [\n", 4, "expected"),
        ("map: x\n  version: 1\n", 2, "mapping values are not allowed"),
        ('map: x\nversion: 1\nrules:\n  - {id: a, seg: "REF[01=DP]", els: {"02": a}\n  - {id: b}\n', 5, "expected"),
        ("map: x\nmap: y\n", 2, "map stands twice here"),
        ("- a\n- b\n", 0, "a map file holds map, version, document and rules"),
        ("map: &m x\nversion: *m\n", 1, "a map has no YAML anchors and aliases"),
    ],
)
def test_what_is_no_yaml(text: str, line: int, message: str) -> None:
    found = faults("partners/p/maps/x", **{"partners/p/maps/x": text})
    assert any(fault.line == line and message in fault.message for fault in found), [str(one) for one in found]


def test_a_cycle_of_extends() -> None:
    one = "map: partners/a/maps/m\nversion: 1\nextends: partners/b/maps/m@1\n"
    other = "map: partners/b/maps/m\nversion: 1\nextends: partners/a/maps/m@1\n"
    [fault] = faults("partners/a/maps/m", **{"partners/a/maps/m": one, "partners/b/maps/m": other})
    assert (fault.file, fault.line) == ("partners/b/maps/m.yaml", 3)
    assert fault.message == "the maps extend each other without end"
    assert fault.hint == "partners/a/maps/m > partners/b/maps/m > partners/a/maps/m"


def test_a_base_that_has_moved_on_says_what_to_write() -> None:
    there = MapRegistry().get("x12/004010/850").version
    [fault] = faults(NAME, **{NAME: f"map: {NAME}\nversion: 1\nextends: x12/004010/850@{there + 1}\n"})
    assert (fault.line, fault.hint) == (3, f"look at what changed in it, then write x12/004010/850@{there}")


def test_the_text_of_a_fault_can_be_clicked() -> None:
    [fault] = faults(NAME, **{NAME: f"map: {NAME}\nversion: 1\nextends: x12/004010/999@1\n"})
    assert str(fault) == f"{NAME}.yaml:3: there is no map x12/004010/999"


def test_blocks_that_are_like_each_other_end() -> None:
    parts = "parts: mine\nversion: 1\nblocks:\n  a: {like: b}\n  b: {like: a}\n"
    text = 'map: partners/p/maps/m\nversion: 1\ndocument: Order\nsyntax: x12\nrelease: "004010"\nset: "850"\nparts: mine\nrules: [{id: x, like: a}]\n'
    found = faults("partners/p/maps/m", **{"partners/p/maps/m": text, "parts/mine": parts})
    assert any(fault.message == "blocks are like each other without end" for fault in found)
