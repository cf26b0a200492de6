"""All that reading and judging give, written down, so that a rewrite can be held against what was before.

python -m tests.support.snapshot write FILE            records inputs and what came of them
python -m tests.support.snapshot compare FILE [--only read|known] [--ignore PATTERN] [--differences N]

`--only read`: what `read` gives; `--only known`: that, and what validation says of sets in the releases 004010 and D96A that had a
grammar when it was recorded. The inputs are kept in the file, so samples and corpus may change.
"""

import argparse
import json
import random
import re
import sys
import time
import zlib
from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path
from typing import Any

from edi.envelope import FunctionalGroup, Interchange, TransactionSet
from edi.errors import EdiError
from edi.finding import Finding
from edi.read import Limits, read
from edi.tolerance import Tolerance
from edi.tree import LoopNode
from edi.validate import ValidatedInterchange, Validation, validate_interchange
from edi.values import ElementValue, Repeats, Segment
from tests.support.mutants import bases, mutants, mutate

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
KNOWN = ("004010", "D96A")
_LONGEST = 200_000  # of the corpus only so long files: the run is to be short
_LIMITS = (Limits(bytes=200), Limits(segments=5), Limits(elements=4), Limits(interchanges=1))
_FORGIVING = Tolerance(
    code_lists=None, syntax_notes=None, unknown_segments=None, trailing_separators=None, padding=None, character_set=None,
    lower_case=None, group_kind=None, max_findings=3,
)  # fmt: skip

Record = dict[str, list[str]]  # section -> lines


def inputs() -> Iterator[tuple[str, bytes]]:
    """Damaged and odd files, then the corpus where there is one, each file of it once more with a damage."""
    yield from mutants(each=60)
    pick = random.Random(5)
    if CORPUS.is_dir():
        for family in ("x12", "edifact", "tradacoms"):
            for path in sorted((CORPUS / "files" / family).rglob("*")):
                if path.is_file() and path.stat().st_size <= _LONGEST:
                    name, data = f"corpus {path.relative_to(CORPUS / 'files')}", path.read_bytes()
                    yield name, data
                    yield f"{name}: damage 0", mutate(data, pick)


def record(name: str, data: bytes) -> Record:
    """What comes of some bytes, section by section."""
    sections: Record = {"read": []}
    try:
        interchanges = read(data)
    except EdiError as error:
        return {"read": [f"{type(error).__name__}: {error}"]}
    for number, one in enumerate(interchanges, 1):
        sections["read"] += interchange_lines(one)
        validated = validate_interchange(one)
        for place, validation in enumerate(validated.validations, 1):
            sections[_section(number, place, validation)] = _validation(validation)
    if name.endswith((": as it is", ": twice", "damage 1")):
        for limits in _LIMITS:
            sections["read"] += ["-- limits", *(line for one in read(data, limits=limits) for line in interchange_lines(one))]
        for one in read(data, tolerance=_FORGIVING):
            sections["read"] += ["-- forgiving", *interchange_lines(one)]
            for place, validation in enumerate(_judged(one).validations, 1):
                sections[_section(0, place, validation) + " forgiving"] = _validation(validation)
    return sections


def _judged(one: Interchange) -> ValidatedInterchange:
    return validate_interchange(one, tolerance=_FORGIVING)


def _section(number: int, place: int, validation: Validation) -> str:
    one = validation.transaction_set
    known = "known" if validation.message and one.release in KNOWN else "other"
    return f"{known} {number}.{place} {one.set_id} {one.release}"


def interchange_lines(one: Interchange) -> Iterator[str]:
    """All that an interchange says, groups and sets included."""
    yield f"interchange {one.standard} {one.start}-{one.end} {one.delimiters}"
    yield (
        f"  {one.syntax_id!r} {one.version!r} {one.sender!s} {one.receiver!s} {one.date!r} {one.time!r} {one.control_number!r}"
        f" {one.ack_requested} {one.usage} {one.is_test} {one.decimal_marks}"
    )
    yield f"  header {_segment(one.header)}"
    yield from _findings(one.findings)
    yield from (f"  service {_segment(s)}" for s in one.service_segments)
    for group in one.groups:
        yield from group_lines(group)
    yield f"  trailer {one.trailer and _segment(one.trailer)}"


def group_lines(group: FunctionalGroup) -> Iterator[str]:
    """All that a group says, its sets included."""
    fields = (group.functional_id, group.sender, group.receiver, group.control_number, group.release)
    yield f" group {fields}"
    yield f"  header {group.header and _segment(group.header)}"
    yield from _findings(group.findings)
    for each in group.transaction_sets:
        yield from set_lines(each)
    yield f"  trailer {group.trailer and _segment(group.trailer)}"


