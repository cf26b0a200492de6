"""`gateway backup` and `gateway restore`: everything that the gateway knows, into a folder or a tar file and back."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from gateway.cli.output import CliError, ExitCode, JsonOption, operator, print_json, workspace_of

if TYPE_CHECKING:
    from gateway.settings import Settings
    from gateway.store.keeping.archive import Manifest
    from gateway.store.keeping.restored import Settled

__all__ = ["register"]

T = TypeVar("T")


def register(root: typer.Typer) -> None:
    """Add the commands to the first level."""
    root.command()(backup)
    root.command()(restore)


def backup(
    context: typer.Context,
    target: Annotated[Path, typer.Argument(metavar="DIR|FILE.tar", help="A folder that is not there yet, or a tar file.")],
    as_json: JsonOption = False,
) -> None:
    """Copy database, payloads and workspace at one moment, while the gateway runs or stands still. Secrets are never in it."""
    root = workspace_of(context)
    manifest = _told(lambda: _make(root, target))
    measured = sum(size for size, _ in manifest.files.values())
    if as_json:
        print_json(
            {"backup": str(target), "madeAt": manifest.made_at.isoformat(), "database": manifest.database, "revision": manifest.revision}
            | {"databaseBytes": measured, "payloads": manifest.payloads, "payloadBytes": manifest.payload_bytes}
        )
        return
    typer.echo(
        f"backup     {target}: database and workspace {_mib(measured)}, {manifest.payloads} payload files {_mib(manifest.payload_bytes)}"
    )
    typer.echo("           secrets are not in it: keep what `env:` and `file:` name somewhere else")


def _make(root: Path, target: Path) -> "Manifest":
    from gateway.cli.client import settings_of
    from gateway.clock import system_clock
    from gateway.store.configured import database_of
    from gateway.store.keeping import archive
    from gateway.store.store import DATABASE
    from partners.load import read_files

    settings = settings_of(root)
    folder = settings.data_folder(root)
    server = database_of(settings, root)
    if server is None and not (folder / DATABASE).exists():
        raise CliError("there is no database yet", "The first start of the gateway makes it.", ExitCode.FINDINGS)
    return archive.make(
        target, server or folder / DATABASE, _payloads(settings, root), read_files(root), now=system_clock(), release=_release()
    )


def restore(
    context: typer.Context,
    source: Annotated[Path, typer.Argument(metavar="DIR|FILE.tar", help="What `gateway backup` made.")],
    to: Annotated[
        Path | None, typer.Option("--to", metavar="DIR", help="The workspace; made from the backup where it is not there.")
    ] = None,
    margin: Annotated[int, typer.Option("--numbers-ahead", min=0, max=1_000_000, help="Control numbers left out of each sequence.")] = 1000,
    send: Annotated[bool, typer.Option("--send", help="Let go on what was about to leave, although it may have left since.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Bring a backup back into a workspace without data. Every file is verified first.

    Control numbers go on behind a margin, so that none is used twice; what was about to leave is held for a person.
    """
    root = to if to is not None else workspace_of(context)
    manifest, settled, kept = _told(lambda: _restore(root, source, margin=margin, hold=not send))
    if as_json:
        print_json(
            {"madeAt": manifest.made_at.isoformat(), "sequences": settled.numbers, "margin": margin, "held": settled.held}
            | {"batchesStopped": settled.batches, "filesThatDiffer": kept}
        )
        return
    from gateway.cli.words import command

    typer.echo(f"restored   the backup of {manifest.made_at:%Y-%m-%d %H:%M:%S} UTC into {root}")
    typer.echo(f"numbers    {settled.numbers} sequences of control numbers go on {margin} further: `{command(context, 'control', 'show')}`")
    if settled.held or settled.batches:
        typer.echo(
            f"held       {settled.held} deliveries and documents, {settled.batches} batches stopped: they may have left since the backup"
        )
        typer.echo(f"           next: `{command(context, 'held', 'list')}`")
    for path in kept:
        typer.echo(f"differs    {path} in the workspace is not as in the backup, and stays as it is")
    typer.echo("secrets    are not in a backup: `gateway doctor` tells which are missing")


def _restore(root: Path, source: Path, *, margin: int, hold: bool) -> "tuple[Manifest, Settled, list[str]]":
    from gateway.store.keeping import archive

    root.mkdir(parents=True, exist_ok=True)
    with archive.opened(source, root) as (folder, manifest):
        archive.verify(folder, manifest)
        kept = _bring_workspace(folder / "workspace", root)
        return manifest, _bring_data(root, folder, manifest, margin=margin, hold=hold), kept


def _bring_workspace(folder: Path, root: Path) -> list[str]:
    """Files that are not there are written; those that differ stay, and are told."""
    differing = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        place = root / path.relative_to(folder)
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(path.read_bytes())
        elif place.read_bytes() != path.read_bytes():
            differing.append(path.relative_to(folder).as_posix())
    return differing


