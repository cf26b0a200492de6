"""What a partner says of ours, beside what we sent: each finding of an acknowledgment as a sentence with our own segment in it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from edi.acks.report import AckReport, SetReport
from edi.envelope import FunctionalGroup, Interchange, TransactionSet
from edi.finding import Finding, FindingCode
from edi.render import Renderer
from edi.values import Segment, Standard

__all__ = ["Quote", "quotes"]

_LONGEST: Final = 400
_SAYS: Final = "the partner says: "
#: what the codes of a set and a group are said of: the trailer, where it is not the header; a trailer that is missing is quoted by neither
_OF_TRAILERS: Final = frozenset(
    {
        FindingCode.INTERCHANGE_CONTROL_NUMBER_MISMATCH,
        FindingCode.INTERCHANGE_COUNT_MISMATCH,
        FindingCode.GROUP_CONTROL_NUMBER_MISMATCH,
        FindingCode.GROUP_COUNT_MISMATCH,
        FindingCode.SET_CONTROL_NUMBER_MISMATCH,
        FindingCode.SET_COUNT_MISMATCH,
    }
)
_OF_NOTHING: Final = frozenset({
    FindingCode.INTERCHANGE_TRAILER_MISSING,
    FindingCode.GROUP_TRAILER_MISSING,
    FindingCode.SET_TRAILER_MISSING,
})  # fmt: skip
#: what is missing is not in what we sent: quoted is what stands in its place
_ABSENT: Final = frozenset({FindingCode.REQUIRED_SEGMENT_MISSING, FindingCode.REQUIRED_LOOP_MISSING})


class Quote(NamedTuple):
    """One thing that the partner says. It holds our data, so it is for people and never for logs."""

    set_id: str  #: of our set; empty where a group or an interchange is meant
    control_number: str
    finding: Finding  #: placed in what we sent, as far as that is known
    words: str  #: the sentence, without our segment
    segment: str  #: ours as we wrote it, without its terminator; empty where there is none to show

    def __str__(self) -> str:
        """All of it: "The partner says of PO103 at segment 14: the code is not valid (…). We sent: PO1*1*48*XX*31.2"."""
        return f"{self.words} {self.lead}: {self.segment}" if self.segment else self.words

    @property
    def lead(self) -> str:
        """What to say before the segment."""
        return "We sent there" if self.finding.code in _ABSENT else "We sent"


def quotes(report: AckReport, sent: Iterable[Interchange]) -> tuple[Quote, ...]:
    """Everything in a report in its order, of the set first; `sent` are the interchanges that it may be about.

    What is not found there is told without a quotation.
    """
    return tuple(_Quoting(report, tuple(sent)).all())


class _Quoting:
    def __init__(self, report: AckReport, sent: tuple[Interchange, ...]) -> None:
        self._report = report
        by_group = report.kind in ("997", "999")
        places = [(one, group) for one in sent for group in (one.groups or (None,))]
        fitting = [
            (one, group)
            for one, group in places
            if (
                group is not None
                and _is_number(group.control_number, report.control_number)
                and group.functional_id == report.functional_id
                if by_group
                else _is_number(one.control_number, report.control_number)
            )
        ]
        self._interchange = fitting[0][0] if fitting else None
        self._groups: list[FunctionalGroup] = [group for one, group in fitting if group is not None and one is self._interchange]

    def all(self) -> Iterator[Quote]:
        for finding in self._report.findings:
            yield self._of_envelope(finding)
        for one in self._report.sets:
            ours = self._set(one)
            for finding in one.findings:
                yield self._of_set(one, finding, ours)

    def _set(self, said: SetReport) -> TransactionSet | None:
        """Ours, by number and, where numbers were given twice, by kind."""
        sets = [one for group in self._groups for one in group.transaction_sets if _is_number(one.control_number, said.control_number)]
        return next((one for one in sets if one.set_id == said.set_id), sets[0] if sets else None)

    def _of_envelope(self, finding: Finding) -> Quote:
        """Of the group (997, 999) or the interchange (TA1, CONTRL)."""
        holder = self._groups[0] if self._report.kind in ("997", "999") and self._groups else self._interchange
        found = None if holder is None else _end(finding.code, holder.header, holder.trailer)
        name = "the group" if self._report.kind in ("997", "999") else "the interchange"
        return self._quote("", self._report.control_number, finding, f"{name} {self._report.control_number}", found)

    def _of_set(self, said: SetReport, finding: Finding, ours: TransactionSet | None) -> Quote:
        segments: Sequence[Segment] = ours.segments if ours is not None else ()
        if finding.location.segment_tag in _OWN:  # a code of the set as a whole stands in the acknowledgment
            found = _end(finding.code, segments[0], segments[-1]) if segments else None
            return self._quote(said.set_id, said.control_number, finding, f"the {said.set_id} {said.control_number}", found)
        position = finding.location.segment_position or 0
        found = segments[position - 1] if 0 < position <= len(segments) else None
        if found is not None and finding.location.segment_tag is None:  # a CONTRL counts and names nothing
            finding = replace(finding, location=replace(finding.location, segment_tag=found.tag))
        return self._quote(said.set_id, said.control_number, finding, str(finding.location), found)

    def _quote(self, set_id: str, number: str, finding: Finding, place: str, found: Segment | None) -> Quote:
        details = [f"data element {finding.element_id}"] if finding.element_id else []
        if finding.value and finding.code is FindingCode.REPORTED_BY_PARTNER:
            details.append(f"code {_shown(finding.value)}")
        elif finding.value and finding.location.segment_tag not in _OWN:
            details.append(f"value {_shown(finding.value)}")
        if finding.trigger is not None:
            details.append(f"because of {finding.trigger}")
        words = f"The partner says of {place}: {finding.message.removeprefix(_SAYS)}"
        words += f" ({', '.join(details)})." if details else "."
        return Quote(set_id, number, finding, words, self._text(found) if found is not None else "")

    def _text(self, segment: Segment) -> str:
        assert self._interchange is not None
        delimiters = self._interchange.delimiters
        codec = "utf-8" if self._interchange.standard is Standard.X12 else "latin-1"
        text = Renderer(delimiters, codec, for_separators=" ", for_characters="?").segment(segment)
        return text.removesuffix(delimiters.segment)[:_LONGEST]


#: segments of acknowledgments: a finding that is placed in one is of what the acknowledgment is about as a whole
_OWN: Final = frozenset({"TA1", "AK5", "IK5", "AK9", "UCI", "UCF", "UCM"})


def _end(code: FindingCode, header: Segment | None, trailer: Segment | None) -> Segment | None:
    if code in _OF_NOTHING:
        return None
    return trailer if code in _OF_TRAILERS else header


def _is_number(ours: str, said: str) -> bool:
    """Numbers are compared without leading zeros: 000000007 and 7 are one."""
    return ours.strip().lstrip("0") == said.strip().lstrip("0")


def _shown(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)
