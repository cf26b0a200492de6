"""What `edi.feed` says while bytes arrive: an interchange begins, a group begins, a set is there, a group ends, the interchange ends."""

from dataclasses import dataclass

from edi.envelope import FunctionalGroup, Interchange, TransactionSet

__all__ = ["Event", "GroupBegun", "GroupEnded", "InterchangeBegun", "InterchangeEnded", "SetRead"]


@dataclass(frozen=True, slots=True)
class InterchangeBegun:
    """The header is read. `interchange` has no groups and no trailer yet; its findings are those of the header."""

    interchange: Interchange


@dataclass(frozen=True, slots=True)
class GroupBegun:
    """A group header is read; the implicit group of EDIFACT begins with its first message. `group` has no sets and no trailer yet."""

    group: FunctionalGroup


@dataclass(frozen=True, slots=True)
class SetRead:
    """One whole transaction set, with the findings of its own envelope."""

    transaction_set: TransactionSet


@dataclass(frozen=True, slots=True)
class GroupEnded:
    """The group is over. `group` has its trailer and all its findings, but not the sets, which came one by one before."""

    group: FunctionalGroup
    sets: int  #: how many there were


@dataclass(frozen=True, slots=True)
class InterchangeEnded:
    """The interchange is over. `interchange` has its trailer, service segments and all its findings, but not the groups."""

    interchange: Interchange
    groups: int  #: how many there were with a header


Event = InterchangeBegun | GroupBegun | SetRead | GroupEnded | InterchangeEnded
