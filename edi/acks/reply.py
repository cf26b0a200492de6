"""The answer to an interchange, and what the answers of others say."""

from datetime import datetime

from edi.acks import contrl, x12_997, x12_999
from edi.acks.options import AckNumbers, AckOptions
from edi.acks.report import AckReport
from edi.acks.streamed import StreamedAnswer
from edi.acks.ta1 import read_ta1
from edi.envelope import Interchange
from edi.events import GroupBegun, InterchangeBegun
from edi.validate import ValidatedInterchange

__all__ = ["answer", "prepare", "read_acks"]

_READERS = {"997": x12_997.read_997, "999": x12_999.read_999, "CONTRL": contrl.read_contrl}


def answer(
    validated: ValidatedInterchange,
    *,
    numbers: AckNumbers,
    now: datetime,
    options: AckOptions = AckOptions(),  # noqa: B008  # immutable
) -> bytes | None:
    """The acknowledgment of an interchange, as an interchange back to its sender.

    X12: TA1 where due, and a 997 or 999 for each group, unless the whole interchange is rejected by the TA1. EDIFACT: CONTRL.
    None where there is nothing to answer: acknowledgments are not acknowledged, and a header that names no sender has no address.
    """
    return prepare(validated, options).answer(numbers=numbers, now=now)


def prepare(validated: ValidatedInterchange, options: AckOptions) -> StreamedAnswer:
    """The same but for its control numbers; it tells how many of them it takes."""
    made = StreamedAnswer(options)
    made.take(InterchangeBegun(validated.interchange))
    for group in validated.groups:
        made.take(GroupBegun(group.group))
        for validation in group.validations:
            made.take_set(validation)
    return made


def read_acks(interchange: Interchange) -> tuple[AckReport, ...]:
    """What the TA1, 997, 999 and CONTRL in an interchange say, in order; empty when it has none."""
    reports = [read_ta1(segment) for segment in interchange.service_segments if segment.tag == "TA1"]
    for transaction_set in interchange.transaction_sets:
        if reader := _READERS.get(transaction_set.set_id):
            report = reader(transaction_set)
            if report:
                reports.append(report)
    return tuple(reports)
