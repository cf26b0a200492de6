"""pyx12 tokenises what we write as we do, and counts the same faults in envelopes."""

import io
from datetime import UTC, datetime

import pytest
from pyx12.x12file import X12Reader

from edi.acks import AckNumbers, answer
from edi.acks.codes import ANSWERS
from edi.read import read
from edi.validate import validate_interchange
from edi.values import Identity, Segment, Standard
from edi.write import OutgoingGroup, OutgoingInterchange, OutgoingSet, WriteOptions, write

pytestmark = pytest.mark.interop

NOW = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)
ORDER = (
    Segment("BEG", ("00", "SA", "4500123987", "", "20261118")),
    Segment("REF", ("DP", "0042", "", ("IA", "0556677"))),
    Segment("N1", ("ST", "NORTHMART DC 0117", "UL", "0614141001170")),
    Segment("PO1", ("1", "48", "CA", "31.2", "PE", "UP", "085234500106")),
    Segment("PO4", ("12", "16", "OZ")),
    Segment("CTT", ("1", "48")),
)
SHIPMENT = (
    Segment("BSN", ("00", "SHP8802", "20261202", "1430", "0001")),
    Segment("HL", ("1", "", "S")),
    Segment("TD1", ("CTN25", "12", "", "", "", "G", "418.5", "LB")),
    Segment("HL", ("2", "1", "O")),
    Segment("PRF", ("4500123987",)),
    Segment("HL", ("3", "2", "P")),
    Segment("MAN", ("GM", "000085234500000019")),
    Segment("CTT", ("3",)),
)


def _written(set_id: str, functional_id: str, body: tuple[Segment, ...], **options) -> bytes:
    sets = tuple(OutgoingSet(set_id, str(number), body) for number in (1, 2))
    group = OutgoingGroup(functional_id, "HARBORLINE", "NORTHMART", "88", "004010VICS", sets)
    ours, theirs = Identity("ZZ", "HARBORLINE"), Identity("ZZ", "NORTHMART")
    out = OutgoingInterchange(Standard.X12, ours, theirs, "8802", NOW, "test", "00401", False, (group,))
    return write(out, WriteOptions(**options))


def _their_tokens(data: bytes) -> tuple[list[tuple[str, tuple[str, ...]]], list[tuple[str, ...]]]:
    """Tag and non-empty texts of each segment as pyx12 reads them, and what it complains about."""
    reader = X12Reader(io.StringIO(data.decode()))
    tokens, complaints = [], []
    for segment in reader:
        tokens.append((segment.get_seg_id(), tuple(value for *_, value in segment.values_iterator() if value)))
        complaints += reader.pop_errors()
    reader.cleanup()
    return tokens, [*complaints, *reader.pop_errors()]


def _our_tokens(data: bytes) -> list[tuple[str, tuple[str, ...]]]:
    def texts(segment: Segment) -> tuple[str, ...]:
        parts = [part for value in segment for part in ((value,) if isinstance(value, str) else value)]
        return tuple(str(part) for part in parts if part)

    [interchange] = read(data)
    segments = [interchange.header]
    for group in interchange.groups:
        assert group.header
        assert group.trailer
        segments += [group.header, *(s for one in group.transaction_sets for s in one.segments), group.trailer]
    assert interchange.trailer
    return [(segment.tag, texts(segment)) for segment in (*segments, interchange.trailer)]


@pytest.mark.parametrize("newline", ["", "\n"])
@pytest.mark.parametrize(("set_id", "functional_id", "body"), [("850", "PO", ORDER), ("856", "SH", SHIPMENT)])
def test_an_850_and_an_856_have_the_same_tokens_and_no_complaint(set_id, functional_id, body, newline) -> None:
    data = _written(set_id, functional_id, body, newline=newline)
    tokens, complaints = _their_tokens(data)
    assert complaints == []
    assert tokens == _our_tokens(data)


def test_a_997_has_the_same_tokens_and_no_complaint() -> None:
    received = _written("850", "PO", ORDER).replace(b"*SA*4500123987", b"*QQ*", 1)
    [interchange] = read(received)
    data = answer(validate_interchange(interchange), numbers=AckNumbers("5", "5", "0001"), now=NOW)
    assert data is not None
    tokens, complaints = _their_tokens(data)
    assert complaints == []
    assert tokens == _our_tokens(data)
    assert ("AK9", ("P", "2", "2", "1")) in tokens


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (b"SE*8*0001", b"SE*9*0001"),
        (b"SE*8*0001", b"SE*8*0009"),
        (b"GE*2*88", b"GE*3*88"),
        (b"GE*2*88", b"GE*2*89"),
        (b"IEA*1*000008802", b"IEA*2*000008802"),
        (b"IEA*1*000008802", b"IEA*1*000008803"),
    ],
)
def test_a_fault_in_an_envelope_has_the_code_that_pyx12_gives_it(right: bytes, wrong: bytes) -> None:
    data = _written("850", "PO", ORDER)
    assert right in data
    data = data.replace(right, wrong)
    [interchange] = read(data)
    [finding] = validate_interchange(interchange).findings
    _, complaints = _their_tokens(data)
    assert [complaint[1] for complaint in complaints] == [ANSWERS[finding.code].x12]
