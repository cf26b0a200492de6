"""`gateway migrate`: brings the database to this release. The old nodes drain and end first; a node that begins never does it by itself."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.output import CliError, ExitCode, JsonOption, print_json, workspace_of

if TYPE_CHECKING:
    from gateway.store.postgresql import Postgresql

__all__ = ["register"]


def register(root: typer.Typer) -> None:
    """Add the command to the first level."""
    root.command()(migrate)


def migrate(
    context: typer.Context,
    force: Annotated[bool, typer.Option("--force", help="Although nodes are seen that still run.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Bring the database to the schema of this release: after the old nodes ended, before new ones begin."""
    from gateway.cli.client import settings_of
    from gateway.settings import SecretError
    from gateway.store.configured import database_of
    from gateway.store.errors import StoreUnavailableError

    root = workspace_of(context)
    settings = settings_of(root)
    try:
        database = database_of(settings, root)
    except (SecretError, StoreUnavailableError) as fault:
        raise CliError(f"the database cannot be used: {fault}", "Correct `database:` in gateway.yaml.") from None
    before, after = _on_server(database, force=force) if database is not None else _in_folder(settings.data_folder(root))
    if as_json:
        print_json({"before": before, "after": after, "changed": before != after})
    elif before == after:
        typer.echo(f"nothing to do: the database has revision {after}")
    else:
        typer.echo(f"migrated the database from {before or 'nothing'} to revision {after}; new nodes may begin")


def _on_server(database: "Postgresql", *, force: bool) -> tuple[str | None, str]:
    from sqlalchemy import inspect
    from sqlalchemy.exc import SQLAlchemyError

    from gateway.clock import system_clock
    from gateway.store import nodes
    from gateway.store.database import NEWEST, version_of

    engine = database.writer()
    try:
        with engine.connect() as connection:
            before = version_of(connection)
            if before is not None and before > NEWEST:
                message = f"the database has revision {before}, this release knows {NEWEST}"
                raise CliError(message, "Use the newer release.", ExitCode.FINDINGS)
            has_nodes = inspect(connection).has_table("node")
            running = nodes.alive(connection, system_clock()) if has_nodes else []
        if running and before != NEWEST and not force:
            names = ", ".join(f"{row['role']} {row['pid']} on {row['host']} (release {row['release']})" for row in running)
            raise CliError(f"nodes still run: {names}", "Stop them (SIGTERM lets them finish their work), then migrate.", ExitCode.FINDINGS)
        database.migrate(engine)
    except SQLAlchemyError as fault:
        raise CliError(f"the database cannot be migrated ({type(fault).__name__})", "Look at its server and its log.") from None
    finally:
        engine.dispose()
    return before, NEWEST


def _in_folder(path: Path) -> tuple[str | None, str]:
    """A SQLite file: opening it is enough, for nobody else can have it open."""
    from gateway.store.database import NEWEST, version_of
    from gateway.store.errors import DataFolderLockedError, StoreUnavailableError
    from gateway.store.sqlite import Sqlite
    from gateway.store.store import DATABASE, Store

    before = None
    if (path / DATABASE).exists():
        with Sqlite(path / DATABASE).reader().connect() as connection:
            before = version_of(connection)
    try:
        Store.open(path).close()
    except DataFolderLockedError:
        raise CliError("a gateway of this workspace runs", "Stop it first.", ExitCode.FINDINGS) from None
    except StoreUnavailableError as fault:
        raise CliError(fault.detail, "Look at the disk and at the rights of the data folder.") from None
    return before, NEWEST
