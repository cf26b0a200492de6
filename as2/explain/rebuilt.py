"""What we sent, made once more from its payload: an envelope for the partner's key cannot be opened here, and its MIC is to be compared."""

from collections.abc import Iterator
from itertools import product

from as2.cms.compressed import compress
from as2.explain.peel import octets
from as2.mic import Mic
from as2.mime import build_entity, parameter

__all__ = ["COMPRESSED_TOO", "covered_bytes"]

#: the variant of a partner that digests what it decompressed, where we compressed before signing (RFC 5402 4.1; phase2#140)
COMPRESSED_TOO = "the decompressed entity with its header fields"
_COMPRESSED = (
    ("Content-Type", "application/pkcs7-mime; smime-type=compressed-data; name=smime.p7z"),
    ("Content-Transfer-Encoding", "binary"),
    ("Content-Disposition", "attachment; filename=smime.p7z"),
)


def covered_bytes(payload: bytes, content_type: str, file_names: tuple[str | None, ...], mic: Mic) -> bytes | None:
    """The bytes that our MIC covers. What was sealed is not known in full: it is tried which of the possible forms has the MIC stored.

    None when none has: the payload is not the one that was sealed, or the form was another.
    """
    for file_name, compressed in product(file_names, (False, True)):
        fields = [("Content-Type", content_type)]
        if file_name:
            fields.append(("Content-Disposition", "attachment" + parameter("filename", file_name)))
        entity = build_entity([*fields, ("Content-Transfer-Encoding", "binary")], payload)
        for covered in (payload, entity, *_packed(entity, compressed=compressed)):
            if Mic.of(covered, mic.algorithm) == mic:
                return covered
    return None


def _packed(entity: bytes, *, compressed: bool) -> Iterator[bytes]:
    if compressed:
        yield build_entity(_COMPRESSED, octets(compress(entity)))
