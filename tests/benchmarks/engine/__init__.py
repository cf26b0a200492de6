"""The engine end to end: 850s over the API and over AS2, until a hub that verifies signatures has every order."""

from collections.abc import Iterator

__all__ = ["run"]


def run() -> Iterator[tuple[str, float, str]]:
    """The figures of one run, each as soon as it is there."""
    from tests.benchmarks.engine.runs import rows  # not for the processes of a run, which are modules of this package

    yield from rows()
