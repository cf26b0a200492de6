"""The closed table of the algorithms that we know: identifiers, spellings met, what needs `legacy` (A24, A30, A32)."""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

__all__ = [
    "CIPHER_BY_OID",
    "DIGEST_BY_OID",
    "SIGNATURE_BY_OID",
    "Cipher",
    "Digest",
    "KeyTransport",
    "Legacy",
    "SignatureScheme",
    "find_digest",
]


class Legacy(StrEnum):
    """What a partner's profile must name before we take or send it; broken algorithms (MD5, RC2, RC4, DES) are not even here."""

    SHA1 = "sha1"
    TRIPLE_DES = "3des"


class Digest(StrEnum):
    """A digest, for signatures and for the MIC."""

    SHA256 = "sha256"
    SHA384 = "sha384"
    SHA512 = "sha512"
    SHA1 = "sha1"

    @property
    def oid(self) -> str:
        """Object identifier, dotted (RFC 5754 2, RFC 3370 2.1)."""
        return _DIGESTS[self].oid

    @property
    def size(self) -> int:
        """Bytes of the digest."""
        return _DIGESTS[self].size

    @property
    def micalg(self) -> str:
        """The spelling that we send: "sha-256" (RFC 5751 3.4.3.2), but "sha1" (Drummond 3Q12.1)."""
        return _DIGESTS[self].micalg

    @property
    def legacy(self) -> Legacy | None:
        """What the profile must allow."""
        return Legacy.SHA1 if self is Digest.SHA1 else None


class SignatureScheme(StrEnum):
    """How a digest is signed."""

    RSA_V1_5 = "rsa_v1_5"
    RSA_PSS = "rsa_pss"
    ECDSA = "ecdsa"


class KeyTransport(StrEnum):
    """How a content key is encrypted for an RSA key (RFC 8017 7)."""

    RSA_V1_5 = "rsa_v1_5"
    OAEP_SHA1 = "oaep_sha1"
    OAEP_SHA256 = "oaep_sha256"


class Cipher(StrEnum):
    """A content cipher."""

    AES128_CBC = "aes128_cbc"
    AES192_CBC = "aes192_cbc"
    AES256_CBC = "aes256_cbc"
    AES128_GCM = "aes128_gcm"
    AES192_GCM = "aes192_gcm"
    AES256_GCM = "aes256_gcm"
    TRIPLE_DES_CBC = "3des_cbc"

    @property
    def oid(self) -> str:
        """Object identifier, dotted (RFC 3565, RFC 5084, RFC 3370 5.1)."""
        return _CIPHERS[self].oid

    @property
    def key_size(self) -> int:
        """Bytes of the content key."""
        return _CIPHERS[self].key_size

    @property
    def authenticated(self) -> bool:
        """True for GCM, which travels as AuthEnvelopedData (RFC 5083)."""
        return _CIPHERS[self].authenticated

    @property
    def legacy(self) -> Legacy | None:
        """What the profile must allow."""
        return Legacy.TRIPLE_DES if self is Cipher.TRIPLE_DES_CBC else None


@dataclass(frozen=True, slots=True)
class _DigestRow:
    oid: str
    size: int
    micalg: str


@dataclass(frozen=True, slots=True)
class _CipherRow:
    oid: str
    key_size: int
    authenticated: bool = False


_DIGESTS: Final = {
    Digest.SHA1: _DigestRow("1.3.14.3.2.26", 20, "sha1"),
    Digest.SHA256: _DigestRow("2.16.840.1.101.3.4.2.1", 32, "sha-256"),
    Digest.SHA384: _DigestRow("2.16.840.1.101.3.4.2.2", 48, "sha-384"),
    Digest.SHA512: _DigestRow("2.16.840.1.101.3.4.2.3", 64, "sha-512"),
}

_AES: Final = "2.16.840.1.101.3.4.1."
_CIPHERS: Final = {
    Cipher.AES128_CBC: _CipherRow(_AES + "2", 16),
    Cipher.AES192_CBC: _CipherRow(_AES + "22", 24),
    Cipher.AES256_CBC: _CipherRow(_AES + "42", 32),
    Cipher.AES128_GCM: _CipherRow(_AES + "6", 16, authenticated=True),
    Cipher.AES192_GCM: _CipherRow(_AES + "26", 24, authenticated=True),
    Cipher.AES256_GCM: _CipherRow(_AES + "46", 32, authenticated=True),
    Cipher.TRIPLE_DES_CBC: _CipherRow("1.2.840.113549.3.7", 24),
}

DIGEST_BY_OID: Final = {row.oid: digest for digest, row in _DIGESTS.items()}
CIPHER_BY_OID: Final = {row.oid: cipher for cipher, row in _CIPHERS.items()}

#: signatureAlgorithm -> scheme and the digest it names; None: the digest stands in digestAlgorithm or in the parameters (A30)
SIGNATURE_BY_OID: Final = {
    "1.2.840.113549.1.1.1": (SignatureScheme.RSA_V1_5, None),  # rsaEncryption, what most products write
    "1.2.840.113549.1.1.5": (SignatureScheme.RSA_V1_5, Digest.SHA1),
    "1.2.840.113549.1.1.11": (SignatureScheme.RSA_V1_5, Digest.SHA256),
    "1.2.840.113549.1.1.12": (SignatureScheme.RSA_V1_5, Digest.SHA384),
    "1.2.840.113549.1.1.13": (SignatureScheme.RSA_V1_5, Digest.SHA512),
    "1.2.840.113549.1.1.10": (SignatureScheme.RSA_PSS, None),
    "1.2.840.10045.2.1": (SignatureScheme.ECDSA, None),  # id-ecPublicKey where a signature algorithm belongs
    "1.2.840.10045.4.1": (SignatureScheme.ECDSA, Digest.SHA1),
    "1.2.840.10045.4.3.2": (SignatureScheme.ECDSA, Digest.SHA256),
    "1.2.840.10045.4.3.3": (SignatureScheme.ECDSA, Digest.SHA384),
    "1.2.840.10045.4.3.4": (SignatureScheme.ECDSA, Digest.SHA512),
}

#: what is left of a digest name without case, blanks and punctuation
_SPELLINGS: Final = {digest.value: digest for digest in Digest} | {"sha": Digest.SHA1, "sha160": Digest.SHA1}


@lru_cache(maxsize=64)
def find_digest(name: str) -> Digest | None:
    """The digest meant by any spelling met in the field: "SHA", "rsa-sha1", "SHA256", "sha_256", "sha-2-256" (A24). None: not known."""
    plain = "".join(character for character in name.lower() if character.isascii() and character.isalnum())
    plain = plain.removeprefix("rsa").removeprefix("ecdsa")
    if plain.startswith("sha2") and plain[4:] in {"256", "384", "512"}:
        plain = "sha" + plain[4:]
    return _SPELLINGS.get(plain)
