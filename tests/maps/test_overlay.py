"""Overlays: a partner's map as the differences from a base, and what becomes of each kind of patch."""

import textwrap

import pytest

from maps.fault import MapError
from maps.registry import MapRegistry
from maps.run import Map

from .conftest import SAMPLES, body, into, out, tree_of

NORTHMART = """
map: partners/northmart/maps/850
extends: x12/004010/850@3
version: 7
patch:
  - {set: ctt, calc: {"01": "count(lines)", "02": "sumof(lines.quantity.value)"}}        # they send and want the quantity hash
  - {set: line, pairs: {from: 6, max: 10, into: item, table: itemId, order: {UP: gtin, IN: buyerItemId, VN: sellerItemId}}}
  - {set: line/desc, seg: "PID[01=F,02=08]"}                                             # only product descriptions
  - {after: promo, add: {id: event, seg: "REF[01=19]", els: {"02": extensions.division}}}
tables:
  uom: {extend: true, IP: XIN}
"""
NAME = "partners/northmart/maps/850"


def overlaid(text: str, **others: str) -> Map:
    name = text.split("map:")[1].split(maxsplit=1)[0]
    return MapRegistry({name: textwrap.dedent(text), **others}).get(name)


def patched(patch: str, base: str = "x12/004010/850@3") -> Map:
    return overlaid(f"map: {NAME}\nextends: {base}\nversion: 1\n{textwrap.dedent(patch)}")


def faults_of(patch: str) -> list[str]:
    with pytest.raises(MapError) as caught:
        patched(patch)
    return [f"{fault.rule}: {fault.message}" if fault.rule else fault.message for fault in caught.value.faults]


def written(made: Map, data: bytes) -> list[tuple]:
    return body(made.encode(made.decode(tree_of(data), into()).document, out()).tree)


class TestNorthmart:
    def test_the_sample_comes_back_without_any_residue(self):
        made, data = overlaid(NORTHMART), (SAMPLES / "850_northmart.x12").read_bytes()
        decoded = made.decode(tree_of(data), into())
        assert decoded.findings == ()
        assert decoded.residue == ()
        assert written(made, data) == body(tree_of(data))

    def test_its_quantity_hash_is_checked(self):
        data = (SAMPLES / "850_northmart.x12").read_bytes().replace(b"CTT*3*94", b"CTT*3*95")
        [finding] = overlaid(NORTHMART).decode(tree_of(data), into()).findings
        assert (finding.code, finding.wire, finding.rule) == (
            "check-failed",
            "CTT02 at segment 35, in loop CTT",
            "partners/northmart/maps/850@7#ctt",
        )

    def test_its_own_fields_and_units(self):
        data = (SAMPLES / "850_northmart.x12").read_bytes()
        data = (
            data.replace(b"REF*PD*HOLIDAY26~", b"REF*PD*HOLIDAY26~REF*19*07~")
            .replace(b"PO1*3*10*CA", b"PO1*3*10*IP")
            .replace(b"SE*37", b"SE*38")
        )
        made = overlaid(NORTHMART)
        document = made.decode(tree_of(data), into()).document
        assert document.extensions == {"division": "07"}
        assert document.lines[2].quantity.unit == "XIN"
        assert written(made, data) == body(tree_of(data))

    def test_it_says_what_it_is_made_of(self):
        made = overlaid(NORTHMART)
        assert (made.name, made.version, made.label) == (NAME, 7, f"{NAME}@7")
        assert made.chain == ("x12/004010/850@3", f"{NAME}@7")
        assert made.document_type == "Order"
        reference = made.decode(tree_of((SAMPLES / "850_northmart.x12").read_bytes()), into()).document.map
        assert (reference.id, reference.version, reference.hash, reference.chain) == (NAME, 7, made.hash, made.chain)

    def test_it_says_in_which_line(self):
        origin = overlaid(NORTHMART).spec.origins["ctt"]["calc.02"]
        assert NORTHMART.splitlines()[origin.line - 1].lstrip().startswith("- {set: ctt")

    def test_it_says_who_set_what(self):
        placed = overlaid(NORTHMART).spec.origins
        origins = {rule: {key: origin.map for key, origin in keys.items() if key or "." in rule} for rule, keys in placed.items()}
        base, parts, own = "x12/004010/850@3", "parts/x12@1", f"{NAME}@7"
        assert origins["ctt"] == {"loop": base, "use": base, "calc": own, "calc.01": own, "calc.02": own, "check": base}
        assert origins["event"] == {"seg": own, "els": own, "els.02": own}
        assert origins["line/desc"] == {"seg": own, "els": parts, "els.05": parts}
        assert origins["line/pack"]["els"] == parts
        assert origins["tables.uom"] == {"": parts, "IP": own}


