"""Over which bytes a partner's MIC was made: all that its product may have digested, by every algorithm."""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Sequence

from as2.algorithms import Digest
from as2.explain.causes import Cause
from as2.explain.peel import Layer, crlf, octets
from as2.explain.signing import Variant, variants
from as2.explain.values import Finding
from as2.mic import Mic

__all__ = ["COUNTS", "digest_in", "judge_mic", "ranges_of", "received_mic"]

#: what the variant is called whose bytes are the right ones
COUNTS = "the bytes that count"


def digest_in(text: str) -> bytes | None:
    """The digest of a Received-Content-MIC, whatever algorithm it names: its length tells. None: there is none."""
    try:
        digest = base64.b64decode("".join(text.partition(",")[0].split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    return digest if len(digest) in {one.size for one in Digest} else None


def ranges_of(right: bytes, layers: Sequence[Layer]) -> Iterator[Variant]:
    """The bytes that count, and all others in the message that a product could mean."""
    yield Variant(Cause.MIC_OTHER_DIGEST, COUNTS, right)
    for variant in variants(right):
        line_ends = variant.cause is Cause.LINE_ENDS_CHANGED
        yield Variant(Cause.MIC_LINE_ENDS if line_ends else Cause.MIC_OTHER_BYTES, variant.words, variant.content)
    for layer in layers:
        yield from _of_layer(layer)


def _of_layer(layer: Layer) -> Iterator[Variant]:
    named = {"encrypted": "encrypted entity", "compressed": "compressed entity", "signed": "multipart/signed as a whole"}
    words = f"the {named.get(layer.kind, 'innermost entity')}"
    body = octets(layer.entity.body)
    yield Variant(Cause.MIC_OTHER_BYTES, f"{words} with its header fields", layer.entity_bytes)
    yield Variant(Cause.MIC_OTHER_BYTES, f"{words} without its header fields", body)
    yield Variant(Cause.MIC_OTHER_BYTES, f"{words} without its header fields, with CRLF line ends", crlf(body))
    if layer.cms:
        yield Variant(Cause.MIC_OTHER_BYTES, f"the {'signature' if layer.kind == 'signed' else 'CMS message'} itself", layer.cms)


def judge_mic(ours: Mic, theirs: bytes, ranges: Iterable[Variant]) -> Finding | None:
    """None when the partner's digest is ours; else which bytes and which algorithm give it."""
    if theirs == ours.digest:
        return None
    for variant in ranges:
        for digest in Digest:
            if digest.size == len(theirs) and Mic.of(variant.content, digest).digest == theirs:
                return Finding(variant.cause, _words(variant, digest, ours))
    return Finding(Cause.MIC_UNEXPLAINED)


def _words(variant: Variant, digest: Digest, ours: Mic) -> str:
    if variant.words == COUNTS:
        return f"{digest.micalg} instead of {ours.algorithm.micalg}"
    return variant.words + ("" if digest is ours.algorithm else f", by {digest.micalg} instead of {ours.algorithm.micalg}")


def received_mic(report: bytes) -> str | None:
    """The text of Received-Content-MIC, as it stands in a report; None: the field is missing."""
    found = re.search(rb"^Received-Content-MIC[ \t]*:((?:.*(?:\r?\n[ \t].*)*))", report, re.IGNORECASE | re.MULTILINE)
    return found[1].decode("latin-1").strip() if found else None
