"""A sample tried on the profile drafted from it: which sets become documents, and what keeps the others from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.cli.agreed import rules_of
from gateway.cli.decoding import DecodedSet, decode_file, registry_of
from gateway.cli.findings import finding_json
from gateway.cli.overlay import lessons, unknown_codes, unlisted_codes
from maps.finding import Severity

__all__ = ["TriedSet", "try_samples"]


@dataclass(frozen=True, slots=True)
class TriedSet:
    """One set of a sample, as far as it came."""

    name: str  #: "850 0001"
    document: str | None  #: "Order 4500200001", when it became one
    errors: list[dict[str, Any]] = field(default_factory=list)
    lessons: list[str] = field(default_factory=list)  #: what to write so that it goes through

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {"set": self.name, "document": self.document, "errors": self.errors, "lessons": self.lessons}


def try_samples(root: Path, partner_id: str, samples: Mapping[Path, bytes]) -> list[TriedSet]:
    """Every set of the samples through the agreements of the partner. Raises `CliError` where that cannot be tried."""
    workspace, rules = rules_of(root, partner_id)
    assert rules.partner is not None
    registry = registry_of(workspace)
    tried, told = [], set[str]()
    for one in (one for sample, data in samples.items() for one in decode_file(sample, workspace, rules, data=data)):
        errors = [finding_json(fault, one.data, one.delimiters) for fault in one.faults if fault.severity is Severity.ERROR]
        found = [_plain(finding) for finding in one.findings if finding.severity is Severity.ERROR]
        set_id = one.name.partition(" ")[0]
        agreement = next((a for a in rules.partner.agreements if a.set_id == set_id), None)
        taught = (
            lessons(rules.partner, agreement, unknown_codes(found), registry, told=told, unlisted=unlisted_codes(one.faults))
            if agreement is not None
            else []
        )
        tried.append(TriedSet(one.name, _named(one), [*errors, *found], taught))
    return tried


def _named(one: DecodedSet) -> str | None:
    return f"{one.document.document_type} {one.document.business_number}" if one.document is not None else None


def _plain(finding: Any) -> dict[str, Any]:
    place = finding.wire or finding.path
    fields = {
        "code": finding.code.value,
        "severity": finding.severity.value,
        "path": finding.path,
        "rule": finding.rule,
        "sentence": f"{place}: {finding.message}",
        "hint": finding.hint,
        "value": finding.value,
    }
    return {name: value for name, value in fields.items() if value}
