"""What a process uses of memory: at rest, and at most since it was last asked to begin to count anew."""

from pathlib import Path

__all__ = ["at_most", "at_rest", "begin"]


def at_rest(pid: int) -> float:
    """Megabytes in use now (VmRSS)."""
    return _field(pid, "VmRSS")


def at_most(pid: int) -> float:
    """Megabytes at the highest point (VmHWM) since `begin`."""
    return _field(pid, "VmHWM")


def begin(pid: int) -> None:
    """The highest point is what is in use now."""
    Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")


def _field(pid: int, name: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1024
    raise AssertionError(f"/proc/{pid}/status has no {name}")
