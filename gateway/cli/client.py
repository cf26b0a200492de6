"""Reaches the gateway of a workspace: a running one over its Unix socket, one that stands still by opening its store."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from gateway.cli.output import GONE, CliError, ExitCode

if TYPE_CHECKING:
    from gateway.errors import Refusal
    from gateway.pipeline.context import Context
    from gateway.settings import Settings, SettingsError

__all__ = ["as_refused", "ask", "is_running", "is_serving", "settings_of", "store_of"]


def settings_of(root: Path) -> "Settings":
    """The settings of a workspace. Raises `CliError`."""
    from gateway.settings import SettingsError, load_settings

    try:
        return load_settings(root)
    except SettingsError as fault:
        raise _unusable(root, fault) from None


def _unusable(root: Path, fault: "SettingsError") -> CliError:
    return CliError(f"{root / 'gateway.yaml'}: {fault}", "Correct the file, or name another workspace with -w.")


def is_running(folder: Path) -> bool:
    """Whether a gateway answers on the socket of this data folder."""
    from gateway.service.local import SOCKET_NAME, reachable_path

    if not (folder / SOCKET_NAME).exists():
        return False
    with reachable_path(folder) as path, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(2)
        try:
            connection.connect(path)
        except OSError:
            return False
    return True


def is_serving(root: Path) -> bool:
    """Whether the gateway of this workspace runs."""
    from gateway.settings import data_folder_of

    return is_running(data_folder_of(root))


def ask(root: Path, operation: str, id_: str = "", **arguments: Any) -> dict[str, Any]:
    """The answer of an operation. Raises `CliError` with the cause's words and the exit code that fits."""
    from gateway.settings import data_folder_of

    given = {name: value for name, value in arguments.items() if value is not None}
    folder = data_folder_of(root)
    running = is_running(folder)
    answer = asyncio.run(_ask_running(folder, operation, id_, given) if running else _ask_store(root, operation, id_, given))
    _tell_faults(root)
    return answer


@cache
def _tell_faults(root: Path) -> None:
    """That gateway.yaml has faults, once: it does not hide what happened, and is told beside it."""
    try:
        settings_of(root)
    except CliError as fault:
        typer.echo(f"gateway: {fault.message}\n  the revision in force is not touched by this", err=True)


async def _ask_running(folder: Path, operation: str, id_: str, given: dict[str, Any]) -> dict[str, Any]:
    from gateway.service.operations_table import OPERATIONS

    one = OPERATIONS[operation]
    body = await _request(folder, one.method, one.path, id_, given)
    answer: dict[str, Any] = _json(body)
    return answer


async def _request(folder: Path, method: str, path: str, id_: str, given: dict[str, Any]) -> bytes:
    from urllib.parse import quote

    import aiohttp
    from yarl import URL

    from gateway.service.admin import PREFIX
    from gateway.service.local import reachable_path

    url = URL(f"http://gateway{PREFIX}{path.replace('{id}', quote(id_, safe=''))}", encoded=True)
    sent: dict[str, Any] = {"params": {name: str(value) for name, value in given.items()}} if method == "GET" else {"json": given}
    with reachable_path(folder) as socket_path:
        try:
            session = aiohttp.ClientSession(connector=aiohttp.UnixConnector(socket_path))
            async with session, session.request(method, url, **sent) as response:
                body = await response.read()
                if response.status >= 400:
                    raise as_refused(body, response.status)
                return body
        except aiohttp.ClientError as fault:
            raise CliError(f"the running gateway broke off ({type(fault).__name__})", "Ask again; look into its log.") from None


async def _ask_store(root: Path, operation: str, id_: str, given: dict[str, Any]) -> dict[str, Any]:
    from gateway.service.admin import checked
    from gateway.service.operations_table import OPERATIONS

    one = OPERATIONS[operation]
    async with store_of(root) as context:
        return await one.call(context, id_, checked(one, given))


@asynccontextmanager
async def store_of(root: Path) -> "AsyncIterator[Context]":
    """The store of a gateway that stands still. What it refuses becomes a `CliError`."""
    from gateway.app import WorkspaceError, opened
    from gateway.errors import Refusal
    from gateway.log import configure
    from gateway.settings import LogSettings, SettingsError
    from gateway.store.errors import DatabaseDamagedError, DatabaseGoneError, DataFolderLockedError, StoreUnavailableError

    configure(LogSettings(level="error", format="text"))
    try:
        async with opened(root) as context:
            yield context
    except DatabaseGoneError as fault:
        raise CliError(fault.detail, GONE) from None
    except DatabaseDamagedError as fault:
        raise _refused(fault) from None
    except StoreUnavailableError as fault:  # a refusal too, but its next action is for who sends
        raise CliError(fault.detail, "Look at the disk and at the rights of the data folder.") from None
    except Refusal as refusal:
        raise _refused(refusal) from None
    except DataFolderLockedError as fault:
        raise CliError(str(fault), "Wait until it has started or ended, and ask again.", ExitCode.FINDINGS) from None
    except SettingsError as fault:
        raise _unusable(root, fault) from None
    except WorkspaceError as fault:  # of a revision: it was without faults when it was applied
        raise CliError(f"this release cannot use the revision in force: {fault}", "Use the release that it was applied with.") from None


def _refused(refusal: "Refusal") -> CliError:
    from gateway.errors import CAUSES

    text = CAUSES[refusal.cause]
    return _as_error(text.title, refusal.detail, text.next_action, refusal.cause, refusal.faults)


def as_refused(body: bytes, status: int) -> CliError:
    """A problem that the gateway answered with."""
    problem = _json(body)
    if not isinstance(problem, dict) or "code" not in problem:
        return CliError(f"the gateway answered with HTTP status {status}", "Look into its log.", ExitCode.FINDINGS)
    return _as_error(problem["title"], problem.get("detail", ""), problem["nextAction"], problem["code"], problem.get("faults", []))


def _as_error(title: str, detail: str, next_action: str, code: str, faults: list[dict[str, Any]]) -> CliError:
    exit_codes = {
        "not-found": ExitCode.NOT_FOUND,
        "malformed-request": ExitCode.CANNOT,
        "store-unavailable": ExitCode.CANNOT,
        "store-damaged": ExitCode.CANNOT,
    }
    message = f"{title}: {detail}" if detail else title
    return CliError(message, next_action, exit_codes.get(code, ExitCode.FINDINGS), cause=code, faults=faults)


def _json(body: bytes) -> Any:
    import json

    try:
        return json.loads(body)
    except ValueError:
        return None
