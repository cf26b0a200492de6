"""Prints the verdict on a file: set by set, each fault with its segment, cause and next action."""

from collections.abc import Iterable
from itertools import groupby
from typing import Final

from edi.delimiters import Delimiters
from edi.finding import Finding
from edi.validate import ValidatedGroup, Validation
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

    def print(self) -> None:
        every: list[Finding] = []
        for interchange in self.read.interchanges:
            envelope = interchange.interchange
            number, sender, receiver = visible(envelope.control_number), visible(str(envelope.sender)), visible(str(envelope.receiver))
            self.paint.line((f"{self.read.path}: ", "bold"), f"interchange {number} from {sender} to {receiver}, {envelope.usage}")
            self._findings(envelope.findings, envelope.delimiters, "  ")
            for group in interchange.groups:
                self._findings(group.group.findings, envelope.delimiters, "  ")
                self._sets(group, envelope.delimiters)
            every += interchange.findings
        if self.sets_left < 0:
            self.paint.line(f"  … {counted(-self.sets_left, 'more set')}: --json has all")
        hidden = -self.findings_left if self.findings_left < 0 else 0
        more = f"; {counted(hidden, 'finding')} not shown: --limit {len(every)} or --json" if hidden else ""
        self.paint.line((f"{self.read.path}: ", "bold"), f"{tally(every)}{more}")
        if self.read.has_errors:
            words = f"the sender corrects what is marked; `gateway edi ack {self.read.path}` writes the acknowledgment that says so."
            self.paint.paragraph("  next: ", words)

    def _sets(self, group: ValidatedGroup, delimiters: Delimiters) -> None:
        for (_, is_clean), run in groupby(group.validations, key=lambda one: (one.transaction_set.set_id, not one.findings)):
            sets = list(run)
            if is_clean and len(sets) > _RUN:
                first, last = sets[0].transaction_set, sets[-1].transaction_set
                self._line(
                    first.set_id, f"{first.control_number} to {last.control_number} ({first.release})", "accepted", f"{len(sets):,} sets"
                )
                continue
            for one in sets:
                self._set(one, delimiters)

    def _set(self, validation: Validation, delimiters: Delimiters) -> None:
        self.sets_left -= 1
        if self.sets_left >= 0:
            one = validation.transaction_set
            verdict = "rejected" if validation.has_errors else "accepted"
            self._line(one.set_id, f"{one.control_number} ({one.release}{one.industry})", verdict, tally(validation.findings))
        self._findings(validation.findings, delimiters, "    ")

    def _line(self, set_id: str, name: str, verdict: str, said: str) -> None:
        self.paint.line("  ", (visible(set_id), "bold"), f" {visible(name)}: ", (verdict, STYLES[verdict]), f", {said}")

    def _findings(self, findings: Iterable[Finding], delimiters: Delimiters, indent: str) -> None:
        for finding in findings:
            self.findings_left -= 1
            if self.findings_left >= 0:
                print_finding(self.paint, finding, self.read.data, delimiters, indent)