def _bring_data(root: Path, folder: Path, manifest: "Manifest", *, margin: int, hold: bool) -> "Settled":
    from gateway.cli.client import settings_of
    from gateway.clock import system_clock
    from gateway.store.configured import database_of
    from gateway.store.folder import DataFolder
    from gateway.store.keeping import archive

    settings = settings_of(root)
    server = database_of(settings, root)
    if (server is None) != (manifest.database == "sqlite"):
        raise CliError(
            f"it is a backup of {manifest.database}", "Name such a database under `database:`, or none for SQLite.", ExitCode.FINDINGS
        )
    payloads = _payloads(settings, root)
    taken = DataFolder.take(settings.data_folder(root), payloads=payloads, is_shared=server is not None)
    try:
        archive.bring_payloads(folder, payloads)
        if server is None:
            return _into_file(taken.path, folder, manifest.made_at, system_clock(), margin, hold=hold)
        return _into_server(server, folder, manifest, system_clock(), margin, hold=hold)
    finally:
        taken.leave()


def _into_file(data: Path, folder: Path, made_at: datetime, now: datetime, margin: int, *, hold: bool) -> "Settled":
    """Under another name until it is safe: what breaks off leaves no database that could be used."""
    import os
    import shutil

    from gateway.ids import new_id
    from gateway.store.database import migrate
    from gateway.store.keeping.copies import SQLITE_FILE
    from gateway.store.keeping.restored import settle
    from gateway.store.sqlite import Sqlite
    from gateway.store.store import DATABASE

    if (data / DATABASE).exists():
        raise CliError(f"{data / DATABASE} is there already", "Move it away, or name another place with --to.", ExitCode.FINDINGS)
    unsafe = data / f"{DATABASE}.restoring"
    for leftover in data.glob(f"{unsafe.name}*"):
        leftover.unlink()
    shutil.copyfile(folder / "database" / SQLITE_FILE, unsafe)
    engine = Sqlite(unsafe).writer()
    try:
        migrate(engine)
        with engine.begin() as connection:
            settled = settle(connection, new_id, made_at=made_at, now=now, margin=margin, by=operator(), hold=hold)
    finally:
        engine.dispose()  # the last connection, which brings everything into the one file
    handle = os.open(unsafe, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    unsafe.rename(data / DATABASE)
    return settled


def _into_server(server: "object", folder: Path, manifest: "Manifest", now: datetime, margin: int, *, hold: bool) -> "Settled":
    from gateway.ids import new_id
    from gateway.store.database import NEWEST
    from gateway.store.keeping.copies import copy_to_server, is_empty
    from gateway.store.keeping.restored import settle
    from gateway.store.postgresql import Postgresql

    assert isinstance(server, Postgresql)
    engine = server.writer()
    try:
        with engine.connect() as connection:
            if not is_empty(connection):
                raise CliError("the database is in use", "Name an empty one under `database:`.", ExitCode.FINDINGS)
        server.migrate(engine, manifest.revision)
        with engine.begin() as connection:
            copy_to_server(connection, folder / "database")
            if manifest.revision == NEWEST:
                return settle(connection, new_id, made_at=manifest.made_at, now=now, margin=margin, by=operator(), hold=hold)
        server.migrate(engine)  # no node begins with an older revision
        with engine.begin() as connection:
            return settle(connection, new_id, made_at=manifest.made_at, now=now, margin=margin, by=operator(), hold=hold)
    finally:
        engine.dispose()


def _told(work: Callable[[], T]) -> T:
    """What goes wrong on disks and servers, as a sentence."""
    import sqlite3

    from sqlalchemy.exc import SQLAlchemyError

    from gateway.settings import SecretError
    from gateway.store.errors import DataFolderLockedError, StoreUnavailableError
    from gateway.store.keeping.archive import ArchiveError

    try:
        return work()
    except ArchiveError as fault:
        raise CliError(str(fault), "Nothing was changed.", ExitCode.FINDINGS) from None
    except DataFolderLockedError:
        raise CliError("a gateway of this workspace runs", "Stop it first.", ExitCode.FINDINGS) from None
    except (SecretError, StoreUnavailableError) as fault:
        raise CliError(str(fault), "Look at `database:` in gateway.yaml, and at the disk.") from None
    except OSError as fault:
        raise CliError(f"the disk: {fault.strerror or type(fault).__name__}", "Look at room and rights; nothing is half done.") from None
    except (sqlite3.Error, SQLAlchemyError) as fault:
        raise CliError(f"the database cannot be read or written ({type(fault).__name__})", "`gateway doctor` looks at it.") from None


def _payloads(settings: "Settings", root: Path) -> Path:
    shared = settings.database.payloads if settings.database else None
    return root / shared if shared else settings.data_folder(root) / "payloads"


def _release() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("partner-gateway")
    except PackageNotFoundError:
        return "checkout"


def _mib(size: int) -> str:
    return f"{size / (1 << 20):,.1f} MiB"
