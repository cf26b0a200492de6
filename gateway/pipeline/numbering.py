"""Which sequences what we write is numbered from, and by which rules: what an agreement says of control numbers, in the store's words."""

from typing import Final, Literal

from sqlalchemy import Connection

from edi.values import Identity
from gateway.errors import Cause, PermanentError
from gateway.pipeline.writing import number_scope
from gateway.store import control_numbers
from gateway.store.control_numbers import NumbersExhaustedError, Rules
from gateway.store.seen import Envelope
from partners.model import Agreement
from partners.numbering import HIGHEST, ControlNumberSettings, CountedNumbers
from partners.options import WriteSettings

__all__ = ["KINDS", "Numbering"]

Kind = Literal["interchange", "group", "set"]
KINDS: Final[tuple[Kind, ...]] = ("interchange", "group", "set")
_ANY: Final = "any"
_USUAL: Final = WriteSettings()


class Numbering:
    """The sequences of one agreement, or of a partner with whom none was found, from one of our identities to one of theirs."""

    def __init__(self, agreement: Agreement | None, own: Identity, partner: Identity, usage: str, standard: str) -> None:
        said = agreement.write if agreement is not None else _USUAL
        options = said.control_numbers or ControlNumberSettings()
        shared = number_scope(own, partner)
        self._sides, self._of_usage, self._agreement = (own, partner), usage, agreement.id if agreement is not None else ""
        self._is_own = agreement is not None and options.share == "agreement"
        self.scope = f"{shared}|{agreement.id}" if agreement is not None and self._is_own else shared
        self.usage = _ANY if options.usage == "together" else usage
        self._standard = standard
        self._start = said.control_number_start
        self._said = {"interchange": options.interchange, "group": options.group, "set": options.set}

    @property
    def digits(self) -> int:
        """How many digits the number of the interchange has at least."""
        said = self._said["interchange"]
        return 9 if self._standard == "x12" else (said.digits if said is not None else None) or 0

    @property
    def counts_sets(self) -> bool:
        """Whether sets are counted on from interchange to interchange."""
        return self._said["set"] is not None

    def inbound(self, number: int) -> Envelope:
        """What names an interchange with this number from them to us."""
        own, partner = map(str, self._sides)
        return Envelope(self._standard, partner, own, self._of_usage, str(number))

    def wrote(self, sender: str, receiver: str, usage: str, agreement: str, counted: str) -> bool:
        """Whether what was written between these two was numbered from this sequence, in its part for one usage."""
        if [sender, receiver] != [str(side) for side in self._sides] or counted not in {usage, _ANY}:
            return False
        return not self._is_own or agreement == self._agreement

    def set_number(self, number: int) -> str:
        """The number of a set as it is written."""
        said = self._said["set"]
        return str(number).zfill((said.digits if said is not None else None) or (4 if self._standard == "x12" else 1))

    def rules(self, kind: Kind) -> Rules:
        """Bounds of one sequence."""
        said = self._said[kind] or CountedNumbers()
        highest = said.highest(self._standard if kind != "group" else "x12")
        start = said.start or max(said.min, self._start if kind != "set" else 1)
        return Rules(said.min, min(highest, HIGHEST["edifact"]), min(start, highest), said.at_end == "restart")

    def take(self, connection: Connection, kind: Kind, count: int = 1) -> int:
        """Take numbers in a row and give the first. Raises PermanentError when they have come to their end."""
        try:
            return control_numbers.take(connection, self.scope, kind, self.usage, self.rules(kind), count)
        except NumbersExhaustedError as fault:
            raise PermanentError(Cause.CONTROL_NUMBERS_EXHAUSTED, str(fault)) from None
