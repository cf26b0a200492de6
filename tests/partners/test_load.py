"""From files to a workspace: what is resolved, and that every fault is found with its file and place."""

from dataclasses import fields as fields_of
from datetime import timedelta
from pathlib import Path

import pytest

from edi.finding import Severity
from edi.tolerance import STANDARD, Tolerance
from edi.values import Identity
from partners.batching import BatchSettings
from partners.load import load, read_files
from partners.model import Direction, Status
from partners.options import Options, ToleranceSettings, WriteSettings
from tests.partners.support import GATEWAY, NORTHMART, agreement, all_faults, certificate, faults, files, gateway, partner, workspace, yaml

MAP = {"partners/northmart/maps/850.yaml": b"map: partners/northmart/maps/850\n"}


#: ten aliases of ten aliases of ...: few bytes, much data
LAUGHS = b"a: &a [x]\n" + b"".join(b"%c: &%c [%s]\n" % (c + 1, c + 1, b", ".join([b"*%c" % c] * 10)) for c in b"abcdef")


def test_a_workspace_as_it_is_meant() -> None:
    found = workspace(NORTHMART, more=MAP)
    assert (found.own.name, found.own.org, found.own.environment, str(found.own.tzinfo)) == (
        "Harborline Foods",
        "harborline",
        "live",
        "America/New_York",
    )
    station = found.own.station("main")
    assert station.as2 is not None
    assert (station.as2.as2_name, station.edifact.identity) == ("HARBORLINE", Identity("14", "0852345000012"))
    northmart = found.partners["northmart"]
    assert (northmart.status, northmart.as2_name, str(northmart.tzinfo), northmart.send_by) == (
        Status.LIVE,
        "NORTHMART",
        "America/Chicago",
        "folder",
    )
    inbound, outbound = northmart.agreements
    assert (inbound.direction, inbound.standard, inbound.release, inbound.industry, inbound.set_id) == (
        Direction.INBOUND,
        "x12",
        "004010",
        "",
        "850",
    )
    assert (inbound.document, inbound.map, inbound.station) == ("Order", "partners/northmart/maps/850", "main")
    assert (inbound.deliver_to, inbound.transport, inbound.functional_ack) == (("archive", "hub"), "folder", "997")
    assert (inbound.own_address.group, inbound.partner_address.group) == ("HARBORLINE", "NORTHMART")
    assert (outbound.industry, outbound.map, outbound.deliver_to, outbound.document) == ("VICS", "x12/004010/856", (), "ShipNotice")
    assert (outbound.ack.expect, outbound.ack.overdue_after, outbound.interchange_version) == (True, timedelta(hours=24), "00401")
    assert found.map_sources == {"partners/northmart/maps/850": "map: partners/northmart/maps/850\n"}
    assert list(found.agreements) == [inbound, outbound]
    assert northmart.agreement("856-out") is outbound


def test_what_is_not_said_is_as_strict_as_the_standard() -> None:
    [inbound, _] = workspace(NORTHMART).partners["northmart"].agreements
    assert inbound.tolerance == STANDARD
    assert (inbound.accept_with_errors, inbound.on_error, inbound.usage, inbound.guide) == (False, "suspend_transaction", None, None)
    assert inbound.duplicates.interchange.days == 30
    assert inbound.duplicates.business_key == "hold"


