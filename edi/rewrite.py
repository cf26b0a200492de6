"""What was read, written again: in other separators, another character set, in lines or without, with trailers and counts that are right.

Headers stay what they are, but for what the form of writing says in them (ISA11, ISA16, UNB 0001). Strict as `edi.write` is.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from edi.dialect import Dialect
from edi.edifact import EDIFACT
from edi.envelope import FunctionalGroup, Interchange, TransactionSet
from edi.errors import WriteError
from edi.events import Event, GroupBegun, GroupEnded, InterchangeBegun, InterchangeEnded, SetRead
from edi.finding import Finding, Severity
from edi.form import Form, form_of
from edi.headers import Numbers
from edi.outgoing import OutgoingSet, WriteOptions
from edi.tree import Tree
from edi.values import Segment, Standard
from edi.x12 import ISA_WIDTHS, X12

__all__ = ["pieces_again", "set_of", "write_again"]


def set_of(tree: Tree, control_number: str) -> OutgoingSet:
    """The set of a tree, whether it was built or read; header and trailer are the writer's to make."""
    dialect = _dialect(tree.message.standard)
    segments = tuple(segment for segment in tree.segments() if segment.tag not in dialect.set)
    return OutgoingSet(tree.message.set_id, control_number, segments)


def write_again(interchange: Interchange, options: WriteOptions = WriteOptions()) -> bytes:  # noqa: B008  # immutable
    """An interchange that was read, as bytes. Raises WriteError where its headers are in error or what it holds cannot be written."""
    return b"".join(pieces_again(_events(interchange), options))


def pieces_again(events: Iterable[Event], options: WriteOptions = WriteOptions()) -> Iterator[bytes]:  # noqa: B008  # immutable
    """The bytes of the interchanges that `edi.feed` tells of, piece by piece, set by set.

    Separators and character set that the options do not name are those of the interchange itself. Raises WriteError when it comes to it.
    """
    every = iter(events)
    for event in every:
        if isinstance(event, InterchangeBegun):
            again = _Again(event.interchange, options)
            yield from again.form.encoded(again.texts(every))


@dataclass(slots=True)
class _Counts:
    sets: int = 0
    groups: int = 0  #: with a header
    in_group: int = 0
    numbers: Numbers = field(default_factory=lambda: Numbers(1))
    known: set[tuple[str, str]] = field(default_factory=set)

    def begin(self, header: Segment | None, group: FunctionalGroup, dialect: Dialect) -> None:
        """A group begins; refuse what could not be read back without a finding."""
        if header is None:
            if dialect is X12 or self.groups:
                raise WriteError("A set that was read stands in no group; it is not written again.")
            return
        if self.sets > 0 and not self.groups:
            raise WriteError("Either all messages stand in groups with a UNG, or none does.")
        key = group.functional_id, group.control_number.lstrip("0") if dialect is X12 else group.control_number
        if key in self.known:
            raise WriteError("A group control number occurs twice.")
        self.known.add(key)
        self.groups += 1
        self.in_group, self.numbers = 0, Numbers(1)


class _Again:
    """One interchange."""

    def __init__(self, interchange: Interchange, options: WriteOptions) -> None:
        self.interchange = interchange
        self.dialect = _dialect(interchange.standard)
        own = replace(options, delimiters=options.delimiters or interchange.delimiters, charset=options.charset or interchange.syntax_id)
        self.form: Form = form_of(interchange.standard, interchange.version, own)

    def texts(self, events: Iterator[Event]) -> Iterator[str]:
        """Header to trailer."""
        envelope = self.form.envelope
        if self.form.advice:
            yield self.form.una
        yield self._header()
        counts = _Counts()
        header: Segment | None = None
        for event in events:
            if isinstance(event, GroupBegun):
                header = event.group.header
                counts.begin(header, event.group, self.dialect)
                if header is None:
                    continue
                _accept(header, self.dialect.check_group, event.group.findings)
                yield envelope.segment(header)
            elif isinstance(event, SetRead):
                counts.sets += 1
                counts.in_group += 1
                yield from self._set(event.transaction_set, counts.numbers)
            elif isinstance(event, GroupEnded) and header is not None:
                if not counts.in_group:
                    raise WriteError("A group without a transaction set is not written.")
                yield envelope.segment(Segment(self.dialect.group.trailer, (str(counts.in_group), event.group.control_number)))
                header = None
            elif isinstance(event, InterchangeEnded):
                services = event.interchange.service_segments
                yield from (self.form.body.segment(segment) for segment in services)
                if not counts.sets and not services:
                    raise WriteError("An interchange without a transaction set is not written.")
                break
        count = counts.groups or (0 if self.dialect is X12 else counts.sets)
        yield envelope.segment(Segment(self.dialect.interchange.trailer, (str(count), self.interchange.control_number)))

    def _header(self) -> str:
        header, envelope = self.interchange.header, self.form.envelope
        delimiters = envelope.delimiters
        if self.dialect is not X12:
            syntax = (self.form.syntax, *header.components(1)[1:])
            header = replace(header, elements=(syntax, *header.elements[1:]))
            _accept(header, self.dialect.check_interchange, self.interchange.findings)
            return envelope.segment(header)
        texts = [header.get(position).ljust(width) for position, width in enumerate(ISA_WIDTHS, 1)]
        if delimiters.repetition or texts[10] == self.interchange.delimiters.repetition:
            texts[10] = delimiters.repetition or "U"
        texts[15] = delimiters.component
        _accept(replace(header, elements=tuple(texts)), self.dialect.check_interchange, self.interchange.findings)
        for position, text in enumerate(texts, 1):
            if position not in (11, 16):
                envelope.text(text, "ISA", position)
        return delimiters.element.join(("ISA", *texts)) + envelope.end

    def _set(self, one: TransactionSet, numbers: Numbers) -> Iterator[str]:
        header, *body = one.segments
        if body and body[-1].tag == self.dialect.set.trailer:
            body.pop()
        _accept(header, self.dialect.check_set, one.findings)
        numbers.take(one.control_number, "control number of the set")
        yield self.form.envelope.segment(header)
        yield self.form.body.segments(body)
        yield self.form.envelope.segment(Segment(self.dialect.set.trailer, (str(len(body) + 2), one.control_number)))


def _events(interchange: Interchange) -> Iterator[Event]:
    """What a feed would have told of it."""
    yield InterchangeBegun(interchange)
    for group in interchange.groups:
        yield GroupBegun(group)
        yield from map(SetRead, group.transaction_sets)
        yield GroupEnded(group, len(group.transaction_sets))
    yield InterchangeEnded(interchange, sum(group.header is not None for group in interchange.groups))


def _dialect(standard: Standard) -> Dialect:
    return X12 if standard is Standard.X12 else EDIFACT


def _accept(header: Segment, check: Callable[[Segment], list[Finding]], known: Iterable[Finding]) -> None:
    """Refuse a header with errors: those that it has in itself, and those that the reader found at it."""
    found = [*check(header), *(finding for finding in known if finding.location.segment_tag in (header.tag, "UNA"))]
    if any(finding.severity is Severity.ERROR for finding in found):
        raise WriteError(f"The {header.tag} that was read is in error; it is not written again.")
