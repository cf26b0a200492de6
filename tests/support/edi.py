"""Transaction sets for tests, written as their segments only: the envelope is added here, and its counts are always right."""

from typing import Any

import pytest

from edi.envelope import TransactionSet
from edi.finding import Finding, Severity
from edi.grammar.load import load
from edi.read import read
from edi.validate import ValidatedInterchange, Validation, validate, validate_interchange
from edi.x12 import FUNCTIONAL_IDS

ISA = "ISA*00*          *00*          *ZZ*NORTHMART      *ZZ*HARBORLINE     *260102*0304*U*00401*000000001*0*P*>~"


def transaction_set(text: str, *, release: str = "004010", syntax: str = "UNOC:3", una: str = "") -> TransactionSet:
    """One set out of its segments without header and trailer: "850 | BEG*00*NE*1**20260102~ …", "ORDERS | BGM+220+1+9' …".

    What stands before the bar is the set, for EDIFACT with version, release, agency and association: "ORDERS:D:96A:UN:EAN008".
    """
    kind, _, body = text.partition("|")
    kind, body = kind.strip(), "".join(line.strip() for line in body.splitlines())
    data = _x12(kind, body, release) if kind.isdigit() else una + _edifact(kind, body, syntax)
    [interchange] = read(data.encode("utf-8" if kind.isdigit() else "iso8859-1"))
    [made] = interchange.transaction_sets
    return made


def judge(text: str, *, release: str = "004010", syntax: str = "UNOC:3", una: str = "", **options: Any) -> Validation:
    """Validate such a set by its own grammar."""
    made = transaction_set(text, release=release, syntax=syntax, una=una)
    return validate(made, load(made.standard, made.release, made.set_id), **options)


def said(validation: Validation, *, all_severities: bool = False) -> list[tuple[str, str]]:
    """What was found, as pairs of code and place; only errors unless asked for all."""
    found = [f for f in validation.findings if all_severities or f.severity is Severity.ERROR]
    return [(f.code.value, str(f.location)) for f in found]


def said_of(finding: Finding) -> tuple[str, str]:
    """Code and place of one finding."""
    return finding.code.value, str(finding.location)


def only(validation: Validation) -> Finding:
    """The one finding that there is."""
    [finding] = validation.findings
    return finding


def interchange(text: str, *, release: str = "004010", functional_id: str = "PO", isa: str = ISA) -> bytes:
    """An X12 interchange around sets that are written with their own ST and SE, right or wrong; the rest of it is right."""
    body = "".join(line.strip() for line in text.splitlines())
    sets = sum(segment.startswith("ST*") for segment in body.split("~"))
    return f"{isa}GS*{functional_id}*NORTHMART*HARBORLINE*20260102*0304*1*X*{release}~{body}GE*{sets}*1~IEA*1*000000001~".encode()


def validated(data: bytes, **options: Any) -> ValidatedInterchange:
    """Read and judge the one interchange in some bytes."""
    [one] = read(data)
    return validate_interchange(one, **options)


def reads(text: str, **options: Any) -> pytest.MarkDecorator:
    """Hands the test the `findings` of X12 sets that are written with their own ST and SE."""
    return pytest.mark.parametrize("findings", [list(validated(interchange(text, **options)).findings)], ids=["read"])


def _x12(set_id: str, body: str, release: str) -> str:
    count = body.count("~") + 2
    group = FUNCTIONAL_IDS[set_id]
    return (
        f"{ISA}GS*{group}*NORTHMART*HARBORLINE*20260102*0304*1*X*{release}~ST*{set_id}*0001~{body}SE*{count}*0001~GE*1*1~IEA*1*000000001~"
    )


def _edifact(kind: str, body: str, syntax: str) -> str:
    count = body.replace("?'", "").count("'") + 2
    kind = kind if ":" in kind else f"{kind}:D:96A:UN"
    return f"UNB+{syntax}+0614141000012:14+0852345000012:14+260102:0304+1'UNH+1+{kind}'{body}UNT+{count}+1'UNZ+1+1'"
