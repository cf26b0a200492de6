"""Cases: a document with one fault in it and what is to be found; and the run that compares the two, many documents in one interchange."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from edi.finding import Finding, FindingCode, Severity
from edi.grammar.model import MessageDef
from edi.read import read
from edi.validate import ValidatedInterchange, Validation, validate_interchange
from edi.values import Standard
from tests.edi.faults.documents import Element, Line

__all__ = ["Case", "Expected", "OneOf", "Outcome", "interchange", "place_of", "run"]

_MOST_TEXTS = 20_000
_BATCH = 60  #: documents in one interchange


class Expected(NamedTuple):
    """A fault and its place."""

    code: FindingCode
    position: int
    tag: str
    loop: tuple[str, ...] = ()
    element: int | None = None
    component: int | None = None
    repetition: int | None = None
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        place = f"{self.tag}{self.element or '':02}" + (f"-{self.component}" if self.component else "")
        place += f" rep {self.repetition}" if self.repetition else ""
        return f"{self.code} {place} at {self.position} in {'/'.join(self.loop) or '-'} {self.severity if self.severity != 'error' else ''}"


class OneOf(NamedTuple):
    """One fault alone, at one of these places and with one of these codes."""

    positions: frozenset[int]
    codes: frozenset[FindingCode]

    def __str__(self) -> str:
        return f"one of {'/'.join(sorted(self.codes))} at {sorted(self.positions)}"


@dataclass(frozen=True)
class Case:
    """One document with one fault. `lines` include header and trailer, whose counts and numbers are put right when it is sent."""

    kind: str
    where: str  #: for people
    lines: Sequence[Line]
    expected: tuple[Expected, ...]
    instead: "OneOf | None" = None  #: what is to be found, where more than one answer is right


@dataclass
class Outcome:
    """What a run found: how often each kind was injected, and every deviation as a sentence."""

    injected: Counter[str] = field(default_factory=Counter)
    deviations: list[str] = field(default_factory=list)
    validated: list[tuple[ValidatedInterchange, list[Case]]] = field(default_factory=list)


def place_of(finding: Finding) -> Expected:
    at = finding.location
    return Expected(
        finding.code, at.segment_position or 0, at.segment_tag or "", at.loop, at.element, at.component, at.repetition, finding.severity
    )


def run(message: MessageDef, cases: Iterable[Case], *, repeats: bool = False, keep: bool = False) -> Outcome:
    """Sends the documents in interchanges of many and compares, document by document, what is found with what is to be."""
    outcome = Outcome()
    rest = iter(cases)
    while batch := list(islice(rest, _BATCH)):
        [received] = read(interchange(message, [case.lines for case in batch], repeats=repeats))
        validated = validate_interchange(received)
        if keep:
            outcome.validated.append((validated, batch))
        envelope = [*received.findings, *(finding for group in received.groups for finding in group.findings)]
        outcome.deviations += [f"envelope: {place_of(finding)}" for finding in envelope]
        if len(validated.validations) != len(batch):
            outcome.deviations.append(f"{len(batch)} sets sent, {len(validated.validations)} read")
            continue
        for case, validation in zip(batch, validated.validations, strict=True):
            outcome.injected[case.kind] += 1
            outcome.deviations += _compare(case, validation)
    return outcome


def _compare(case: Case, validation: Validation) -> Iterator[str]:
    first = sorted((place_of(f) for f in validation.findings if f.caused_by is None), key=str)
    if case.instead:
        wanted: object = case.instead
        right = len(first) == 1 and first[0].position in case.instead.positions and first[0].code in case.instead.codes
        right = right and first[0].severity is Severity.ERROR
    else:
        wanted = "; ".join(map(str, case.expected)) or "nothing"
        right = first == sorted(case.expected, key=str)
    if not right:
        yield f"{case.kind} [{case.where}]: wanted {wanted}; found {'; '.join(map(str, first)) or 'nothing'}"
    codes = {f.code for f in validation.findings}
    for finding in validation.findings:
        if finding.caused_by is not None and finding.caused_by not in codes:
            yield f"{case.kind} [{case.where}]: {place_of(finding)} follows from {finding.caused_by}, which is not there"


# --- on the wire


def interchange(message: MessageDef, documents: Sequence[Sequence[Line]], *, repeats: bool = False) -> bytes:
    """An interchange with these sets; its envelope is right. `repeats`: of a syntax version in which elements may repeat."""
    make = _x12 if message.standard is Standard.X12 else _edifact
    return make(message, documents, repeats=repeats).encode("iso8859-1")


def _x12(message: MessageDef, documents: Sequence[Sequence[Line]], *, repeats: bool) -> str:
    version, repetition = ("00501", "^") if repeats or message.release >= "005" else ("00401", "U")
    parts = [
        f"ISA*00*          *00*          *ZZ*NORTHMART      *ZZ*HARBORLINE     *261118*0915*{repetition}*{version}*000004711*0*P*>~",
        f"GS*{message.functional_id}*NORTHMART*HARBORLINE*20261118*0915*4711*X*{message.release}~",
    ]
    for number, lines in enumerate(documents, 1):
        st = lines[0].having(1, message.set_id).having(2, f"{number:04}")
        se = lines[-1].having(1, str(len(lines))).having(2, f"{number:04}")
        parts += [text(line, "*>^~") for line in (st, *lines[1:-1], se)]
    return "".join(parts) + f"GE*{len(documents)}*4711~IEA*1*000004711~"


def _edifact(message: MessageDef, documents: Sequence[Sequence[Line]], *, repeats: bool) -> str:
    parts = [f"UNB+UNOC:{4 if repeats else 3}+0614141000012:14+0852345000012:14+{'20' if repeats else ''}261118:0915+4711'"]
    kind = (message.set_id, "D", message.release[1:], "UN")
    for number, lines in enumerate(documents, 1):
        unh = lines[0].having(1, str(number)).having(2, kind)
        unt = lines[-1].having(1, str(len(lines))).having(2, str(number))
        parts += [text(line, "+:*'") for line in (unh, *lines[1:-1], unt)]
    return "".join(parts) + f"UNZ+{len(documents)}+4711'"


_TEXTS: dict[tuple[int, str], tuple[Line, str]] = {}  # of lines that many documents have in common


def text(line: Line, separators: str) -> str:
    """A segment; nothing that is sent here holds a separator."""
    known = _TEXTS.get((id(line), separators))
    if known is None:
        known = _TEXTS[id(line), separators] = line, _text(line, separators)
        if len(_TEXTS) > _MOST_TEXTS:
            _TEXTS.clear()
    return known[1]


def _text(line: Line, separators: str) -> str:
    element, component, repetition, terminator = tuple(separators)
    texts = [line.tag, *(_element(value, component, repetition) for value in line.elements)]
    while texts[-1] == "" and len(texts) > 1:
        texts.pop()
    return element.join(texts) + terminator


def _element(value: Element, component: str, repetition: str) -> str:
    if isinstance(value, list):
        return repetition.join(_element(one, component, repetition) for one in value)
    return value if isinstance(value, str) else component.join(value).rstrip(component)
