"""`gateway docs`: finding documents, looking at one, and the story of a purchase order."""

import re
from pathlib import Path
from typing import Annotated, Final

import typer

from gateway.cli.output import JsonOption, print_json, print_table, workspace_of

__all__ = ["app"]

_ID: Final = re.compile(r"(trn|set|doc|dlv|ack)_")

app = typer.Typer(help="Find documents and see what happened to them.", no_args_is_help=True)


@app.command()
def search(
    context: typer.Context,
    po: Annotated[str | None, typer.Option("--po", help="Purchase order number, or any other business number.")] = None,
    partner: Annotated[str | None, typer.Option("--partner")] = None,
    document_type: Annotated[str | None, typer.Option("--type", help="Order, ShipNotice; 850 for sets without a document")] = None,
    state: Annotated[str | None, typer.Option("--state", help="MAPPED, HELD, REJECTED, ...: as `docs show` prints it.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000)] = 50,
    after: Annotated[str | None, typer.Option("--after", help="The `next` of the page before.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List documents, the newest first, each with its three statuses; and the sets that became none."""
    from gateway.cli.client import ask
    from gateway.cli.story import named
    from gateway.cli.words import moment, visible

    answer = ask(
        workspace_of(context), "search", po=po, partner=partner, type=document_type, state=state and state.upper(), limit=limit, after=after
    )
    if as_json:
        print_json(answer)
        return
    columns = [
        ("since", "since"),
        ("about", "document"),
        ("partnerId", "partner"),
        ("way", ""),
        ("validation", "validation"),
        ("delivery", "delivery"),
        ("acknowledgment", "ack"),
        ("id", "id"),
    ]
    rows = [
        {**one, "since": moment(one["createdAt"]), "about": visible(named(one)), "way": one["direction"].removesuffix("bound")}
        for one in answer["documents"]
    ]
    print_table(rows, columns, empty="no documents")
    if answer.get("next"):
        typer.echo(f"more: --after {answer['next']}")


@app.command()
def show(
    context: typer.Context,
    id_: Annotated[
        str, typer.Argument(metavar="ID", help="Of a document, transmission, set, delivery or acknowledgment; or a business number.")
    ],
    raw: Annotated[bool, typer.Option("--raw", help="The bytes as they travelled, on standard output or into a file.")] = False,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="With --raw: the file to write, of any size.")] = None,
    canonical: Annotated[bool, typer.Option("--canonical", help="The canonical document, on standard output.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show one thing with all that belongs to it."""
    from gateway.cli.client import ask
    from gateway.cli.output import CliError, ExitCode
    from gateway.plural import with_article

    id_ = id_of(context, id_)
    if raw:
        from gateway.cli.transfer import fetch

        fetch(workspace_of(context), id_, output)
        return
    answer = ask(workspace_of(context), "show", id_)
    if canonical:
        if "document" not in answer:
            raise CliError(f"{id_} is {with_article(answer['thing'])}, not a document", "Name a document.", ExitCode.NOT_FOUND)
        print_json(answer["document"])
    elif as_json:
        print_json(answer)
    else:
        from gateway.cli.overlay import lessons_of
        from gateway.cli.thing import print_thing

        print_thing(context, answer, lessons_of(workspace_of(context), answer))


def id_of(context: typer.Context, key: str) -> str:
    """An id as it is; a business number as the id of what it names. Raises `CliError` when that is nothing, or not one thing."""
    from gateway.cli.client import ask
    from gateway.cli.output import CliError, ExitCode
    from gateway.cli.story import named
    from gateway.cli.words import command, visible

    if _ID.match(key):
        return key
    found = [one for one in ask(workspace_of(context), "search", po=key)["documents"] if one.get("businessKey") == key]
    if not found:
        raise CliError(
            f"nothing has the id or number {visible(key)}", f"`{command(context, 'docs', 'search')}` lists what came.", ExitCode.NOT_FOUND
        )
    if len(found) > 1:
        ids = ", ".join(f"{one['id']} ({visible(named(one))}, {one['validation']})" for one in found)
        raise CliError(f"{len(found)} things have the number {visible(key)}", f"Name one by its id: {ids}.", ExitCode.NOT_FOUND)
    return str(found[0]["id"])


@app.command()
def timeline(
    context: typer.Context,
    key: Annotated[str, typer.Argument(metavar="PO", help="A purchase order number, or any id.")],
    as_json: JsonOption = False,
) -> None:
    """Tell what happened to an order, from its first byte to the last answer."""
    from gateway.cli.client import ask
    from gateway.cli.output import CliError, ExitCode
    from gateway.cli.story import print_story
    from gateway.cli.words import command

    try:
        answer = ask(workspace_of(context), "timeline", key)
    except CliError as fault:
        if fault.code is ExitCode.NOT_FOUND:
            fault.next_action = (
                f"`{command(context, 'docs', 'search')}` lists what came; `{command(context, 'held', 'list')}` what stopped."
            )
        raise
    if as_json:
        print_json(answer)
    else:
        print_story(context, answer)


@app.command()
def accept(
    context: typer.Context,
    id_: Annotated[str, typer.Argument(metavar="ID", help="Of a document of a partner, or its business number.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; kept with the decision, not told to the partner.")],
    as_json: JsonOption = False,
) -> None:
    """Accept what a partner sent, as the hub would: all of it; the answer that is agreed tells the partner."""
    _decide_for_the_hub(context, "document-accept", id_, {"why": reason}, as_json)


@app.command()
def reject(
    context: typer.Context,
    id_: Annotated[str, typer.Argument(metavar="ID", help="Of a document of a partner, or its business number.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; told to the partner.")],
    code: Annotated[str, typer.Option("--code", help="outOfStock, duplicate, invalidItem, …")] = "mutual",
    as_json: JsonOption = False,
) -> None:
    """Reject what a partner sent, as the hub would; the answer that is agreed tells the partner."""
    _decide_for_the_hub(context, "document-reject", id_, {"why": reason, "code": code}, as_json)


def _decide_for_the_hub(context: typer.Context, operation: str, key: str, given: dict[str, str], as_json: bool) -> None:
    from gateway.cli.client import ask
    from gateway.cli.output import operator
    from gateway.cli.words import command

    answer = ask(workspace_of(context), operation, id_of(context, key), by=operator(), **given)
    if as_json:
        print_json(answer)
        return
    typer.echo(f"{answer['documentId']}: {answer['decision']}{', as before' if answer['repeated'] else ''}")
    if "answerDocumentId" in answer:
        typer.echo(f"  told by {answer['answer']}: {command(context, 'docs', 'show', answer['answerDocumentId'])}")
    else:
        typer.echo(f"  {answer['told']}")