def test_every_option_reaches_the_agreement() -> None:
    said = agreement(
        tolerance={"code_lists": "warn", "padding": "ignore", "max_findings": 7},
        ack={"functional": "none", "ta1": "never", "ak2_for_accepted": False, "overdue_after": "90m", "warn_at": [75]},
        duplicates={"interchange": {"days": 5, "same_bytes": "hold", "other_bytes": "process"}, "business_key": "off"},
        accept_with_errors=True,
        on_error="suspend_interchange",
        deliver_to="archive",
        usage="live",
        sla={"respond_with": "856", "within": {"from": "DTM[038]", "else": "3d"}},
        write={"segment": "\n", "element": "|", "newline": "none", "version": "00400", "control_number_start": 500},
    )
    [made] = workspace(partner(agreements=[said])).partners["northmart"].agreements
    assert (made.tolerance.code_lists, made.tolerance.padding, made.tolerance.max_findings) == (Severity.WARNING, None, 7)
    assert (made.functional_ack, made.ack.ta1, made.ack.overdue_after, made.ack.warn_at) == (None, "never", timedelta(minutes=90), (75,))
    assert (made.duplicates.interchange.same_bytes, made.duplicates.business_key) == ("hold", "off")
    assert (made.accept_with_errors, made.on_error, made.deliver_to, made.usage) == (True, "suspend_interchange", ("archive",), "live")
    assert made.sla.within.else_ == timedelta(days=3)
    assert (made.interchange_version, made.write.control_number_start) == ("00400", 500)
    assert (made.write.element, made.write.segment, made.write.component) == ("|", "\n", None)


def test_short_forms() -> None:
    said = agreement(duplicates={"interchange": "off"}, sla={"respond_with": "856", "within": "24h"})
    [made] = workspace(partner(agreements=[said])).partners["northmart"].agreements
    assert made.duplicates.interchange is None
    assert (made.sla.within.from_, made.sla.within.else_) == (None, timedelta(hours=24))


def test_guides_are_read_and_checked() -> None:
    said = partner(agreements=[agreement(standard={"x12": "004010", "set": "850", "guide": "guides/850.yaml"})])
    path = "partners/northmart/guides/850.yaml"
    good = {path: b'segments: {BEG: {elements: {"02": {codes: [SA]}}}}'}
    [made] = workspace(said, more=good).partners["northmart"].agreements
    assert made.guide == {"segments": {"BEG": {"elements": {"02": {"codes": ["SA"]}}}}}
    assert faults(said) == [("partner.yaml", "agreements[0].standard.guide")]
    assert faults(said, more={path: b"segments: {BEG: {colour: red}, REF: {max: -1}}"}) == [("850.yaml", "BEG"), ("850.yaml", "REF")]
    assert faults(said, more={path: b"segments: {BEG: {max: 1, max: 2}}"}) == [("850.yaml", "line 1")]
    wrong = b'segments: {PO1: {max: x}, BGM: {}, N1/N4: {elements: {"20": {}}}, REF: {forbidden: true}, "REF[01=IA]": {min: 1}}'
    assert faults(said, more={path: wrong}) == [("850.yaml", place) for place in ("PO1", "REF[01=IA]", "BGM", "N1/N4 20")]


def test_what_a_guide_says_in_vain_is_a_remark() -> None:
    said = partner(agreements=[agreement(standard={"x12": "004010", "set": "850", "guide": "guides/850.yaml"})])
    path = "partners/northmart/guides/850.yaml"
    loaded = load(files(said, more={path: b'segments: {BEG: {elements: {"02": {codes: [SA, Q7]}}}}'}))
    assert [str(remark) for remark in loaded.remarks] == [f"{path}: BEG 02: the standard's code list has no Q7"]


@pytest.mark.parametrize("model", [ToleranceSettings, WriteSettings, BatchSettings])
def test_each_setting_has_its_row_on_the_page(model: type[Options]) -> None:
    """Its name, its default and its sentence, in the order of the model; and the page has no other rows."""
    page = (Path(__file__).parents[2] / "partners" / "AGREEMENTS.md").read_text()
    _, _, section = page.partition(f"## {model.__name__.removesuffix('Settings').lower()}\n")
    rows = [line for line in section.partition("\n#")[0].splitlines() if line.startswith("| `")]
    defaults = {name: "-" if field.default is None else str(field.default).lower() for name, field in model.model_fields.items()}
    assert rows == [f"| `{name}` | {defaults[name]} | {field.description} |" for name, field in model.model_fields.items()]


