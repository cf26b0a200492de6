"""`Mic`: the digest by which a partner proves what it received (RFC 4130 7.3.1, 7.4.3).

Which bytes are digested depends on what was *received*, never on what a profile says (RFC 4130 7.3.1, RFC 5402 4):

| signed | encrypted or compressed | bytes |
| --- | --- | --- |
| yes | any | the signed part with its headers, the very bytes that the signature was verified over |
| no | yes | the innermost MIME entity with its headers, after decryption and decompression |
| no | no | the body, without any headers |
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import Final, Self

from as2.algorithms import Digest, find_digest
from as2.content import Source

__all__ = ["Mic"]


_CONSTRUCTORS: Final = {digest: getattr(hashlib, digest.value) for digest in Digest}  # `hashlib.new` takes longer than to digest 1 KB


@dataclass(frozen=True, slots=True)
class Mic:
    """A digest and its algorithm. Equal when both are, however they were spelled (A42)."""

    digest: bytes
    algorithm: Digest

    def __str__(self) -> str:
        """As it stands in Received-Content-MIC: base64, comma, name."""
        return self.spelled(self.algorithm.micalg)

    def spelled(self, name: str) -> str:
        """The same with another spelling of the algorithm, for a partner that knows only its own."""
        return f"{base64.b64encode(self.digest).decode()}, {name}"

    @classmethod
    def of(cls, content: bytes | Source, algorithm: Digest) -> Self:
        """The digest of these bytes, in one pass."""
        digest = _CONSTRUCTORS[algorithm](usedforsecurity=False)
        for block in (content,) if isinstance(content, bytes) else content.blocks():
            digest.update(block)
        return cls(digest.digest(), algorithm)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads any blanks and spellings, and folded base64 (A42). Raises ValueError."""
        encoded, _, name = text.partition(",")
        algorithm = find_digest(name)
        if algorithm is None:
            raise ValueError("the digest algorithm is not known")
        try:
            digest = base64.b64decode("".join(encoded.split()), validate=True)
        except (binascii.Error, ValueError):
            raise ValueError("the digest is not base64") from None
        if len(digest) != algorithm.size:
            raise ValueError("the digest does not have the length of its algorithm")
        return cls(digest, algorithm)
