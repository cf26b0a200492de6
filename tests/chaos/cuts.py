"""Connections that are cut at random bytes of 5 MB bodies: after the retries each file is there once, and none is lost."""

import asyncio
import os
import random
import tempfile
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

from gateway.cli.transfer import send_file
from tests.chaos.couple import Couple, make_file, running
from tests.chaos.cutting import Cutter, Side
from tests.support.sshd import running_sshd

__all__ = ["cuts_as2", "cuts_sftp"]

RUNS: Final = int(os.environ.get("CHAOS_RUNS", "50"))
_SIZE: Final = 5_000_000
_MDN: Final = 3_000  #: bytes of an answer with its receipt, at least
_PATIENCE: Final = 60.0
_MiB: Final = 1024 * 1024


async def cuts_as2() -> list[str]:
    """Within the message, and within the answer with its receipt."""
    with tempfile.TemporaryDirectory() as folder:
        async with AsyncExitStack() as stack:
            cutter: Cutter | None = None

            async def between(port: int) -> int:
                nonlocal cutter
                cutter = await stack.enter_async_context(Cutter(port))
                return cutter.port

            couple = await stack.enter_async_context(running(Path(folder), between=between, read_bytes=_MiB))
            assert cutter is not None
            ways = {"message": (cutter, Side.REQUEST, _SIZE), "receipt": (cutter, Side.ANSWER, _MDN)}
            return await _all_runs(couple, Path(folder), "as2", ways)


async def cuts_sftp() -> list[str]:
    """Within the upload to an OpenSSH server, and within the download from it."""
    with tempfile.TemporaryDirectory() as folder, running_sshd(Path(folder)) as sshd:
        (sshd.folder / "exchange").mkdir()
        sftp: dict[str, Any] = {**sshd.settings(), "key": f"file:{sshd.keys / 'user_key'}"}
        async with AsyncExitStack() as stack:
            up, down = [await stack.enter_async_context(Cutter(sshd.port)) for _ in range(2)]
            ports = (up.port, down.port)
            couple = await stack.enter_async_context(running(Path(folder), sftp=sftp, sftp_ports=ports, read_bytes=_MiB))
            ways = {"upload": (up, Side.REQUEST, _SIZE), "download": (down, Side.ANSWER, _SIZE)}
            return await _all_runs(couple, Path(folder), "sftp", ways)


async def _all_runs(couple: Couple, folder: Path, by: str, ways: dict[str, tuple[Cutter, Side, int]]) -> list[str]:
    seed = int(os.environ.get("CHAOS_SEED") or random.SystemRandom().randrange(1 << 32))
    chance = random.Random(seed)
    print(f"seed {seed}: {RUNS} runs of each way")
    sent: list[str] = []
    for way, (cutter, side, size) in ways.items():
        before, attempts = cutter.cuts, Counter[int]()
        for _ in range(RUNS):
            cutter.arm(side, chance.randrange(size))
            digest, tries = await _one(couple, folder / "cut.bin", by)
            sent.append(digest)
            attempts[tries] += 1
        told = ", ".join(f"{count} after {tries}" for tries, count in sorted(attempts.items()))
        print(f"{by} {way}: {cutter.cuts - before} of {RUNS} cut within its bytes; attempts needed: {told}")
    return await _reconcile(couple, sent)


async def _one(couple: Couple, file: Path, by: str) -> tuple[str, int]:
    """One file, until both sides are done with it. Gives its digest, and how many attempts it took."""
    digest = make_file(file, _SIZE)
    said = {"transport": by, "name": f"{digest[:16]}.bin"}
    queued = await asyncio.to_thread(send_file, couple.sender.root, "harborline", file, said)
    state = await couple.finished(queued["deliveryId"], within=_PATIENCE)
    if state not in {"RECEIPTED", "DELIVERED"}:
        raise AssertionError(f"the delivery is {state}")
    await couple.arrived(digest, within=_PATIENCE)
    return digest, (await couple.sender.ask("show", queued["deliveryId"]))["attempts"]


async def _reconcile(couple: Couple, sent: list[str]) -> list[str]:
    """What was sent against what the receiver has, by digests, and both gateways' own books."""
    rows = couple.transmissions()
    got = Counter(row["payload_sha256"] for row in rows if row["state"] != "DUPLICATE")
    repeated = sum(row["state"] == "DUPLICATE" for row in rows)
    missing = set(sent) - set(got)
    twice = {digest for digest, count in got.items() if count > 1}
    strange = set(got) - set(sent)
    lost = [one for ask in (couple.sender.ask, couple.receiver.ask) for one in (await ask("counts"))["lost"]]
    print(
        f"sent {len(sent)}, arrived {len(got)}, missing {len(missing)}, twice {len(twice)}, other bytes {len(strange)}, lost {len(lost)};"
    )
    print(f"  {repeated} repetitions were known and answered as before")
    found = {"missing": missing, "twice": twice, "other bytes": strange, "lost": lost}
    return [f"{len(what)} {name}" for name, what in found.items() if what]
