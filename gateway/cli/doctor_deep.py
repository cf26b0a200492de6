"""`gateway doctor --deep`: asks for each check of the store, part by part, so that a running gateway goes on with its work."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from gateway.cli.check import Check
from gateway.cli.output import CliError, operator

__all__ = ["deep_checks"]

_WELL: Final = {
    "database": "every page of the database holds together",
    "states": "everything is in a state that there is",
    "references": "everything that is named is there",
    "work": "what is open has its work, and no work is about nothing",
    "audit": "no event is missing that retention did not remove",
    "numbers": "no sequence of control numbers stands below what was written",
    "payloads": "the bytes of every payload are those of its digest",
    "files": "every payload file has its row",
}


def deep_checks(root: Path, *, repair: bool) -> list[Check]:
    """A line for each fault, and one for each check without."""
    return [line for check, well in _WELL.items() for line in _lines(root, check, well, repair=repair)]


def _lines(root: Path, check: str, well: str, *, repair: bool) -> Iterator[Check]:
    try:
        found = _asked(root, check, repair=repair)
    except CliError as refused:
        if refused.details.get("cause") != "store-damaged":
            raise
        yield Check(f"store {check}", "fault", "a table that it needs cannot be read", "Stop the gateway; restore the newest backup.")
        return
    for fault in found:
        name, detail = f"store {check}", f"{fault['subject']}: {fault['detail']}"
        if fault["repaired"]:
            yield Check(name, "ok", f"{detail}: mended")
        else:
            yield Check(name, "warning" if check == "files" else "fault", detail, fault["nextAction"])
    if not found:
        yield Check(f"store {check}", "ok", well)


def _asked(root: Path, check: str, *, repair: bool) -> list[dict[str, Any]]:
    from gateway.cli.client import ask

    found, after = [], ""
    while True:
        answer = ask(root, "deep", check=check, after=after, repair=repair, by=operator())
        found += answer["faults"]
        after = answer["next"]
        if not after:
            return found
