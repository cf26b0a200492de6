"""A process held to a part of one core: by a cgroup where one can be made, else by Debian's cpulimit."""

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

__all__ = ["held_to"]

_GROUPS = Path("/sys/fs/cgroup/cpu")
_PERIOD = 100_000  #: microseconds


@contextmanager
def held_to(share: float, pids: Sequence[int]) -> Iterator[None]:
    """Each of the processes gets at most so much of one core. Raises RuntimeError where the machine has no way to do that."""
    if (_GROUPS / "cpu.cfs_quota_us").exists() or _can_make_groups():
        groups = [_GROUPS / f"engine-bench-{pid}" for pid in pids]
        try:
            for group, pid in zip(groups, pids, strict=True):
                group.mkdir()
                (group / "cpu.cfs_period_us").write_text(str(_PERIOD))
                (group / "cpu.cfs_quota_us").write_text(str(int(_PERIOD * share)))
                (group / "cgroup.procs").write_text(str(pid))
            yield
        finally:
            for group in groups:
                for pid in (group / "cgroup.procs").read_text().split():
                    (_GROUPS / "cgroup.procs").write_text(pid)
                group.rmdir()
        return
    tool = shutil.which("cpulimit")
    if tool is None:
        raise RuntimeError("neither a cgroup nor cpulimit (apt install cpulimit)")
    limits = [subprocess.Popen([tool, "-q", "-l", str(int(share * 100)), "-p", str(pid)]) for pid in pids]
    try:
        yield
    finally:
        for limit in limits:
            limit.terminate()
            limit.wait()


def _can_make_groups() -> bool:
    probe = _GROUPS / "engine-bench-probe"
    try:
        probe.mkdir()
        can = (probe / "cpu.cfs_quota_us").exists()
        probe.rmdir()
    except OSError:
        return False
    return can
