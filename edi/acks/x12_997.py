"""997, the functional acknowledgment of one group (X12 transaction set 997): it knows the standard only."""

from typing import Final

from edi.acks.codes import Codes
from edi.acks.form import Form
from edi.acks.report import AckReport
from edi.acks.x12_read import read_group_response
from edi.envelope import TransactionSet
from edi.grammar.nearest import resolve
from edi.values import Standard
from edi.x12 import split_release

__all__ = ["form_997", "read_997"]

_RELEASE: Final = "004010"  #: where the group's own release has no 997 that is known
_LATE: Final = "005010"  #: from here on there are more codes
_LONGEST_INDUSTRY: Final = 6
_MOST_ELEMENTS: Final = 99


def form_997(release: str) -> Form:
    """The 997 for a group of a release (GS08), in the same release and industry where it is one, else in 004010.

    A guide of the healthcare kind (005010X222A1) is one for the set that is answered, not for the 997: it is left out.
    """
    base, industry = split_release(release)
    if resolve(Standard.X12, base, "997") is None:
        base, industry = _RELEASE, ""
    elif industry.startswith("X") or len(industry) > _LONGEST_INDUSTRY or not (industry.isascii() and industry.isalnum()):
        industry = ""
    codes = Codes.LATE if base >= _LATE else Codes.EARLY
    return Form("997", codes, base + industry, "", "AK3", "AK4", "AK5", "720", "723", "718", _MOST_ELEMENTS)


def read_997(received: TransactionSet) -> AckReport | None:
    """What a partner's 997 says; None when it has no AK1 and so names nothing."""
    return read_group_response(received, form_997(received.release))
