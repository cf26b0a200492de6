"""Prints what a map does, and what it cannot carry."""

from typing import Any

import typer

from edi.grammar.load import load
from edi.values import Standard
from gateway.cli.output import CliError, ExitCode, print_json
from gateway.cli.words import visible
from maps.carried import Carried
from maps.compile.compiler import source
from maps.coverage import coverage, folded
from maps.explain import TableRow, explain
from maps.run import Map

__all__ = ["explain_map", "print_code", "print_loss"]


def explain_map(made: Map, what: str, *, as_json: bool) -> None:
    """Print the rows of a map that speak of something. Raises `CliError` when none does."""
    found = explain(made.spec, what)
    if not found.kind:
        raise CliError(
            f"{made.label} says nothing of {what!r}",
            "Ask for a field (lines[].item.gtin), a place (PO107), a rule, a code or a word.",
            ExitCode.NOT_FOUND,
        )
    if as_json:
        rows = [_json(row) for row in found.rows]
        tables = [_table_json(row) for row in found.table_rows]
        print_json({"map": made.label, "chain": list(made.chain), "askedFor": found.kind, "rows": rows, "tableRows": tables})
        return
    typer.secho(f"{made.label}  {made.document_type}", bold=True)
    if len(made.chain) > 1:
        typer.echo(f"built on  {' < '.join(reversed(made.chain[:-1]))}")
    if not found.rows:
        typer.echo(f"  {visible(what)}: no rule reads it, and none writes it")
    before = ""
    for row in found.rows:
        if row.rule != before:
            typer.secho(f"rule {row.rule}", fg=typer.colors.CYAN)
            before = row.rule
        path = row.path or "(no field)"
        typer.echo(f"  {row.wire}  {row.arrow}  {path}   {row.how}   {row.origin or ''}".rstrip())
    names = list(dict.fromkeys(row.table for row in found.table_rows))
    for name in names if found.kind != "map" else ():
        typer.secho(f"table {name}", fg=typer.colors.CYAN)
        for table in (row for row in found.table_rows if row.table == name):
            typer.echo(f"  {visible(table.code)}  {table.arrow}  {table.word}   {table.origin or ''}".rstrip())


def print_code(made: Map) -> None:
    """Print the Python that the map is compiled to."""
    if made.form is not None:
        raise CliError("maps of partners' own forms are interpreted; there is no code", "Ask for a map of X12 or EDIFACT.")
    message = load(Standard(made.syntax), made.release, made.set_id)
    text = source(made.spec, message) if message is not None else None
    if text is None:
        raise CliError("this map has a rule that is not compiled; it is interpreted", "Look at it without --code.")
    typer.echo(text)


def print_loss(made: Map, *, as_json: bool) -> None:
    """Print the fields that the map never writes or reads."""
    if made.form is not None:
        raise CliError("what a partner's own form can hold is its own affair", "Ask for a map of X12 or EDIFACT.")
    found = coverage(made.spec)
    if as_json:
        print_json(
            {
                "map": made.label,
                "document": found.document,
                "fields": found.fields,
                "unwritten": list(found.unwritten),
                "unread": list(found.unread),
                "places": {"used": found.used_places, "of": found.places},
                "elements": {"used": found.used_elements, "of": found.elements},
            }
        )
        return
    typer.secho(f"{made.label}  {made.document_type}", bold=True)
    typer.echo(f"  writes {found.written} of {found.fields} fields, reads {found.read}")
    typer.echo(
        f"  knows {found.used_places} of {found.places} places of the set, in them {found.used_elements} of {found.elements} elements"
    )
    for title, fields in (("never written", found.unwritten), ("never read", found.unread)):
        if fields:
            typer.secho(title, fg=typer.colors.YELLOW)
            for line in folded(fields):
                typer.echo(f"  {line}")


def _json(row: Carried) -> dict[str, Any]:
    return {
        "rule": row.rule,
        "wire": row.wire,
        "path": row.path or None,
        "how": row.how,
        "reads": row.reads,
        "writes": row.writes,
        "origin": str(row.origin) if row.origin else None,
    }


def _table_json(row: TableRow) -> dict[str, Any]:
    origin = str(row.origin) if row.origin else None
    return {"table": row.table, "code": row.code, "word": row.word, "reads": row.reads, "writes": row.writes, "origin": origin}
