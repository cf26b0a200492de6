"""The samples are the goldens: each goes through reading, validation, acknowledgment and its map, by the agreement that its path names.

    samples/<partner>/<set>/<case>.edi            what travels; outbound sets are ours
                            <case>.request.json   the same for a partner's own form
                            <case>.findings.txt   what was found, one sentence a line; no file: nothing
                            <case>.997.edi        what we answer to an inbound interchange (.contrl.edi in EDIFACT)
                            <case>.json           its canonical document; of several sets .1.json, .2.json for those accepted

`pytest --update-samples` writes the last three anew. Which map made a document is left out, for its digest changes with every comment.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from canonical.base import Document, SourceRef
from canonical.registry import parse
from canonical.rules import check
from edi.acks import AckNumbers, AckOptions, AckStatus, answer, judge, read_acks
from edi.describe import sentence
from edi.guide import Guide
from edi.read import read
from edi.validate import ValidatedInterchange, validate_interchange
from edi.write import WriteOptions
from maps.formats import json as partner_json
from maps.registry import MapRegistry
from maps.run import DecodeContext, Decoded, EncodeContext
from partners.identify import identify
from partners.load import load, read_files
from partners.model import Agreement, Direction, Partner

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
LOADED = load(read_files(SAMPLES / "quickstart"))
NOW = datetime(2026, 11, 18, 15, 15, tzinfo=UTC)


@dataclass(frozen=True)
class Case:
    """One sample, and the agreement that its path names."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.name.split(".")[0]

    @property
    def partner(self) -> Partner:
        return LOADED.workspace.partners[self.path.parts[-3]]

    @property
    def agreement(self) -> Agreement:
        [agreement] = [a for a in self.partner.agreements if a.set_id == self.path.parts[-2]]
        return agreement

    def golden(self, ending: str) -> Path:
        return self.path.with_name(f"{self.name}.{ending}")

    def decode(self, tree, **source) -> Decoded:
        reference = SourceRef(syntax=self.agreement.standard, document_code=self.agreement.set_id, **source)
        own = LOADED.workspace.own.org
        context = DecodeContext(own, self.partner.id, self.partner.tzinfo, reference, currency=self.partner.currency)
        return MAPS.get(self.agreement.map).decode(tree, context)


MAPS = MapRegistry(LOADED.workspace.map_sources if LOADED.workspace else {})
_ANSWERS = (".997.edi", ".contrl.edi")
_OURS = "standard"  #: the samples of the standard maps, which no agreement judges: tests/maps/test_standard_samples.py
WIRE = [Case(path) for path in sorted(SAMPLES.glob("*/*/*.edi")) if not path.name.endswith(_ANSWERS) and path.parts[-3] != _OURS]
OWN_FORM = [Case(path) for path in sorted(SAMPLES.glob("*/*/*.request.json"))]


def ids_of(case: Case) -> str:
    return "/".join((*case.path.parts[-3:-1], case.name))


def judged(case: Case) -> ValidatedInterchange:
    """The interchange, validated as its agreement says; every set of it belongs to that agreement."""
    agreement = case.agreement
    [interchange] = read(case.path.read_bytes(), tolerance=agreement.tolerance)
    for group in interchange.groups:
        for transaction_set in group.transaction_sets:
            found = identify(
                LOADED.workspace,
                standard=interchange.standard,
                direction=agreement.direction,
                sender=interchange.sender,
                receiver=interchange.receiver,
                group_sender=group.sender,
                group_receiver=group.receiver,
                set_id=transaction_set.set_id,
                release=transaction_set.release,
                industry=transaction_set.industry,
                usage=interchange.usage,
            )
            assert found == agreement
    guide = Guide.parse(agreement.guide) if agreement.guide is not None else None
    return validate_interchange(interchange, guide_of=lambda _: guide, tolerance=agreement.tolerance)


