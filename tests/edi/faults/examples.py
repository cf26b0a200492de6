"""One small example of each finding: a change to a right interchange after which it is found. The page of findings shows them."""

from typing import Any, Final, NamedTuple

from edi.acks import read_acks
from edi.acks.codes import ANSWERS, Level
from edi.finding import Finding, FindingCode
from edi.guide import Guide
from edi.read import Limits, read
from edi.validate import validate_interchange
from tests.edi.faults.envelopes import edifact, grouped, x12

__all__ = ["BY_OTHERS", "EXAMPLES", "Example", "found"]

F = FindingCode


class Example(NamedTuple):
    """What stood there, what stands there instead, and where the finding is then; what else it takes."""

    before: str
    after: str
    place: str
    data: str = "x12"
    guide: dict[str, Any] | None = None
    limits: Limits = Limits()
    note: str = ""
    also: tuple[str, str] | None = None  #: what else is changed, so that nothing else is wrong


_DATA: Final = {"x12": x12("004010"), "edifact": edifact("96A"), "grouped": grouped("96A")}

_GROUP: Final = "GS*PO*NORTHMART*HARBORLINE*20261118*0915*1*X*004010~"
_GUIDE: Final = "with a guide that says so"

EXAMPLES: Final = {
    F.INTERCHANGE_HEADER_INVALID: Example("*261118*0915*U*", "*261318*0915*U*", "ISA09"),
    F.DELIMITERS_INVALID: Example("*P*>~", "*P*A~", "ISA16"),
    F.CHARACTER_SET_UNSUPPORTED: Example("UNB+UNOC:3", "UNB+UNOZ:3", "UNB01-1", "edifact"),
    F.INTERCHANGE_VERSION_UNSUPPORTED: Example("UNB+UNOC:3", "UNB+UNOC:9", "UNB01-2", "edifact"),
    F.INTERCHANGE_TRAILER_MISSING: Example("IEA*2*000004711~", "", "GE"),
    F.INTERCHANGE_CONTROL_NUMBER_MISMATCH: Example("IEA*2*000004711~", "IEA*2*000004712~", "IEA02"),
    F.INTERCHANGE_CONTROL_NUMBER_INVALID: Example("*00401*000004711*", "*00401*00000471X*", "ISA13"),
    F.INTERCHANGE_COUNT_MISMATCH: Example("UNZ+2+4711'", "UNZ+3+4711'", "UNZ01", "edifact"),
    F.INTERCHANGE_EMPTY: Example("UNZ+2+4711'", "UNZ+2+4711'UNB+UNOC:3+A+B+261118:0915+4712'UNZ+0+4712'", "UNZ", "edifact"),
    F.SEGMENT_TERMINATOR_MISSING: Example("IEA*2*000004711~", "IEA*2*000004711", "IEA", note="a warning, for nothing is lost"),
    F.DATA_OUTSIDE_ENVELOPE: Example("SE*4*0001~ST*850*0002~", "SE*4*0001~NTE**HELLO~ST*850*0002~", "NTE"),
    F.LIMIT_EXCEEDED: Example("IEA*2", "IEA*2", "SE", limits=Limits(segments=12), note="with a limit of 12 segments"),
    F.GROUP_HEADER_MISSING: Example(_GROUP, "", "ST"),
    F.GROUP_HEADER_INVALID: Example("GS*PO*", "GS*P*", "GS01"),
    F.GROUP_TRAILER_MISSING: Example("UNE+2+1'", "", "UNG", "grouped"),
    F.GROUP_CONTROL_NUMBER_MISMATCH: Example("GE*2*1~", "GE*2*9~", "GE02"),
    F.GROUP_CONTROL_NUMBER_INVALID: Example("*0915*1*X*", "*0915*A*X*", "GS06"),
    F.GROUP_CONTROL_NUMBER_DUPLICATE: Example("UNG+DESADV+0614141000012:14+0852345000012:14+261118:0915+2",
                                              "UNG+DESADV+0614141000012:14+0852345000012:14+261118:0915+1", "UNG05", "grouped",
                                              also=("UNE+1+2'", "UNE+1+1'")),
    F.GROUP_COUNT_MISMATCH: Example("GE*2*1~", "GE*3*1~", "GE01"),
    F.GROUP_RELEASE_UNSUPPORTED: Example(_GROUP, "GS*PO*NORTHMART*HARBORLINE*20261118*0915*1*X~", "GS08"),
    F.SET_TRAILER_MISSING: Example("SE*4*0001~", "", "PO1"),
    F.SET_CONTROL_NUMBER_MISMATCH: Example("SE*4*0001~", "SE*4*0009~", "SE02"),
    F.SET_CONTROL_NUMBER_INVALID: Example("UNH+1+ORDERS", "UNH++ORDERS", "UNH01", "edifact"),
    F.SET_CONTROL_NUMBER_DUPLICATE: Example("ST*850*0002~", "ST*850*0001~", "ST02", also=("SE*4*0002~", "SE*4*0001~")),
    F.SET_COUNT_MISMATCH: Example("UNT+7+1'", "UNT+8+1'", "UNT01", "edifact"),
    F.SET_UNSUPPORTED: Example("ST*850*0001~", "ST*859*0001~", "ST01"),
    F.SET_NOT_IN_GROUP: Example("GS*SH*", "GS*PO*", "ST01"),
    F.SET_HEADER_INVALID: Example("ORDERS:D:96A:UN'", "ORDERS:D:96A'", "UNH02-4", "edifact"),
    F.RELEASE_SUBSTITUTED: Example("*2*X*004010~", "*2*X*004030~", "ST01", note="information"),
    F.SEGMENT_UNKNOWN: Example("PO1*1*1*EA*1~", "PO1*1*1*EA*1~ZZZ*1~", "ZZZ"),
    F.SEGMENT_NOT_IN_SET: Example("PO1*1*1*EA*1~", "PO1*1*1*EA*1~BSN*00*1*20261118*0915~", "BSN"),
    F.SEGMENT_UNEXPECTED: Example("PO1*1*1*EA*1~", "N4*COLUMBUS*OH~PO1*1*1*EA*1~", "N4"),
    F.SEGMENT_OUT_OF_SEQUENCE: Example("PO1*1*1*EA*1~", "DTM*002*20261118~REF*DP*0042~PO1*1*1*EA*1~", "REF"),
    F.SEGMENT_EMPTY: Example("PO1*1*1*EA*1~", "REF~PO1*1*1*EA*1~", "REF"),
    F.SEGMENT_FORBIDDEN: Example("PO1*1*1*EA*1~", "CUR*BY*USD~PO1*1*1*EA*1~", "CUR", guide={"CUR": {"usage": "not used"}}, note=_GUIDE),
    F.REQUIRED_SEGMENT_MISSING: Example("BEG*00*NE*0001**20261118~", "", "BEG"),
    F.REQUIRED_LOOP_MISSING: Example("PO1*1*1*EA*1~", "", "PO1"),
    F.SEGMENT_REPEATS_TOO_OFTEN: Example("PO1*1*1*EA*1~", "CUR*BY*USD~CUR*BY*USD~PO1*1*1*EA*1~", "CUR",
                                         note="a currency may be given once"),
    F.LOOP_REPEATS_TOO_OFTEN: Example("PO1*1*1*EA*1~", "PO1*1*1*EA*1~CTT*1~CTT*1~", "CTT"),
    F.HIERARCHY_INVALID: Example("HL*1**S~", "HL*1**S~HL*2*7*O~", "HL02"),
    F.REQUIRED_ELEMENT_MISSING: Example("BEG*00*NE*0001**20261118~", "BEG*00*NE***20261118~", "BEG03"),
    F.REQUIRED_COMPONENT_MISSING: Example("DTM+137:20261118:102'", "DTM+:20261118:102'", "DTM01-1", "edifact"),
    F.CONDITIONAL_ELEMENT_MISSING: Example("PO1*1*1*EA*1~", "PO1*1*1*EA*1**UP~", "PO107"),
    F.CONDITIONAL_ELEMENT_EXCLUDED: Example("PO1*1*1*EA*1~", "PO1*1*1*EA*1~QTY*01*1*EA*ONE~", "QTY04"),
    F.ELEMENT_FORBIDDEN: Example("PO1*1*1*EA*1~", "PO1*1*1*EA*1*PE~", "PO105", guide={"PO1": {"elements": {"05": {"usage": "not used"}}}},
                                 note=_GUIDE),
    F.TOO_MANY_ELEMENTS: Example("BGM+220+1+9'", "BGM+220+1+9+NA+X'", "BGM05", "edifact"),
    F.TOO_MANY_COMPONENTS: Example("BEG*00*NE*0001**20261118~", "BEG*00*NE*0001>A**20261118~", "BEG03-2"),
    F.ELEMENT_REPEATS_TOO_OFTEN: Example("UNB+UNOC:3+0614141000012:14+0852345000012:14+261118:0915+4711'UNH+1+ORDERS:D:96A:UN'BGM+220+1+9'",
                                         "UNB+UNOC:4+0614141000012:14+0852345000012:14+20261118:0915+4711'UNH+1+ORDERS:D:96A:UN'BGM+220+1+9*9'",
                                         "BGM03 (repetition 2)", "edifact"),
    F.ELEMENT_TOO_SHORT: Example("BSN*00*SHP0003*", "BSN*00*S*", "BSN02"),
    F.ELEMENT_TOO_LONG: Example("PO1*1*1*EA*1~", "PO1*1*1*EACH*1~", "PO103"),
    F.CHARACTER_INVALID: Example("BEG*00*NE*0001**20261118~", "BEG*00*NE*00\t01**20261118~", "BEG03"),
    F.NUMBER_INVALID: Example("PO1*1*1*EA*1~", "PO1*1*1,5*EA*1~", "PO102"),
    F.DATE_INVALID: Example("BEG*00*NE*0001**20261118~", "BEG*00*NE*0001**20261318~", "BEG05"),
    F.TIME_INVALID: Example("*20261118*0915~HL", "*20261118*2515~HL", "BSN04"),
    F.CODE_UNKNOWN: Example("NAD+BY+1::9'", "NAD+Q9+1::9'", "NAD01", "edifact"),
    F.PATTERN_MISMATCH: Example("BEG*00*NE*0001**20261118~", "BEG*00*NE*A001**20261118~", "BEG03",
                                guide={"BEG": {"elements": {"03": {"pattern": "[0-9]+"}}}}, note=_GUIDE),
    F.BINARY_LENGTH_INVALID: Example("PO1*1*1*EA*1~", "PO1*1*1*EA*1~BIN*9*ABC~", "BIN01"),
    F.TRAILING_SEPARATOR: Example("PO1*1*1*EA*1~", "PO1*1*1*EA*1**~", "PO106", note="a warning, for nothing is lost"),
    F.REPORTED_BY_PARTNER: Example("", "AK5*R*9~", "AK502", note="read from the acknowledgment of a partner, whose code 9 has no twin here"),
}  # fmt: skip

