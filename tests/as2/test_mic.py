"""MICs as products write them."""

import base64
import hashlib

import pytest

from as2.algorithms import Digest
from as2.mic import Mic

MIC = Mic.of(b"content", Digest.SHA512)
TEXT = base64.b64encode(hashlib.sha512(b"content").digest()).decode()


@pytest.mark.parametrize(
    "text",
    [
        f"{TEXT}, sha-512",
        f"{TEXT},sha512",
        f" {TEXT} ,  SHA512 ",
        f"{TEXT[:60]} {TEXT[60:]}, sha-512",
        f"{TEXT[:60]}\r\n {TEXT[60:]}, Sha_512",
    ],
)
def test_A42_read_with_any_blanks_and_spellings(text):
    assert Mic.parse(text) == MIC


@pytest.mark.parametrize(
    "text", ["", "sha-512", f"{TEXT}", f"{TEXT}, md5", f"{TEXT[:-8]}, sha-512", f"{TEXT}, sha-256", "!!!!, sha1", "ü, sha1"]
)
def test_what_is_no_mic_is_refused(text):
    with pytest.raises(ValueError, match="digest"):
        Mic.parse(text)


def test_A42_written_with_a_comma_and_the_usual_name():
    assert str(MIC) == f"{TEXT}, sha-512"
    assert MIC.spelled("SHA512") == f"{TEXT}, SHA512"
