"""Names that strangers chose, and names that we give."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sftp.names import claim_name, claimed_id, fault_in_name, is_wanted, join, numbered, render, shown, temporary_name
from sftp.settings import DropSettings, PickupSettings

NOW = datetime(2025, 3, 4, 12, 5, 9, tzinfo=UTC)
FIELDS = {"set": "856", "partner": "northmart", "control_number": "000000017", "id8": "01H8X9", "ext": "edi"}


def test_the_default_template():
    assert render(DropSettings(folder="in").name, FIELDS, NOW) == "856_northmart_000000017_20250304_120509_01H8X9.edi"


def test_values_cannot_leave_the_folder_or_hide():
    hostile = {**FIELDS, "control_number": "../../etc/passwd\n", "partner": ""}
    assert render("{set}_{control_number}_{partner}.edi", hostile, NOW) == "856_..-..-etc-passwd_0.edi"
    assert "/" not in render("{control_number}", {**FIELDS, "control_number": "/x/"}, NOW)


def test_the_counter_is_left_for_the_drop():
    name = render("{set}_{counter:04}.{ext}", FIELDS, NOW)
    assert name == "856_{counter:04}.edi"
    assert numbered(name, 12) == "856_0012.edi"
    assert numbered("a_{counter}.edi", 12) == "a_12.edi"


@given(st.binary(max_size=300))
def test_whatever_a_name_is_it_can_be_shown(name):
    assert shown(name).isprintable()


def test_readable_names_are_shown_as_they_are():
    assert shown("Bestellung Österreich.edi".encode()) == "Bestellung Österreich.edi"
    assert shown(b"a\r\nb\xff") == "a\\r\\nb\\xff"


@given(st.binary(min_size=1, max_size=300), st.sampled_from(["work_folder", "suffix", "none"]))
def test_names_that_we_give_are_allowed_and_known_again(name, claim):
    settings = PickupSettings.model_validate({"folder": "out", "claim": claim})
    if fault_in_name(name) is not None:
        return
    claimed = claim_name(name, "0123456789ab", settings)
    assert fault_in_name(claimed.rpartition(b"/")[2]) is None
    if claim != "none":
        assert claimed_id(claimed, settings) == "0123456789ab"
        assert not is_wanted(claimed, settings) or b"/" in claimed


@pytest.mark.parametrize("name", [b"", b".", b"..", b"a/b", b"a\0b", b"a\nb", b"\x7f", b"x" * 256])
def test_refused_names(name):
    assert fault_in_name(name)


def test_joining():
    assert join("out", b"a") == b"out/a"
    assert join("/", b"a") == b"/a"
    assert join("out/", b"/archive") == b"/archive"
    assert join("", b"a") == join(".", b"a") == b"a"


def test_temporary_names():
    for temporary, expected in {"dot": b".a.dlv_1.tmp", "suffix": b"a.dlv_1.tmp", "direct": b"a"}.items():
        settings = DropSettings.model_validate({"folder": "in", "temporary": temporary})
        assert temporary_name("a", "dlv_1", settings) == expected
