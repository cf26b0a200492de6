"""What mapping costs: an 850 read, validated, decoded and encoded, against pydantic validating the same document from JSON.

The unit of all ratios is that validation, measured in the same run, turn by turn with the rest; absolute times say nothing here.
"""

import json
import statistics
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from time import process_time
from zoneinfo import ZoneInfo

from canonical.base import SourceRef
from edi.grammar.load import load
from edi.outgoing import OutgoingInterchange
from edi.read import read
from edi.validate import validate_interchange
from edi.values import Segment, Standard
from edi.write import write
from maps.compile import compiler
from maps.registry import MapRegistry
from maps.run import DecodeContext, EncodeContext, Map
from maps.run.derived import made_by_document
from tests.benchmarks.edi_peers import environment, run_peer
from tests.benchmarks.peers.jsonata_850 import EXPRESSION, view
from tests.support.orders import long_order

__all__ = ["run"]

Row = tuple[str, float, str]
SAMPLE = Path(__file__).parents[1] / "maps" / "samples" / "850_northmart.x12"
ZONE = ZoneInfo("America/Chicago")
CONTEXT, OUT = DecodeContext("HARBORLINE", "northmart", ZONE, SourceRef(syntax="x12")), EncodeContext(ZONE)
TURNS = 7


def run() -> Iterator[Row]:
    """Name, ratio and what it is a ratio to."""
    made = MapRegistry().get("x12/004010/850")
    for name, data, rounds in (("37 segments", SAMPLE.read_bytes(), 200), ("1,000 lines", write(_with_party(long_order(1000))), 4)):
        yield from _mapping(made, name, data, rounds)
    yield from _compiling()


def _mapping(made: Map, name: str, data: bytes, rounds: int) -> Iterator[Row]:
    tree = validate_interchange(read(data)[0]).validations[0].tree
    assert tree is not None
    decoded = made.decode(tree, CONTEXT)
    document = decoded.document
    assert document is not None, decoded.findings
    model, text, plain = type(document), json.dumps(document.to_json()), document.to_json()
    derived = made_by_document(document, plain)

    def whole() -> None:
        [validation] = validate_interchange(read(data)[0]).validations
        assert made.decode(validation.tree, CONTEXT).document is not None

    times = _turns(
        rounds,
        {
            "pydantic": lambda: model.model_validate_json(text),
            "read": lambda: validate_interchange(read(data)[0]).validations[0].tree,
            "decode": lambda: made.decode(tree, CONTEXT),
            "whole": whole,
            "encode": lambda: made.encode(document, OUT),
            "long decode": lambda: made._decode(tree, CONTEXT),
            "long encode": lambda: made._encode(plain, OUT, (), derived),
            "residue": lambda: made.decode(tree, CONTEXT).residue,
        },
    )
    unit = times["pydantic"]
    note = "times pydantic validating it from JSON"
    yield f"{name}: read, validate, decode", times["whole"] / unit, f"{note}; 4 is wanted ({1 / times['whole']:.0f} such orders/s)"
    yield f"{name}: of that reading and validating, with the tree", times["read"] / unit, note
    yield f"{name}: of that decoding", times["decode"] / unit, f"{note}; pydantic's own work on the document is in it"
    yield f"{name}: encode", times["encode"] / unit, f"{note}; 3 is wanted ({1 / times['encode']:.0f} such orders/s)"
    yield f"{name}: decode the long way, with lineage", times["long decode"] / unit, note
    yield f"{name}: encode the long way, with lineage", times["long encode"] / unit, note
    yield f"{name}: decode and make its residue", times["residue"] / unit, note
    yield _jsonata(name, view(tree), times["decode"], 20 if rounds > 10 else 1)


def _jsonata(name: str, tree: object, ours: float, rounds: int) -> Row:
    """A peer that maps less: no positions, no findings, no document at the end."""
    title = f"{name}: our decoding to jsonata-python"
    python, missing = environment("jsonata-python")
    if reason := missing.get("jsonata-python"):
        return title, 0.0, f"skipped: {reason}"
    with tempfile.TemporaryDirectory() as folder:
        file, expression = Path(folder) / "tree.json", Path(folder) / "map.jsonata"
        file.write_text(json.dumps(tree), encoding="utf-8")
        expression.write_text(EXPRESSION, encoding="utf-8")
        said = run_peer(python, "jsonata", file, rounds, expression)
    if isinstance(said, str):
        return title, 0.0, f"failed: {said}"
    return title, said["seconds"] / ours, f"times as fast as a smaller mapping of the same tree ({said['messages']} lines); 10 is wanted"


def _compiling() -> Iterator[Row]:
    """Of every standard map: from its files to a map without faults, and from there to generated code. Once per map and process."""
    registry = MapRegistry()
    loading: list[float] = []
    making: list[float] = []
    for name in registry.names():
        started = process_time()
        one = registry.get(name)
        loading.append(process_time() - started)
        message = load(Standard(one.syntax), one.release, one.set_id)
        assert message is not None
        compiler._cache.clear()
        started = process_time()
        compiler.compiled(one.spec, message)
        making.append(process_time() - started)
    for title, times in (("load and lint a map", loading), ("compile a map to Python", making)):
        middle, most = statistics.median(times), max(times)
        yield title, middle * 1000, f"ms, the middle one of {len(times)}; {most * 1000:.0f} ms at most; once per map and process"


def _turns(rounds: int, works: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Seconds of CPU of each work, the best of some turns, one after the other in each turn, so that all meet the same weather."""
    best = dict.fromkeys(works, float("inf"))
    for _ in range(TURNS):
        for name, work in works.items():
            started = process_time()
            for _ in range(rounds):
                work()
            best[name] = min(best[name], (process_time() - started) / rounds)
    return best


def _with_party(out: OutgoingInterchange) -> OutgoingInterchange:
    """The order with the place that it goes to, without which it is no document."""
    [group] = out.groups
    [one] = group.sets
    begin, department, *lines = one.segments
    party = Segment("N1", ("ST", "NORTHMART DC 0117", "UL", "0614141001170"))
    return replace(out, groups=(replace(group, sets=(replace(one, segments=(begin, department, party, *lines)),)),))