def compare(golden: Path, text: str, update: bool) -> None:
    """The text is what the golden file holds; no file stands for no text."""
    if update:
        golden.unlink(missing_ok=True)
        if text:
            golden.write_text(text, encoding="utf-8")
    kept = golden.read_text(encoding="utf-8") if golden.is_file() else ""
    assert text == kept, f"{golden.name} differs; if that is meant: pytest --update-samples"


def as_text(document: Document | None) -> str:
    return json.dumps(document.replaced(map=None).to_json(), indent=2, ensure_ascii=False) + "\n" if document else ""


@pytest.fixture
def update(request) -> bool:
    return request.config.getoption("--update-samples")


def test_the_quickstart_has_no_faults() -> None:
    assert LOADED.faults == ()
    assert len(WIRE) >= 5
    assert OWN_FORM
    for agreement in LOADED.workspace.agreements:
        assert MAPS.get(agreement.map).document_type == agreement.document


@pytest.mark.parametrize("case", WIRE, ids=ids_of)
def test_what_is_found_and_answered(case, update) -> None:
    validated = judged(case)
    compare(case.golden("findings.txt"), "".join(f"{f.severity}: {sentence(f)}\n" for f in validated.findings), update)
    if case.agreement.direction is Direction.OUTBOUND:
        assert validated.findings == ()
        return
    options = AckOptions(
        accept_with_errors=case.agreement.accept_with_errors,
        ak2_for_accepted=case.agreement.ack.ak2_for_accepted,
        write=WriteOptions(newline="\n"),  # for those who look at the file
    )
    said = answer(validated, numbers=AckNumbers("000000001", "1"), now=NOW, options=options)
    [back] = read(said)
    assert not validate_interchange(back).findings
    compare(case.golden(f"{case.agreement.functional_ack.lower()}.edi"), said.decode("ascii"), update)
    statuses = [one.status for report in read_acks(back) for one in report.sets]
    assert statuses == [judge(v, accept_with_errors=False) for v in validated.validations]


@pytest.mark.parametrize("case", WIRE, ids=ids_of)
def test_documents_and_back(case, update) -> None:
    validated = judged(case)
    sets = len(validated.validations)
    documents: dict[str, Document | None] = dict.fromkeys(f"{n}.json" if sets > 1 else "json" for n in range(1, sets + 1))
    for ending, validation in zip(documents, validated.validations, strict=True):
        if judge(validation, accept_with_errors=case.agreement.accept_with_errors) is AckStatus.REJECTED:
            continue
        transaction_set = validation.transaction_set
        decoded = case.decode(
            validation.tree,
            standard_version=transaction_set.release + transaction_set.industry,
            set_control=transaction_set.control_number,
        )
        assert [finding for finding in decoded.findings if finding.severity != "info"] == []
        assert check(decoded.document) == ()
        assert parse(decoded.document.to_json()) == decoded.document
        documents[ending] = decoded.document
        written = MAPS.get(case.agreement.map).encode(decoded.document, EncodeContext(case.partner.tzinfo), decoded.residue)
        body = [(segment.tag, segment.elements) for segment in transaction_set.segments[1:-1]]
        assert [(segment.tag, segment.elements) for segment in written.tree.segments()] == body
    for ending, document in documents.items():
        compare(case.golden(ending), as_text(document), update)


@pytest.mark.parametrize("case", OWN_FORM, ids=ids_of)
def test_a_partners_own_form(case, update) -> None:
    read_json = partner_json.read(case.path.read_bytes())
    assert read_json.findings == ()
    decoded = case.decode(read_json.value)
    assert [finding for finding in decoded.findings if finding.severity != "info"] == []
    assert check(decoded.document) == ()
    compare(case.golden("json"), as_text(decoded.document), update)


def test_a_ship_notice_ships_what_was_ordered() -> None:
    order = parse(json.loads((SAMPLES / "northmart/850/clean.json").read_text(encoding="utf-8")))
    notice = parse(json.loads((SAMPLES / "northmart/856/two-packs.json").read_text(encoding="utf-8")))
    assert check(notice, order=order) == ()
