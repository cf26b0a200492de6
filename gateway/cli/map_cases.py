"""Runs the golden pairs of a workspace: partners/ID/cases/SET/NAME.edi beside NAME.json, both ways.

NAME.edi, or NAME.request.EXT in a partner's own form, is what the partner sends; NAME.json, or NAME.1.json and on, are the documents;
NAME.written.EXT is what is written of them, where that is spelled otherwise.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any, Final

import typer

from canonical.base import DocumentError
from canonical.registry import parse
from edi.errors import EdiError
from edi.read import read
from gateway.cli.agreed import rules_of
from gateway.cli.decoding import DecodedSet, decode_file
from gateway.cli.output import CliError, ExitCode, print_json
from gateway.cli.reading import Rules
from gateway.cli.words import visible
from gateway.plural import counted
from maps.compare import Change, compare_documents
from maps.run import EncodeContext
from partners.model import Workspace

__all__ = ["run_pairs"]

_MADE: Final = frozenset({"ids", "sourceRef", "map", "lineageRef", "residueRef", "lineId", "orderId", "warnings"})
_MOST: Final = 20


@dataclass(frozen=True, slots=True)
class _Result:
    """One pair."""

    case: str
    failures: tuple[str, ...]


def run_pairs(root: Path, partner: str | None, *, as_json: bool) -> bool:
    """Run all pairs of one partner, or of all; whether all hold."""
    partners = [partner] if partner else sorted(path.name for path in (root / "partners").glob("*") if (path / "cases").is_dir())
    results = [result for one in partners for result in _of_partner(root, one)]
    if not results:
        raise CliError(
            "there are no golden pairs in partners/*/cases", "Put NAME.edi and NAME.json into partners/ID/cases/SET.", ExitCode.NOT_FOUND
        )
    failed = [one for one in results if one.failures]
    if as_json:
        print_json([{"case": one.case, "holds": not one.failures, "failures": list(one.failures)} for one in results])
        return not failed
    for one in results:
        typer.secho(f"{'fails' if one.failures else 'holds'}  {one.case}", fg=typer.colors.RED if one.failures else None)
        for failure in one.failures[:_MOST]:
            typer.echo(f"       {visible(failure)}")
    typer.echo(f"{counted(len(results), 'golden pair')}: {len(results) - len(failed)} hold, {len(failed)} fail")
    return not failed


def _of_partner(root: Path, partner: str) -> Iterator[_Result]:
    folder = root / "partners" / partner / "cases"
    inputs = [path for path in sorted(folder.glob("*/*")) if path.suffix == ".edi" or ".request." in path.name]
    if not inputs:
        return
    workspace, rules = rules_of(root, partner)
    for path in inputs:
        name = path.name.partition(".")[0]
        single = path.parent / f"{name}.json"
        documents = [single] if single.exists() else sorted(path.parent.glob(f"{name}.[0-9]*.json"))
        case = path.relative_to(root).as_posix()
        try:
            failures = tuple(_failures(path, name, documents, workspace, rules))
        except CliError as fault:
            failures = (fault.message,)
        yield _Result(case, failures)


def _failures(path: Path, name: str, documents: list[Path], workspace: Workspace, rules: Rules) -> Iterator[str]:
    """What does not hold: first reading, then writing."""
    if not documents:
        shown = f"gateway map decode --partner {path.parts[-4]} FILE"
        yield f"there is no document beside it: look at what `{shown}` prints, and put it into {name}.json"
        return
    expected = [json.loads(one.read_text(encoding="utf-8")) for one in documents]
    decoded = decode_file(path, workspace, rules)
    found = [one for one in decoded if one.document is not None]
    for one in decoded:
        if one.document is None:
            yield f"{one.name} became no document: {_why(one)}"
    if len(found) != len(expected):
        yield f"{counted(len(found), 'document')} came of it, {len(expected)} are beside it"
    for number, (one, wanted) in enumerate(zip(found, expected, strict=False), 1):
        assert one.document is not None
        for change in compare_documents(_said(wanted), _said(one.document.to_json())):
            yield f"document {number}: {_text(change)}"
    yield from _written(path, name, found, expected, rules)


def _written(path: Path, name: str, found: list[DecodedSet], expected: list[Any], rules: Rules) -> Iterator[str]:
    """What the documents beside the file become, against the file itself or the one that is named so."""
    if not found or len(found) != len(expected):
        return
    out = EncodeContext(rules.partner.tzinfo if rules.partner else UTC)
    values = []
    for one, wanted in zip(found, expected, strict=True):
        assert one.made is not None
        assert one.decoded is not None
        try:
            document = parse({key: value for key, value in wanted.items() if key not in {"map", "sourceRef"}})
        except DocumentError as error:
            yield f"the document beside it is none: {error.faults[0].path}: {error.faults[0].message}"
            return
        encoded = one.made.encode(document, out, () if _other(path, name) else one.decoded.residue)
        if encoded.tree is None:
            yield f"it cannot be written: {encoded.findings[0].path}: {encoded.findings[0].message}"
            return
        values.append(encoded.tree)
    made = found[0].made
    assert made is not None
    target = _other(path, name) or path
    if made.form is not None:
        written = made.form.write(values).data
        if target is not path and not _same(written, target.read_bytes(), made.syntax):
            yield f"what is written differs from {target.name}"
        return
    wanted_sets = _sets(target)
    for number, tree in enumerate(values):
        if number < len(wanted_sets) and _body(tree.segments()) != wanted_sets[number]:
            old, new = wanted_sets[number], _body(tree.segments())
            differing = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
            shown = [lines[differing] if differing < len(lines) else "nothing" for lines in (old, new)]
            yield f"set {number + 1} is written otherwise: {shown[0]}  ->  {shown[1]}"


def _same(one: bytes, other: bytes, syntax: str) -> bool:
    """Whether two payloads say the same: in JSON, layout says nothing."""
    return json.loads(one) == json.loads(other) if syntax == "json" else one == other


def _other(path: Path, name: str) -> Path | None:
    found = sorted(path.parent.glob(f"{name}.written.*"))
    return found[0] if found else None


def _sets(path: Path) -> list[list[str]]:
    try:
        return [_body(one.segments) for interchange in read(path.read_bytes()) for one in interchange.transaction_sets]
    except EdiError as fault:
        raise CliError(f"{path.name}: {fault}") from None


def _body(segments: Any) -> list[str]:
    return [
        "*".join((s.tag, *(e if isinstance(e, str) else ":".join(map(str, e)) for e in s.elements)))
        for s in segments
        if s.tag not in {"ST", "SE", "UNH", "UNT"}
    ]


def _why(one: DecodedSet) -> str:
    messages = [*(finding.message for finding in one.faults), *(finding.message for finding in one.findings)]
    return messages[0] if messages else "nothing was said"


def _said(value: Any) -> Any:
    """A document without what the gateway fills in."""
    if isinstance(value, dict):
        return {key: _said(inner) for key, inner in value.items() if key not in _MADE}
    return [_said(inner) for inner in value] if isinstance(value, list) else value


def _text(change: Change) -> str:
    return f"{change.where}: {change.old or 'nothing'} is wanted, {change.new or 'nothing'} came"
