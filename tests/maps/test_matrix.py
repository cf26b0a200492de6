"""The tables of what maps carry say what the maps say, and no field of a document is there for nothing."""

from canonical.registry import DOCUMENTS
from maps.coverage import coverage, folded, unused
from maps.registry import MapRegistry
from tests.maps.matrix import README, REPORT, coverages, made, with_section
from tests.maps.unused import UNUSED

_AGAIN = "python -m tests.maps.matrix writes it anew"


def test_the_table_in_the_readme_is_made_from_the_maps() -> None:
    text = README.read_text(encoding="utf-8")
    assert with_section(text) == text, _AGAIN


def test_the_loss_report_is_made_from_the_maps() -> None:
    assert REPORT.read_text(encoding="utf-8") == made(), _AGAIN


def test_every_document_has_a_map() -> None:
    assert {one.document for one in coverages().values()} == set(DOCUMENTS)


def test_every_field_of_a_document_is_carried_by_a_map() -> None:
    """A field that no shipped map uses is not there, but for those of a kept list, each with its reason."""
    registry = MapRegistry()
    left = unused(registry.get(name).spec for name in registry.names())
    assert set(left) == set(UNUSED)
    assert [name for name, reason in UNUSED.items() if len(reason) < 10] == []


def test_a_map_that_carries_less_says_so() -> None:
    base = MapRegistry().get("x12/004010/850")
    overlay = f"map: less\nextends: x12/004010/850@{base.version}\nversion: 1\npatch: [{{remove: promo}}]\n"
    whole, less = coverage(base.spec), coverage(MapRegistry({"less": overlay}).get("less").spec)
    assert set(less.unwritten) - set(whole.unwritten) == {"promotionNumber"}
    assert set(less.unread) - set(whole.unread) == {"promotionNumber"}


def test_fields_of_one_object_stand_together() -> None:
    assert list(folded(["currency", "lines[].item.color", "lines[].item.size", "vendorNumber"])) == [
        "currency, vendorNumber",
        "lines[].item: color, size",
    ]
