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
        made, faults = cls.examine(mapping)
        if faults:
            raise GuideError(faults)
        return made

    @classmethod
    def examine(cls, mapping: Mapping[str, Any], message: MessageDef | None = None) -> tuple["Guide", tuple[GuideFault, ...]]:
        """A guide of the rules that can be read, and all that is wrong with it: in itself and, where one is given, with its set.

        A guide with a fatal fault must not be used; the others are hints.
        """
        reader = Reader()
        name, rules = reader.rules(mapping)
        made = cls(name, rules)
        return made, (*reader.faults, *against_itself(rules), *(made.check(message) if message is not None else ()))

    def check(self, message: MessageDef) -> tuple[GuideFault, ...]:
        """What in it does not go with the set that it narrows: faults, with which it must not be used, and hints."""
        return tuple(against_the_set(self.rules, message))


NO_GUIDE: Final = Guide("", ())
