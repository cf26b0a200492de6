"""The operations about what is owed: acknowledgments, alarms, latency, objectives, reconciliation."""

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import StringConstraints

from gateway.operations.review import review
from gateway.service.operation import SAYS_SOMETHING, Arguments, Operation

__all__ = ["ACKS"]


class Review(Arguments):
    """What a person saw."""

    comment: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=SAYS_SOMETHING)]
    by: Annotated[str, StringConstraints(min_length=1, max_length=100)] = "operator"


ACKS: Final[Mapping[str, Operation]] = {
    "review": Operation(
        "POST",
        "/acknowledgments/{id}/review",
        "Take it off the work list",
        lambda c, id_, a: review(c, id_, a.comment, by=a.by),
        Review,
    ),
}
