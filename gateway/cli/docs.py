"""`gateway docs`: finding documents, looking at one, and the story of a purchase order."""

from typing import Annotated, Any

import typer

from gateway.cli.output import JsonOption, print_json, print_table, workspace_of, write_stdout

__all__ = ["app"]

app = typer.Typer(help="Find documents and see what happened to them.", no_args_is_help=True)


@app.command()
def search(
    context: typer.Context,
    po: Annotated[str | None, typer.Option("--po", help="Purchase order number, or any other business number.")] = None,
    partner: Annotated[str | None, typer.Option("--partner")] = None,
    document_type: Annotated[str | None, typer.Option("--type", help="Order, ShipNotice")] = None,
    state: Annotated[str | None, typer.Option("--state", help="As `docs search` prints it: MAPPED, HELD, ...")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000)] = 50,
    after: Annotated[str | None, typer.Option("--after", help="The `next` of the page before.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List documents, the newest first, each with its three statuses."""
    from gateway.cli.client import ask

    answer = ask(
        workspace_of(context), "search", po=po, partner=partner, type=document_type, state=state and state.upper(), limit=limit, after=after
    )
    if as_json:
        print_json(answer)
        return
    columns = [
        ("createdAt", "since"),
        ("documentType", "document"),
        ("businessKey", "number"),
        ("partnerId", "partner"),
        ("direction", "direction"),
        ("validation", "validation"),
        ("delivery", "delivery"),
        ("acknowledgment", "acknowledgment"),
        ("id", "id"),
    ]
    print_table(answer["documents"], columns, empty="no documents")
    if answer.get("next"):
        typer.echo(f"more: --after {answer['next']}")


@app.command()
def show(
    context: typer.Context,
    id_: Annotated[str, typer.Argument(metavar="ID", help="Of a document, transmission, set, delivery or acknowledgment.")],
    raw: Annotated[bool, typer.Option("--raw", help="The bytes as they travelled, on standard output.")] = False,
    canonical: Annotated[bool, typer.Option("--canonical", help="The canonical document, on standard output.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show one thing with all that belongs to it."""
    from gateway.cli.client import ask, payload_of
    from gateway.cli.output import CliError, ExitCode

    if raw:
        write_stdout(payload_of(workspace_of(context), id_))
        return
    answer = ask(workspace_of(context), "show", id_)
    if canonical:
        if "document" not in answer:
            raise CliError(f"{id_} is a {answer['thing']}, not a document", "Name a document.", ExitCode.NOT_FOUND)
        print_json(answer["document"])
    elif as_json:
        print_json(answer)
    else:
        _print_thing(answer)


@app.command()
def timeline(
    context: typer.Context,
    key: Annotated[str, typer.Argument(metavar="PO", help="A purchase order number, or any id.")],
    as_json: JsonOption = False,
) -> None:
    """Tell what happened to an order, from its first byte to the last answer."""
    from gateway.cli.client import ask

    answer = ask(workspace_of(context), "timeline", key)
    if as_json:
        print_json(answer)
        return
    columns = [("at", "when"), ("what", "what"), ("who", "who"), ("message", "message")]
    rows = [{**event, "what": event["action"], "who": event.get("actor", ""), "message": _told(event)} for event in answer["events"]]
    print_table(rows, columns, empty="nothing happened")


def _told(event: dict[str, Any]) -> str:
    return f"{event['message']} Next: {event['nextAction']}" if event.get("nextAction") else str(event["message"])


_LEFT_OUT = frozenset({"document", "lineage", "residue", "related", "findings", "map", "report"})


def _print_thing(answer: dict[str, Any]) -> None:
    for name, value in answer.items():
        if name not in _LEFT_OUT and value not in (None, "", []):
            typer.echo(f"{name:20} {value}")
    for finding in answer.get("findings") or []:
        typer.echo(f"finding              {_finding(finding)}")
    for kind, rows in answer.get("related", {}).items():
        for row in rows:
            typer.echo(f"{kind:20} {row['id']}  {row['state']}  {row.get('destination', '')}")


def _finding(finding: Any) -> str:
    if not isinstance(finding, dict):
        return str(finding)
    return str(finding.get("sentence") or f"{finding.get('path', '')} {finding.get('message', '')}".strip())
