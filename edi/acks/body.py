"""The segments of an answer, made anew each time that they are asked for."""

from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import chain

from edi.acks.response import Accepted, Kept, Response
from edi.acks.status import AckStatus
from edi.values import Segment

__all__ = ["Body", "Chained"]


class Body(Collection[Segment]):
    """The answers to the sets of one group. `frame` is how many segments each of them has beside its notes."""

    def __init__(
        self, kept: Kept, write: Callable[[Response | Accepted], Iterable[Segment]], frame: int, *, accepted: bool, rejected: bool
    ) -> None:
        self._kept, self._write, self._frame = kept, write, frame
        self._rejected = rejected
        self._all = accepted or rejected  # what is accepted by itself and rejected with the others is named in any case

    def __len__(self) -> int:
        return (self._kept.others + (self._kept.accepted if self._all else 0)) * self._frame + self._kept.notes

    def __iter__(self) -> Iterator[Segment]:
        write = self._write
        for response in self._kept:
            if self._rejected:
                yield from write(response.rejected())
            elif self._all or response.status is not AckStatus.ACCEPTED:
                yield from write(response)

    def __contains__(self, item: object) -> bool:
        return any(segment == item for segment in self)


class Chained(Collection[Segment]):
    """Several collections of segments as one."""

    def __init__(self, *parts: Collection[Segment]) -> None:
        self._parts = parts

    def __len__(self) -> int:
        return sum(map(len, self._parts))

    def __iter__(self) -> Iterator[Segment]:
        return chain.from_iterable(self._parts)

    def __contains__(self, item: object) -> bool:
        return any(item in part for part in self._parts)
