"""How fast a 1000-line 850 is mapped, against reading and validating the same bytes in the same run."""

from collections.abc import Callable
from dataclasses import replace
from time import perf_counter
from zoneinfo import ZoneInfo

from canonical.base import SourceRef
from edi.outgoing import OutgoingInterchange
from edi.read import read
from edi.validate import validate_interchange
from edi.values import Segment
from edi.write import write
from maps.registry import MapRegistry
from maps.run import DecodeContext, EncodeContext
from tests.support.orders import long_order

__all__ = ["run"]


def run() -> list[tuple[str, float, str]]:
    """Name, ratio and what it is a ratio to; all of it measured in this run."""
    data = write(_with_party(long_order(1000)))
    validated = validate_interchange(read(data)[0])
    tree = validated.validations[0].tree
    assert tree is not None
    zone = ZoneInfo("America/Chicago")
    context, out = DecodeContext("HARBORLINE", "northmart", zone, SourceRef(syntax="x12")), EncodeContext(zone)
    made = MapRegistry().get("x12/004010/850")
    decoded = made.decode(tree, context)
    document = decoded.document
    assert document is not None, decoded.findings
    floor = _best(lambda: validate_interchange(read(data)[0]))
    decoding = _best(lambda: made.decode(tree, context))
    bare = _best(lambda: made.decode(tree, replace(context, lineage=False)))
    encoding = _best(lambda: made.encode(document, out))
    keeping = _best(lambda: made.decode(tree, context).residue)
    parsing = _best(lambda: type(document).model_validate(decoded.data))
    compiling = _best(lambda: MapRegistry().get("x12/004010/850"), rounds=3)
    note = "times reading and validating it"
    return [
        ("decode a 1000-line 850 with lineage", decoding / floor, f"{note} ({1 / decoding:.0f} such orders/s)"),
        ("decode it without lineage", bare / floor, note),
        ("decode it and make its residue", keeping / floor, note),
        ("encode it", encoding / floor, f"{note} ({1 / encoding:.0f} such orders/s)"),
        ("of decoding, the document's own validation", parsing / decoding, "of the time of decoding"),
        ("compile the map from its file", compiling / floor, f"{note}; once per map"),
    ]


def _with_party(out: OutgoingInterchange) -> OutgoingInterchange:
    """The order with the place that it goes to, without which it is no document."""
    [group] = out.groups
    [one] = group.sets
    begin, department, *lines = one.segments
    party = Segment("N1", ("ST", "NORTHMART DC 0117", "UL", "0614141001170"))
    return replace(out, groups=(replace(group, sets=(replace(one, segments=(begin, department, party, *lines)),)),))


def _best(work: Callable[[], object], *, rounds: int = 5) -> float:
    """Seconds of the fastest of some rounds: the others were disturbed."""
    times = []
    for _ in range(rounds):
        started = perf_counter()
        work()
        times.append(perf_counter() - started)
    return min(times)