#: what is not found by reading one interchange, and who knows it
BY_OTHERS: Final = {
    F.INTERCHANGE_DUPLICATE: "by who keeps the numbers of what came before: the gateway",
    F.SENDER_UNKNOWN: "by who knows the partners: the gateway",
    F.RECEIVER_UNKNOWN: "by who knows our own ids: the gateway",
    F.GROUP_NOT_AGREED: "by who knows the agreements: the gateway",
    F.SET_NOT_AGREED: "by who knows the agreements: the gateway",
}


def found(code: FindingCode) -> list[Finding]:
    """All findings of an example."""
    example = EXAMPLES[code]
    if code is F.REPORTED_BY_PARTNER:
        return _reported(example.after)
    data = _DATA[example.data]
    assert example.before in data, code
    guide = Guide.parse({"guide": "example", "segments": example.guide}) if example.guide else None
    changed = data.replace(example.before, example.after, 1)
    if example.also:
        changed = changed.replace(*example.also)
    if ANSWERS[code].level in (Level.SEGMENT, Level.ELEMENT):
        changed = _counted(changed)
    return [
        finding
        for interchange in read(changed.encode(), limits=example.limits)
        for finding in validate_interchange(interchange, guide_of=lambda _: guide).findings
    ]


def _counted(text: str) -> str:
    """With the counts of the set trailers put right: the fault is another."""
    for header, trailer, separator, terminator in (("ST", "SE", "*", "~"), ("UNH", "UNT", "+", "'")):
        segments = text.split(terminator)
        begun = 0
        for at, segment in enumerate(segments):
            tag, *elements = segment.split(separator)
            begun = at if tag == header else begun
            if tag == trailer:
                segments[at] = separator.join((tag, str(at - begun + 1), *elements[1:]))
        text = terminator.join(segments)
    return text


def _reported(segment: str) -> list[Finding]:
    isa = _DATA["x12"][: _DATA["x12"].index("GS*")]
    sent = (
        f"{isa}GS*FA*B*A*20261118*0915*1*X*004010~ST*997*0001~AK1*PO*1~AK2*850*0001~{segment}AK9*R*1*1*0~SE*6*0001~GE*1*1~IEA*1*000004711~"
    )
    [received] = read(sent.encode())
    return [finding for report in read_acks(received) for one in report.sets for finding in one.findings]
