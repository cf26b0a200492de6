"""Prints the outline of an interchange (`edi.describe.outline`) as an indented tree in plain words."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import typer

__all__ = ["print_outline"]

_STANDARDS: Final = {"x12": "X12", "edifact": "EDIFACT"}


def print_outline(outline: Mapping[str, Any]) -> None:
    """One interchange: who, to whom, what is in it."""
    kind = _STANDARDS.get(outline["standard"], outline["standard"])
    typer.secho(f"{kind} interchange {outline['controlNumber']}", bold=True)
    typer.echo(f"  from {outline['sender']} to {outline['receiver']}, {outline['date']} {outline['time']}, {outline['usage']}")
    separators = ", ".join(f"{name} {_visible(sign)}" for name, sign in outline["delimiters"].items())
    typer.echo(f"  separators: {separators}")
    for segment in outline["serviceSegments"]:
        _print_segment(segment, "  ")
    for group in outline["groups"]:
        if not group["implicit"]:
            typer.echo(
                f"  group {group['functionalId']} {group['controlNumber']}, {group['sender']} to {group['receiver']}, {group['release']}"
            )
        for one in group["sets"]:
            verdict = typer.style("accepted", fg=typer.colors.GREEN) if one["accepted"] else typer.style("rejected", fg=typer.colors.RED)
            label = f" {one['label']}" if one["label"] else ""
            typer.echo(f"    {one['setId']}{label}, number {one['controlNumber']}, {one['release']}{one['industry']}: {verdict}")
            _print_children(one["children"], "      ")
    totals = ", ".join(f"{count} {name}" for name, count in outline["totals"].items())
    typer.echo(f"  totals: {totals}")


def _print_children(children: Iterable[Mapping[str, Any]], indent: str) -> None:
    for child in children:
        if "loop" in child:
            typer.secho(f"{indent}loop {child['loop']}", fg=typer.colors.BRIGHT_BLACK)
            _print_children(child["children"], indent + "  ")
        else:
            _print_segment(child, indent)


def _print_segment(segment: Mapping[str, Any], indent: str) -> None:
    typer.echo(f"{indent}{typer.style(segment['segment'], bold=True)} {segment['label']}".rstrip())
    for element in segment["elements"]:
        label = f" {element['label']}" if element["label"] else ""
        typer.echo(f"{indent}    {element['name']}{label}: {_visible(element['value'])}")


def _visible(text: str) -> str:
    """Without control characters, which could steer a terminal."""
    return "".join(character if character.isprintable() else repr(character)[1:-1] for character in text)
