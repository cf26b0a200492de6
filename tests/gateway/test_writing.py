"""What is agreed of writing, from partner.yaml to the bytes that leave."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from canonical.base import SourceRef
from canonical.registry import parse
from edi.delimiters import Delimiters
from edi.read import read
from edi.tree import Tree
from edi.validate import validate_interchange
from edi.values import Identity
from edi.write import WriteOptions
from gateway.pipeline.active import Active
from gateway.pipeline.numbered import Numbers
from gateway.pipeline.write_set import encode
from gateway.pipeline.writing import write_options
from gateway.settings import SecretError
from maps.registry import MapRegistry
from maps.run import DecodeContext
from partners.model import Agreement, Partner, Workspace
from tests.gateway.world import PARTNER_YAML, World, an_order, ship_notice
from tests.partners.support import partner, workspace

ORDER = json.loads((Path(__file__).parents[2] / "samples/shoreline3pl/ORDERS/clean.json").read_text())
NOW = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)
EDIFACT = {"id": "orders-out", "direction": "outbound", "standard": {"edifact": "D96A", "set": "ORDERS"}}
X12 = {"id": "orders-out", "direction": "outbound", "standard": {"x12": "004010", "set": "850"}}


def agreed(kind: dict[str, Any], **write: Any) -> tuple[Workspace, Partner, Agreement]:
    identities = {"x12": [{"qualifier": "ZZ", "id": "NORTHMART"}], "edifact": [{"qualifier": "14", "id": "0614141000012"}]}
    made = workspace(partner(identities=identities, agreements=[{**kind, "write": write}]))
    return made, made.partners["northmart"], made.partners["northmart"].agreements[0]


@pytest.mark.parametrize(
    ("kind", "said", "expected"),
    [
        (X12, {}, WriteOptions(charset="utf-8")),
        (EDIFACT, {}, WriteOptions(charset="UNOC")),
        (X12, {"segment": "\n"}, WriteOptions(charset="utf-8", delimiters=Delimiters("*", ">", "\n"))),
        (X12, {"element": "|", "version": "00501"}, WriteOptions(charset="utf-8", delimiters=Delimiters("|", ">", "~", "^"))),
        (EDIFACT, {"decimal": ","}, WriteOptions(charset="UNOC", delimiters=Delimiters("+", ":", "'", None, "?", ","))),
        (EDIFACT, {"segment": "~", "version": "4"}, WriteOptions(charset="UNOC", delimiters=Delimiters("+", ":", "~", "*", "?"))),
        (X12, {"decimal": ","}, WriteOptions(charset="utf-8")),
        (X12, {"newline": "crlf", "width": 80}, WriteOptions(charset="utf-8", newline="\r\n", width=80)),
        (X12, {"encoding": "ascii", "characters": "replace"}, WriteOptions(charset="ascii", for_characters="?")),
        (EDIFACT, {"charset": "UNOA", "characters": "replace", "replacement": "."}, WriteOptions(charset="UNOA", for_characters=".")),
        (EDIFACT, {"una": "always", "characters": "drop"}, WriteOptions(charset="UNOC", una="always", for_characters="")),
        (
            X12,
            {"separators_in_data": "drop", "group_time": "HHMMSS"},
            WriteOptions(charset="utf-8", for_separators="", group_time="HHMMSS"),
        ),
    ],
)
def test_what_the_writer_is_told(kind: dict[str, Any], said: dict[str, Any], expected: WriteOptions) -> None:
    assert write_options(agreed(kind, **said)[2]) == expected


@pytest.mark.parametrize(
    ("kind", "ack", "write", "asks"),
    [
        (EDIFACT, {}, {}, True),  # a CONTRL is expected
        (EDIFACT, {"expect": False}, {}, False),
        (EDIFACT, {"functional": "none"}, {}, False),
        (EDIFACT, {}, {"ack_requested": False}, False),
        (EDIFACT, {"expect": False}, {"ack_requested": True}, True),
        (X12, {}, {}, False),  # ISA14 asks for a TA1, and a 997 comes without being asked for
        (X12, {}, {"ack_requested": True}, True),
    ],
)
def test_who_is_expected_to_answer_is_asked_to(kind: dict[str, Any], ack: dict[str, Any], write: dict[str, Any], asks: bool) -> None:
    [interchange] = read(encoded({**kind, "ack": ack}, **write))
    assert interchange.ack_requested is asks


def encoded(kind: dict[str, Any], **write: Any) -> bytes:
    made, to, agreement = agreed(kind, **write)
    secrets = {"env:REFERENCE": "OPEN", "env:LOGIN": "PARTNER7", "env:KEY": "K3Y"}

    def secret(reference: str) -> str:
        if reference not in secrets:
            raise SecretError(reference, "the environment variable is not set")
        return secrets[reference]

    active = Active(1, made, MapRegistry(made.map_sources))
    result = encode(active, parse(ORDER, "Order"), agreement, to, usage="live", now=NOW, secret=secret)
    assert result.hold is None, result.hold
    return result.bytes(Numbers(7, 8))


def tree(data: bytes) -> tuple[Tree, str]:
    [interchange] = read(data)
    [validation] = validate_interchange(interchange).validations
    assert not validation.has_errors
    assert validation.tree is not None
    return validation.tree, interchange.decimal_marks


def test_a_decimal_comma_goes_from_the_agreement_to_the_wire_and_back() -> None:
    plain, comma = encoded(EDIFACT), encoded(EDIFACT, decimal=",")
    assert comma.startswith(b"UNA:+,? 'UNB+")
    values = [[s.get(1, 2) for s in tree(data)[0].segments() if s.tag in ("PRI", "MOA", "QTY")] for data in (plain, comma)]
    assert [value.replace(".", ",") for value in values[0]] == values[1]
    assert any("," in value for value in values[1])
    orders = MapRegistry().get("edifact/d96a/orders")
    found = []
    for data in (plain, comma):
        made, marks = tree(data)
        context = DecodeContext("HARBORLINE", "northmart", UTC, SourceRef(syntax="edifact"), decimal=marks, lineage=False)
        found.append(orders.decode(made, context).document)
    assert found[0] == found[1]


def test_the_header_fields_that_only_some_ask_for() -> None:
    data = encoded(
        EDIFACT, password={"qualifier": "AA", "value": "env:REFERENCE"}, application="ORDERS", priority="A", agreement="EANCOM 2002"
    )
    assert b"+7+OPEN:AA+ORDERS+A+1+EANCOM 2002'" in data
    data = encoded(X12, authorization={"qualifier": "01", "value": "env:LOGIN"}, security={"qualifier": "01", "value": "env:KEY"})
    assert data.startswith(b"ISA*01*PARTNER7  *01*K3Y       *ZZ*")


@pytest.mark.parametrize("kind", [X12, EDIFACT])
def test_wrapped_lines_hold_their_numbers(kind: dict[str, Any]) -> None:
    data = encoded(kind, width=60)
    assert {len(line) for line in data.split(b"\n")[:-2]} == {60}
    [interchange] = read(data)
    assert int(interchange.control_number) == 7
    assert not interchange.findings
    assert data.replace(b"\n", b"") == encoded(kind)


@pytest.fixture
async def demanding(tmp_path: Path) -> World:
    outbound = 'standard: {x12: "004010", set: "856"}'
    said = f"{outbound}, write: {{security: {{qualifier: '01', value: 'file:secrets/isa'}}}}"
    return await World.open(tmp_path, partner=PARTNER_YAML.replace(outbound, said))


async def test_a_secret_that_is_not_there_holds_what_needs_it(demanding: World, tmp_path: Path) -> None:
    await demanding.receive(an_order())
    await demanding.submit(ship_notice())
    assert await demanding.held() == [("document", "own-output-invalid")]
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/isa").write_text("HUSH\n")
    await demanding.submit(ship_notice(shipment="SHP-2"), "again")
    assert demanding.partner.received[-1].startswith(b"ISA*00*          *01*HUSH      *")
    await demanding.close()


def test_the_address_stays_what_it_is() -> None:
    [interchange] = read(encoded(EDIFACT, characters="drop", charset="UNOA", application="ORDERS"))
    assert interchange.receiver == Identity("14", "0614141000012")
