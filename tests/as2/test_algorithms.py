"""The table of algorithms: every spelling met in the field, and what needs `legacy`."""

import hashlib

import pytest

from as2.algorithms import CIPHER_BY_OID, DIGEST_BY_OID, Cipher, Digest, Legacy, find_digest


@pytest.mark.parametrize(
    ("spelling", "digest"),
    [
        ("sha1", Digest.SHA1),
        ("SHA", Digest.SHA1),
        ("sha-1", Digest.SHA1),
        ("rsa-sha1", Digest.SHA1),
        ("sha256", Digest.SHA256),
        ("SHA-256", Digest.SHA256),
        ("sha_256", Digest.SHA256),
        (" Sha2-256 ", Digest.SHA256),
        ("RSA-SHA256", Digest.SHA256),
        ("sha-384", Digest.SHA384),
        ("SHA512", Digest.SHA512),
        ("md5", None),
        ("", None),
        ("sha-3-256", None),
    ],
)
def test_A24_spellings_of_digests(spelling, digest):
    assert find_digest(spelling) is digest


@pytest.mark.parametrize("digest", Digest)
def test_what_we_write_is_what_we_read(digest):
    assert find_digest(digest.micalg) is digest
    assert find_digest(digest.value) is digest
    assert DIGEST_BY_OID[digest.oid] is digest
    assert hashlib.new(digest.value).digest_size == digest.size


def test_A24_sha1_is_sent_without_a_hyphen_and_the_others_with_one():
    assert [digest.micalg for digest in Digest] == ["sha-256", "sha-384", "sha-512", "sha1"]


def test_A32_old_algorithms_need_their_word():
    assert {digest for digest in Digest if digest.legacy} == {Digest.SHA1}
    assert {cipher for cipher in Cipher if cipher.legacy} == {Cipher.TRIPLE_DES_CBC}
    assert {Digest.SHA1.legacy, Cipher.TRIPLE_DES_CBC.legacy} == set(Legacy)


@pytest.mark.parametrize("cipher", Cipher)
def test_each_cipher_has_its_own_identifier(cipher):
    assert CIPHER_BY_OID[cipher.oid] is cipher
    assert cipher.authenticated == ("gcm" in cipher.value)
