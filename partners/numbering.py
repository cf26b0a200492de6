"""What can be agreed about our control numbers: bounds, where they start, what follows the last one, and who shares a sequence."""

from typing import Final, Literal, Self

from pydantic import Field, model_validator

from partners.block import Options

__all__ = ["HIGHEST", "ControlNumberSettings", "CountedNumbers"]

HIGHEST: Final = {"x12": 999_999_999, "edifact": 99_999_999_999_999}  #: of nine digits, of fourteen


class CountedNumbers(Options):
    """One sequence of control numbers."""

    min: int = Field(default=1, ge=1, le=HIGHEST["edifact"])
    """The lowest: where the sequence begins again after the highest."""
    max: int | None = Field(default=None, ge=1, le=HIGHEST["edifact"])
    """The highest; absent: 999999999 in X12, 99999999999999 in EDIFACT."""
    start: int | None = Field(default=None, ge=1, le=HIGHEST["edifact"])
    """The very first, when the partner expects to go on from another system; absent: `min`."""
    at_end: Literal["restart", "hold"] = "restart"
    """After the highest: begin again at `min`, or hold what is to be written until somebody says the next (`gateway control set-next`)."""
    digits: int | None = Field(default=None, ge=1, le=14)
    """Filled up with zeros to this length: UNB 0020, UNH 0062 and ST02. ISA13 always has nine digits, GS06 no zeros in front."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.max is not None and self.max < self.min:
            raise ValueError("`max` is below `min`")
        if self.start is not None and (self.start < self.min or self.start > (self.max or HIGHEST["edifact"])):
            raise ValueError("`start` is not between `min` and `max`")
        return self

    def highest(self, standard: str) -> int:
        """The highest number in a rule family."""
        return min(self.max or HIGHEST["edifact"], HIGHEST.get(standard, HIGHEST["x12"]))


class ControlNumberSettings(Options):
    """How what we write is numbered. Agreements that share a sequence say the same; `agreement_defaults` is the place for it."""

    interchange: CountedNumbers = CountedNumbers()
    """ISA13, UNB 0020."""
    group: CountedNumbers = CountedNumbers()
    """GS06."""
    set: CountedNumbers | None = None
    """ST02, UNH 0062, counted on from interchange to interchange; absent: from 0001 (1 in EDIFACT) in each group."""
    share: Literal["partner", "agreement"] = "partner"
    """One sequence for all from one of our addresses to one of theirs, acknowledgments included, or one of the agreement's own."""
    usage: Literal["apart", "together"] = "apart"
    """Test and live traffic are numbered apart, or in one sequence."""
