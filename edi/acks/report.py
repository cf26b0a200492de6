"""What an acknowledgment says, as a value: of ours when we look at it, of a partner's when it arrives."""

from dataclasses import dataclass
from typing import Literal

from edi.acks.meanings import MEANINGS
from edi.acks.status import AckStatus
from edi.finding import Finding, FindingCode, Scope, Severity
from edi.location import Location

__all__ = ["AckReport", "SetReport", "reported"]


@dataclass(frozen=True, slots=True)
class SetReport:
    """What is said of one transaction set."""

    set_id: str
    control_number: str
    status: AckStatus
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class AckReport:
    """What is said of one functional group (997, 999) or one interchange (TA1, CONTRL).

    Faults of segments and elements have their place in what was acknowledged (segment position, tag, element), with offset, line
    and column of the acknowledgment; faults of an envelope have the place in the acknowledgment that speaks of them.
    """

    kind: Literal["997", "999", "TA1", "CONTRL"]
    control_number: str  #: of the group (GS06) or interchange (ISA13, UNB 0020) that is answered
    functional_id: str  #: GS01 of the group that is answered; empty for TA1 and CONTRL
    status: AckStatus
    findings: tuple[Finding, ...]
    sets: tuple[SetReport, ...] = ()
    is_receipt: bool = False  #: it confirms the arrival alone (UCI 8); what becomes of the messages is still to come
    counted: int | None = None  #: how many sets it says the group has (AK902); None: it does not say
    taken: int | None = None  #: how many of them it says are accepted (AK904); None: it does not say

    def is_part_for(self, sets: int) -> bool:
        """Whether it speaks of those that it names only, in a group that has so many: some partners answer each set by itself."""
        return self.counted is not None and self.counted == len(self.sets) < sets

    def verdict(self, said: SetReport | None) -> AckStatus:
        """What becomes of one set, by what is said of it; None: the set is not named.

        What is rejected as a whole is rejected with all that is in it, whatever is said of a set (AK901, 0083 of UCI). Of what is accepted
        in part many name the rejected sets only: then the others are accepted, unless the count says that none is left.
        """
        if self.status is AckStatus.REJECTED:
            return AckStatus.REJECTED
        if said is not None:
            return said.status
        if self.status is not AckStatus.PARTIALLY_ACCEPTED:
            return self.status
        named = sum(report.status.is_accepted for report in self.sets)
        others = len(self.sets) > named if self.taken is None else self.taken > named
        return AckStatus.ACCEPTED if others else AckStatus.REJECTED


def reported(element: str, code: str, location: Location, value: str | None = None, element_id: str | None = None) -> Finding:
    """A finding from a code in a partner's acknowledgment; `element` is a key of `MEANINGS`: whose code it is.

    `value` is what the partner copied of our data; of a code that is not known it is the code.
    """
    meaning = MEANINGS[element].get(code)
    if meaning is None:
        words = "the acknowledgment gives a reason that is not known here"
        return Finding(
            FindingCode.REPORTED_BY_PARTNER, Scope.STANDARD, Severity.ERROR, location, f"the partner says: {words}", code, element_id
        )
    return Finding(meaning.code, meaning.scope, Severity.ERROR, location, f"the partner says: {meaning.words}", value, element_id)
