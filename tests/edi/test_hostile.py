"""Files made to hurt: each ends within ten seconds and 300 MB, with findings or a refusal, and never with another exception."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SECONDS, MEGABYTES = 10, 300  # of the processor, whatever else the machine does

_PROGRAM = """
import json, resource, sys
name = sys.argv[1]
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
from tests.support.hostile import FILES, use
print(json.dumps(use(FILES[name]())))
sys.stdout.flush()
"""

#: what is found, or a word of the refusal; nothing where nothing is wrong but the number
EXPECTED = {
    "empty": "There is no data",
    "blanks": "There is no data",
    "binary": "UTF-16",
    "binary after an ISA": "segment-unknown",
    "empty segments": "segment-empty",
    "empty segments between sets": "segment-empty",
    "blank segments": "segment-empty",
    "HL levels": "hierarchy-invalid",
    "one segment": "element-too-long",
    "one segment of EDIFACT": "element-too-long",
    "a segment that never ends": "segment-terminator-missing",
    "elements": "limit-exceeded",
    "components": "limit-exceeded",
    "repetitions": "limit-exceeded",
    "elements of a header": "group-header-invalid",
    "segments": "set-count-mismatch",
    "unknown segments": "segment-unknown",
    "interchange headers": "interchange-trailer-missing",
    "headers within a line": "set-count-mismatch",
    "UNA again and again": "data-outside-envelope",
    "set headers": "set-trailer-missing",
    "N1 nested": "loop-repeats-too-often",
    "an enormous ISA": "incomplete",
    "groups": "group-control-number-duplicate",
    "groups of EDIFACT": "group-trailer-missing",
    "TA1 segments": "interchange-trailer-missing",
    "release characters": "segment-terminator-missing",
    "release characters in a header": "delimiters-invalid",
    "released separators": "too-many-elements",
    "line breaks": "segment-terminator-missing",
    "line breaks within a segment": "element-too-long",
    "wraps": "loop-repeats-too-often",
    "NUL": "segment-terminator-missing",
    "binary data that never ends": "binary-length-invalid",
    "binary data of a length beyond reason": "binary-length-invalid",
    "separators that change": "",
    "LS without LE": "segment",
    "control numbers of a million digits": "interchange-control-number",
    "a count of a million digits": "set-count-mismatch",
    "a number of a million digits": "element-too-long",
    "begins of interchanges that are none": "delimiters-invalid",
}  # fmt: skip


@pytest.mark.parametrize("name", EXPECTED)
def test_a_hostile_file_ends_soon_and_small(name: str) -> None:
    run = subprocess.run([sys.executable, "-c", _PROGRAM, name], cwd=ROOT, capture_output=True, text=True, timeout=500, check=False)
    assert run.returncode == 0, run.stderr[-2000:]
    outcome = json.loads(run.stdout)
    assert any(EXPECTED[name] in said for said in outcome["said"] or [""]), outcome
    assert outcome["megabytes"] <= MEGABYTES, outcome
    assert outcome["seconds"] <= SECONDS, outcome


_STREAM = """
from edi.feed import Feed
from edi.events import SetRead
from tests.support.hostile import GS, ISA
from tests.support.memory import peak
before = peak()
feed, sets = Feed(), 0
body = b"".join(b"ST*850*%04d~BEG*00*NE*1**20260102~PO1*1*1*EA*1~SE*4*%04d~" % (n, n) for n in range(1, 1000))
for _ in range(300):
    for piece in (ISA, GS, body, b"GE*999*1~IEA*1*000000001~", b"\\r\\n"):
        sets += sum(isinstance(event, SetRead) for event in feed.feed(piece))
sets += sum(isinstance(event, SetRead) for event in feed.close())
assert sets == 300 * 999, sets
print(peak() - before)
"""


def test_what_is_fed_and_told_is_forgotten() -> None:
    run = subprocess.run([sys.executable, "-c", _STREAM], cwd=ROOT, capture_output=True, text=True, timeout=500, check=False)
    assert run.returncode == 0, run.stderr[-2000:]
    assert int(run.stdout) < 20  # megabytes, of 18 that went through


def test_every_hostile_file_is_tried() -> None:
    from tests.support.hostile import FILES

    assert set(FILES) == set(EXPECTED)
