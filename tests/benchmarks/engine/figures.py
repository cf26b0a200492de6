"""What a run says: rates, times, CPU for a message; and the tables made of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

__all__ = ["Row", "Run", "quantile", "table"]

Row = tuple[str, float, str]


@dataclass(frozen=True)
class Run:
    """Moments (one clock) by order number, and seconds of CPU."""

    due: Mapping[str, float]
    answers: Mapping[str, float]
    arrivals: Mapping[str, float]
    gateway_cpu: float
    hub_cpu: float
    load_cpu: float
    repeated: int

    @property
    def messages(self) -> int:
        """How many went through."""
        return len(self.due)

    @property
    def rate(self) -> float:
        """Messages per second, from the first request until the hub had the last."""
        return self.messages / (max(self.arrivals.values()) - min(self.due.values()))

    @property
    def taken(self) -> float:
        """Messages per second, from the first request until the last answer."""
        return self.messages / (max(self.answers.values()) - min(self.due.values()))

    @property
    def cpu(self) -> float:
        """Milliseconds of CPU in the gateway for a message."""
        return 1000 * self.gateway_cpu / self.messages

    def answered(self, share: float) -> float:
        """Milliseconds until the answer, of so large a share of all."""
        return quantile([self.answers[number] - due for number, due in self.due.items()], share) * 1000

    def through(self, share: float) -> float:
        """Milliseconds until the hub had it, of so large a share of all."""
        return quantile([self.arrivals[number] - due for number, due in self.due.items()], share) * 1000

    def times(self) -> str:
        """Both, as people read them."""
        hub, answer = ([f"{of(share):.1f}" for share in (0.5, 0.99, 0.999)] for of in (self.through, self.answered))
        return f"at the hub p50/p99/p99.9 {'/'.join(hub)} ms; answered {'/'.join(answer)} ms"

    def shares(self) -> str:
        """Where the CPU went."""
        load, hub = (1000 * seconds / self.messages for seconds in (self.load_cpu, self.hub_cpu))
        return f"CPU ms a message: gateway {self.cpu:.2f}, hub {hub:.2f}, client {load:.2f}"


def quantile(values: Iterable[float], share: float) -> float:
    """The value that so large a share does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def table(title: str, head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A table of text."""
    rows = [list(head), *(list(line) for line in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    text = [" | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([f"\n{title}", text[0], "-+-".join("-" * width for width in widths), *text[1:]])
