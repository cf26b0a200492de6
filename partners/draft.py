"""A first profile from a sample file: what its envelopes say, the usual options by name, and what a person must still decide."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString as Quoted

from edi.delimiters import EDIFACT_DEFAULT, X12_DEFAULT, Delimiters
from edi.envelope import FunctionalGroup, Interchange, TransactionSet
from edi.read import read
from edi.values import Identity, Standard
from partners.agree import DOCUMENTS
from partners.answers import ANSWERS
from partners.model import Own, comparable
from partners.options import TOLERANT
from partners.scalars import ID

__all__ = ["Draft", "draft"]

#: answered by the acknowledgment machinery, never agreed as documents
_ACKNOWLEDGMENTS: Final = frozenset({"997", "999", "TA1", "CONTRL"})
_TEMPLATES: Final = {Standard.X12: "retailer-x12", Standard.EDIFACT: "threepl-edifact"}


@dataclass(frozen=True, slots=True)
class Draft:
    """What to write into the workspace, and what to tell the person who will finish it."""

    files: Mapping[str, str]  #: path in the workspace -> text
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Kind:
    """A set as the sample has it."""

    standard: Standard
    release: str
    industry: str
    set_id: str
    inbound: bool


def draft(partner_id: str, data: bytes, own: Own, *, status: str = "draft") -> Draft:
    """A profile for whoever sent the sample (or got it from us).

    Raises `edi.errors.NoInterchangeError`, and ValueError when the id cannot be the name of a folder.
    """
    if not ID.fullmatch(partner_id):
        raise ValueError("a partner's id has small letters, digits, dots, hyphens and underscores, and begins with a letter or digit")
    interchanges = read(data)
    ours = {comparable(a.identity) for station in own.stations for a in (station.x12, station.edifact) if a is not None}
    sightings = [_Sighting(interchange, ours) for interchange in interchanges]
    kinds = list(dict.fromkeys(kind for sighting in sightings for kind in sighting.kinds()))
    remarks = list(dict.fromkeys(_remarks(sightings, kinds)))
    profile = _profile(partner_id, status, sightings, kinds)
    return Draft({f"partners/{partner_id}/partner.yaml": _text(profile)}, tuple(remarks))


class _Sighting:
    """One interchange of the sample, seen from us."""

    def __init__(self, interchange: Interchange, ours: set[Identity]) -> None:
        self.interchange = interchange
        self.standard = interchange.standard
        self.is_ours = comparable(interchange.sender) in ours
        self.partner = interchange.receiver if self.is_ours else interchange.sender
        self.own = interchange.sender if self.is_ours else interchange.receiver
        self.own_is_known = comparable(self.own) in ours

    def groups(self) -> Iterator[str]:
        """The partner's codes in GS where they are not the id of the interchange."""
        for group in self.interchange.groups:
            code = (group.receiver if self.is_ours else group.sender).strip()
            if code and code != self.partner.id:
                yield code

    def kinds(self) -> Iterator[_Kind]:
        """The sets in it."""
        for transaction_set in self._sets():
            if transaction_set.set_id not in _ACKNOWLEDGMENTS:
                inbound = not self.is_ours
                yield _Kind(self.standard, transaction_set.release, transaction_set.industry, transaction_set.set_id, inbound)

    def _sets(self) -> Iterable[TransactionSet]:
        groups: tuple[FunctionalGroup, ...] = self.interchange.groups
        return (transaction_set for group in groups for transaction_set in group.transaction_sets)


