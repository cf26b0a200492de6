"""Prints what a change of a map does, to its rules and to traffic."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any

import typer

from canonical.base import SourceRef
from edi.values import Standard
from gateway.cli.agreed import rules_of
from gateway.cli.map_named import NamedMap, named_map
from gateway.cli.output import CliError, print_json, read_bytes
from gateway.cli.reading import STRICT, Rules, judge
from gateway.cli.words import visible
from gateway.plural import counted
from maps.compare import Change, compare_documents, compare_maps
from maps.run import DecodeContext, Decoded, EncodeContext, Map

__all__ = ["diff_maps"]

_MOST = 40  #: changes of one document that are listed


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What both versions make of one set, or of one document of a payload."""

    name: str
    changes: tuple[Change, ...]


def diff_maps(root: Path, old: str, new: str, files: list[Path], *, partner: str | None, as_json: bool) -> bool:
    """Compare two maps, and what they make of files; whether anything is different."""
    before, after = named_map(root, old), named_map(root, new)
    changes = compare_maps(before.map.spec, after.map.spec)
    outcomes = [one for file in files for one in _on(root, file, before, after, partner)]
    different = [one for one in outcomes if one.changes]
    if as_json:
        print_json(
            {
                "old": before.map.label,
                "new": after.map.label,
                "changes": [_json(one) for one in changes],
                "sets": len(outcomes),
                "different": [{"set": one.name, "changes": [_json(change) for change in one.changes]} for one in different],
            }
        )
        return bool(changes or different)
    typer.secho(f"{before.map.label}  ->  {after.map.label}", bold=True)
    for one in changes:
        _say(one)
    if not changes:
        typer.echo("the rules are the same")
    if files:
        counts = counted(len(outcomes), "document")
        typer.secho(f"on {counts}: {len(outcomes) - len(different)} the same, {len(different)} different", bold=True)
    for outcome in different:
        typer.secho(outcome.name, fg=typer.colors.YELLOW)
        for one in outcome.changes[:_MOST]:
            _say(one)
        if len(outcome.changes) > _MOST:
            typer.echo(f"  and {len(outcome.changes) - _MOST} more")
    return bool(changes or different)


def _on(root: Path, file: Path, old: NamedMap, new: NamedMap, partner: str | None) -> Iterator[_Outcome]:
    """Run one file through both versions: decode, and write again what was decoded."""
    rules = STRICT if partner is None else rules_of(root, partner)[1]
    made = (old.map, new.map)
    if made[0].form is not None:
        yield from _own_form(file, made, rules)
        return
    read = judge(file, rules)
    seen = False
    for interchange in read.interchanges:
        for validation in interchange.validations:
            one = validation.transaction_set
            if one.set_id.upper() != made[0].set_id or one.standard is not Standard(made[0].syntax):
                continue
            seen = True
            name = f"{file.name}: {one.set_id} {one.control_number}"
            if validation.tree is None or validation.has_errors:
                yield _Outcome(f"{name} (breaks the standard, so no map sees it)", ())
                continue
            yield _Outcome(
                name, tuple(_differences(made, validation.tree, _context(interchange.interchange.sender.id, made[0].syntax, rules)))
            )
    if not seen:
        raise CliError(f"{file} holds no {made[0].set_id}", "Give files of the set that the maps are for.")


def _own_form(file: Path, made: tuple[Map, Map], rules: Rules) -> Iterator[_Outcome]:
    form = made[0].form
    assert form is not None
    payload = form.read(read_bytes(file))
    if payload.findings:
        raise CliError(f"{file} cannot be read as {made[0].syntax}", "Give files of the form that the maps are for.")
    for number, document in enumerate(payload.documents, 1):
        context = _context(rules.partner.id if rules.partner else "partner", made[0].syntax, rules)
        yield _Outcome(f"{file.name}: {number}", tuple(_differences(made, document.value, context)))


def _context(partner: str, syntax: str, rules: Rules) -> DecodeContext:
    zone = rules.partner.tzinfo if rules.partner else UTC
    return DecodeContext("local", rules.partner.id if rules.partner else partner, zone, SourceRef(syntax=syntax), lineage=False)


def _differences(made: tuple[Map, Map], tree: Any, context: DecodeContext) -> Iterator[Change]:
    old, new = (one.decode(tree, context) for one in made)
    for path in dict.fromkeys((*_faults(old), *_faults(new))):
        was, now = _faults(old).get(path, ""), _faults(new).get(path, "")
        if was != now:
            yield Change("finding", path, was, now)
    yield from compare_documents(_data(old), _data(new))
    if old.document is not None and new.document is not None and made[0].form is None:
        yield from _rewritten(made, old, new, context)


def _rewritten(made: tuple[Map, Map], old: Decoded, new: Decoded, context: DecodeContext) -> Iterator[Change]:
    """What each version writes of what it read, segment by segment."""
    out = EncodeContext(context.zone)
    written = []
    for one, decoded in zip(made, (old, new), strict=True):
        assert decoded.document is not None
        tree = one.encode(decoded.document, out).tree
        written.append([_segment(segment.tag, segment.elements) for segment in tree.segments()] if tree is not None else [])
    gone = [text for text in written[0] if text not in written[1]]
    come = [text for text in written[1] if text not in written[0]]
    for number in range(max(len(gone), len(come))):
        was, now = (texts[number] if number < len(texts) else "" for texts in (gone, come))
        yield Change("written", "written again", was, now)


def _segment(tag: str, elements: Any) -> str:
    return "*".join((tag, *(one if isinstance(one, str) else ":".join(map(str, one)) for one in elements)))


def _faults(decoded: Decoded) -> dict[str, str]:
    return {finding.path: f"{finding.severity.value}: {finding.message}" for finding in decoded.findings}


def _data(decoded: Decoded) -> dict[str, Any]:
    return decoded.document.to_json() if decoded.document is not None else dict(decoded.data)


def _say(one: Change) -> None:
    colour = {"+": typer.colors.GREEN, "-": typer.colors.RED}.get(one.sign)
    text = one.new if one.sign == "+" else one.old if one.sign == "-" else f"{one.old}  ->  {one.new}"
    typer.secho(f"  {one.sign} {one.where}: {visible(text)}", fg=colour)


def _json(one: Change) -> dict[str, Any]:
    return {"kind": one.kind, "where": one.where, "old": one.old or None, "new": one.new or None}
