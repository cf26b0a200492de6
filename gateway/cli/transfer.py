"""Bytes of any size between this command and the gateway: a payload into a file, a file to a partner (`gateway send`)."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any, Final

import typer

from gateway.cli.output import CliError, JsonOption, operator, print_json, workspace_of

if TYPE_CHECKING:
    import aiohttp

__all__ = ["fetch", "send", "send_file"]

_BLOCK: Final = 1 << 18


def send(
    context: typer.Context,
    partner: Annotated[str, typer.Argument(metavar="PARTNER")],
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, readable=True)],
    by: Annotated[str | None, typer.Option("--by", help="as2, sftp, http, folder or dropbox; absent: what the profile prefers.")] = None,
    name: Annotated[str | None, typer.Option("--name", help="The file's name at the partner's; its own when absent.")] = None,
    content_type: Annotated[str, typer.Option("--type", help="Its media type.")] = "application/octet-stream",
    key: Annotated[str, typer.Option("--key", help="The same key with the same file is the same delivery, however often it is sent.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Send a file of any size to a partner as it is, unread."""
    from gateway.cli.words import command

    said = {"transport": by, "name": name if name is not None else file.name, "content_type": content_type}
    answer = send_file(workspace_of(context), partner, file, said, key=key)
    if as_json:
        print_json(answer)
        return
    again = "was queued before" if answer["repeated"] else "is queued"
    typer.echo(f"{answer['bytes']} bytes for {answer['partnerId']} by {answer['transport']}: delivery {answer['deliveryId']} {again}")
    typer.echo(f"  `{command(context, 'docs', 'timeline', answer['transmissionId'])}` tells how it goes")


def send_file(root: Path, partner: str, file: Path, said: dict[str, str | None], *, key: str = "") -> dict[str, Any]:
    """Hand a file over to the gateway, running or not. `said`: transport, name, content_type. Raises `CliError`."""
    from gateway.cli.client import is_running
    from gateway.settings import data_folder_of

    given = {name: value for name, value in said.items() if value is not None}
    folder = data_folder_of(root)
    try:
        with file.open("rb") as stream:
            work = (
                _send_running(folder, partner, stream, given, key)
                if is_running(folder)
                else _send_stored(root, partner, stream, given, key)
            )
            return asyncio.run(work)
    except OSError as fault:
        raise CliError(f"{file}: {(fault.strerror or type(fault).__name__).lower()}", "Check the path.") from None


def fetch(root: Path, id_: str, output: Path | None, what: str = "payload") -> None:
    """The bytes of a transmission or delivery, or its `evidence`, into a file, or to standard output. Raises `CliError`."""
    from gateway.cli.client import is_running
    from gateway.settings import data_folder_of

    folder = data_folder_of(root)
    try:
        if output is None:
            sys.stdout.flush()
            asyncio.run(_fetch(root, folder, id_, sys.stdout.buffer, what, running=is_running(folder)))
            sys.stdout.buffer.flush()
            return
        partial = output.with_name(f".{output.name}.part")
        try:
            with partial.open("wb") as stream:
                asyncio.run(_fetch(root, folder, id_, stream, what, running=is_running(folder)))
            partial.replace(output)  # nothing that was there is lost to an id that is nothing
        finally:
            partial.unlink(missing_ok=True)
    except OSError as fault:
        raise CliError(f"{output or 'standard output'}: {(fault.strerror or type(fault).__name__).lower()}", "Check the path.") from None


async def _fetch(root: Path, folder: Path, id_: str, stream: IO[bytes], what: str, *, running: bool) -> None:
    if not running:
        from gateway import operations
        from gateway.cli.client import store_of

        async with store_of(root) as context:
            if what == "evidence":
                async with operations.evidence(context, id_) as (_, packed):
                    stream.writelines(packed.blocks())
            else:
                payload, _ = await operations.payload(context, id_)
                stream.writelines(payload.blocks())
        return
    async with _session(folder) as (session, url), session.get(url / "things" / id_ / what) as response:
        if response.status >= 400:
            raise await _refused(response)
        async for block in response.content.iter_chunked(_BLOCK):
            stream.write(block)


async def _send_stored(root: Path, partner: str, stream: IO[bytes], given: dict[str, str], key: str) -> dict[str, Any]:
    from gateway import operations
    from gateway.cli.client import store_of

    async with store_of(root) as context:
        return await operations.send_file(
            context,
            partner,
            _blocks(stream),
            transport=given.get("transport"),
            name=given.get("name", ""),
            content_type=given.get("content_type", ""),
            idempotency_key=key,
            client=operator(),
        )


async def _send_running(folder: Path, partner: str, stream: IO[bytes], given: dict[str, str], key: str) -> dict[str, Any]:
    length = str(os.fstat(stream.fileno()).st_size)
    headers = {"Content-Type": "application/octet-stream", "Content-Length": length, **({"Idempotency-Key": key} if key else {})}
    async with (
        _session(folder) as (session, url),
        session.post(url / "partners" / partner / "files", params=given, data=_blocks(stream), headers=headers) as response,
    ):
        if response.status >= 400:
            raise await _refused(response)
        answer: dict[str, Any] = await response.json()
        return answer


async def _blocks(stream: IO[bytes]) -> AsyncIterator[bytes]:
    while block := await asyncio.to_thread(stream.read, _BLOCK):
        yield block


@asynccontextmanager
async def _session(folder: Path) -> "AsyncIterator[tuple[aiohttp.ClientSession, Any]]":
    """A session over the socket of the running gateway, and the address of its operations."""
    import aiohttp
    from yarl import URL

    from gateway.service.admin import PREFIX
    from gateway.service.local import reachable_path

    with reachable_path(folder) as path:
        try:
            timeout = aiohttp.ClientTimeout(total=None)
            async with aiohttp.ClientSession(connector=aiohttp.UnixConnector(path), timeout=timeout) as session:
                yield session, URL(f"http://gateway{PREFIX}")
        except aiohttp.ClientError as fault:
            raise CliError(f"the running gateway broke off ({type(fault).__name__})", "Ask again; look into its log.") from None


async def _refused(response: "aiohttp.ClientResponse") -> CliError:
    from gateway.cli.client import as_refused

    return as_refused(await response.read(), response.status)
