"""Where an answer goes and how it is written: back to the sender, in the sender's own separators and character set if that can be."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from edi.acks.options import AckNumbers
from edi.charset import ENCODINGS
from edi.envelope import Interchange
from edi.outgoing import OutgoingInterchange, WriteOptions
from edi.values import Identity, Standard

__all__ = ["empty_answer", "write_choices"]


def empty_answer(interchange: Interchange, numbers: AckNumbers, now: datetime) -> OutgoingInterchange:
    """The empty interchange from receiver to sender."""
    x12 = interchange.standard is Standard.X12
    version = interchange.version
    if not re.fullmatch(r"00[2-8]\d\d" if x12 else "[1-4]", version):
        version = "00401" if x12 else "3"
    return OutgoingInterchange(
        interchange.standard,
        _qualified(interchange.receiver) if x12 else interchange.receiver,
        _qualified(interchange.sender) if x12 else interchange.sender,
        numbers.interchange,
        now,
        usage=interchange.usage or "live",
        version=version,
        ack_requested=False,
        groups=(),
    )


def _qualified(identity: Identity) -> Identity:
    """ISA05 and ISA07 have two characters; an id that came without is mutually defined."""
    return identity if len(identity.qualifier) == 2 else Identity("ZZ", identity.id)


def write_choices(interchange: Interchange, wanted: WriteOptions) -> Iterator[WriteOptions]:
    """As the agreement wants it; else with the partner's separators and character set, and where those cannot do it, the standard's.

    What cannot be written as data is replaced: a copy of faulty data must not make the answer faulty.
    """
    delimiters = wanted.delimiters or interchange.delimiters
    sign = next(sign for sign in "?.-=" if sign not in delimiters.in_data() or delimiters.release)
    replaced = replace(
        wanted,
        for_separators=" " if wanted.for_separators is None else wanted.for_separators,
        for_characters=sign if wanted.for_characters is None else wanted.for_characters,
    )
    charset = wanted.charset or (interchange.syntax_id if interchange.syntax_id in ENCODINGS else "")
    yield replace(replaced, delimiters=delimiters, charset=charset)
    yield replace(replaced, charset=charset)
    yield replaced
