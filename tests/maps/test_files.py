"""Map files: every fault is told with its file and rule, none with a traceback."""

import textwrap

import pytest

from maps.fault import MapError
from maps.lint import loss
from maps.registry import MapRegistry

HEAD = "map: partners/p/maps/m\nversion: 1\ndocument: Order\nsyntax: x12\nrelease: '004010'\nset: '850'\n"


def faults_of(text: str, name: str = "partners/p/maps/m", **others: str) -> list[str]:
    """The faults of a map, or none."""
    try:
        MapRegistry({name: textwrap.dedent(text), **{f"partners/p/maps/{key}": value for key, value in others.items()}}).get(name)
    except MapError as error:
        return [f"{fault.rule}: {fault.message}" if fault.rule else fault.message for fault in error.faults]
    return []


def rule_faults(rules: str, tables: str = "") -> list[str]:
    """The faults of one rule list, without those of fields that a whole order needs."""
    text = HEAD + (f"tables:\n{textwrap.indent(textwrap.dedent(tables), '  ')}\n" if tables else "")
    text += f"rules:\n{textwrap.indent(textwrap.dedent(rules), '  ')}"
    return [fault for fault in faults_of(text) if not fault.endswith("which the document needs")]


class TestHead:
    @pytest.mark.parametrize(
        ("text", "fault"),
        [
            ("rules: [", "expected the node content"),
            ("just text", "a map file holds"),
            ("map: other\nversion: 1\ndocument: Order\nsyntax: x12\nrules: []", "map must be the name"),
            ("map: partners/p/maps/m\nversion: one\ndocument: Order\nsyntax: x12\nrules: []", "version must be"),
            ("map: partners/p/maps/m\nversion: 1\nsyntax: x12\nrules: []", "document is needed"),
            ("map: partners/p/maps/m\nversion: 1\ndocument: Order\nrules: []", "syntax must be"),
            ("map: partners/p/maps/m\nversion: 1\ndocument: Order\nsyntax: x12\nrules: {}", "rules must be a list"),
            ("map: partners/p/maps/m\nversion: 1\ndocument: Order\nsyntax: x12\nrules: []\nloops: 1", "loops is no part"),
            ("map: partners/p/maps/m\nversion: 1\ndocument: Order\nsyntax: x12\nrules: []\npatch: []", "patch is for"),
            ("map: partners/p/maps/m\nversion: 1\nversion: 2", "version stands twice"),
            ("a: &x [1]\nb: *x", "no YAML anchors"),
            ("\x00", "no YAML"),
            ("x: " + "y" * 1_000_001, "larger than a million"),
        ],
    )
    def test_each_fault_of_the_head(self, text, fault):
        assert any(fault in one for one in faults_of(text)), faults_of(text)

    def test_all_of_them_together(self):
        assert len(faults_of("map: other\nversion: 0\nnonsense: 1")) == 6

    def test_no_grammar(self):
        assert faults_of(HEAD.replace("850", "999") + "rules: []")[-1] == "there is no grammar for 999 in 004010"

    def test_no_document(self):
        assert "there is no document Poem" in faults_of(HEAD.replace("Order", "Poem") + "rules: []")

    def test_an_unknown_map(self):
        with pytest.raises(MapError, match="there is no map x12/004010/999"):
            MapRegistry().get("x12/004010/999")
        with pytest.raises(MapError):
            MapRegistry().get("../../secrets/x")

    def test_another_version(self):
        with pytest.raises(MapError, match="version 9 is asked for, but it is version 3"):
            MapRegistry().get("x12/004010/850@9")

    def test_labels_that_look_like_aliases_are_text(self):
        assert not rule_faults("- {id: refs, seg: 'REF[*]', into: 'references[]', els: {'01': type, '02': value}}")


