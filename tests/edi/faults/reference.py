"""Makes the pages about findings: edi/FINDINGS.md, and the table of faults in edi/README.md. Tests hold them equal to the code.

python -m tests.edi.faults.reference
"""

from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Final

from edi.acks.codes import ANSWERS, HEADER_NOTES, Answer, Level
from edi.advice import ADVICE
from edi.finding import FindingCode
from tests.edi.faults.cases import Case, run
from tests.edi.faults.documents import MESSAGES, message_of
from tests.edi.faults.element_faults import element_cases, repetition_cases
from tests.edi.faults.envelopes import EDIFACT, GROUPED, X12, X12_BY_RELEASE
from tests.edi.faults.examples import BY_OTHERS, EXAMPLES
from tests.edi.faults.structure_faults import structure_cases

__all__ = ["BEGIN", "END", "FINDINGS", "README", "covered", "findings_page", "readme_with", "table"]

_EDI: Final = Path(__file__).resolve().parents[3] / "edi"
FINDINGS: Final = _EDI / "FINDINGS.md"
README: Final = _EDI / "README.md"
BEGIN: Final = "<!-- the table of faults: made by tests/edi/faults/reference.py -->"
END: Final = "<!-- end of the table -->"

_LEVELS: Final = {
    Level.INTERCHANGE: ("The interchange", "TA105", "UCI"),
    Level.GROUP: ("The functional group", "AK905", "UCF"),
    Level.SET: ("The transaction set", "AK502", "UCM"),
    Level.SEGMENT: ("Segments and their order", "AK304", "UCS"),
    Level.ELEMENT: ("Elements", "AK403", "UCD"),
}
#: codes that never stand in an answer of ours
_NEVER: Final = {FindingCode.RELEASE_SUBSTITUTED, FindingCode.REPORTED_BY_PARTNER, FindingCode.TRAILING_SEPARATOR}

_REST: Final = """In brackets: from 005010 on and in a 999, which also has codes of its own for what a guide asks (FINDINGS.md). Answers that need to know more than one
interchange are asked for by the gateway: a duplicate (TA105 025; 26), unknown addresses (006, 009; 23, 7), what is not agreed (AK905 1, AK502 1; 17).
Of EDIFACT, dates are values of a form that another element names (12), and no condition between elements is in the directories here."""

_HEAD: Final = """# Findings

Everything that `edi` finds in data has a code of `edi.finding.FindingCode`. This page says of each when it is said, shows an example, names the
codes of the answer, and what to do. It is made by `python -m tests.edi.faults.reference`; a test reads every example and holds the page equal
to the code. What the places and severities mean is told in `edi/finding.py` and `edi/location.py`.

- Errors reject; warnings and information are shown and never answered. `caused_by` marks what follows from another fault: mend that one first.
- Answers are TA1 (TA105), 997 (AK905, AK502, AK304, AK403), 999 (the same as AK905, IK502, IK304, IK403) and CONTRL (0085 in UCI, UCF, UCM, UCS, UCD).
  Where a fault is of an element, its segment has AK304 8. "Late" codes are those of 005010 and of the 999.
- Examples are changes to a right interchange: what stood there → what stands there instead.
"""


def findings_page() -> str:
    """The page of all findings."""
    parts = [_HEAD]
    for level, (title, x12, contrl) in _LEVELS.items():
        parts.append(f"\n## {title}\n")
        parts += [_entry(code, x12, contrl) for code in FindingCode if ANSWERS[code].level is level]
    return "\n".join(parts)


def _entry(code: FindingCode, x12: str, contrl: str) -> str:
    when, fix = ADVICE[code]
    answered = "never" if code in _NEVER else f"{_x12(code, x12)}; {contrl} {ANSWERS[code].contrl}"
    return f"### `{code.value}`\n\nSaid when {when}.\n\n- Example: {_example(code)}\n- Answered: {answered}\n- What to do: {fix}\n"