def test_each_tolerance_of_the_reader_can_be_agreed() -> None:
    assert set(ToleranceSettings.model_fields) == {field.name for field in fields_of(Tolerance)}
    assert ToleranceSettings().tolerance() == STANDARD


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"colour": "red"}, "colour"),
        ({"partner": "northmart", "name": ""}, "name"),
        ({"status": "alive"}, "status"),
        ({"zone": "America/Bentonville"}, "zone"),
        ({"zone": "../etc/passwd"}, "zone"),
        ({"inherits": ["no-such-template"]}, "inherits"),
        ({"inherits": [7]}, "inherits"),
        ({"inherits": True}, "inherits"),
        ({"identities": {"x12": [{"qualifier": "ZZ", "id": 4010}]}}, "identities.x12[0].id"),
        ({"identities": {"x12": [{"qualifier": "ZZZ", "id": "NORTHMART"}]}}, "identities.x12[0].qualifier"),
        ({"identities": {"x12": [{"qualifier": "ZZ", "id": "NORTHMART-STORES"}]}}, "identities.x12[0].id"),
        ({"identities": {"gln": 614141000012}}, "identities.gln"),
        ({"agreements": [agreement(standard={"x12": 4010, "set": "850"})]}, "agreements[0].standard.x12"),
        ({"agreements": [agreement(standard={"x12": "004010", "set": 850})]}, "agreements[0].standard.set"),
        ({"agreements": [agreement(standard={"x12": "004010", "edifact": "D96A", "set": "850"})]}, "agreements[0].standard"),
        ({"agreements": [agreement(standard={"set": "850"})]}, "agreements[0].standard"),
        ({"agreements": [agreement(direction="in")]}, "agreements[0].direction"),
        ({"agreements": [agreement(), agreement(usage="test")]}, "agreements[1].id"),
        ({"agreements": [agreement(standard={"x12": "004010", "set": "816"})]}, "agreements[0].document"),
        ({"xref": {"colour": "hold"}}, "xref.colour"),
        ({"xref": {"item": "wait"}}, "xref.item.missing"),
        ({"xref": {"item": {"by": ["upc"]}}}, "xref.item.by[0]"),
        ({"xref": {"unit": {"by": ["gtin"]}}}, "xref.unit.by"),
        ({"checks": {"sscc-duplicate": "maybe"}}, "checks.sscc-duplicate"),
        ({"checks": {"SSCC": "off"}}, "checks.SSCC.[key]"),
        ({"agreements": [agreement(map="partners/northmart/maps/850@3")]}, "agreements[0].map"),
        ({"agreements": [agreement(standard={"json": "1", "set": "order"}, document="Order")]}, "agreements[0].map"),
        ({"agreements": [agreement(station="second")]}, "agreements[0].station"),
        ({"agreements": [agreement(deliver_to=["erp"])]}, "agreements[0].deliver_to"),
        ({"agreements": [agreement(1, deliver_to=["hub"])]}, "agreements[0].deliver_to"),
        ({"agreements": [agreement(1, transport="as2")]}, "agreements[0].transport"),
        ({"agreements": [agreement(identity="SOUTHMART")]}, "agreements[0].identity"),
        ({"agreements": [agreement(standard={"edifact": "D96A", "set": "ORDERS"})]}, "agreements[0].standard"),
        ({"agreements": [agreement(ack={"functional": "CONTRL"})]}, "agreements[0].ack.functional"),
        ({"agreements": [agreement(ack={"overdue_after": 24})]}, "agreements[0].ack.overdue_after"),
        ({"agreements": [agreement(ack={"warn_at": [101]})]}, "agreements[0].ack.warn_at[0]"),
        ({"agreements": [agreement(duplicates={"interchange": {"days": 0}})]}, "agreements[0].duplicates.interchange.days"),
        ({"agreements": [agreement(duplicates={"interchange": "never"})]}, "agreements[0].duplicates.interchange"),
        ({"agreements": [agreement(sla={"respond_with": "856", "within": "soon"})]}, "agreements[0].sla.within.else"),
        ({"agreements": [agreement(sla={"respond_with": "856", "within": {"from": "DTM"}})]}, "agreements[0].sla.within.else"),
        ({"agreements": [agreement(tolerance={"everything": "ignore"})]}, "agreements[0].tolerance.everything"),
        ({"agreements": [agreement(tolerance={"code_lists": "never"})]}, "agreements[0].tolerance.code_lists"),
        ({"agreements": [agreement(write={"element": "A"})]}, "agreements[0].write.element"),
        ({"agreement_defaults": {"inbound": {"colour": "red"}}, "agreements": []}, "agreement_defaults.inbound.colour"),
        ({"agreement_defaults": [], "agreements": []}, "agreement_defaults"),
        ({"agreements": {}}, "agreements"),
        ({"agreements": ["850"]}, "agreements[0]"),
        ({"transports": {"pigeon": {}}, "agreements": []}, "transports.pigeon"),
        ({"transports": {"http": {"url": "http://partner.example/in"}}, "agreements": []}, "transports.http"),
        ({"transports": {"http": {"url": "https://me:pw@partner.example/in"}}, "agreements": []}, "transports.http.url"),
        ({"transports": {"folder": {"pickup": {"folder": "../../etc"}}}, "agreements": []}, "transports.folder.pickup[0].folder"),
        ({"transports": {"as2": {"url": "https://as2.example"}}, "agreements": []}, "transports.as2.certs"),
        ({"send_by": "sftp"}, "agreements[0].transport"),
    ],
)
def test_a_fault_says_its_place(change, place) -> None:
    found = faults(partner(**change))
    assert ("partner.yaml", place) in found
    assert len(found) <= 2


