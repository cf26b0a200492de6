"""An interchange and its faults in words for people: outlines as plain values, findings as sentences."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from edi.acks.status import AckStatus, judge_interchange
from edi.envelope import FunctionalGroup, Interchange
from edi.finding import Finding, Scope, Severity
from edi.grammar.model import CompositeDef, SegmentDef
from edi.tree import LoopNode, SegmentNode
from edi.validate import ValidatedInterchange, Validation
from edi.values import Repeats, Segment

__all__ = ["outline", "sentence"]


def sentence(finding: Finding) -> str:
    """Where and what, in fixed words: "BEG03 at segment 2: a mandatory element is missing (data element 324)."."""
    text = f"{finding.location}: {finding.message}"
    if finding.element_id:
        text += f" (data element {finding.element_id})"
    if finding.scope is Scope.GUIDE:
        text += ", by the partner's guide"
    if finding.caused_by:
        text += f"; it may follow from {finding.caused_by.value}"
    return text[0].upper() + text[1:] + "."


def outline(validated: ValidatedInterchange) -> dict[str, Any]:
    """The whole interchange as plain values for `gateway edi inspect`: envelopes, sets with their loops, labels, totals, sentences."""
    interchange = validated.interchange
    return {
        **_envelope(interchange),
        "findings": [sentence(f) for f in interchange.findings],
        "serviceSegments": [_segment(s, None) for s in interchange.service_segments],
        "groups": [
            {
                **_group(group.group),
                "findings": [sentence(f) for f in group.group.findings],
                "sets": [_set(validation, status) for validation, status in zip(group.validations, verdict.sets, strict=True)],
            }
            for group, verdict in zip(validated.groups, judge_interchange(validated).groups, strict=True)
        ],
        "totals": _totals(validated),
    }


def _envelope(interchange: Interchange) -> dict[str, Any]:
    return {
        "standard": interchange.standard.value,
        "version": interchange.version,
        "syntaxId": interchange.syntax_id,
        "delimiters": {name: sign for name, sign in asdict(interchange.delimiters).items() if sign is not None},
        "sender": str(interchange.sender),
        "receiver": str(interchange.receiver),
        "date": interchange.date,
        "time": interchange.time,
        "controlNumber": interchange.control_number,
        "usage": interchange.usage,
        "ackRequested": interchange.ack_requested,
    }


def _group(group: FunctionalGroup) -> dict[str, Any]:
    return {
        "implicit": group.header is None,
        "functionalId": group.functional_id,
        "sender": group.sender,
        "receiver": group.receiver,
        "controlNumber": group.control_number,
        "release": group.release,
    }


def _set(validation: Validation, status: AckStatus) -> dict[str, Any]:
    described = validation.transaction_set
    children = [_segment(segment, None) for segment in described.segments]
    if validation.tree:
        children = list(_children(validation.tree.root))
    return {
        "setId": described.set_id,
        "label": validation.message.label if validation.message else "",
        "controlNumber": described.control_number,
        "release": described.release,
        "industry": described.industry,
        "segments": len(described.segments),
        "accepted": status.is_accepted,
        "findings": [sentence(f) for f in validation.findings],
        "children": children,
    }


def _children(loop: LoopNode) -> Iterator[dict[str, Any]]:
    for child in loop.children:
        if isinstance(child, SegmentNode):
            yield _segment(child.segment, child.use.definition if child.use else None)
        else:
            yield {"loop": child.loop_id, "children": list(_children(child))}


def _segment(segment: Segment, definition: SegmentDef | None) -> dict[str, Any]:
    return {
        "segment": segment.tag,
        "label": definition.label if definition else "",
        "position": segment.position,
        "elements": [*_elements(segment, definition)],
    }


def _elements(segment: Segment, definition: SegmentDef | None) -> Iterator[dict[str, str]]:
    """Every text that stands in the segment, with the designator and the label of its place."""
    uses = definition.elements if definition else ()
    for position, value in enumerate(segment.elements, 1):
        use = uses[position - 1].definition if position <= len(uses) else None
        name = f"{segment.tag}{position:02}"
        for number, one in enumerate(value if isinstance(value, Repeats) else (value,), 1):
            repeated = name if number == 1 else f"{name}[{number}]"
            if isinstance(one, str):
                if one:
                    yield {"name": repeated, "label": use.label if use else "", "value": one}
                continue
            parts = use.components if isinstance(use, CompositeDef) else ()
            for component, text in enumerate(one, 1):
                if text:
                    label = parts[component - 1].definition.label if component <= len(parts) else ""
                    yield {"name": f"{repeated}-{component}", "label": label, "value": text}


def _totals(validated: ValidatedInterchange) -> dict[str, int]:
    findings = validated.findings
    sets = [validation.transaction_set for validation in validated.validations]
    return {
        "bytes": validated.interchange.end - validated.interchange.start,
        "groups": sum(group.group.header is not None for group in validated.groups),
        "sets": len(sets),
        "segments": sum(len(transaction_set.segments) for transaction_set in sets),
        **{f"{severity.value}s": sum(f.severity is severity for f in findings) for severity in Severity},
    }