def _example(code: FindingCode) -> str:
    if code in BY_OTHERS:
        return f"none that can be read alone; it is said {BY_OTHERS[code]}."
    example = EXAMPLES[code]
    change = f"`{_shown(example.before)}` → {f'`{_shown(example.after)}`' if example.after else 'nothing'}"
    if example.before == example.after or not example.before:
        change = f"`{_shown(example.after)}`"
    note = f"; {example.note}" if example.note else ""
    return f"{change} gives it at {example.place}{note}."


def _shown(text: str) -> str:
    return text.replace("\t", "<tab>").replace("|", "\\|")


def _x12(code: FindingCode, name: str) -> str:
    answer = ANSWERS[code]
    if code is FindingCode.INTERCHANGE_HEADER_INVALID:
        return f"{name} by the element of the ISA, {min(HEADER_NOTES.values())} to {max(HEADER_NOTES.values())}, else {answer.x12}"
    text = f"{name} {answer.x12}"
    if answer.late:
        text += f", late {answer.late}"
    return text + "".join(_of_guides(answer))


def _of_guides(answer: Answer) -> Iterator[str]:
    if answer.guide:
        yield f", by a guide in a 999 {answer.guide}"
    if answer.dependent:
        yield f", by a guide because of other data {answer.dependent}"


# --- the table of faults


def table() -> str:
    """Fault by standard: the codes of the answer, and where the suite injects and finds it."""
    columns = ("004010", "005010", "D96A", "D01B")
    found = covered()
    lines = [
        "| fault | 997, 999, TA1 | CONTRL | " + " | ".join(columns) + " |",
        "| --- | --- | --- | " + " | ".join(":-:" for _ in columns) + " |",
    ]
    for level, (_, x12, contrl) in _LEVELS.items():
        for code in FindingCode:
            answer = ANSWERS[code]
            if answer.level is not level or code in BY_OTHERS or code in _NEVER:
                continue
            if not found.get(code):
                continue
            marks = " | ".join("•" if column in found[code] else " " for column in columns)
            late = f" ({answer.late})" if answer.late else ""
            note = (
                f"{min(HEADER_NOTES.values())} to {max(HEADER_NOTES.values())}"
                if code is FindingCode.INTERCHANGE_HEADER_INVALID
                else answer.x12
            )
            lines.append(f"| {code.value} | {x12} {note}{late} | {contrl} {answer.contrl} | {marks} |")
    return "\n".join((*lines, "", _REST))


def covered() -> dict[FindingCode, set[str]]:
    """Which faults the suite finds in documents of which releases; of each kind of injection, the first few are run for this."""
    found: dict[FindingCode, set[str]] = {}
    for fault in (*X12, *(fault for fault, _ in X12_BY_RELEASE.values())):
        found.setdefault(fault.code, set()).update({"004010", "005010"})
    for fault in (*EDIFACT, *GROUPED):
        found.setdefault(fault.code, set()).update({"D96A", "D01B"})
    found[FindingCode.HIERARCHY_INVALID] = {"004010", "005010"}  # test_others.py
    for name in MESSAGES:
        release = name.split()[1]
        message = message_of(name)
        few = _few(chain(element_cases(message), structure_cases(message)))
        for cases, repeats in ((few, False), (islice(repetition_cases(message), 2), True)):
            for validated, _ in run(message, cases, repeats=repeats, keep=True).validated:
                for finding in validated.findings:
                    if finding.caused_by is None:
                        found.setdefault(finding.code, set()).add(release)
    return found


def _few(cases: Iterator[Case]) -> Iterator[Case]:
    seen: dict[str, int] = {}
    for case in cases:
        seen[case.kind] = seen.get(case.kind, 0) + 1
        if seen[case.kind] <= (25 if case.instead else 3):
            yield case


def readme_with(text: str, made: str) -> str:
    """The README with the table put between its marks."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{made}\n\n{END}{after}"


def main() -> None:
    """Write both pages."""
    FINDINGS.write_text(findings_page(), encoding="utf-8")
    README.write_text(readme_with(README.read_text(encoding="utf-8"), table()), encoding="utf-8")


if __name__ == "__main__":
    main()
