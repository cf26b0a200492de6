"""Which sets and segments of a file a person wants to see: one set, only faults, or as much as fits."""

from collections.abc import Iterable

from edi.envelope import TransactionSet
from edi.validate import ValidatedInterchange
from edi.values import Segment
from gateway.cli.output import CliError, ExitCode

__all__ = ["Selection", "chosen_sets"]


class Selection:
    """Asked for each segment of an interchange in order. `most` counts; segments with a fault have as much room beside."""

    def __init__(
        self, validated: ValidatedInterchange, *, starts: frozenset[int] | None = None, only_faults: bool = False, most: int | None = None
    ) -> None:
        self._starts, self._only_faults = starts, only_faults
        self._faulty = {finding.location.offset for finding in validated.findings}
        self._room = {True: most, False: most}

    def wanted(self, transaction_set: TransactionSet, segment: Segment) -> bool:
        """Whether this segment is shown."""
        if self._starts is not None and transaction_set.start not in self._starts:
            return False
        is_faulty = segment.offset in self._faulty
        if self._only_faults and not is_faulty:
            return False
        for kind in (False, True) if is_faulty else (False,):
            room = self._room[kind]
            if room is None:
                return True
            if room:
                self._room[kind] = room - 1
                return True
        return False


def chosen_sets(interchanges: Iterable[ValidatedInterchange], name: str, file: str) -> frozenset[int]:
    """Where the sets begin that `--set` names: by control number, else by their count in the file. Raises `CliError` when none does."""
    sets = [validation.transaction_set for interchange in interchanges for validation in interchange.validations]
    found = [one for one in sets if one.control_number == name]
    if not found and name.isascii() and name.isdecimal() and len(name) < 10 and 1 <= int(name) <= len(sets):
        found = [sets[int(name) - 1]]
    if not found:
        there = ", ".join(one.control_number for one in sets[:8]) + (" …" if len(sets) > 8 else "")
        hint = f"Name a control number or 1 to {len(sets)}; there are: {there}" if sets else "There is no set in it."
        raise CliError(f"{file}: no set {name} in it", hint, file=file, code=ExitCode.NOT_FOUND)
    return frozenset(one.start for one in found)