def test_an_x12_qualifier_has_two_characters_and_an_edifact_one_has_those_it_has() -> None:
    identities = {"x12": [{"qualifier": "1", "id": "123456789"}], "edifact": [{"qualifier": "1", "id": "123456789"}]}
    found = workspace(partner(identities=identities)).partners["northmart"].identities
    assert (found.x12[0].identity.qualifier, found.edifact[0].identity.qualifier) == ("01", "1")


def test_faults_of_all_files_are_told_together() -> None:
    more = {"partners/empty/maps/850.yaml": b"x", "partners/broken/partner.yaml": b"partner: [", "partners/list/partner.yaml": b"- 1"}
    found = all_faults(files(partner(status="x"), partner(partner="other", name=7, identities={}), more=more))
    assert sorted((fault.file.removeprefix("partners/"), fault.path) for fault in found) == [
        ("broken/partner.yaml", "line 1"),
        ("empty/partner.yaml", ""),
        ("list/partner.yaml", ""),
        ("northmart/partner.yaml", "status"),
        ("other/partner.yaml", "name"),
    ]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (b"partner: a\npartner: b\n", "line 2"),
        (b"\xff\xfe", ""),
        (b"", ""),
        (b"just text", ""),
        (LAUGHS, ""),
        (b"a: " + b"[" * 3000 + b"]" * 3000, ""),
        (b"a: 2026-13-45T99:99:99Z\n", ""),
        (b"1: a\n", ""),
        (b"a: !!python/object/apply:os.system ['true']\n", "line 1"),
        (b"# " + b"x" * (1 << 20), ""),
    ],
    ids=["twice", "no text", "empty", "no mapping", "laughs", "deep", "no date", "number key", "object", "large"],
)  # fmt: skip
def test_hostile_files_are_faults(text, place) -> None:
    found = all_faults({"gateway.yaml": yaml(GATEWAY), "partners/northmart/partner.yaml": text})
    assert [(fault.file, fault.path) for fault in found] == [("partners/northmart/partner.yaml", place)]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("name: hunter2", "no YAML: found duplicate key"),
        ("password: *hunter2", "no YAML: found undefined alias"),
        ("password: !hunter2 x", "no YAML: could not determine a constructor for the tag"),
        ("password: [hunter2", "no YAML: expected ',' or ']', but got '<stream end>'"),
        ("password: @hunter2", "no YAML: found character '@' that cannot start any token"),
    ],
)  # fmt: skip
def test_a_fault_of_the_yaml_does_not_repeat_what_stands_in_it(line: str, message: str) -> None:
    [fault] = all_faults({"gateway.yaml": yaml(GATEWAY), "partners/northmart/partner.yaml": f"partner: a\nname: b\n{line}".encode()})
    assert fault.message == message