class TestPatches:
    def test_set_merges_bindings_and_null_unbinds(self):
        made = patched('patch: [{set: line, els: {"05": null, "04": "listPrice | num"}}, {remove: line/list_price}]')
        assert {b.name: ".".join(b.path) for b in made.spec.rules[[r.id for r in made.spec.rules].index("line")].bindings} == {
            "01": "lineNumber",
            "02": "quantity.value",
            "03": "quantity.unit",
            "04": "listPrice",
        }

    def test_null_takes_a_key_away(self):
        made = patched("patch: [{set: ctt, check: warn, use: null}]")
        assert (made.spec.rules[-1].required, made.spec.rules[-1].check) == (False, "warn")

    def test_before_after_in_and_remove(self):
        made = patched(
            """
            patch:
              - {before: beg, add: {id: first, seg: "REF[01=11]", els: {"02": extensions.first}}}
              - {after: party/n4, add: {id: last, seg: "SI", dir: in, els: {"01": name2}}}
              - {in: note, add: {id: more, seg: "DTM[01=097]", dir: in, els: {"02": reference}}}
              - {remove: vendor}
            """
        )
        addresses = [rule.address for rule in made.spec.rules]
        assert addresses[:2] == ["first", "beg"]
        assert "vendor" not in addresses
        by_id = {rule.id: rule for rule in made.spec.rules}
        assert [rule.id for rule in by_id["party"].rules].index("last") == [rule.id for rule in by_id["party"].rules].index("n4") + 1
        assert by_id["note"].rules[-1].address == "note/more"

    def test_a_level_is_added_and_taken_away(self):
        soi = patched("patch: [{set: hl, hl: {childCode: true, levels: {P: null, T: null}}}, {set: hl/I, under: [O]}]", "x12/004010/856@2")
        rule = next(rule for rule in soi.spec.rules if rule.id == "hl")
        assert [level.code for level in rule.levels] == ["S", "O", "I"]
        assert rule.child_code

    def test_a_table_is_extended_or_replaced(self):
        assert patched("tables: {uom: {EA: EA}}").spec.tables["uom"].codes == {"EA": "EA"}
        extended = patched("tables: {uom: {extend: true, CS: XCS, DZ: null}}").spec.tables["uom"]
        assert extended.codes["XCS"] == "CS"  # what the partner writes goes before the base
        assert extended.words["CA"] == "XCS"  # and the base's code is still read
        assert "DZ" not in extended.words

    def test_defaults_are_added(self):
        made = patched("defaults: {orderType: =standAlone}")
        data = (SAMPLES / "850_northmart.x12").read_bytes().replace(b"BEG*00*SA*", b"BEG*00**")
        assert made.decode(tree_of(data), into()).document.order_type == "standAlone"

    def test_overlays_stand_on_overlays(self):
        upper = "map: partners/northmart/maps/850x\nextends: partners/northmart/maps/850@7\nversion: 2\npatch: [{remove: event}]"
        made = overlaid(upper, **{NAME: NORTHMART})
        assert made.chain == ("x12/004010/850@3", f"{NAME}@7", "partners/northmart/maps/850x@2")
        assert "event" not in [rule.id for rule in made.spec.rules]

    def test_the_base_is_left_as_it_was(self):
        registry = MapRegistry({NAME: NORTHMART})
        before = registry.get("x12/004010/850").hash
        assert registry.get(NAME).hash != before
        assert MapRegistry().get("x12/004010/850").hash == before


class TestFaults:
    @pytest.mark.parametrize(
        ("patch", "fault"),
        [
            ("patch: [{set: nothing, use: required}]", "patch[1]: there is no rule nothing"),
            ("patch: [{set: line/nothing, use: required}]", "patch[1]: there is no rule line/nothing"),
            ("patch: [{set: line}]", "patch[1]: set needs keys"),
            ("patch: [{set: line, id: other}]", "patch[1]: set needs keys"),
            ("patch: [{remove: line, els: {}}]", "patch[1]: remove takes"),
            ("patch: [{after: beg}]", "patch[1]: after needs add"),
            ("patch: [{after: beg, add: {seg: REF}}]", "patch[1]: after needs add"),
            ("patch: [{after: beg, before: cur, add: {id: x}}]", "patch[1]: a patch has one of"),
            ("patch: [text]", "patch[1]: a patch has one of"),
            ("tables: {uom: text}", "tables.uom: a table is a mapping"),
            ("rules: []", "rules belongs to the base"),
            ("document: Order", "document belongs to the base"),
        ],
    )
    def test_each_fault(self, patch, fault):
        assert any(one.startswith(fault) for one in faults_of(patch)), faults_of(patch)

    def test_all_patches_that_do_not_fit_are_told(self):
        assert len(faults_of("patch: [{remove: one}, {remove: two}, {remove: beg}]")) == 2

    def test_a_base_without_a_version(self):
        with pytest.raises(MapError, match="extends must name the version"):
            patched("", "x12/004010/850")

    def test_a_base_that_is_another_version_now(self):
        with pytest.raises(MapError, match="extends version 2 of its base, but that is version 3"):
            patched("", "x12/004010/850@2")

    def test_a_base_that_is_not_there(self):
        with pytest.raises(MapError, match="there is no map x12/004010/999"):
            patched("", "x12/004010/999@1")

    def test_maps_that_extend_each_other(self):
        sources = {f"partners/{a}/m": f"map: partners/{a}/m\nextends: partners/{b}/m@1\nversion: 1" for a, b in ("ab", "ba")}
        with pytest.raises(MapError, match="without end") as caught:
            MapRegistry(sources).get("partners/a/m")
        assert [(fault.file, fault.line, fault.hint) for fault in caught.value.faults] == [
            ("partners/b/m.yaml", 2, "partners/a/m > partners/b/m > partners/a/m")
        ]
