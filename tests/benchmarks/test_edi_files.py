"""The files that the benchmarks measure are what they say: without a fault, all different, the same each time, of the size asked for."""

import pytest

from edi.read import read
from edi.validate import validate_interchange
from edi.write import write
from tests.benchmarks import edi_files
from tests.benchmarks.edi_files import long_850, outgoing, stream
from tests.benchmarks.edi_orders import ORDERS, PURCHASE_ORDER

KINDS = pytest.mark.parametrize("kind", [PURCHASE_ORDER, ORDERS], ids=lambda kind: kind.set_id)


def _sets_without_a_word(data: bytes) -> int:
    [interchange] = read(data)
    validated = validate_interchange(interchange)
    assert validated.findings == ()
    return len(validated.validations)


@KINDS
def test_orders_are_all_different_of_about_a_kilobyte_and_have_no_finding(kind) -> None:
    bodies = kind.bodies(300)
    data = write(outgoing(kind, bodies))
    assert _sets_without_a_word(data) == 300
    assert len(set(bodies)) == 300
    assert 900 < len(data) / 300 < 1100
    assert write(outgoing(kind, kind.bodies(300))) == data
    assert write(outgoing(kind, kind.bodies(300, seed=1))) != data


@KINDS
@pytest.mark.parametrize("size", [1, 50_000])
def test_a_stream_is_a_valid_file_of_the_size(kind, size) -> None:
    data = b"".join(stream(size, kind))
    assert size <= len(data) < size + 3_000
    assert _sets_without_a_word(data) >= 1


def test_a_group_that_is_full_is_followed_by_another(monkeypatch) -> None:
    """GE01 holds six digits."""
    monkeypatch.setattr(edi_files, "_ROOM", 7)
    [interchange] = read(b"".join(stream(20_000)))
    assert {len(group.transaction_sets) for group in interchange.groups[:-1]} == {7}
    assert validate_interchange(interchange).findings == ()


@pytest.mark.parametrize("segments", [1_000, 1_001, 1_002])
def test_a_long_order_has_as_many_segments_as_asked_for(segments) -> None:
    [interchange] = read(b"".join(long_850(segments)))
    [one] = interchange.transaction_sets
    assert len(one.segments) == segments
    assert validate_interchange(interchange).findings == ()