def _remarks(sightings: list[_Sighting], kinds: list[_Kind]) -> Iterator[str]:
    for sighting in sightings:
        if not sighting.own_is_known:
            yield (
                f"The sample is addressed to {sighting.own}, which is none of our stations; it is taken as sent to us."
                " Set this address under own.stations in gateway.yaml, or ask for a sample that is for us."
            )
    if any(not sighting.partner.id for sighting in sightings):
        yield "The sample does not name its sender; add the identity by hand."
    if len({comparable(sighting.partner) for sighting in sightings}) > 1:
        yield "The sample has several senders; all of them became identities of this one partner. Remove those that are others'."
    if not kinds:
        yield "The sample has no transaction set to agree on; add agreements by hand."
    if any(sighting.interchange.findings for sighting in sightings):
        yield "The sample's envelope has faults; `gateway edi validate` lists them."
    for kind in kinds:
        if kind.inbound and (kind.standard, kind.set_id) not in ANSWERS:
            yield f"Nothing is known that usually answers a {kind.set_id}; add outbound agreements by hand."
    subset = next((kind for kind in kinds if kind.standard is Standard.EDIFACT and kind.industry), None)
    found, left_out = _answers(kinds)
    for answer, first in left_out:
        yield (
            f"{answer.set_id} is not proposed: it is the same document as the {first.set_id}."
            " Where both are sent, `when:` of an agreement tells which of them."
        )
    answers = [kind.set_id for kind in found if kind.standard is Standard.EDIFACT and not kind.inbound]
    if subset is not None and answers:
        yield (
            f"The sample is of {subset.industry}, and each message of a subset has a version of its own: write those of"
            f" {', '.join(answers)} behind their release, as in {subset.release}{subset.industry}."
        )


def _answers(kinds: list[_Kind]) -> tuple[list[_Kind], list[tuple[_Kind, _Kind]]]:
    """What usually goes the other way, where the sample does not show it: the answers to what the partner sends, and to what we send.
    Beside it what is not proposed, for something else that we send is the same document.
    """
    there = {(kind.standard, kind.release, kind.set_id, kind.inbound) for kind in kinds}
    sent = {_document(kind): kind for kind in reversed(kinds) if not kind.inbound}
    found: list[_Kind] = []
    left_out = []
    for kind in kinds:
        industry = kind.industry if kind.standard is Standard.X12 else ""  # in EDIFACT, each message has its own
        for set_id in ANSWERS.get((kind.standard, kind.set_id), ()):
            answer = _Kind(kind.standard, kind.release, industry, set_id, not kind.inbound)
            if (answer.standard, answer.release, set_id, answer.inbound) in there:
                continue
            there.add((answer.standard, answer.release, set_id, answer.inbound))
            first = answer if answer.inbound else sent.setdefault(_document(answer), answer)
            if first is answer:
                found.append(answer)
            else:
                left_out.append((answer, first))
    return found, left_out


def _document(kind: _Kind) -> str:
    return DOCUMENTS.get((str(kind.standard), kind.set_id), kind.set_id)


def _profile(partner_id: str, status: str, sightings: list[_Sighting], kinds: list[_Kind]) -> CommentedMap:
    standards = tuple(dict.fromkeys(sighting.standard for sighting in sightings))
    profile = CommentedMap({"partner": partner_id, "name": partner_id, "status": status})
    profile["inherits"] = _flow_list(_TEMPLATES[standard] for standard in standards)
    profile["zone"] = "UTC"
    profile["identities"] = _identities(sightings, standards)
    profile["transports"] = CommentedMap(
        {
            "folder": CommentedMap(
                {"pickup": _flow({"folder": f"inbox/{partner_id}"}), "drop": _flow({"folder": f"outbox/{partner_id}"})},
            )
        }
    )
    profile["agreements"] = CommentedSeq(_agreements(partner_id, kinds, sightings))
    profile.yaml_set_start_comment("Drafted from a sample file. Look at every line, then set the status and `gateway plan`.")
    profile.yaml_add_eol_comment("the company's name, as people know it", "name")
    profile.yaml_add_eol_comment("draft: nothing goes through; testing: test traffic only; live: everything", "status")
    profile.yaml_add_eol_comment("options by name: `gateway partner show` prints what holds in the end", "inherits")
    profile.yaml_add_eol_comment("of the partner's times, which carry none: America/Chicago", "zone")
    profile.yaml_set_comment_before_after_key("identities", before="\nAs the sample's envelope has them.")
    profile.yaml_set_comment_before_after_key(
        "transports", before="\nFolders work at once. Replace them by what was agreed:\n" + _TRANSPORTS.format(id=partner_id)
    )
    profile.yaml_set_comment_before_after_key("agreements", before="\nWhat the sample holds, and what usually answers it.")
    return profile


