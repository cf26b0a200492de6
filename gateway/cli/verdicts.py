"""Prints the verdict on a file: set by set, each fault with its segment, cause and next action."""

from collections.abc import Iterable
from itertools import groupby
from typing import Final

from edi.acks import AckStatus, judge_interchange
from edi.delimiters import Delimiters
from edi.finding import Finding
from edi.validate import Validation
from gateway.cli.findings import print_finding, tally
from gateway.cli.paint import STYLES, Painter, visible
from gateway.cli.reading import ReadFile
from gateway.plural import counted

__all__ = ["print_verdict"]

_RUN: Final = 5  #: accepted sets in a row that are told in one line when they are more
_SETS: Final = 200  #: of one file that are told one by one


def print_verdict(read: ReadFile, limit: int) -> None:
    """Every interchange of a file; of its findings so many are shown."""
    _Printer(read, limit).print()


class _Printer:
    def __init__(self, read: ReadFile, limit: int) -> None:
        self.read, self.paint = read, Painter()
        self.findings_left, self.sets_left = limit, _SETS
        self.said: set[str] = set()  #: what mends a fault is told once

    def print(self) -> None:
        every: list[Finding] = []
        for interchange in self.read.interchanges:
            envelope = interchange.interchange
            number, sender, receiver = visible(envelope.control_number), visible(str(envelope.sender)), visible(str(envelope.receiver))
            self.paint.line((f"{self.read.path}: ", "bold"), f"interchange {number} from {sender} to {receiver}, {envelope.usage}")
            self._findings(envelope.findings, envelope.delimiters, "  ")
            for group, verdict in zip(interchange.groups, judge_interchange(interchange).groups, strict=True):
                self._findings(group.group.findings, envelope.delimiters, "  ")
                self._sets(zip(group.validations, verdict.sets, strict=True), envelope.delimiters)
            every += interchange.findings
        if self.sets_left < 0:
            self.paint.line(f"  … {counted(-self.sets_left, 'more set')}: --json has all")
        hidden = -self.findings_left if self.findings_left < 0 else 0
        more = f"; {counted(hidden, 'finding')} not shown: --limit {len(every)} or --json" if hidden else ""
        self.paint.line((f"{self.read.path}: ", "bold"), f"{tally(every)}{more}")
        if self.read.has_errors:
            words = f"the sender corrects what is marked; `gateway edi ack {self.read.path}` writes the acknowledgment that says so."
            self.paint.paragraph("  next: ", words)

    def _sets(self, judged: Iterable[tuple[Validation, AckStatus]], delimiters: Delimiters) -> None:
        """Each with what the acknowledgment will say of it: a fault of the envelope rejects what is in it."""
        for (set_id, status, is_clean), run in groupby(
            judged, key=lambda one: (one[0].transaction_set.set_id, one[1], not one[0].findings)
        ):
            sets = [validation for validation, _ in run]
            verdict = "accepted" if status.is_accepted else "rejected"
            if is_clean and len(sets) > _RUN:
                first, last = sets[0].transaction_set, sets[-1].transaction_set
                self._line(set_id, f"{first.control_number} to {last.control_number} ({first.release})", verdict, f", {len(sets):,} sets")
                continue
            for one in sets:
                self._set(one, verdict, delimiters)

    def _set(self, validation: Validation, verdict: str, delimiters: Delimiters) -> None:
        self.sets_left -= 1
        if self.sets_left >= 0:
            one = validation.transaction_set
            with_it = " with its envelope" if verdict == "rejected" and not validation.has_errors else ""
            self._line(
                one.set_id, f"{one.control_number} ({one.release}{one.industry})", verdict, with_it + ", " + tally(validation.findings)
            )
        self._findings(validation.findings, delimiters, "    ")

    def _line(self, set_id: str, name: str, verdict: str, said: str) -> None:
        self.paint.line("  ", (visible(set_id), "bold"), f" {visible(name)}: ", (verdict, STYLES[verdict]), said)

    def _findings(self, findings: Iterable[Finding], delimiters: Delimiters, indent: str) -> None:
        for finding in findings:
            self.findings_left -= 1
            if self.findings_left >= 0:
                print_finding(self.paint, finding, self.read.data, delimiters, indent, self.said)
