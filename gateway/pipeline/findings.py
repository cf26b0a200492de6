"""Findings of every kind as JSON values for rows: code, place, fixed words, a sentence, and the value apart."""

from collections.abc import Iterable, Mapping
from typing import Any

from canonical.base import Fault
from canonical.rules.catalog import owner_of
from edi.describe import sentence
from edi.finding import Finding
from maps.crossref.finding import CrossFinding
from maps.finding import MapFinding

__all__ = ["of_checks", "of_crossref", "of_maps", "of_syntax", "sentence_of", "sentences"]

_MOST_SENTENCES = 20


def of_syntax(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """Faults against the standard or the partner's guide."""
    return [
        _clean(
            source="syntax",
            code=finding.code.value,
            scope=finding.scope.value,
            severity=finding.severity.value,
            place=str(finding.location),
            segment=finding.location.segment_position,
            message=finding.message,
            sentence=sentence(finding),
            value=finding.value,
        )
        for finding in findings
    ]


def of_maps(findings: Iterable[MapFinding]) -> list[dict[str, Any]]:
    """Faults in what a map read or wrote."""
    return [
        _clean(
            source="map",
            code=finding.code.value,
            severity=finding.severity.value,
            path=finding.path,
            rule=finding.rule,
            place=finding.wire,
            segment=finding.location.segment_position if finding.location else None,
            message=finding.message,
            hint=finding.hint,
            value=finding.value,
        )
        for finding in findings
    ]


def of_checks(faults: Iterable[Fault]) -> list[dict[str, Any]]:
    """Faults in the sense of a document."""
    return [
        _clean(
            source="check",
            code=fault.code,
            severity=fault.severity.value,
            path=fault.path,
            message=fault.message,
            value=fault.value,
            owner=owner_of(fault.code),
        )
        for fault in faults
    ]


def of_crossref(findings: Iterable[CrossFinding]) -> list[dict[str, Any]]:
    """Values without a cross reference, and what a cross reference could not do."""
    return [
        _clean(
            source="crossref",
            code=finding.code.value,
            severity=finding.severity.value,
            path=finding.path,
            kind=finding.kind.value,
            message=finding.message,
            hint=finding.hint,
            value=finding.value,
            owner=owner_of(finding.code.value),
        )
        for finding in findings
    ]


def sentence_of(finding: Mapping[str, Any]) -> str:
    """A finding as one sentence: where, and what, in fixed words."""
    if finding.get("sentence"):
        return str(finding["sentence"])
    places = [str(finding[name]) for name in ("place", "path") if finding.get(name)]
    where = f"{places[0]} ({places[1]})" if len(places) > 1 else "".join(places)
    return f"{where}: {finding.get('message', '')}" if where else str(finding.get("message", ""))


def sentences(findings: Iterable[Mapping[str, Any]]) -> list[str]:
    """The errors among findings, for the event that tells of them: what was found is forgotten when it is mended, the event stays."""
    return [sentence_of(finding) for finding in findings if finding.get("severity") == "error"][:_MOST_SENTENCES]


def _clean(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value not in (None, "")}
