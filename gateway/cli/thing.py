"""Prints one thing: what it is, how it stands, what was found in it, what to do, and what belongs to it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import typer

from gateway.cli.words import command, echo_wrapped, moment, visible
from gateway.plural import counted

__all__ = ["commands_for", "print_finding", "print_thing"]

_COLORS: Final = {"error": typer.colors.RED, "warning": typer.colors.YELLOW}
_STATUSES: Final = ("validation", "delivery", "acknowledgment", "business")
#: told elsewhere on the page, or too long for it; all of it is in --json
_TOLD: Final = frozenset(
    {"thing", "id", "about", "businessNumber", "state", "stateMeaning", "cause", "title", "why", "detail", "nextAction", "owner", "person"}
    | {"document", "lineage", "residue", "related", "findings", "report", "decisions", *_STATUSES}
)
_WHY: Final = ("--reason", '"…"')
#: by operation: the command, and what follows the id
_COMMANDS: Final = {
    "as2-explain": (("as2", "explain"), ()),
    "breaker-close": (("breaker", "close"), _WHY),
    "release": (("held", "release"), _WHY),
    "reject": (("held", "discard"), _WHY),
    "replay": (("replay",), _WHY),
    "resend": (("resend",), _WHY),
    "review": (("acks", "review"), ("--comment", '"…"')),
}
_SINGULAR: Final = {
    "transmissions": "transmission",
    "transactionSets": "set",
    "documents": "document",
    "deliveries": "delivery",
    "acknowledgments": "acknowledgment",
}


def print_thing(context: typer.Context, answer: Mapping[str, Any], lessons: Sequence[str] = ()) -> None:
    """The whole page; `lessons` say what to write where a map does not know a code."""
    number = answer.get("businessNumber", "")
    about = answer.get("about") or answer["thing"]
    named = about if not number or number in about else f"{about}, number {number}"
    typer.secho(visible(f"{named} · {answer['partnerId']}" if answer.get("partnerId") else named), bold=True)
    _line("state", f"{answer['state']}: {answer['stateMeaning']}")
    if answer.get("cause"):
        echo_wrapped(f"{answer['title']}: {answer['why']}", indent=f"  {'why':10} ", hanging=" " * 13)
        if answer.get("detail"):
            echo_wrapped(visible(answer["detail"]), indent=" " * 13)
    if answer.get("decisions"):
        whose = ", ".join(filter(None, (answer.get("owner", "operator"), answer.get("person"))))
        _line("next", f"({visible(whose)}) {answer.get('nextAction', 'Look at it and decide.')}")
        for line in commands_for(context, answer["decisions"]):
            typer.echo(f"{' ' * 13}{line}")
    statuses = [f"{name} {answer[name]}" for name in _STATUSES if answer.get(name, "none") != "none"]
    if statuses:
        _line("status", ", ".join(statuses))
    if decided := answer.get("hubDecision"):
        answered = (
            f", told by {decided['answer']} {decided['answerDocumentId']} ({decided['answerState']})" if "answerState" in decided else ""
        )
        _line("hub", f"{decided['decision']} {moment(decided['decidedAt'])} ({visible(decided['by'])}){answered}")
    if answer.get("findings"):
        typer.secho(f"{counted(len(answer['findings']), 'finding')}", bold=True)
        for finding in answer["findings"]:
            print_finding(finding, "  ")
    if lessons:
        typer.secho("to mend it", bold=True)
        for line in lessons:
            echo_wrapped(line, indent="  ", hanging="    ")
    _print_related(answer["related"])
    typer.secho("more", bold=True)
    for name, value in answer.items():
        if name not in _TOLD and value not in (None, "", [], {}):
            typer.echo(f"  {name:22} {moment(value) if name.endswith('At') else visible(value)}")
    typer.echo(f"  {'id':22} {answer['id']}")


def commands_for(context: typer.Context, decisions: Iterable[Mapping[str, str]]) -> list[str]:
    """What can be done, as commands to copy."""
    return [command(context, *_COMMANDS[one["operation"]][0], one["id"], *_COMMANDS[one["operation"]][1]) for one in decisions]


def print_finding(finding: Mapping[str, Any], indent: str) -> None:
    """Sentence, the segment itself, the value, and by which rule."""
    severity = str(finding.get("severity", "error"))
    echo_wrapped(
        visible(finding["sentence"]), indent=f"{indent}{typer.style(f'{severity:8}', fg=_COLORS.get(severity))}", hanging=indent + " " * 8
    )
    if finding.get("text"):
        lead = f"{finding['lead']}: " if finding.get("lead") else ""
        typer.echo(f"{indent}{' ' * 8}{lead}{visible(finding['text'])}")
    parts = [f"value {visible(finding['value'])}"] if finding.get("value") else []
    parts += [f"{name} {visible(finding[name])}" for name in ("code", "rule", "path") if finding.get(name)]
    if parts:
        typer.echo(f"{indent}{' ' * 8}{' · '.join(parts)}")
    if finding.get("hint"):
        typer.echo(f"{indent}{' ' * 8}look at: {visible(finding['hint'])}")


def _print_related(related: Mapping[str, list[Mapping[str, Any]]]) -> None:
    rows = [(_SINGULAR[kind], row) for kind, some in related.items() for row in some]
    if not rows:
        return
    typer.secho("belongs to it", bold=True)
    width = max(len(visible(row.get("about", ""))) for _, row in rows)
    for kind, row in rows:
        towards = row.get("destination") or row.get("transport") or ""
        typer.echo(f"  {kind:15} {visible(row.get('about', '')):{width}}  {row['state']:10} {row['id']}  {visible(towards)}".rstrip())


def _line(label: str, text: str) -> None:
    echo_wrapped(text, indent=f"  {label:10} ", hanging=" " * 13)
