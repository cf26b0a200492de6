"""A large file from gateway to gateway: it arrives as it was, and neither process needs much more memory than at rest."""

import tempfile
import time
from pathlib import Path
from typing import Any

from tests.chaos.couple import Couple, MiB, make_file, running
from tests.chaos.memory import at_most, at_rest, begin
from tests.support.sshd import running_sshd

__all__ = ["large_as2", "large_sftp"]

ABOVE_IDLE = 64.0  #: megabytes
_PATIENCE = 900.0


async def large_as2() -> list[str]:
    """500 MB, signed and encrypted, with the receipt at once and with one that comes later."""
    faults = []
    for async_mdn in (False, True):
        receipt = "an asynchronous" if async_mdn else "a synchronous"
        with tempfile.TemporaryDirectory() as folder:
            async with running(Path(folder), async_mdn=async_mdn) as couple:
                faults += await _exchange(couple, Path(folder), "as2", 500, f"AS2, signed and encrypted, {receipt} MDN")
    return faults


async def large_sftp() -> list[str]:
    """500 MB and 1 GB, left on an OpenSSH server by one gateway and picked up there by the other."""
    faults = []
    with tempfile.TemporaryDirectory() as folder, running_sshd(Path(folder)) as sshd:
        (sshd.folder / "exchange").mkdir()
        sftp: dict[str, Any] = sshd.settings()
        sftp["key"] = f"file:{sshd.keys / 'user_key'}"
        async with running(Path(folder), sftp=sftp) as couple:
            for size in (500, 1000):
                faults += await _exchange(couple, Path(folder), "sftp", size, "SFTP by way of an OpenSSH server")
    return faults


async def _exchange(couple: Couple, folder: Path, by: str, megabytes: int, words: str) -> list[str]:
    pids = {"sender": couple.sender.pid, "receiver": couple.receiver.pid}
    small = folder / "small.bin"
    fresh = {name: at_rest(pid) for name, pid in pids.items()}
    digest = make_file(small, 2000)
    await couple.send(small, by)
    await couple.arrived(digest, within=60)
    idle = {name: at_rest(pid) for name, pid in pids.items()}
    for pid in pids.values():
        begin(pid)
    large = folder / "large.bin"
    digest = make_file(large, megabytes * MiB)
    began = time.perf_counter()
    queued = await couple.send(large, by)
    arrived = await couple.arrived(digest, within=_PATIENCE)
    state = await couple.finished(queued["deliveryId"], within=_PATIENCE)
    seconds = time.perf_counter() - began
    large.unlink()
    print(f"{words}: {megabytes} MB in {seconds:.1f} s, delivery {state}, SHA-256 equal at the receiver ({arrived['id']})")
    faults = [] if state in {"RECEIPTED", "DELIVERED"} else [f"{words}: the delivery is {state}"]
    for name, pid in pids.items():
        most = at_most(pid)
        above = most - idle[name]
        verdict = "ok" if above <= ABOVE_IDLE else "TOO MUCH"
        figures = f"{fresh[name]:.0f} MB when started, {idle[name]:.0f} MB idle after a small file, at most {most:.0f} MB"
        print(f"  {name}: {figures}: {above:.0f} MB above idle (at most {ABOVE_IDLE:.0f}): {verdict}")
        if above > ABOVE_IDLE:
            faults.append(f"{words}: the {name} used {above:.0f} MB above idle")
    return faults
