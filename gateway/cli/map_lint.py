"""Prints what is wrong with maps, all of it."""

from pathlib import Path
from typing import Any

import typer

from gateway.cli.map_named import named_map, own_maps, sources_of
from gateway.cli.output import print_json
from gateway.plural import counted
from maps.fault import MapError, MapFault
from maps.registry import MapRegistry

__all__ = ["lint_maps"]


def lint_maps(root: Path, names: list[str], *, standard: bool, as_json: bool) -> bool:
    """Lint the maps that are named, or all of the workspace; whether all are right."""
    results: list[dict[str, Any]] = []
    for registry, name in _chosen(root, names, standard=standard):
        try:
            made = registry.get(name)
        except MapError as error:
            results.append({"map": name, "faults": [_json(fault) for fault in error.faults]})
            if not as_json:
                typer.secho(f"wrong  {name}: {counted(len(error.faults), 'fault')}", fg=typer.colors.RED)
                for fault in error.faults:
                    _say(fault)
            continue
        results.append({"map": made.label, "document": made.document_type, "faults": []})
        if not as_json:
            typer.echo(f"ok     {made.label}  {made.document_type}")
    if as_json:
        print_json(results)
    elif not results:
        typer.echo("there is no map in partners/*/maps; `--standard` looks at those that are built in")
    return not any(one["faults"] for one in results)


def _chosen(root: Path, names: list[str], *, standard: bool) -> list[tuple[MapRegistry, str]]:
    if names:
        return [(found.registry, found.name) for found in (named_map(root, name) for name in names)]
    sources = sources_of(root)
    registry = MapRegistry(sources)
    own = own_maps(sources)
    built_in = [name for name in registry.names() if name not in sources] if standard else []
    return [(registry, name) for name in (*built_in, *own)]


def _say(fault: MapFault) -> None:
    where = f"{fault.file}:{fault.line}" if fault.line else fault.file
    rule = f"{fault.rule}: " if fault.rule else ""
    typer.echo(f"  {where}: {rule}{fault.message}")
    if fault.hint:
        typer.echo(f"      {fault.hint}")


def _json(fault: MapFault) -> dict[str, Any]:
    return {"file": fault.file, "line": fault.line, "rule": fault.rule, "message": fault.message, "hint": fault.hint}
