"""Over the real documents of the corpus, our verdicts beside those of mock-edi, pyx12 and the grammars of bots."""

import io
import json
import logging
import subprocess
from pathlib import Path
from typing import Final

import pytest
from mockedi import edifact, x12
from mockedi import validate as mock
from structlog.testing import capture_logs

from edi.finding import Finding, FindingCode, Severity
from edi.validate import ValidatedInterchange, validate_interchange
from edi.values import Standard
from gateway.validators.pyx12 import judged
from tests.corpus.documents import CORPUS
from tests.interop.corpus import MARKS, kept_by, name_of, sound, text_of

pytestmark = MARKS

ROOT = Path(__file__).parents[2]
PEERS = ROOT / ".peers" / "bin" / "python"
VERDICTS = ROOT / "tests" / "benchmarks" / "peers" / "bots_verdicts.py"

#: what mock-edi says of sets that are right by the standard, for its dictionary is a part of it: code of its finding
SMALLER_DICTIONARY: Final = {
    "SegmentFinding": {
        "1": "a segment that it does not play",
        "2": "a segment that it does not play there",
        "3": "a segment that it wants",
    },
    "ElementFinding": {"1": "an element that it wants", "7": "a code that it does not play"},
}
#: what the engine of bots leaves alone, by its design: code lists, conditions, repertoires, dates in EDIFACT, and numbers that come twice
BOTS_LEAVES: Final = {
    FindingCode.CODE_UNKNOWN,
    FindingCode.CONDITIONAL_ELEMENT_MISSING,
    FindingCode.CONDITIONAL_ELEMENT_EXCLUDED,
    FindingCode.CHARACTER_INVALID,
    FindingCode.DATE_INVALID,
    FindingCode.SET_NOT_IN_GROUP,
    FindingCode.SET_CONTROL_NUMBER_DUPLICATE,
    FindingCode.GROUP_CONTROL_NUMBER_DUPLICATE,
    FindingCode.INTERCHANGE_VERSION_UNSUPPORTED,
}


def _errors(validated: ValidatedInterchange) -> list[Finding]:
    return [finding for finding in validated.findings if finding.severity is Severity.ERROR]


def _has_own_grammar(validated: ValidatedInterchange) -> bool:
    """Whether each set has the grammar of its very release, so that a peer that knows it too judges the same."""
    strange = {FindingCode.SET_UNSUPPORTED, FindingCode.RELEASE_SUBSTITUTED}
    return bool(validated.validations) and not any(finding.code in strange for finding in validated.findings)


def test_mock_edi_accepts_nothing_that_we_refuse_and_refuses_only_what_its_dictionary_is_too_small_for() -> None:
    compared, stricter, others = 0, [], set()
    for document, data, interchange in sound():
        validated = validate_interchange(interchange)
        parse = x12.parse if interchange.standard is Standard.X12 else edifact.parse
        report = mock.validate(parse(text_of(data, interchange)))
        if not _has_own_grammar(validated) or not all(message.known for message in report.messages):
            continue
        compared += 1
        if report.clean and _errors(validated):
            stricter.append(name_of(document))
        if not _errors(validated):
            faults = [fault for message in report.messages for segment in message.segments for fault in segment.elements or [segment]]
            if any(fault.code not in SMALLER_DICTIONARY[type(fault).__name__] for fault in faults):
                others.add(name_of(document))
    assert stricter == []
    assert others == kept_by("mock-edi verdict")
    assert compared > 180


@pytest.mark.usefixtures("log_as_delivered")
def test_healthcare_sets_have_the_verdict_that_pyx12_itself_gives(caplog: pytest.LogCaptureFixture) -> None:
    """Ours gives pyx12 segment by segment what we read; its own command reads the file."""
    from pyx12.params import ParamsBase
    from pyx12.x12n_document import x12n_document

    differ, compared = set(), 0
    caplog.set_level(logging.CRITICAL, "pyx12")
    for document, data, interchange in sound():
        before = validate_interchange(interchange)
        with capture_logs() as logs:
            after = judged(before)
        assert logs == [], name_of(document)
        if after is before or any(finding.code is FindingCode.SET_UNSUPPORTED for finding in after.findings):
            continue
        compared += 1
        try:
            accepts = x12n_document(ParamsBase(), io.StringIO(text_of(data, interchange)), None, None)
        except Exception:  # it ends so over components that its map does not have
            accepts = False
        outer = [f for f in after.findings if f.code is FindingCode.CODE_UNKNOWN]  # a warning of ours, an error of pyx12
        if accepts is bool(_errors(after) or outer):
            differ.add(name_of(document))
    assert differ == kept_by("pyx12 verdict")
    assert compared >= 40


@pytest.mark.skipif(not PEERS.exists(), reason="the peers' environment is not there: `python -m tests.benchmarks edi_peers` makes it")
def test_the_grammars_of_bots_give_the_same_verdict_as_far_as_they_go() -> None:
    found = {}
    for document, _, interchange in sound():
        validated = validate_interchange(interchange)
        if _has_own_grammar(validated):
            found[str(CORPUS / document.path)] = (name_of(document), interchange.standard.value, validated)
    asked = "".join(f"{standard}\t{path}\n" for path, (_, standard, _) in found.items())
    done = subprocess.run([str(PEERS), str(VERDICTS)], input=asked, capture_output=True, text=True, check=False, timeout=500)
    assert done.returncode == 0, done.stderr[-500:]
    differ, compared = set(), 0
    for line in done.stdout.splitlines():
        path, verdict, _ = json.loads(line)
        name, _, validated = found[path]
        if verdict == "no grammar":
            continue
        compared += 1
        seen_by_both = [finding for finding in _errors(validated) if finding.code not in BOTS_LEAVES and finding.caused_by is None]
        if (verdict == "accepted") is bool(seen_by_both) and not (verdict == "refused" and _errors(validated)):
            differ.add(name)
    assert differ == kept_by("bots verdict")
    assert compared > 150
