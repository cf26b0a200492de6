"""`gateway map` on files: documents out, interchanges in, and what stands between them kept."""

import json
from pathlib import Path

import pytest

from canonical.registry import parse
from edi.read import read
from tests.gateway.command_line import SAMPLES, gateway
from tests.gateway.papers import orders_850

NORTHMART_ORDER = SAMPLES / "northmart" / "850" / "clean.edi"  # needs the partner's own codes
NOTICE = SAMPLES / "northmart" / "856" / "two-packs.edi"
ORDERS = SAMPLES / "shoreline3pl" / "ORDERS" / "clean.edi"
QUICKSTART = SAMPLES / "quickstart"


@pytest.fixture(scope="module")
def order(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An order that needs nothing but the standard."""
    path = tmp_path_factory.mktemp("order") / "order.edi"
    path.write_bytes(orders_850("4500123987"))
    return path


def body(data: bytes) -> list[tuple[str, tuple[object, ...]]]:
    """The segments of the sets, without envelope and counts."""
    [interchange] = read(data)
    return [(segment.tag, segment.elements) for one in interchange.transaction_sets for segment in one.segments[1:-1]]


def test_decode_prints_one_canonical_document_per_line(order: Path) -> None:
    for file, document_type in ((order, "Order"), (NOTICE, "ShipNotice"), (ORDERS, "Order")):
        done = gateway("map", "decode", file)
        assert done.code == 0, done.err
        [line] = done.out.splitlines()
        document = parse(json.loads(line))
        assert document.document_type == document_type
        assert document.source_ref is not None


@pytest.mark.parametrize("name", ["order", NOTICE, ORDERS])
def test_encode_gives_back_what_decode_read(name: Path | str, order: Path, tmp_path: Path) -> None:
    file = order if isinstance(name, str) else name
    residue = tmp_path / "residue.jsonl"
    decoded = gateway("map", "decode", file, "--residue", residue)
    encoded = gateway("map", "encode", "-", "--residue", residue, stdin=decoded.data)
    assert encoded.code == 0, encoded.err
    assert body(encoded.data) == body(file.read_bytes())
    before, after = read(file.read_bytes())[0], read(encoded.data)[0]
    assert (after.sender, after.receiver, after.control_number) == (before.sender, before.receiver, before.control_number)
    assert gateway("edi", "validate", "-", stdin=encoded.data).code == 0


def test_a_set_that_breaks_the_standard_becomes_no_document(tmp_path: Path) -> None:
    path = tmp_path / "three.edi"
    path.write_bytes(orders_850("4500123981", "4500123982", "4500123983", broken=["4500123982"]))
    done = gateway("map", "decode", path)
    assert done.code == 1
    assert [json.loads(line)["purchaseOrderNumber"] for line in done.out.splitlines()] == ["4500123981", "4500123983"]
    assert "BEG03" in done.err


def test_several_documents_go_into_one_interchange(tmp_path: Path, order: Path) -> None:
    path = tmp_path / "two.edi"
    path.write_bytes(orders_850("A1", "A2"))
    documents = gateway("map", "decode", path)
    assert len(documents.out.splitlines()) == 2
    encoded = gateway("map", "encode", "-", stdin=documents.data)
    assert [one.control_number for one in read(encoded.data)[0].transaction_sets] == ["0001", "0002"]
    residue = tmp_path / "residue"
    gateway("map", "decode", order, "--residue", residue)
    assert gateway("map", "encode", "-", "--residue", residue, stdin=documents.data).code == 2


def test_an_event_around_the_document_is_made_and_taken_off(order: Path) -> None:
    event = gateway("map", "decode", order, "--envelope")
    [line] = event.out.splitlines()
    assert json.loads(line)["specversion"] == "1.0"
    assert json.loads(line)["type"].endswith(".b2b.order.received.v1")
    assert gateway("map", "decode", order, "--envelope").json["id"] == json.loads(line)["id"]
    assert gateway("map", "encode", "-", stdin=event.data).code == 0


def test_an_order_can_be_written_in_another_standard() -> None:
    order = gateway("map", "decode", ORDERS)
    done = gateway("map", "encode", "-", "--to", "x12/004010/850", stdin=order.data)
    assert done.code == 0, done.err
    assert [one.set_id for one in read(done.data)[0].transaction_sets] == ["850"]


@pytest.mark.parametrize(
    ("data", "arguments", "code", "says"),
    [
        (b"", (), 2, "no document"),
        (b"\xff\xfe", (), 2, "UTF-8"),
        (b"not json", (), 2, "no JSON"),
        (b"[" * 100_000, (), 2, "no JSON"),
        (b"{}", (), 2, "no canonical document"),
        (b'{"documentType": "Order"}', (), 2, "required"),
        (b'{"specversion": "1.0"}', (), 2, "carries no document"),
    ],
)
def test_what_is_no_document_is_said(data: bytes, arguments: tuple[str, ...], code: int, says: str) -> None:
    done = gateway("map", "encode", "-", *arguments, stdin=data)
    assert done.code == code
    assert says in done.err
    assert done.data == b""


@pytest.mark.parametrize("to", ["x12/004010/999", "x12/004010/856", "nonsense", "../../etc/passwd"])
def test_a_map_that_does_not_fit_is_said(to: str, order: Path) -> None:
    document = gateway("map", "decode", order).data
    done = gateway("map", "encode", "-", "--to", to, stdin=document)
    assert done.code == 2
    assert "next:" in done.err


def test_a_document_of_the_hub_needs_to_be_told_where_to() -> None:
    document = json.loads(gateway("map", "decode", NOTICE).data)
    del document["sourceRef"]
    data = json.dumps(document).encode()
    assert gateway("map", "encode", "-", stdin=data).code == 2
    assert gateway("map", "encode", "-", "--to", "x12/004010/856", stdin=data).code == 0
    done = gateway("-w", QUICKSTART, "map", "encode", "-", "--partner", "northmart", stdin=data)
    assert done.code == 0, done.err
    interchange = read(done.data)[0]
    assert (str(interchange.sender), str(interchange.receiver)) == ("ZZ:HARBORLINE", "ZZ:NORTHMART")


def test_with_a_partner_its_own_map_is_used() -> None:
    done = gateway("-w", QUICKSTART, "map", "decode", NORTHMART_ORDER, "--partner", "northmart")
    assert done.code == 0, done.err
    assert done.json["map"]["id"] == "partners/northmart/maps/850"


def test_a_partner_s_own_json_becomes_the_same_kind_of_order() -> None:
    done = gateway("-w", QUICKSTART, "map", "decode", SAMPLES / "shopco" / "order" / "clean.request.json", "--partner", "shopco")
    assert done.code == 0, done.err
    assert done.json["documentType"] == "Order"
    broken = gateway("-w", QUICKSTART, "map", "decode", "-", "--partner", "shopco", stdin=b'{"a": ')
    assert broken.code == 2


def test_a_set_without_a_map_is_said(order: Path) -> None:
    done = gateway("map", "decode", "-", stdin=gateway("edi", "ack", order).data)
    assert done.code == 2
    assert "no map for x12/004010/997" in done.err


def test_the_residue_goes_only_where_it_can_be_written(tmp_path: Path, order: Path) -> None:
    done = gateway("map", "decode", order, "--residue", tmp_path / "no" / "folder")
    assert done.code == 2
