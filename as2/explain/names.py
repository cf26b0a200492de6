"""What is wrong with the two AS2 names of a message, compared with all that are known here (A01)."""

from as2.explain.causes import Cause
from as2.explain.trials import tolerance
from as2.explain.values import Circumstances, Finding, Tried
from as2.headers import As2Headers

__all__ = ["names_fault"]

_ADDED = " \t\"'\\"


def names_fault(headers: As2Headers, circumstances: Circumstances) -> Finding | None:
    """None when both are known, or when the circumstances name none."""
    ours, theirs = circumstances.our_names, circumstances.their_names
    if not ours or not theirs:
        return None
    ignores_case = circumstances.partner.tolerance.as2_name_ignore_case
    wrong = [
        (field, name, known)
        for field, name, known in (("AS2-From", headers.as2_from, theirs), ("AS2-To", headers.as2_to, ours))
        if name not in known and not (field == "AS2-From" and ignores_case and name.lower() in {one.lower() for one in known})
    ]
    if not wrong:
        return None
    if headers.as2_from in ours and headers.as2_to in theirs:
        return Finding(Cause.NAMES_SWAPPED, f"AS2-From {headers.as2_from}, AS2-To {headers.as2_to}")
    field, name, known = wrong[0]
    for right in known:
        if name.lower() == right.lower():
            detail = f"{field} {name}, agreed is {right}"
            switch = tolerance(circumstances.partner, as2_name_ignore_case=True)
            fits = len(wrong) == 1 and field == "AS2-From"
            return Finding(Cause.NAME_IN_ANOTHER_CASE, detail, switch if fits else None, (Tried(switch.line, fits, switch),))
        if name.strip(_ADDED) == right:
            return Finding(Cause.NAME_QUOTED_TWICE, f"{field} {name}, agreed is {right}")
    return Finding(Cause.NAMES_UNKNOWN, ", ".join(f"{field} {name}" for field, name, _ in wrong))
