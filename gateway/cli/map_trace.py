"""Prints where one value comes from, or where it goes."""

import json
from datetime import UTC
from pathlib import Path
from typing import Any

import typer

from canonical.base import DocumentError
from canonical.registry import parse
from gateway.cli.agreed import rules_of
from gateway.cli.decoding import decode_file, registry_of
from gateway.cli.map_named import named_map
from gateway.cli.output import CliError, ExitCode, print_json, read_bytes
from gateway.cli.reading import STRICT
from gateway.cli.words import visible
from maps.run import EncodeContext, Map
from maps.trace import Traced, trace

__all__ = ["trace_file"]


def trace_file(root: Path, file: Path, what: str, *, partner: str | None, to: str | None, as_json: bool) -> None:
    """Trace a value through the map of each set of a file, or of a document through the map that writes it."""
    data = read_bytes(file)
    document = _document(data)
    found = _written(root, document, what, to) if document is not None else _read(root, file, data, what, partner)
    if not any(traced for _, _, traced in found):
        raise CliError(
            f"nothing in {file} is meant by {what!r}",
            "Ask for $.lines[0].item.gtin, for PO107, for PO107@28 or for 28.",
            ExitCode.NOT_FOUND,
        )
    if as_json:
        print_json([{"set": name, "map": made.label, "values": [_json(one) for one in traced]} for name, made, traced in found])
        return
    for name, made, traced in found:
        if traced:
            typer.secho(f"{name} by {made.label}", bold=True)
        for one in traced:
            _say(one, reads=document is None)


def _document(data: bytes) -> Any:
    """The JSON object of a canonical document; None when the file is something else."""
    if data.lstrip()[:1] != b"{":
        return None
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return None
    value = value.get("data", value) if "specversion" in value else value
    return value if isinstance(value, dict) and "documentType" in value else None


def _read(root: Path, file: Path, data: bytes, what: str, partner: str | None) -> list[tuple[str, Map, list[Traced]]]:
    workspace, rules = (None, STRICT) if partner is None else rules_of(root, partner)
    found = []
    for one in decode_file(file, workspace, rules, data=data):
        if one.made is not None and one.decoded is not None:
            document = one.document.to_json() if one.document is not None else dict(one.decoded.data)
            found.append((one.name, one.made, trace(one.made.spec, one.decoded.lineage, document, what)))
    return found


def _written(root: Path, data: dict[str, Any], what: str, to: str | None) -> list[tuple[str, Map, list[Traced]]]:
    try:
        document = parse(data)
    except DocumentError as error:
        first = error.faults[0]
        raise CliError(f"this is no canonical document: {first.path}: {first.message}", "Correct the fields named.") from None
    name = to or (document.map.id if document.map else None)
    if name is None and document.source_ref is not None:
        source = document.source_ref
        standard = registry_of(None).standard(source.syntax, source.release, source.document_code or "", source.industry)
        name = standard.name if standard is not None else None
    if name is None:
        raise CliError("the document does not say where it goes", "Name the map with --to.")
    made = named_map(root, name).map
    encoded = made.encode(document, EncodeContext(UTC))
    return [(document.document_type, made, trace(made.spec, encoded.lineage, document.to_json(), what))]


def _say(one: Traced, *, reads: bool) -> None:
    value = "" if one.value is None or isinstance(one.value, dict | list) else f" = {visible(str(one.value))}"
    typer.echo(f"{one.path}{value}")
    where = one.place or "not on the wire"
    raw = f", where {visible(one.raw)!r} stood" if one.raw and reads else f", as {visible(one.raw)!r}" if one.raw else ""
    typer.echo(f"    {'from' if reads else 'to'} {where}{raw}")
    by = f"rule {one.rule}" if one.rule else "the map"
    codec = f", {one.codec}" if one.codec else ""
    typer.echo(f"    by {by} ({one.kind}{codec})" + (f", {one.origin}" if one.origin else ""))


def _json(one: Traced) -> dict[str, Any]:
    origin = str(one.origin) if one.origin else None
    return {
        "path": one.path,
        "value": one.value,
        "place": one.place or None,
        "raw": one.raw or None,
        "kind": one.kind,
        "codec": one.codec or None,
        "rule": one.rule or None,
        "origin": origin,
    }