def set_lines(each: TransactionSet) -> Iterator[str]:
    """All that a set says."""
    kind = (each.set_id, each.control_number, each.release, each.industry)
    yield f"  set {each.standard} {kind} {each.start}-{each.end}"
    yield from _findings(each.findings)
    yield from (f"    {_segment(s)}" for s in each.segments)


def _segment(segment: Segment) -> str:
    place = f"{segment.position} @{segment.offset} {segment.line}:{segment.column}"
    return f"{segment.tag!r} {place} [{', '.join(_value(value) for value in segment.elements)}]"


def _value(value: ElementValue) -> str:
    if isinstance(value, Repeats):
        return "{" + " ^ ".join(_value(part) for part in value) + "}"
    return repr(value) if isinstance(value, str) else "(" + " : ".join(map(repr, value)) + ")"


def _findings(findings: tuple[Finding, ...]) -> Iterator[str]:
    for f in findings:
        p = f.location
        place = (p.offset, p.line, p.column, p.segment_position, p.segment_tag, "/".join(p.loop), p.element, p.repetition, p.component)
        cause = f" caused by {f.caused_by}" if f.caused_by else ""
        yield f"    ! {f.severity} {f.code} {f.scope} {place} {f.message} {f.value!r} {f.element_id}{cause}"


def _validation(validation: Validation) -> list[str]:
    lines = [f"errors {validation.has_errors}, grammar {validation.message is not None}", *_findings(validation.findings)]
    if validation.tree:
        lines += _loop(validation.tree.root, "")
    return lines


def _loop(node: LoopNode, indent: str) -> Iterator[str]:
    yield f"{indent}{node.loop_id}:"
    for child in node.children:
        if isinstance(child, LoopNode):
            yield from _loop(child, indent + "  ")
        else:
            yield f"{indent}  {child.tag} {child.segment.position}{'' if child.use else ' without a place'}"


# -- the file, and what differs from it


def write(path: Path) -> int:
    """Record all inputs; gives how many."""
    kept = [{"name": n, "data": data.decode("latin-1"), "record": record(n, data)} for n, data in inputs()]
    path.write_bytes(zlib.compress(json.dumps(kept).encode(), 6))
    return len(kept)


def differences(path: Path, only: str = "", ignore: str = "") -> Iterator[tuple[str, list[str]]]:
    """Each input whose record is another one now, with the lines that differ."""
    passed = re.compile(ignore or "(?!)")
    for case in json.loads(zlib.decompress(path.read_bytes())):
        before, now = case["record"], _now(case["name"], case["data"].encode("latin-1"))
        lines = list(_differing(_without(before, passed), _without(now, passed), only))
        if lines:
            yield case["name"], lines


def _without(record_: Record, passed: re.Pattern[str]) -> Record:
    return {
        section: ["-- limits" if li.startswith("-- Limits") else li for li in lines if not passed.search(li)]
        for section, lines in record_.items()
    }


def _now(name: str, data: bytes) -> Record:
    try:
        return record(name, data)
    except Exception as error:
        return {"read": [f"raised {type(error).__name__}: {error}"]}


def _differing(before: Record, now: Record, only: str) -> Iterator[str]:
    same = {_plain(section): lines for section, lines in now.items()}
    for section, lines in before.items():
        if (only == "read" and section != "read") or (only == "known" and section.startswith("other")):
            continue
        found = same.get(_plain(section), ["(nothing)"])
        if lines != found:
            yield from unified_diff(lines, found, f"before: {section}", f"now: {section}", lineterm="", n=1)
    known = {_plain(section) for section in before}
    if only != "read":
        yield from (f"only now: {section}" for section in now if _plain(section) not in known)


def _plain(section: str) -> str:
    """Without the word on whether there is a grammar: that may have changed since."""
    return section.removeprefix("known ").removeprefix("other ")


def main(arguments: list[str] | None = None) -> int:
    """The command; 1 when something differs."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.snapshot")
    parser.add_argument("what", choices=["write", "compare"])
    parser.add_argument("file", type=Path)
    parser.add_argument("--only", choices=["read", "known"], default="")
    parser.add_argument("--ignore", default="", help="a pattern of lines that are not compared")
    parser.add_argument("--differences", type=int, default=5, help="how many inputs are shown")
    options: Any = parser.parse_args(arguments)
    began = time.perf_counter()
    if options.what == "write":
        print(f"{write(options.file)} inputs from {len(bases())} files and the corpus in {time.perf_counter() - began:.0f} s")
        return 0
    count = 0
    for name, lines in differences(options.file, options.only, options.ignore):
        count += 1
        if count <= options.differences:
            print(f"== {name}", *(line[:300] for line in lines[:40]), sep="\n")
    print(f"{count} inputs differ ({time.perf_counter() - began:.0f} s)")
    return int(count > 0)


if __name__ == "__main__":
    sys.exit(main())
