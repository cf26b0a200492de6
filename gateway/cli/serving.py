"""Runs the gateway of a workspace in the foreground until a signal ends it."""

import asyncio
import signal
import sys
from pathlib import Path
from typing import Final

import typer

from gateway import collector
from gateway.cli.client import settings_of
from gateway.cli.output import GONE, CliError, ExitCode

__all__ = ["MIGRATE", "serve_until_stopped"]

MIGRATE = "Stop every node of the other release, then `gateway migrate`; or run the release that the database is of."
#: seconds after which a thread that computes lets another go on: the store's writer gives the interpreter away for each statement, and a
#: message is through as soon as its commits are
_TURN: Final = 0.001


def serve_until_stopped(root: Path, role: str = "all") -> None:
    """Serve; back when the gateway has ended in order. Raises `CliError` when it cannot begin."""
    from gateway.app import RoleError, WorkspaceError
    from gateway.errors import CAUSES
    from gateway.log import configure
    from gateway.store.errors import DatabaseDamagedError, DatabaseGoneError, DataFolderLockedError, SchemaError, StoreUnavailableError
    from gateway.tls import TlsError

    settings = settings_of(root)
    configure(settings.log)
    try:
        asyncio.run(_serve(root, role))
    except DataFolderLockedError as fault:
        raise CliError(str(fault), "A gateway of this workspace runs already; `gateway status` asks it.", ExitCode.FINDINGS) from None
    except WorkspaceError as fault:
        raise CliError(f"the workspace has faults: {fault.faults[0]}", "`gateway plan` lists every fault.") from None
    except RoleError as fault:
        raise CliError(str(fault), "Serve without --role, or name a database.") from None
    except SchemaError as fault:
        raise CliError(fault.detail, MIGRATE, ExitCode.FINDINGS) from None
    except DatabaseGoneError as fault:
        raise CliError(fault.detail, GONE, ExitCode.FINDINGS) from None
    except DatabaseDamagedError as fault:
        raise CliError(fault.detail, CAUSES[fault.cause].next_action, ExitCode.FINDINGS) from None
    except StoreUnavailableError as fault:
        raise CliError(fault.detail, "Look at the disk and at the rights of the data folder.", ExitCode.FINDINGS) from None
    except TlsError as fault:
        raise CliError(f"https cannot be served: {fault}", "Correct listen.tls; `gateway doctor` looks at it too.") from None
    except OSError as fault:
        place = " or ".join(f"{listen.host}:{listen.port}" for listen in settings.listeners)
        raise CliError(
            f"cannot listen on {place}: {fault.strerror}", "Stop who has the port, or set listen.port.", ExitCode.FINDINGS
        ) from None


async def _serve(root: Path, role: str) -> None:
    from gateway.app import App
    from gateway.roles import Role

    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    app = await App.open(root, role=Role(role))
    looks: set[asyncio.Task[None]] = set()

    def look() -> None:
        looks.add(task := asyncio.create_task(app.service.reload_certificates()))
        task.add_done_callback(looks.discard)

    try:
        await app.start()
        if any(listen.tls for listen in app.settings.listeners):
            loop.add_signal_handler(signal.SIGHUP, look)
        places = zip(app.settings.listeners, app.service.ports, strict=app.role.listens)
        addresses = [f"{'https' if listen.tls else 'http'}://{listen.host}:{port}" for listen, port in places]
        doing = f"serving {' and '.join(addresses)}" if addresses else f"working as {role}"
        typer.echo(f"{doing}  (stop with Ctrl-C)")
        collector.let_it_rest()
        sys.setswitchinterval(_TURN)
        await ended.wait()
    finally:
        await app.stop()
