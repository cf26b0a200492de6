"""The processes that a process started and that are there, dead ones that nobody waited for among them."""

from pathlib import Path

__all__ = ["children_of"]


def children_of(pid: int, module: str = "") -> list[int]:
    """Their ids; only those whose command names a module, where one is asked for."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == pid and module in (folder / "cmdline").read_text():
                found.append(int(folder.name))
        except OSError:  # it ended meanwhile
            continue
    return found
