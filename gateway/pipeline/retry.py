"""When to try again: the schedule of the rules, with chance in it so that retries do not march in step."""

from collections.abc import Sequence
from random import Random

from gateway.policy import Jitter

__all__ = ["LONGEST_ASKED", "wait_before"]

LONGEST_ASKED = 86400.0  #: a destination that asks for more than a day gets a day


def wait_before(schedule: Sequence[float], attempts: int, *, jitter: Jitter, random: Random, asked: float | None = None) -> float | None:
    """Seconds to wait after `attempts` failed ones; None when the schedule is exhausted.

    A schedule that begins with 0 counts the first attempt, one that does not counts retries only. `asked` is what the destination
    wants (Retry-After): never sooner than that, whatever chance says.
    """
    waits = schedule[1:] if schedule and schedule[0] == 0 else schedule
    if attempts > len(waits):
        return None
    chance = random.random()
    wait = waits[attempts - 1] * (chance if jitter == "full" else 1 + jitter * chance)
    return max(wait, min(asked, LONGEST_ASKED)) if asked is not None else wait
