"""Orders of any length, for benchmarks."""

from datetime import UTC, datetime

from edi.outgoing import OutgoingGroup, OutgoingInterchange, OutgoingSet
from edi.values import Identity, Segment, Standard


def long_order(lines: int) -> OutgoingInterchange:
    """An 850 with so many lines, each with its description and packing."""
    body = [Segment("BEG", ("00", "SA", "4500123987", "", "20261118")), Segment("REF", ("DP", "0042"))]
    for number in range(1, lines + 1):
        body += [
            Segment("PO1", (str(number), "48", "CA", "31.2", "PE", "UP", "085234500106", "IN", "004412345", "VN", "HB-1200")),
            Segment("PID", ("F", "08", "", "", "SALTINE CRACKERS 16 OZ 12 PK")),
            Segment("PO4", ("12", "16", "OZ")),
        ]
    body.append(Segment("CTT", (str(lines),)))
    group = OutgoingGroup("PO", "NORTHMART", "HARBORLINE", "4711", "004010VICS", (OutgoingSet("850", "1", tuple(body)),))
    ours, theirs = Identity("ZZ", "NORTHMART"), Identity("ZZ", "HARBORLINE")
    prepared = datetime(2026, 11, 18, 9, 15, tzinfo=UTC)
    return OutgoingInterchange(Standard.X12, ours, theirs, "4711", prepared, "live", "00401", False, (group,))