def test_a_private_key_in_a_settings_file_is_a_fault_that_says_so(tmp_path: Path) -> None:
    _, private = certificate()
    (tmp_path / "gateway.yaml").write_bytes(yaml({**GATEWAY, "note": private.decode()}))
    [fault] = all_faults(read_files(tmp_path))
    assert (fault.file, fault.message.split(";")[0]) == ("gateway.yaml", "a private key stands in it")


@pytest.mark.parametrize(
    ("own", "place"),
    [
        ({"org": "Harbor Line"}, "own.org"),
        ({"environment": "production"}, "own.environment"),
        ({"stations": []}, "own.stations"),
        ({"stations": [{"id": "a"}, {"id": "a"}]}, "own.stations"),
        ({"stations": [{"id": "a", "as2": {"as2_name": "A", "keys": {"current": {"key": "env:K", "certificate": "a.pem"}}}}]}, "own.stations[0].as2"),
        ({"stations": [{"id": "a", "as2": {"as2_name": "A", "keys": {"current": {"key": "s3cret", "certificate": "a.pem"}}}}]}, "own.stations[0].as2.sign.current.key"),
    ],
)  # fmt: skip
def test_faults_in_own(own, place) -> None:
    assert ("gateway.yaml", place) in faults(own=gateway(**own))


def test_there_is_no_workspace_without_us() -> None:
    assert [(fault.file, fault.path) for fault in all_faults({})] == [("gateway.yaml", "")]
    assert [fault.path for fault in all_faults({"gateway.yaml": b"sinks: {}"})] == [
        "own.name",
        "own.org",
        "own.environment",
        "own.stations",
    ]


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"api": {"keys": ["hunter2"]}}, "api.keys[0].key"),
        ({"transports": {"http": {"url": "https://x.example", "bearer": "hunter2"}}, "agreements": []}, "transports.http.bearer"),
        (
            {
                "transports": {"sftp": {"host": "h", "user": "u", "password": "hunter2", "host_keys": {"current": "hunter2 hunter2"}}},
                "agreements": [],
            },
            "transports.sftp.password",
        ),
        (
            {"transports": {"as2": {"basic_auth": {"user": "u", "password": "hunter2"}}}, "agreements": []},
            "transports.as2.basic_auth.password",
        ),
    ],
)
def test_a_literal_secret_is_a_fault_and_is_not_repeated(change, place) -> None:
    found = all_faults(files(partner(**change)))
    assert "a secret is named, never written: env:NAME or file:PATH" in [fault.message for fault in found if fault.path == place]
    assert "hunter2" not in "".join(map(str, found))


def test_secrets_by_reference_are_kept_as_references() -> None:
    found = workspace(partner(api={"keys": "env:NORTHMART_KEY"})).partners["northmart"]
    assert [one.key for one in found.api.keys] == ["env:NORTHMART_KEY"]


def as2(**changes) -> dict:
    return partner(transports={"as2": {"url": "https://as2.example", "certs": {"current": "northmart.pem"}, **changes}})


