"""The shared corpus as other readers see it: each interchange as tags with their non-empty texts, ours and theirs in one form."""

import csv
import io
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from edi.charset import ENCODINGS
from edi.envelope import Interchange
from edi.errors import NoInterchangeError
from edi.read import read
from edi.values import Repeats, Segment, Standard
from tests.corpus.documents import CORPUS, VALID, Document, documents

Token = tuple[str, tuple[str, ...]]

MARKS: Final = [
    pytest.mark.interop,
    pytest.mark.corpus,
    pytest.mark.skipif(not (CORPUS / "INDEX.tsv").is_file(), reason="the shared corpus is not beside this repository (../shared/corpus)"),
]
_BOM: Final = b"\xef\xbb\xbf"
_KEPT: Final = Path(__file__).with_name("disagreements.tsv")


class Disagreement(NamedTuple):
    """A document over which a peer and we differ, and who is right."""

    peer: str
    document: str
    right: str  #: "we", "the peer" or "both"
    why: str


@cache
def kept() -> dict[tuple[str, str], Disagreement]:
    """The table of disagreements, by peer and document."""
    with _KEPT.open(encoding="utf-8", newline="") as lines:
        rows = [Disagreement(**row) for row in csv.DictReader(lines, delimiter="\t")]
    return {(row.peer, row.document): row for row in rows}


def kept_by(peer: str) -> set[str]:
    """The documents of the table for one peer."""
    return {document for name, document in kept() if name == peer}


@cache
def sound() -> tuple[tuple[Document, bytes, Interchange], ...]:
    """Each document whose envelope is sound and that holds one interchange: the bytes without a byte order mark, and as we read them."""
    return tuple(_sound())


def _sound() -> Iterator[tuple[Document, bytes, Interchange]]:
    for document in documents():
        if not document.is_edi or document.valid != VALID:
            continue
        data = document.read_bytes().removeprefix(_BOM)
        try:
            found = read(data)
        except NoInterchangeError:
            continue
        if len(found) == 1:
            yield document, data, found[0]


def name_of(document: Document) -> str:
    """How the table names a document."""
    return document.path.removeprefix("files/")


def text_of(data: bytes, interchange: Interchange) -> str:
    """The text of a file by the character set that it names; X12 names none."""
    encoding = ENCODINGS.get(interchange.syntax_id, "iso8859-1") if interchange.standard is Standard.EDIFACT else "utf-8"
    try:
        return data.decode("iso8859-1" if encoding == "ascii" else encoding)
    except UnicodeDecodeError:
        return data.decode("iso8859-1")


def our_tokens(interchange: Interchange) -> list[Token]:
    """All segments of an interchange, in the order of the data."""
    segments = [interchange.header, *interchange.service_segments]
    for group in interchange.groups:
        segments += [segment for segment in (group.header, group.trailer) if segment is not None]
        segments += [segment for one in group.transaction_sets for segment in one.segments]
    if interchange.trailer is not None:
        segments.append(interchange.trailer)
    return [(segment.tag, _texts(segment)) for segment in sorted(segments, key=lambda segment: segment.offset)]


def _texts(segment: Segment) -> tuple[str, ...]:
    texts: list[str] = []
    for value in segment:
        for repetition in value if isinstance(value, Repeats) else (value,):
            texts += (repetition,) if isinstance(repetition, str) else repetition
    return tuple(str(text) for text in texts if text)


def pyx12_tokens(text: str) -> tuple[list[Token], list[tuple[str, str]]]:
    """What pyx12 reads, and what it complains about: where, and with which code. Raises X12Error where it cannot read."""
    from pyx12.x12file import X12Reader

    reader = X12Reader(io.StringIO(text))
    tokens: list[Token] = []
    complaints = []
    for segment in reader:
        tokens.append((segment.get_seg_id() or "", tuple(value for *_, value in segment.values_iterator() if value)))
        complaints += reader.pop_errors()
    reader.cleanup()
    return tokens, [(error[0], error[1]) for error in (*complaints, *reader.pop_errors())]


def pydifact_tokens(text: str) -> list[Token]:
    """What pydifact reads. Raises EDISyntaxError where it cannot."""
    from pydifact.parser import Parser

    def texts(element: object) -> tuple[str, ...]:
        return (element,) if isinstance(element, str) else tuple(part for inner in element for part in texts(inner))  # type: ignore[attr-defined]

    return [
        (segment.tag, tuple(text for element in segment.elements for text in texts(element) if text))
        for segment in Parser().parse(text)
        if segment.tag != "UNA"
    ]