@pytest.mark.parametrize(
    ("rule", "fault"),
    [
        ("{seg: BEG}", "rule 1 needs an id"),
        ("{id: 'a b', seg: BEG}", "rule 1 needs an id"),
        ('{id: "a\\nb", seg: BEG}', "rule 1 needs an id"),
        ("{id: a}", "exactly one of seg, loop, hl and at"),
        ("{id: a, seg: BEG, loop: N1}", "exactly one of"),
        ("{id: a, at: $}", "have rules with at, others"),
        ("{id: a, seg: beg}", "is not a segment such as REF"),
        ("{id: a, seg: 'REF[01]'}", "is not a selector"),
        ("{id: a, seg: 'REF[01=]'}", "is not a selector"),
        ("{id: a, seg: 'REF[00=DP]'}", "is not a place"),
        ("{id: a, seg: REF, colour: red}", "colour has no meaning"),
        ("{id: a, seg: REF, rules: []}", "a segment has no rules within"),
        ("{id: a, seg: REF, into: 5}", "into must be"),
        ("{id: a, seg: REF, into: 'a..b'}", "is not a path"),
        ("{id: a, seg: REF, els: {02: departmentNumber}}", "must stand in quotes"),
        ("{id: a, seg: REF, els: {'2x': departmentNumber}}", "is not a place"),
        ("{id: a, seg: REF, els: {'02': 5}}", "a field with its codec"),
        ("{id: a, seg: REF, els: {'02': 'departmentNumber |'}}", "names no codec"),
        ("{id: a, seg: REF, els: {'02': 'departmentNumber | shout'}}", "there is no codec shout"),
        ("{id: a, seg: REF, els: {'02': 'departmentNumber | code x'}}", "there is no table x"),
        ("{id: a, seg: REF, els: {'02': '='}}", "a constant has one place"),
        ("{id: a, seg: REF, els: {'02+03': '=X'}}", "a constant has one place"),
        ("{id: a, seg: REF, els: []}", "els must be a mapping"),
        ("{id: a, seg: REF, use: sometimes}", "use must be one of"),
        ("{id: a, seg: REF, dir: up}", "dir must be one of"),
        ("{id: a, seg: REF, scope: world}", "scope must be one of"),
        ("{id: a, seg: REF, when: 'import os'}", "this is no expression"),
        ("{id: a, seg: REF, when: 5}", "this is no expression"),
        ("{id: a, loop: N1, into: 'parties{}'}", "key and into: keyed{} go together"),
        ("{id: a, loop: N1, key: '01'}", "key and into: keyed{} go together"),
        ("{id: a, loop: N1, order: 5}", "order must be"),
        ("{id: a, loop: N1, into: 'parties{}', key: '01', rest: x}", "rest must be"),
        ("{id: a, loop: N1, into: 'parties{}', key: '01', rest: {into: a}}", "rest goes into a list"),
        ("{id: a, seg: PER, pairs: x}", "pairs must be"),
        ("{id: a, seg: PER, pairs: {from: '3', max: 3, table: t}}", "needs from and max as numbers"),
        ("{id: a, seg: PER, pairs: {from: 3, max: 3, table: t, order: {1: phone}}}", "the order of pairs"),
        ("{id: a, seg: PER, pairs: {from: 3, max: 3, table: t, into: 'x[]'}}", "pairs go into one object"),
        ("{id: a, seg: PER, pairs: {from: 3, max: 3, table: t}}", "there is no table t"),
        ("{id: a, seg: PER, pairs: {from: 3, max: 3, table: t, order: {TE: 'a..b'}}}", "is not a path"),
        ("{id: a, seg: SDQ, groups: x}", "groups must be"),
        ("{id: a, seg: SDQ, groups: {from: 3, step: 2}}", "groups need from, step and max"),
        ("{id: a, seg: SDQ, groups: {from: 3, step: 2, max: 10, into: x, els: {2: y}}}", "are offsets"),
        ("{id: a, seg: MSG, join: x}", "join must be"),
        ("{id: a, seg: MSG, join: {into: text}}", "join needs into, and el in quotes"),
        ("{id: a, seg: CTT, calc: x}", "calc must be a mapping"),
        ("{id: a, seg: CTT, calc: {01: count(lines)}}", "is not a place in quotes"),
        ("{id: a, seg: CTT, calc: {'01': 'lines[0]'}}", "Subscript is not allowed here"),
        ("{id: a, hl: 5}", "hl must hold levels"),
        ("{id: a, hl: {levels: {S: x}}}", "a level has into"),
        ("{id: a, loop: N1, rules: {}}", "rules must be a list"),
    ],
)
def test_each_fault_of_a_rule(rule, fault):
    found = rule_faults(f"- {rule}")
    assert any(fault in one for one in found), found