def test_certificates_take_the_place_of_their_names() -> None:
    pem, private = certificate()
    folder = "partners/northmart/certs/"
    said = as2(certs={"current": "northmart.pem", "next": {"file": "next.pem", "from": "2026-12-01"}})
    found = workspace(said, more={f"{folder}northmart.pem": pem, f"{folder}next.pem": pem}).partners["northmart"].transports.as2
    assert found.certs.verify.current.pem == pem.decode()
    assert found.certs.encrypt.next.valid_from.isoformat() == "2026-12-01T00:00:00+00:00"
    assert found.certs.encrypt.next.pem == pem.decode()
    for wrong in (b"no certificate", private, b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"):
        assert faults(as2(), more={f"{folder}northmart.pem": wrong}) == [("partner.yaml", "transports.as2.certs")]
    assert faults(as2()) == [("partner.yaml", "transports.as2.certs")]


def test_our_own_certificate() -> None:
    pem, _ = certificate()
    keys = {"current": {"key": "file:secrets/as2.key", "certificate": "own.pem"}}
    own = gateway(stations=[{"id": "main", "as2": {"as2_name": "US", "keys": keys}}])
    station = workspace(own=own, more={"certs/own.pem": pem}).own.station("main")
    assert station.as2.sign.current.certificate.pem == pem.decode()
    assert station.as2.sign.current.key == "file:secrets/as2.key"


def test_as2_needs_names_on_both_sides() -> None:
    pem, _ = certificate()
    more = {"partners/northmart/certs/northmart.pem": pem}
    nameless = {**as2(), "identities": {"x12": NORTHMART["identities"]["x12"]}}
    assert faults(nameless, more=more) == [("partner.yaml", "identities.as2")]
    stations = [{"id": "main", "x12": {"qualifier": "ZZ", "id": "HARBORLINE"}}]
    assert faults(as2(), more=more, own=gateway(stations=stations)) == [("partner.yaml", "transports.as2")]


def test_the_way_out_is_named_where_several_could_be() -> None:
    pem, _ = certificate()
    more = {"partners/northmart/certs/northmart.pem": pem}
    both = {**as2()["transports"], **NORTHMART["transports"]}
    assert faults(partner(transports=both), more=more) == [
        ("partner.yaml", "agreements[0].transport"),
        ("partner.yaml", "agreements[1].transport"),
    ]
    by_default = workspace(partner(transports=both, send_by="as2"), more=more).partners["northmart"]
    assert [made.transport for made in by_default.agreements] == ["as2", "as2"]
    one = partner(transports=both, send_by="as2", agreements=[agreement(transport="folder"), agreement(1)])
    assert [made.transport for made in workspace(one, more=more).partners["northmart"].agreements] == ["folder", "as2"]


def test_a_partner_may_have_no_way_out() -> None:
    """It may only post to us, or nobody knows yet: what is to go out will be held, and nothing else stops."""
    found = workspace(partner(transports={})).partners["northmart"]
    assert (found.send_by, [made.transport for made in found.agreements]) == (None, [None, None])


def test_a_folder_keeps_what_belongs_to_a_revision_and_nothing_else(tmp_path: Path) -> None:
    pem, private = certificate()
    kept = {
        "gateway.yaml": yaml(GATEWAY),
        "templates/mine.yaml": b"zone: UTC\n",
        "certs/own.pem": pem,
        "partners/northmart/partner.yaml": yaml(NORTHMART),
        "partners/northmart/maps/850.yaml": b"map: x\n",
        "partners/northmart/guides/850.yaml": b"guide: x\n",
        "partners/northmart/certs/northmart.pem": pem,
    }
    left = {
        "secrets/as2.key": private,
        "certs/own.key.pem": private,
        "partners/northmart/certs/key.pem": private,
        "partners/northmart/cases/850/a.edi": b"ISA",
        "partners/northmart/notes.md": b"#",
        "data/gateway.db": b"SQLite",
    }
    for name, data in {**kept, **left}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    assert read_files(tmp_path) == kept
    assert load(read_files(tmp_path)).faults == ()
    assert read_files(tmp_path / "nowhere") == {}
