"""Several encoded documents as one interchange: groups and sets in their order, written ahead under trial numbers. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from edi.outgoing import OutgoingGroup, OutgoingInterchange, OutgoingSet
from edi.write import write
from gateway.pipeline.numbered import TRIAL
from gateway.pipeline.write_set import Encoding
from gateway.pipeline.writing import write_options

__all__ = ["Place", "Together", "together"]

_TRIALS: Final = re.compile(rb"(?<![0-9])99999[0-9]{4}(?![0-9])")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a document stands in the interchange."""

    group: int  #: from 0
    set: int  #: from 0, in all of it
    control_number: str  #: of the set; as written, unless sets are counted on


@dataclass(frozen=True, slots=True)
class Together:
    """An interchange of several documents, but for its numbers."""

    interchange: OutgoingInterchange
    groups: tuple[OutgoingGroup, ...]
    places: tuple[Place, ...]  #: of the documents, in the order in which they were given
    first: Encoding  #: says how it is written
    trial: bytes

    def bytes(self, interchange: int, group: int, digits: int, sets: Sequence[str] = ()) -> bytes:
        """What leaves, under the number of the interchange and those of its groups from one on; `sets` where these are counted on."""
        x12 = self.first.agreement.standard == "x12"
        number = str(interchange).zfill(digits)
        if not sets and self.first.agreement.write.width is None:
            numbers = {str(TRIAL.interchange).encode(): number.encode()}
            numbers |= {_trial(n): str(group + n).encode() for n in range(len(self.groups) if x12 else 0)}
            expected = 2 * len(numbers)
            data, count = _TRIALS.subn(lambda found: numbers.get(found[0], found[0]), self.trial)
            if count == expected:  # else one of them stands in the data too
                return data
        return write(self._numbered(number, group, sets), write_options(self.first.agreement))

    def _numbered(self, interchange: str, group: int, sets: Sequence[str]) -> OutgoingInterchange:
        numbers = iter(sets)
        groups = tuple(
            replace(
                one,
                control_number=str(group + n),
                sets=tuple(replace(s, control_number=next(numbers)) for s in one.sets) if sets else one.sets,
            )
            for n, one in enumerate(self.groups)
        )
        return replace(self.interchange, control_number=interchange, groups=groups)


def together(encodings: Sequence[Encoding], keys: Sequence[str], group_sets: int | None) -> Together:
    """Documents of one kind share a group, up to so many sets, as far as those of one key keep their order. Raises WriteError."""
    first = encodings[0]
    assert first.interchange is not None
    x12 = first.agreement.standard == "x12"
    groups: list[tuple[OutgoingGroup, list[OutgoingSet]]] = []
    open_at: dict[tuple[str, ...], int] = {}
    rough: list[tuple[int, int]] = []
    last_of: dict[str, int] = {}
    for encoding, key in zip(encodings, keys, strict=True):
        assert encoding.interchange is not None
        [group] = encoding.interchange.groups
        [outgoing] = group.sets
        kind = (group.functional_id, group.sender, group.receiver, group.release, group.association, group.agency)
        at = open_at.get(kind)
        is_full = at is not None and x12 and group_sets is not None and len(groups[at][1]) >= group_sets
        if at is None or is_full or at < last_of.get(key, 0):
            at = open_at[kind] = len(groups)
            groups.append((group, []))
        last_of[key] = at
        rough.append((at, len(groups[at][1])))
        groups[at][1].append(outgoing)
    before = [sum(len(sets) for _, sets in groups[:n]) for n in range(len(groups))]
    numbers = [[f"{n + 1:04}" if x12 else str(before[at] + n + 1) for n in range(len(sets))] for at, (_, sets) in enumerate(groups)]
    written = tuple(
        replace(
            group,
            control_number=_trial(at).decode(),
            sets=tuple(replace(one, control_number=number) for one, number in zip(sets, numbers[at], strict=True)),
        )
        for at, (group, sets) in enumerate(groups)
    )
    places = tuple(Place(at, before[at] + n, numbers[at][n]) for at, n in rough)
    whole = replace(first.interchange, groups=written)
    trial = write(replace(whole, control_number=str(TRIAL.interchange)), write_options(first.agreement))
    return Together(whole, written, places, first, trial)


def _trial(group: int) -> bytes:
    """The trial number of a group: counted down, as that of the interchange is the highest."""
    return str(TRIAL.group - group).encode()