def test_faults_of_all_rules_are_told_together_with_their_addresses():
    found = rule_faults(
        """
        - {id: one, seg: bad}
        - {id: two, loop: N1, into: markFor, rules: [{id: in, seg: N3, els: {"01": "x..y"}}, {id: in, seg: N4, use: x}]}
        - {id: three, seg: REF, els: {"02": departmentNumber | nope}}
        """
    )
    assert [fault.split(":")[0] for fault in found[:4]] == ["one", "two/in", "two/in", "two/in"]
    assert any(fault.startswith(("three: 02: there is no table nope", "three: 02: there is no codec nope")) for fault in found)


class TestLint:
    @pytest.mark.parametrize(
        ("rules", "fault"),
        [
            ("- {id: a, seg: BEG, els: {'03': orderNo}}", "a: the document has no orderNo"),
            ("- {id: a, seg: BEG, els: {'03': lines.lineNumber}}", "a: the document has no lines.lineNumber"),
            ("- {id: a, seg: REF, into: 'departmentNumber[]', els: {'02': x}}", "a: the document has no departmentNumber[]"),
            ("- {id: a, seg: BEG, els: {'03': ids.orderId}}", "a: ids.orderId is filled by the engine"),
            ("- {id: a, seg: BEG, els: {'03': map.version}}", "a: map.version is filled by the engine"),
            ("- {id: a, seg: ZZZ}", "a: the loop 850 has no ZZZ"),
            ("- {id: a, seg: 'REF[01=DP]', els: {'09': departmentNumber}}", "a: REF has no place 09"),
            ("- {id: a, seg: 'REF[01=DP]', els: {'02.1': departmentNumber}}", "a: REF has no place 02.1"),
            ("- {id: a, seg: 'CUR', els: {'02': currency}}", "a: CUR01 is mandatory and has neither a field nor a constant"),
            ("- {id: a, seg: 'CUR[01=QQQ]', els: {'02': currency}}", "a: QQQ is not in the code list of CUR01"),
            ("- {id: a, loop: FOB}", "a: FOB begins no loop here; write seg"),
            (
                "- {id: a, seg: 'REF[*]', into: 'references[]', els: {'01': type, '02': value}}\n- {id: b, seg: 'REF[01=DP]', els: {'02': departmentNumber}}",
                "b: rule a before it leaves nothing for it",
            ),
            (
                "- {id: a, seg: 'REF[01=DP]', els: {'02': departmentNumber}}\n- {id: b, seg: 'REF[01=IA]', els: {'02': departmentNumber}}",
                "b: departmentNumber is written by rule a too",
            ),
            ("- {id: a, seg: 'REF[01=DP]', els: {'02': departmentNumber, '02+03': vendorNumber}}", "a: place 02 has two meanings"),
            ("- {id: a, seg: N1, into: 'parties{}', key: '01 | code t', els: {'02': name}}", "a: the document has no parties.stranger"),
            (
                "- {id: a, seg: PER, into: 'contacts[]', els: {'01': function, '03': name}, pairs: {from: 3, max: 3, table: c}}",
                "a: place 03 has two meanings: els 03 and pairs",
            ),
            (
                "- {id: a, seg: PER, into: 'contacts[]', els: {'01': function}, pairs: {from: 8, max: 2, table: c}}",
                "a: PER has no place 10",
            ),
            (
                "- {id: a, seg: PER, into: 'contacts[]', els: {'01': function}, pairs: {from: 3, max: 3, table: odd}}",
                "tables.odd: 'a..b' is not a field",
            ),
            (
                "- {id: a, seg: PER, into: 'contacts[]', els: {'01': function}, pairs: {from: 3, max: 3, table: odd}}",
                "tables.odd: there is no codec shout",
            ),
            (
                "- {id: a, seg: PER, into: 'contacts[]', els: {'01': function}, pairs: {from: 3, max: 3, table: twice}}",
                "tables.twice: phone has two codes",
            ),
            ("- {id: a, seg: TD5, into: routing, els: {'04': mode | code doubled}}", "tables.doubled: motor has two codes to be written"),
        ],
    )
    def test_each_error(self, rules, fault):
        tables = """
        t: {BY: buyer, XX: stranger}
        c: {TE: phone}
        doubled: {M: motor, J: motor}
        odd: {TE: "a..b", EM: "email | shout"}
        twice: {TE: phone, HP: phone}
        """
        found = rule_faults(rules, tables)
        assert any(one.startswith(fault) for one in found), found

    def test_fields_that_the_document_needs(self):
        found = faults_of(HEAD + "rules: [{id: line, loop: PO1, into: 'lines[]', els: {'01': lineNumber}}]")
        needed = {fault.split()[3].rstrip(",") for fault in found if fault.endswith("which the document needs")}
        assert needed == {"purpose", "purchaseOrderNumber", "orderDate", "lines[].quantity", "lines[].item"}

    def test_a_default_is_as_good_as_a_rule(self):
        text = HEAD + "defaults: {purpose: =original}\nrules: []"
        assert not any("purpose" in fault for fault in faults_of(text))

    def test_the_standard_maps_have_no_error_and_say_what_they_lose(self, registry):
        lost = {name: set(loss(registry.get(name).spec)) for name in registry.names()}
        assert {"departmentNumber", "freightTerms.transferPoint", "notes[].reference"} <= lost["edifact/d96a/orders"]
        assert not {"departmentNumber", "lines[].priceBasis", "parties.*.name"} & lost["x12/004010/850"]
        assert "orders[].packs[].sscc" not in lost["x12/004010/856"]
        assert "totals.quantityHash" in lost["x12/004010/856"]  # written, but counted anew


