"""What to write where a map does not know a code: the overlay of the partner's own, as it would stand in its file."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from edi.finding import Finding
    from maps.registry import MapRegistry
    from maps.run import Map
    from partners.model import Agreement, Partner

__all__ = ["UnknownCode", "lessons", "lessons_of", "unknown_codes", "unlisted_codes"]

_TABLE: Final = re.compile(r"table (\w+)")
_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_YAML_WORDS: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_MOST_WORDS: Final = 40


@dataclass(frozen=True, slots=True)
class UnknownCode:
    """A code that a table does not have: the partner's in what comes in, our word in what goes out."""

    table: str
    code: str


def unknown_codes(findings: Iterable[Mapping[str, Any]]) -> list[UnknownCode]:
    """The codes that map findings are about, each once."""
    found = []
    for finding in findings:
        table = _TABLE.fullmatch(str(finding.get("hint", "")))
        if finding.get("code") == "code-unknown" and table and finding.get("value"):
            found.append(UnknownCode(table[1], str(finding["value"])))
    return list(dict.fromkeys(found))


def unlisted_codes(faults: "Iterable[Finding]") -> dict[str, str]:
    """Codes that the standard's lists do not have, with their data element."""
    return {one.value: one.element_id for one in faults if one.code.value == "code-unknown" and one.value and one.element_id}


def lessons_of(root: Path, answer: Mapping[str, Any]) -> list[str]:
    """For something held, as `show` tells of it; nothing when the files of the workspace cannot say."""
    from gateway.cli.agreed import load_workspace
    from gateway.cli.decoding import registry_of
    from gateway.cli.output import CliError
    from maps.fault import MapError

    unknown = unknown_codes(answer.get("findings", ())) if answer["state"] == "HELD" else []
    if not unknown:
        return []
    kind = (answer["direction"], answer.get("documentType"))  # a document of the hub's is held before it has an agreement
    try:
        workspace = load_workspace(root)
        partner = workspace.partners[answer["partnerId"]]
        agreements = (a for a in partner.agreements if kind in {(a.direction, a.document), (a.direction, None)})
        agreement = next(a for a in agreements if answer.get("agreementId", a.id) == a.id)
        return lessons(partner, agreement, unknown, registry_of(workspace))
    except (CliError, KeyError, StopIteration, MapError):  # the files are not those that were in force
        return []


def lessons(
    partner: "Partner",
    agreement: "Agreement",
    unknown: Iterable[UnknownCode],
    registry: "MapRegistry",
    *,
    told: set[str] | None = None,
    unlisted: Mapping[str, str] | None = None,
) -> list[str]:
    """Lines that tell what to write, and where: for the map of this agreement, and for those the other way that share the gap.

    `told` keeps what was said for other sets of the partner, which is not said again; `unlisted` names the codes that the standard
    does not have either, with their data element: what goes out with them needs more than a map.
    """
    told = set() if told is None else told
    inbound = agreement.direction.value == "inbound"
    by_table: dict[str, list[str]] = {}
    for one in unknown:
        by_table.setdefault(one.table, []).append(one.code)
    if not by_table:
        return []
    there = registry.get(agreement.map)
    lines = _lesson(partner, agreement, by_table, there, inbound=inbound)
    lines += _once([_knows(there, name, inbound) for name in by_table], told)
    for other in partner.agreements:
        if not inbound or other.direction is agreement.direction or not other.map:
            continue
        back = registry.get(other.map)
        missing = {name: [code for code in codes if _lacks(back, name, code)] for name, codes in by_table.items()}
        missing = {name: codes for name, codes in missing.items() if codes}
        lesson = "\n".join(_lesson(partner, other, missing, back, inbound=True)) if missing else ""
        if lesson and _once([lesson], told):
            lines += [f"The {other.set_id} that goes back does not know it either:", *lesson.split("\n")]
    codes = {code: element for code, element in (unlisted or {}).items() if any(code in said for said in by_table.values())}
    return lines + (_once(_own_codes(codes), told) if inbound and codes else [])


def _once(lines: Iterable[str], told: set[str]) -> list[str]:
    """Those that were not said yet; now they are."""
    new = [line for line in dict.fromkeys(lines) if line not in told]
    told.update(new)
    return new


def _own_codes(codes: Mapping[str, str]) -> list[str]:
    """What an agreement says so that a code of the partner's own may leave."""
    by_element: dict[str, list[str]] = {}
    for code, element in codes.items():
        by_element.setdefault(element, []).append(_quoted(code))
    agreed = ", ".join(f'"{element}": [{", ".join(found)}]' for element, found in by_element.items())
    which = ", ".join(f"{code} in data element {element}" for code, element in codes.items())
    return [f"The standard does not have {which}. What goes out with it needs in its agreement: write: {{codes: {{{agreed}}}}}"]


def _lacks(there: "Map", table: str, code: str) -> bool:
    return table in there.spec.tables and code not in there.spec.tables[table].words


def _lesson(partner: "Partner", agreement: "Agreement", missing: Mapping[str, list[str]], there: "Map", *, inbound: bool) -> list[str]:
    own = there.name if there.name.startswith(f"partners/{partner.id}/") else f"partners/{partner.id}/maps/{agreement.set_id.lower()}"
    tables = [f"  {name}: {{extend: true, {', '.join(_row(code, inbound) for code in codes)}}}" for name, codes in missing.items()]
    if own == there.name:
        head, body = f"add to {own}.yaml, and count its version up:", ["tables:", *tables]
    else:
        head = f"write {own}.yaml; the agreement {agreement.id} takes it by its name:"
        body = [f"map: {own}", f"extends: {there.name}@{there.version}", "version: 1", "tables:", *tables]
    return [head, *(f"    {line}" for line in body)]


def _knows(there: "Map", name: str, inbound: bool) -> str:
    table = there.spec.tables[name]
    words = list(dict.fromkeys(table.words.values() if inbound else table.words))
    more = ", …" if len(words) > _MOST_WORDS else ""
    rest = "; other units are UN/ECE Recommendation 20, packages X and Recommendation 21" if name == "uom" and inbound else ""
    return f"{'WORD' if inbound else 'CODE'} in {name} is one of {', '.join(words[:_MOST_WORDS])}{more}{rest}."


def _row(code: str, inbound: bool) -> str:
    """A row still to be filled in: WORD is ours, CODE the partner's."""
    return f"{_quoted(code)}: WORD" if inbound else f"CODE: {_quoted(code)}"


def _quoted(text: str) -> str:
    """YAML would take some codes for numbers or truth."""
    return text if _PLAIN.fullmatch(text) and text.lower() not in _YAML_WORDS else f'"{text}"'
