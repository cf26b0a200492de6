"""Partners with a form of their own: each of their payloads through its map, both ways, against golden files.

    samples/forms/partners/<partner>/cases/<set>/<case>.request.<ext>   what the partner sends, in the spelling that we write
                                                 <case>.json            its document; of several .1.json, .2.json
                                                 <case>.written.<ext>   what we write of these documents alone

`pytest --update-samples` writes the last two anew. With what the documents do not hold (residue) the request itself comes back.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from canonical.base import Document, SourceRef
from canonical.registry import parse
from canonical.rules import check
from maps.formats import OWN_FORMS
from maps.registry import MapRegistry
from maps.run import DecodeContext, EncodeContext, Map, Residue
from partners.load import load, read_files
from partners.model import Agreement, Direction, Partner

FORMS = Path(__file__).resolve().parents[1] / "samples/forms"
LOADED = load(read_files(FORMS))
MAPS = MapRegistry(LOADED.workspace.map_sources if LOADED.workspace else {})


@dataclass(frozen=True)
class Case:
    """One payload, and the agreement that its path names."""

    path: Path

    @property
    def partner(self) -> Partner:
        return LOADED.workspace.partners[self.path.parts[-4]]

    @property
    def agreement(self) -> Agreement:
        [agreement] = [one for one in self.partner.agreements if one.set_id == self.path.parts[-2] and one.direction is Direction.INBOUND]
        return agreement

    @property
    def map(self) -> Map:
        return MAPS.get(self.agreement.map)

    def golden(self, ending: str) -> Path:
        return self.path.with_name(f"{self.path.name.split('.')[0]}.{ending}")

    def decode(self) -> list[tuple[Document, tuple[Residue, ...]]]:
        read = self.map.form.read(self.path.read_bytes())
        assert read.findings == ()
        found = []
        for index, document in enumerate(read.documents, 1):
            assert document.findings == ()
            reference = SourceRef(syntax=self.map.syntax, document_code=self.map.set_id, set_index=index, set_count=len(read.documents))
            own, partner = LOADED.workspace.own.org, self.partner
            decoded = self.map.decode(document.value, DecodeContext(own, partner.id, partner.tzinfo, reference, currency=partner.currency))
            assert decoded.findings == ()
            found.append((decoded.document, decoded.residue))
        return found

    def encode(self, documents: list[tuple[Document, tuple[Residue, ...]]]) -> bytes:
        values = []
        for document, residue in documents:
            encoded = self.map.encode(document, EncodeContext(self.partner.tzinfo), residue)
            assert encoded.findings == ()
            values.append(encoded.tree)
        written = self.map.form.write(values)
        assert written.findings == ()
        return written.data


CASES = [Case(path) for path in sorted(FORMS.glob("partners/*/cases/*/*.request.*"))]
each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: "/".join((case.path.parts[-4], case.path.name.split(".")[0])))


@pytest.fixture
def update(request) -> bool:
    return request.config.getoption("--update-samples")


def compare(golden: Path, data: bytes, update: bool) -> None:
    if update:
        golden.write_bytes(data)
    assert data == golden.read_bytes(), f"{golden.name} differs; if that is meant: pytest --update-samples"


def test_every_form_has_a_partner() -> None:
    assert LOADED.faults == ()
    assert {case.agreement.standard for case in CASES} == OWN_FORMS
    assert {case.partner.id for case in CASES} == set(LOADED.workspace.partners)


@each_case
def test_its_documents(case, update) -> None:
    found = case.decode()
    for index, (document, _) in enumerate(found, 1):
        assert check(document) == ()
        assert parse(document.to_json()) == document
        text = json.dumps(document.replaced(map=None).to_json(), indent=2, ensure_ascii=False) + "\n"
        compare(case.golden(f"{index}.json" if len(found) > 1 else "json"), text.encode(), update)


@each_case
def test_the_same_payload_comes_back(case) -> None:
    found = [(document, tuple(Residue.parse(one.to_json()) for one in residue)) for document, residue in case.decode()]
    assert any(residue for _, residue in found), "a payload of which the map reads everything shows nothing of residue"
    if case.map.syntax == "json":  # the order of keys means nothing there, nor does what stands around the documents
        assert sets_of(case, case.encode(found)) == sets_of(case, case.path.read_bytes())
    else:
        assert case.encode(found) == case.path.read_bytes()


def sets_of(case: Case, data: bytes) -> list[Any]:
    return [document.value for document in case.map.form.read(data).documents]


@each_case
def test_what_we_write_of_the_documents(case, update) -> None:
    documents = [document for document, _ in case.decode()]
    data = case.encode([(document, ()) for document in documents])
    pretty = json.dumps(json.loads(data), indent=2, ensure_ascii=False).encode() + b"\n" if case.map.syntax == "json" else data
    compare(case.golden(f"written.{case.map.form.extension}"), pretty, update)
    read = case.map.form.read(data)
    for document, value in zip(documents, read.documents, strict=True):
        context = DecodeContext("harborline", case.partner.id, case.partner.tzinfo, document.source_ref, currency=case.partner.currency)
        again = case.map.decode(value.value, context)
        assert again.document == document
        assert again.residue == ()


@each_case
def test_it_is_recognised_and_no_other_form_is(case) -> None:
    data = case.path.read_bytes()
    assert case.map.form.recognises(data)
    others = {one.map.name: one.map.form for one in CASES if one.map.syntax != case.map.syntax}
    assert [name for name, form in others.items() if form.recognises(data)] == []