def test_the_registry_knows_the_standard_maps():
    registry = MapRegistry({"partners/p/maps/m": "x"})
    assert {"x12/004010/850", "x12/005010/856", "edifact/d96a/orders", "eancom/d96a/desadv", "partners/p/maps/m"} <= set(registry.names())
    assert not any(name.startswith("parts/") for name in registry.names())
    found = registry.standard("x12", "004010", "850")
    assert found is registry.get("x12/004010/850@3")
    assert (found.document_type, found.syntax, found.release, found.set_id, found.chain) == (
        "Order",
        "x12",
        "004010",
        "850",
        ("x12/004010/850@3",),
    )
    assert registry.standard("x12", "004010", "999") is None
    assert registry.standard("edifact", "D96A", "DESADV").name == "edifact/d96a/desadv"
    assert registry.standard("edifact", "D96A", "DESADV", "EAN005").name == "eancom/d96a/desadv"
    assert registry.standard("edifact", "D96A", "ORDCHG", "EAN008").name in {"edifact/d96a/ordchg", "eancom/d96a/ordchg"}


@pytest.mark.parametrize(
    ("said", "industry", "taken"),
    [
        ("edifact/d96a/ordrsp", "EAN008", "eancom/d96a/ordrsp"),
        ("edifact/d96a/ordrsp", "", "edifact/d96a/ordrsp"),
        ("edifact/d96a/ordrsp@1", "EAN008", "edifact/d96a/ordrsp"),
        ("edifact/d96a/remadv", "EAN008", "edifact/d96a/remadv"),
        ("x12/004010/850", "EAN008", "x12/004010/850"),
    ],
)
def test_which_map_an_agreement_means_for_a_set_of_eancom(registry, said, industry, taken):
    assert registry.agreed(said, industry).name == taken


def test_the_hash_is_of_what_the_map_does():
    text = HEAD + "defaults: {purpose: =original}\nrules: [{id: n1, loop: N1, into: 'parties{}', key: '01 | code t', els: {'02': name}}]\n"
    whole = """
      - {id: beg, seg: BEG, els: {"01": purpose, "02": orderType, "03": purchaseOrderNumber, "05": orderDate | date}}
      - {id: line, loop: PO1, into: "lines[]", els: {"02": quantity.value | num, "07": item.gtin}}
    """
    base = text.replace("rules: [", "tables: {t: {BY: buyer}}\nrules:\n  - ").replace("}]\n", "}") + textwrap.indent(
        textwrap.dedent(whole), "  "
    )

    def made(source):
        return MapRegistry({"partners/p/maps/m": source}).get("partners/p/maps/m").hash

    assert made(base) == made(base + "\n# a remark\n")
    assert made(base) != made(base.replace("BY: buyer", "BT: billTo"))
    assert made(base) != made(base.replace("version: 1", "version: 2"))
