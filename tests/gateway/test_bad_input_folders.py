"""What partners leave in folders, here and on their SFTP servers: odd names, no files, files that grow, and what is not a file."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from gateway.states import Thing
from sftp.server import SftpServer
from tests.gateway.hostile import SOUTHMART_YAML, Gateway, orders, running, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

KINDS = ("folder", "sftp")
SENDER = {"folder": "NORTHMART", "sftp": "SOUTHMART"}
GOOD_NAMES = [
    "order.edi",
    "-rf.edi",
    "a b.edi",
    "$(rm -rf x).edi",
    "'; drop table.edi",
    "%s%n.edi",
    "a\\b.edi",
    "x" * 246 + ".edi",
]
BAD_NAMES = ["new\nline.edi", "tab\t.edi", "esc\x1b[31m.edi"]
NOT_WANTED = [".hidden.edi", "UPPER.EDI.part", "notes.txt"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Gateway]:
    root = tmp_path_factory.mktemp("folders")
    mailbox = root / "server"
    (mailbox / "out").mkdir(parents=True)
    with SftpServer.of_one(mailbox, user="us", password="the-password-of-sftp") as server:
        pickup = 'pickup: {folder: out, patterns: ["*.edi"], looks_apart: 0.1, every: 0.2}'
        endpoint = (
            f'host: 127.0.0.1, port: {server.port}, user: us, password: "file:secrets/sftp", host_keys: {{current: "{server.host_key}"}}'
        )
        transports = f"transports: {{folder: {{drop: {{folder: to-southmart}}}}, sftp: {{{endpoint}, {pickup}}}}}\nsend_by: folder"
        southmart = SOUTHMART_YAML.replace("transports: {folder: {drop: {folder: to-southmart}}}", transports)
        files = {"partners/southmart/partner.yaml": southmart, "secrets/sftp": "the-password-of-sftp"}
        async with running(root / "workspace", **files) as opened:
            yield opened
            assert "the-password-of-sftp" not in opened.log.getvalue()


def folder_of(gateway: Gateway, kind: str) -> Path:
    folder = gateway.root / "from-northmart" if kind == "folder" else gateway.root.parent / "server" / "out"
    folder.mkdir(exist_ok=True)
    return folder


def leave(folder: Path, name: str, data: bytes) -> None:
    """As a careful partner does it."""
    hidden = folder / ".being-written"
    hidden.write_bytes(data)
    hidden.rename(folder / name)


def append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


def leave_hole(path: Path, size: int) -> None:
    """A file that is large and takes no room."""
    with path.open("wb") as file:
        file.truncate(size)


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@contextmanager
def tidied(folder: Path, *names: str) -> Iterator[None]:
    """What nobody takes is put away again."""
    try:
        yield
    finally:
        for path in (folder / name for name in names):
            if path.is_dir() and not path.is_symlink():
                path.rmdir()
            else:
                path.unlink(missing_ok=True)


async def arrived(gateway: Gateway, kind: str, files: dict[str, bytes]) -> dict[str, dict[str, Any]]:
    """The transmissions of these names, once all are there and settled."""

    async def all_there() -> list[dict[str, Any]] | None:
        rows = [row for row in await gateway.rows(Thing.TRANSMISSION, transport=kind, direction="inbound") if row["file_name"] in files]
        return rows if len(rows) == len(files) else None

    rows = await until(all_there)
    return {row["file_name"]: await gateway.settled(row["id"]) for row in rows}


@pytest.mark.parametrize("kind", KINDS)
async def test_odd_names_are_labels_and_their_files_are_taken(gateway: Gateway, kind: str) -> None:
    folder = folder_of(gateway, kind)
    files = {name: orders(f"{kind}-{index}", sender=SENDER[kind]) for index, name in enumerate(GOOD_NAMES)}
    for name, data in files.items():
        leave(folder, name, data)
    found = await arrived(gateway, kind, files)
    assert {row["state"] for row in found.values()} == {"OPENED"}
    for name, row in found.items():
        assert await gateway.app.context.store.load(row["payload_sha256"]) == files[name]
    assert not names_in(folder) & set(GOOD_NAMES)


@pytest.mark.parametrize("kind", KINDS)
async def test_names_that_cannot_be_taken_stand_in_the_status_with_what_to_do(gateway: Gateway, kind: str) -> None:
    folder = folder_of(gateway, kind)
    with tidied(folder, *BAD_NAMES, *NOT_WANTED, "big.edi"):
        for name in (*BAD_NAMES, *NOT_WANTED):
            leave(folder, name, orders())
        leave_hole(folder / "big.edi", 3_000_000_000)
        endpoint = "northmart:folder:from-northmart" if kind == "folder" else "southmart:sftp:out"
        wanted = {"bad-name", "too-large"} if kind == "folder" else {"too-large"}  # our own server shows no such names

        async def told() -> dict[str, Any] | None:
            status = await gateway.ask("GET", "/admin/v1/status", key="admin")
            folders = {one["folder"]: {trouble["kind"]: trouble for trouble in one["troubles"]} for one in status.json["folders"]}
            return folders[endpoint] if folders.get(endpoint, {}).keys() == wanted else None

        troubles = await until(told)
        assert all(trouble["nextAction"] for trouble in troubles.values())
        assert not any("\n" in name or "\x1b" in name for trouble in troubles.values() for name in trouble["files"])
        await asyncio.sleep(0.6)
        assert names_in(folder) >= {*BAD_NAMES, *NOT_WANTED, "big.edi"}
    lines = [line for line in gateway.log.getvalue().splitlines() if endpoint in line]
    assert len(lines) == len(wanted), "what is new is told once, not at every look"


@pytest.mark.parametrize("kind", KINDS)
async def test_what_is_no_interchange_is_taken_and_held(gateway: Gateway, kind: str) -> None:
    folder = folder_of(gateway, kind)
    files = {"binary.edi": bytes(range(256)) * 100, "zeroes.edi": bytes(200_000), "other.edi": orders(sender="NOBODY")}
    for name, data in files.items():
        leave(folder, name, data)
    found = await arrived(gateway, kind, files)
    assert {name: (row["state"], row["cause"]) for name, row in found.items()} == {
        "binary.edi": ("HELD", "unreadable"),
        "zeroes.edi": ("HELD", "unreadable"),
        "other.edi": ("HELD", "unknown-partner"),
    }
    for name, row in found.items():
        assert await gateway.held(row["id"])
        assert await gateway.app.context.store.load(row["payload_sha256"]) == files[name]


@pytest.mark.parametrize("kind", KINDS)
async def test_links_folders_pipes_and_empty_files_are_left_where_they_are(gateway: Gateway, kind: str) -> None:
    folder = folder_of(gateway, kind)
    names = ("link.edi", "dangling.edi", "loop.edi", "folder.edi", "pipe.edi", "empty.edi")
    with tidied(folder, *names):
        (folder / "link.edi").symlink_to("/etc/passwd")
        (folder / "dangling.edi").symlink_to("nowhere")
        (folder / "loop.edi").symlink_to("loop.edi")
        (folder / "folder.edi").mkdir()
        os.mkfifo(folder / "pipe.edi")
        (folder / "empty.edi").touch()
        await asyncio.sleep(0.8)
        assert names_in(folder) >= set(names)
    assert not [row for row in await gateway.rows(Thing.TRANSMISSION, transport=kind) if row["file_name"] in names]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_file_that_grows_is_taken_whole(gateway: Gateway, kind: str) -> None:
    folder = folder_of(gateway, kind)
    data = orders(f"{kind}-grows", sender=SENDER[kind])
    for begin in range(0, len(data), 40):
        append(folder / "grows.edi", data[begin : begin + 40])
        await asyncio.sleep(0.05)
    found = await arrived(gateway, kind, {"grows.edi": data})
    assert await gateway.app.context.store.load(found["grows.edi"]["payload_sha256"]) == data
