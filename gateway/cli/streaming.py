"""Large files, judged and answered while they are read: set by set, in memory that does not grow with the file."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from edi.acks import AckNumbers, AckOptions, StreamedAnswer
from edi.acks.status import errors
from edi.envelope import Interchange
from edi.errors import NoInterchangeError
from edi.events import Event, GroupBegun, GroupEnded, InterchangeBegun, InterchangeEnded, SetRead
from edi.feed import Feed
from edi.finding import Finding, Severity
from edi.validate import Validation, validate_set
from gateway.cli.findings import finding_json, print_finding
from gateway.cli.output import CliError, ExitCode
from gateway.cli.paint import STYLES, Painter, visible
from gateway.plural import counted

__all__ = ["answers", "is_large", "judge_large"]

_LARGE: Final = 32 * 1024 * 1024
_CHUNK: Final = 1 << 18
_QUOTED: Final = 4096  #: bytes of the file that a finding may be shown in
_SETS: Final = 200  #: verdicts that are told one by one


def is_large(path: Path) -> bool:
    """Whether a file is not to be held in memory as a whole."""
    return path.is_file() and path.stat().st_size > _LARGE


def _events(path: Path, feed: Feed) -> Iterator[Event]:
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield from feed.feed(chunk)
        yield from feed.close()
    except NoInterchangeError as fault:
        hint = "Look at the file: an X12 interchange begins with ISA, an EDIFACT interchange with UNA or UNB."
        raise CliError(f"{path}: no interchange in it. {fault}", hint, file=str(path), code=ExitCode.CANNOT) from None
    except OSError as fault:
        raise CliError(f"{path}: {(fault.strerror or type(fault).__name__).lower()}", "Check the path.") from None


@dataclass(slots=True)
class _Verdict:
    """What is said of a file so far."""

    path: Path
    limit: int
    paint: Painter | None  #: None: the report is for programs
    interchange: Interchange | None = None
    group: str = ""
    accepted: int = 0
    rejected: int = 0
    told: int = 0
    in_group: int = 0  #: accepted in the group that is read, which may yet be rejected
    in_interchange: int = 0
    said: set[str] = field(default_factory=set)
    found: dict[Severity, int] = field(default_factory=dict)
    sets: list[dict[str, Any]] = field(default_factory=list)
    findings: list[dict[str, Any]] = field(default_factory=list)

    @property
    def count(self) -> int:
        return sum(self.found.values())

    def take(self, findings: Iterable[Finding], indent: str, **owner: str) -> None:
        for finding in findings:
            self.found[finding.severity] = self.found.get(finding.severity, 0) + 1
            assert self.interchange
            if self.paint and self.count > self.limit:
                continue
            with self.path.open("rb") as file:
                file.seek(finding.location.offset)
                data = file.read(_QUOTED)
            if self.paint:
                print_finding(self.paint, finding, data, self.interchange.delimiters, indent, self.said, origin=finding.location.offset)
                continue
            described = finding_json(finding, data, self.interchange.delimiters, origin=finding.location.offset)
            self.findings.append({"interchange": self.interchange.control_number, **owner, **described})

    def ended(self, findings: tuple[Finding, ...], accepted: int) -> int:
        """A fault of an envelope rejects the sets in it that were accepted. Gives how many."""
        if not errors(findings):
            return 0
        self.accepted -= accepted
        self.rejected += accepted
        return accepted

    def judged(self, validation: Validation) -> None:
        one, ok = validation.transaction_set, not validation.has_errors
        self.accepted += ok
        self.in_group += ok
        self.in_interchange += ok
        self.rejected += not ok
        if not validation.findings:
            return
        self.told += 1
        if self.paint is None:
            self.sets.append({"setId": one.set_id, "controlNumber": one.control_number, "release": one.release, "ok": ok})
        elif self.told <= _SETS:
            word = "accepted" if ok else "rejected"
            name = visible(f"{one.control_number} ({one.release}{one.industry})")
            self.paint.line(
                "  ", (visible(one.set_id), "bold"), f" {name}: ", (word, STYLES[word]), f", {counted(len(validation.findings), 'finding')}"
            )
        self.take(validation.findings, "    ", group=self.group, set=one.control_number)


def judge_large(path: Path, limit: int, *, as_json: bool) -> tuple[ExitCode, dict[str, Any]]:
    """Validate by the standard; print it, or give the report for programs, which lists only the sets that have findings."""
    paint = None if as_json else Painter()
    verdict = _Verdict(path, limit, paint)
    for event in _events(path, Feed()):
        match event:
            case InterchangeBegun(interchange):
                verdict.interchange, verdict.in_interchange = interchange, 0
                names = (visible(text) for text in (interchange.control_number, str(interchange.sender), str(interchange.receiver)))
                if paint:
                    paint.line((f"{path}: ", "bold"), "interchange {} from {} to {}".format(*names))
            case GroupBegun(group):
                verdict.group, verdict.in_group = group.control_number, 0
            case SetRead(transaction_set):
                assert verdict.interchange
                verdict.judged(validate_set(transaction_set, decimal=verdict.interchange.decimal_marks))
            case GroupEnded(group):
                verdict.take(group.findings, "  ", group=group.control_number)
                verdict.in_interchange -= verdict.ended(group.findings, verdict.in_group)
            case InterchangeEnded(interchange):
                verdict.take(interchange.findings, "  ")
                verdict.ended(interchange.findings, verdict.in_interchange)
    has_errors = bool(verdict.found.get(Severity.ERROR))
    said = [
        counted(count, severity.value, "info" if severity is Severity.INFO else "") for severity, count in sorted(verdict.found.items())
    ]
    if paint:
        more = (
            f"; {counted(verdict.count - limit, 'finding')} not shown: --limit {verdict.count} or --json" if verdict.count > limit else ""
        )
        sets = f"{verdict.accepted:,} sets accepted, {verdict.rejected:,} rejected"
        paint.line((f"{path}: ", "bold"), f"{sets}; {', '.join(said) or 'no findings'}{more}")
        if has_errors:
            words = f"the sender corrects what is marked; `gateway edi ack {path}` writes the acknowledgment that says so."
            paint.paragraph("  next: ", words)
    code = ExitCode.FINDINGS if has_errors else ExitCode.OK
    counts = {"setsAccepted": verdict.accepted, "setsRejected": verdict.rejected}
    return code, {"file": str(path), "ok": not has_errors, **counts, "sets": verdict.sets, "findings": verdict.findings}


def answers(path: Path, *, number: int, now: datetime, options: AckOptions) -> Iterator[bytes]:
    """The acknowledgment of each interchange, in pieces."""
    reply, decimal = StreamedAnswer(options), "."
    for event in _events(path, Feed()):
        reply.take(event)
        match event:
            case InterchangeBegun(interchange):
                decimal = interchange.decimal_marks
            case SetRead(transaction_set):
                reply.take_set(validate_set(transaction_set, decimal=decimal))
            case InterchangeEnded():
                numbers = AckNumbers(interchange=str(number), group=str(number), set="0001")
                yield from reply.pieces(numbers=numbers, now=now) or ()
                number += 1
