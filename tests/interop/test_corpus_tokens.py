"""Over the real documents of the corpus, pyx12 and pydifact cut the same segments and elements as we do; where not, a table says who is right."""

import warnings
from collections import Counter

import pytest

from edi.acks.codes import ANSWERS, Level
from edi.envelope import Interchange
from edi.errors import NoInterchangeError
from edi.finding import FindingCode, Severity
from edi.read import read
from edi.validate import validate_interchange
from edi.values import Standard
from tests.corpus.documents import Document, documents
from tests.interop.corpus import MARKS, kept, kept_by, name_of, our_tokens, pydifact_tokens, pyx12_tokens, sound, text_of

pytestmark = MARKS

#: it does not know other versions of the interchange than these, and reads nothing of them
PYX12_VERSIONS = {"00401", "00501"}
_BOM = b"\xef\xbb\xbf"
#: what pyx12 does not look at in an envelope: whether there is a grammar, and whether GS01 is that of the set
_OURS_ALONE = {FindingCode.SET_UNSUPPORTED, FindingCode.SET_NOT_IN_GROUP}


def _of(standard: Standard) -> list[tuple[Document, bytes, Interchange]]:
    return [(document, data, one) for document, data, one in sound() if one.standard is standard]


def test_pyx12_has_the_same_tokens() -> None:
    differ, same = set(), 0
    for document, data, interchange in _of(Standard.X12):
        if interchange.version not in PYX12_VERSIONS:
            continue
        if pyx12_tokens(text_of(data, interchange))[0] == our_tokens(interchange):
            same += 1
        else:
            differ.add(name_of(document))
    assert differ == kept_by("pyx12 tokens")
    assert same > 200


def test_pydifact_has_the_same_tokens() -> None:
    pytest.importorskip("pydifact", reason="pydifact is not installed")
    differ, same = set(), 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns that it has no rules for a segment
        for document, data, interchange in _of(Standard.EDIFACT):
            if pydifact_tokens(text_of(data, interchange)) == our_tokens(interchange):
                same += 1
            else:
                differ.add(name_of(document))
    assert differ == kept_by("pydifact tokens")
    assert same > 140


def test_pyx12_finds_faults_in_the_same_envelopes() -> None:
    """Counts, control numbers and trailers, over the broken documents too, as far as both read the same segments."""
    seen: Counter[bool] = Counter()
    differ = set()
    for document in documents():
        if document.standard != "x12":
            continue
        data = document.read_bytes().removeprefix(_BOM)
        try:
            found = read(data)
        except NoInterchangeError:
            continue
        if len(found) != 1 or found[0].version not in PYX12_VERSIONS:
            continue
        [interchange] = found
        try:
            tokens, complaints = pyx12_tokens(text_of(data, interchange))
        except Exception:  # it has several ways to say that it cannot read
            continue
        if tokens != our_tokens(interchange):
            continue
        theirs = any(kind != "seg" for kind, _ in complaints)
        seen[theirs] += 1
        if _has_a_faulty_envelope(interchange) is not theirs:
            differ.add(name_of(document))
    assert differ == kept_by("pyx12 envelope")
    assert seen[True] > 40
    assert seen[False] > 200


def _has_a_faulty_envelope(interchange: Interchange) -> bool:
    errors = [finding for finding in validate_interchange(interchange).findings if finding.severity is Severity.ERROR]
    return any(ANSWERS[e.code].level in {Level.INTERCHANGE, Level.GROUP, Level.SET} and e.code not in _OURS_ALONE for e in errors)


def test_each_disagreement_has_a_judge_and_a_reason() -> None:
    assert {row.right for row in kept().values()} <= {"we", "the peer", "both"}
    assert [row.document for row in kept().values() if len(row.why) < 20] == []
