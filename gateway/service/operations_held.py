"""The operations about held work: listed, grouped, and decided on for many."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, StrictBool

from gateway.cause_texts import CAUSES
from gateway.causes import Cause
from gateway.operations.held import held
from gateway.operations.held_many import HeldFilter, discard_held, held_groups, release_held
from gateway.service.operation import Arguments, Decision, Operation
from partners.scalars import Duration

__all__ = ["HELD", "KnownCause"]

_CODES: Final = frozenset(map(str, Cause))
_TITLES: Final = {words.title.lower(): cause.value for cause, words in CAUSES.items()}
_MOST_CLOSE: Final = 3


def _cause(value: Any) -> Any:
    """The code of a cause, from itself or from its title. Raises ValueError with the closest codes."""
    if not isinstance(value, str):
        return value
    said = value.strip().lower()
    code = said if said in _CODES else _TITLES.get(said)
    if code is not None:
        return code
    by_word = {**dict.fromkeys(_CODES), **_TITLES}
    close = dict.fromkeys(by_word[word] or word for word in get_close_matches(said, by_word, n=2 * _MOST_CLOSE))
    near = (
        f"the closest are {', '.join([*close][:_MOST_CLOSE])}"
        if close
        else "`gateway held list --group` shows those that something waits for"
    )
    raise ValueError(f"no such cause; {near}")


KnownCause = Annotated[str, BeforeValidator(_cause), Field(json_schema_extra={"enum": [*map(str, Cause)]})]


class _Which(Arguments):
    """Which held things."""

    cause: KnownCause | None = None
    partner: str | None = Field(default=None, max_length=80)
    older_than: Duration | None = Field(default=None, description="30m, 24h, 7d")

    @property
    def wanted(self) -> HeldFilter:
        """As a filter."""
        return HeldFilter(self.cause, self.partner, self.older_than)


class HeldList(_Which):
    """Which, and how many of them."""

    limit: int = Field(default=200, ge=1, le=10_000)


class HeldDecision(_Which, Decision):
    """What a person decided about all of these."""

    limit: int = Field(default=100, ge=1, le=10_000)
    dry_run: StrictBool = Field(default=False, description="Only say which ones.")


HELD: Final[Mapping[str, Operation]] = {
    "held": Operation("GET", "/held", "What waits for a person", lambda c, _, a: held(c, limit=a.limit, wanted=a.wanted), HeldList),
    "held-groups": Operation("GET", "/held/groups", "The same by cause", lambda c, _, a: held_groups(c, a.wanted), _Which),
    "held-release": Operation(
        "POST",
        "/held/release",
        "Let all go on that a filter means",
        lambda c, _, a: release_held(c, a.wanted, a.reason, limit=a.limit, dry_run=a.dry_run, by=a.by),
        HeldDecision,
    ),
    "held-discard": Operation(
        "POST",
        "/held/discard",
        "Put all aside for good that a filter means",
        lambda c, _, a: discard_held(c, a.wanted, a.reason, limit=a.limit, dry_run=a.dry_run, by=a.by),
        HeldDecision,
    ),
}
