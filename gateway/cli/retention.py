"""`gateway retention`: what has had its time goes, what a person names stays, and the database file becomes smaller."""

from typing import Annotated, Any

import typer

from gateway.cli.output import CliError, ExitCode, JsonOption, ReasonOption, operator, print_json, print_table, workspace_of

__all__ = ["app"]

app = typer.Typer(help="For how long what is kept (`retention:` in gateway.yaml).", no_args_is_help=True)

Id = Annotated[str, typer.Argument(metavar="ID", help="A transmission, a document, a correlation, or a partner.")]


@app.command()
def run(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would go.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Remove now what has had its time; the running gateway does so by itself every hour."""
    from gateway.cli.client import ask
    from gateway.cli.words import command

    answer = ask(workspace_of(context), "retention-run", dry_run=dry_run, by=operator())
    if as_json:
        print_json(answer)
        return
    rows = [{"kind": name.replace("_", " "), "count": count} for name, count in answer["removed"].items()]
    print_table(rows, [("kind", "would go" if dry_run else "removed"), ("count", "")], empty="nothing has had its time")
    if not answer["finished"]:
        typer.echo("there was no time for all of it: ask again, or leave it to the gateway")
    typer.echo(f"database   {_mib(answer['databaseBytes'])}, of which {_mib(answer['freeBytes'])} is free")
    if not answer["shrinks"]:
        typer.echo(
            f"           its file was made by an older release and does not become smaller: `{command(context, 'retention', 'vacuum')}`"
        )


@app.command("list")
def list_(context: typer.Context, as_json: JsonOption = False) -> None:
    """List what is kept whatever its age."""
    from gateway.cli.client import ask

    answer = ask(workspace_of(context), "retention-kept")
    if as_json:
        print_json(answer)
        return
    print_table(answer["kept"], [("subject", "kept"), ("reason", "why"), ("by", "by"), ("at", "since")], empty="nothing is kept for longer")


@app.command()
def keep(context: typer.Context, id_: Id, reason: ReasonOption, as_json: JsonOption = False) -> None:
    """Keep something whatever its age (legal hold), until it is released."""
    _decide(context, "retention-keep", id_, reason, "kept whatever its age", as_json=as_json)


@app.command()
def release(context: typer.Context, id_: Id, reason: ReasonOption, as_json: JsonOption = False) -> None:
    """Keep something no longer than others."""
    _decide(context, "retention-release", id_, reason, "kept no longer than others", as_json=as_json)


@app.command()
def vacuum(context: typer.Context, as_json: JsonOption = False) -> None:
    """Write the SQLite file anew, once, so that it becomes smaller by itself from then on. The gateway must stand still."""
    import asyncio

    from gateway.cli.client import is_serving

    root = workspace_of(context)
    if is_serving(root):
        raise CliError("the gateway is running", "Stop it first; it takes about a minute per GB.", ExitCode.FINDINGS)
    before, after = asyncio.run(_vacuum(root))
    if as_json:
        print_json({"before": before, "after": after})
        return
    typer.echo(f"database   {_mib(before)} before, {_mib(after)} now; free room is given back from now on")


async def _vacuum(root: Any) -> tuple[int, int]:
    from gateway.cli.client import store_of
    from gateway.store.keeping import space

    async with store_of(root) as opened:
        store = opened.store
        if store.database.name != "sqlite":
            raise CliError("PostgreSQL looks after its room by itself", "Nothing has to be done.", ExitCode.FINDINGS)
        before = (await store.read(space.measure)).size
        engine = store.database.writer()
    space.write_anew(engine)  # the store has given the file free
    async with store_of(root) as opened:
        return before, (await opened.store.read(space.measure)).size


def _decide(context: typer.Context, operation: str, id_: str, reason: str, done: str, *, as_json: bool) -> None:
    from gateway.cli.client import ask

    answer = ask(workspace_of(context), operation, id_, reason=reason, by=operator())
    if as_json:
        print_json(answer)
    else:
        typer.echo(f"{id_}: {done}")


def _mib(size: int) -> str:
    return f"{size / (1 << 20):,.1f} MiB"