_TRANSPORTS: Final = """\
  as2:
    url: https://as2.example/as2
    certs: {{current: {id}.pem}}          # partners/{id}/certs/{id}.pem
  sftp:
    host: sftp.example
    user: us
    key: "file:secrets/{id}-sftp"
    host_keys: {{current: "ssh-ed25519 AAAA…"}}
    pickup: {{folder: out}}
    drop: {{folder: in}}"""


def _identities(sightings: list[_Sighting], standards: tuple[Standard, ...]) -> CommentedMap:
    identities = CommentedMap()
    for standard in standards:
        found: dict[Identity, tuple[Identity, list[str]]] = {}  # written as the partner writes it: 08 is not 8 in an ISA
        for sighting in sightings:
            if sighting.standard is standard and sighting.partner.id:
                _, groups = found.setdefault(comparable(sighting.partner), (sighting.partner, []))
                groups += [code for code in sighting.groups() if code not in groups]
        entries = []
        for identity, groups in found.values():
            said: dict[str, Any] = {"qualifier": Quoted(identity.qualifier)} if identity.qualifier else {}
            said["id"] = Quoted(identity.id)
            if groups:
                said["gs"] = _flow_list(map(Quoted, groups))
            entries.append(_flow(said))
        identities[str(standard)] = CommentedSeq(entries)
    return identities


def _agreements(partner_id: str, kinds: list[_Kind], sightings: list[_Sighting]) -> Iterator[CommentedMap]:
    seen: set[str] = set()
    for kind in (*kinds, *_answers(kinds)[0]):
        direction = "inbound" if kind.inbound else "outbound"
        name = f"{partner_id}-{kind.set_id.lower()}-{'in' if kind.inbound else 'out'}"
        if name in seen:
            name += f"-{kind.release.lower()}"
        if name in seen:
            continue
        seen.add(name)
        # what comes in is agreed by its release alone: the industry suffix is often missing; what goes out is written with it
        release = kind.release if kind.inbound else kind.release + kind.industry
        standard = _flow({str(kind.standard): Quoted(release), "set": Quoted(kind.set_id)})
        agreement = CommentedMap({"id": name, "direction": direction, "standard": standard})
        if kind.inbound:
            agreement["tolerance"] = _flow(TOLERANT)
        else:
            agreement["ack"] = _flow({"expect": True, "overdue_after": "24h"})
        if (write := _write(kind, sightings)) and not kind.inbound:
            agreement["write"] = _flow(write)
        yield agreement


def _write(kind: _Kind, sightings: list[_Sighting]) -> dict[str, Any]:
    """Separators of the sample where they are not the usual ones: partners expect to read what they write."""
    usual = X12_DEFAULT if kind.standard is Standard.X12 else EDIFACT_DEFAULT
    used: Delimiters = next(sighting.interchange.delimiters for sighting in sightings if sighting.standard is kind.standard)
    marks = {name: getattr(used, name) for name in ("element", "component", "segment")}
    return {
        name: Quoted(mark) for name, mark in marks.items() if mark != getattr(usual, name) and mark.isprintable() and not mark.isalnum()
    }


def _flow(values: Mapping[str, Any]) -> CommentedMap:
    flow = CommentedMap(values)
    flow.fa.set_flow_style()
    return flow


def _flow_list(values: Iterable[Any]) -> CommentedSeq:
    flow = CommentedSeq(values)
    flow.fa.set_flow_style()
    return flow


def _text(profile: CommentedMap) -> str:
    yaml = YAML()
    yaml.width = 1000  # flow mappings stay on their line
    yaml.indent(mapping=2, sequence=4, offset=2)
    out = StringIO()
    yaml.dump(profile, out)
    return out.getvalue()
