"""Findings for people and for programs: a sentence, the place, the segment with the fault marked."""

from dataclasses import replace
from typing import Any

from edi.advice import fix
from edi.delimiters import Delimiters
from edi.describe import sentence
from edi.finding import Finding, Severity
from gateway.cli.mark import mark
from gateway.cli.paint import STYLES, Painter

__all__ = ["finding_json", "finding_lines", "print_finding", "tally"]


def finding_json(finding: Finding, data: bytes, delimiters: Delimiters, *, origin: int = 0) -> dict[str, Any]:
    """A finding as JSON; what is not known is left out. `origin`: where `data` begins."""
    location = finding.location
    marked = mark(data, delimiters, replace(location, offset=location.offset - origin))
    place = {
        "text": str(location),
        "offset": location.offset,
        "line": location.line,
        "column": location.column,
        "segmentPosition": location.segment_position,
        "segmentTag": location.segment_tag,
        "loop": "/".join(location.loop) or None,
        "element": location.element,
        "repetition": location.repetition,
        "component": location.component,
    }
    fields = {
        "code": finding.code,
        "severity": finding.severity,
        "scope": finding.scope,
        "sentence": sentence(finding),
        "fix": fix(finding) or None,
        "location": {key: value for key, value in place.items() if value is not None},
        "elementId": finding.element_id,
        "value": finding.value,
        "segment": marked.text if marked else None,
        "causedBy": finding.caused_by,
    }
    return {key: value for key, value in fields.items() if value is not None}


def finding_lines(finding: Finding, data: bytes, delimiters: Delimiters, indent: str) -> list[str]:
    """A finding as lines: what and where, then the segment with the fault marked."""
    lines = [f"{indent}{finding.severity:7} {sentence(finding)}  [{finding.code}]"]
    marked = mark(data, delimiters, finding.location)
    if marked is not None:
        lines += [f"{indent}        {line}" for line in marked.lines()]
    return lines


def print_finding(
    paint: Painter, finding: Finding, data: bytes, delimiters: Delimiters, indent: str, said: set[str], *, origin: int = 0
) -> None:
    """A finding for people: what and where, the segment with the fault marked, and what mends it, unless that was `said` before.

    `origin`: where `data` begins in the file.
    """
    style = STYLES[finding.severity]
    paint.paragraph(f"{indent}{finding.severity}: ", f"{sentence(finding)} [{finding.code}]", style=style)
    marked = mark(data, delimiters, replace(finding.location, offset=finding.location.offset - origin))
    if marked is not None:
        text, carets = marked.lines(paint.width - len(indent) - 3 if paint.width else None)
        paint.line(f"{indent}  {text}")
        paint.line(f"{indent}  ", (carets, style))
    if (remedy := fix(finding)) and remedy not in said:
        said.add(remedy)
        paint.paragraph(f"{indent}  next: ", remedy)


def tally(findings: tuple[Finding, ...] | list[Finding]) -> str:
    """As in "2 errors, 1 warning", or "no findings"."""
    counts = [(sum(finding.severity is severity for finding in findings), severity) for severity in Severity]
    said = [f"{count} {severity}{'s' if count > 1 and severity is not Severity.INFO else ''}" for count, severity in counts if count]
    return ", ".join(said) or "no findings"
