"""Words before nouns."""

import pytest

from gateway.plural import counted, with_article


@pytest.mark.parametrize(
    "said", ["an Order", "an OrderAcknowledgment", "a ShipNotice", "an 850", "a 997", "an APERAK", "a TA1", "an acknowledgment"]
)
def test_the_article_is_that_of_the_sound(said: str) -> None:
    assert with_article(said.partition(" ")[2]) == said


def test_one_is_not_many() -> None:
    assert (counted(1, "fault"), counted(2, "fault")) == ("1 fault", "2 faults")
