"""One guide for one set, and why there is none."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from edi.errors import GrammarError
from edi.grammar.model import MessageDef
from edi.guide.against import against_itself, against_the_set
from edi.guide.reader import Reader
from edi.guide.rules import GuideFault, SegmentRule

__all__ = ["NO_GUIDE", "Guide", "GuideError"]


class GuideError(GrammarError):
    """A guide that cannot be used, with all its faults and their places."""

    def __init__(self, faults: tuple[GuideFault, ...]) -> None:
        super().__init__(f"guide: {'; '.join(map(str, faults))}")
        self.faults = faults


@dataclass(frozen=True, slots=True, eq=False)
class Guide:
    """All rules of one guide. It compares and hashes by identity, so that what is compiled from it is cached on it."""

    name: str
    rules: tuple[SegmentRule, ...]

    @classmethod
    def parse(cls, mapping: Mapping[str, Any]) -> "Guide":
        """Read a guide from plain values, as YAML gives them. Raises GuideError, a GrammarError, that names every fault and its place."""
        reader = Reader()
        name, rules = reader.rules(mapping)
        faults = reader.faults or list(against_itself(rules))
        if faults:
            raise GuideError(tuple(faults))
        return cls(name, rules)

    def check(self, message: MessageDef) -> tuple[GuideFault, ...]:
        """What in it does not go with the set that it narrows: faults, with which it must not be used, and hints."""
        return tuple(against_the_set(self.rules, message))


NO_GUIDE: Final = Guide("", ())
