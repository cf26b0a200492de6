"""Dispositions as products write them."""

import pytest

from as2.disposition import AUTOMATIC, PROCESSED, Disposition

DECRYPTION_FAILED = Disposition(AUTOMATIC, "processed", "error", "decryption-failed")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("automatic-action/MDN-sent-automatically; processed", PROCESSED),
        ("automatic-action/MDN-sent-automatically;processed", PROCESSED),
        ("automatic-action/MDN-sent-automatically ;  Processed ", PROCESSED),
        ("automatic-action/MDN-sent-automatically; processed/error: decryption-failed", DECRYPTION_FAILED),
        ("automatic-action/MDN-sent-automatically; processed/Error:decryption-failed", DECRYPTION_FAILED),
        ("automatic-action/MDN-sent-automatically; processed / error : decryption-failed", DECRYPTION_FAILED),
        ("automatic-action/MDN-sent-automatically; error: decryption-failed", DECRYPTION_FAILED),
        ("automatic-action/MDN-sent-automatically; /error: decryption-failed", DECRYPTION_FAILED),
        ("automatic-action/MDN-sent-automatically; processed/error: error: decryption-failed", DECRYPTION_FAILED),
        ("automatic-action/MDN-sent-automatically; processed/error/error: decryption-failed", DECRYPTION_FAILED),
        (
            "automatic-action/MDN-sent-automatically; failed/Failure: unsupported format",
            Disposition(AUTOMATIC, "failed", "failure", "unsupported format"),
        ),
        (
            "manual-action/MDN-sent-manually; processed/warning: odd",
            Disposition("manual-action/MDN-sent-manually", "processed", "warning", "odd"),
        ),
        (
            "automatic-action/MDN-sent-automatically; failed/failure=Could not verify signature",  # libas2
            Disposition(AUTOMATIC, "failed", "failure", "Could not verify signature"),
        ),
        ("processed", Disposition("", "processed")),
    ],
)
def test_A41_read_tolerantly(text, expected):
    assert Disposition.parse(text) == expected


def test_A41_written_exactly():
    assert str(PROCESSED) == "automatic-action/MDN-sent-automatically; processed"
    assert str(DECRYPTION_FAILED) == "automatic-action/MDN-sent-automatically; processed/error: decryption-failed"
    assert str(Disposition(AUTOMATIC, "failed", "failure", "unsupported format")).endswith("; failed/Failure: unsupported format")


@pytest.mark.parametrize(
    ("text", "accepted"),
    [
        ("x; processed", True),
        ("x; processed/warning: duplicate-document", True),
        ("x; processed/error: any", False),
        ("x; processed/strange: any", False),
        ("x; processed: any", False),
        ("x; failed", False),
        ("x; displayed", False),
    ],
)
def test_A41_an_unknown_modifier_is_an_error(text, accepted):
    assert Disposition.parse(text).accepted is accepted


@pytest.mark.parametrize("text", ["", ";", "x;", "x; processed/error: a\nb", "x; p\u00e4ng", "x; a b"])
def test_what_is_no_disposition_is_refused(text):
    with pytest.raises(ValueError, match="disposition"):
        Disposition.parse(text)


def test_A20_control_characters_cannot_be_written():
    with pytest.raises(ValueError, match="printable"):
        Disposition(AUTOMATIC, "processed", "error", "a\r\nReceived-Content-MIC: x")
