"""How much may be done over at once, and whether the hub may change its mind: `replay:` and `decisions:` of gateway.yaml."""

from typing import Annotated, Literal

from pydantic import Field

from gateway.listen import Count, Section

__all__ = ["Decisions", "Replays"]


class Replays(Section):
    """Doing things over (R28)."""

    limit: Count = 100  #: things of one replay, unless it says another number
    most: Count = 10_000  #: the highest number that it may say
    preview: Count = 50  #: documents whose changes are shown before a restart
    check_after: Annotated[float, Field(gt=0, le=86400)] = 60  #: seconds; then the books are looked at, again and again until all is done
    checks: Count = 60  #: how often at most; then they are written down as they are


class Decisions(Section):
    """What the hub says to documents of partners: accept, reject."""

    contrary: Literal["refuse", "replace"] = "refuse"  #: a second, other decision: 409, or one that takes the place of the first
