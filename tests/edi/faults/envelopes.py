"""Right interchanges of both families, and each fault of an envelope put into them: what is found, and by which code it is answered.

The codes are those of the standards' lists, written by hand: X12 TA105, AK905, AK502; EDIFACT 0085 in UCI, UCF and UCM.
"""

from typing import Final, NamedTuple

from edi.finding import FindingCode

__all__ = ["EDIFACT", "GROUPED", "X12", "EnvelopeFault", "edifact", "grouped", "x12"]

F = FindingCode

_ISA: Final = "ISA*00*          *00*          *ZZ*NORTHMART      *ZZ*HARBORLINE     *261118*0915*{}*{}*000004711*0*P*>~"
_GS: Final = "GS*{}*NORTHMART*HARBORLINE*20261118*0915*{}*X*{}~"
_ORDER: Final = "ST*850*{0}~BEG*00*NE*{0}**20261118~PO1*1*1*EA*1~SE*4*{0}~"
_NOTICE: Final = "ST*856*{0}~BSN*00*SHP{0}*20261118*0915~HL*1**S~SE*4*{0}~"

_UNB: Final = "UNB+UNOC:3+0614141000012:14+0852345000012:14+261118:0915+4711'"
_UNG: Final = "UNG+{}+0614141000012:14+0852345000012:14+261118:0915+{}+UN+D:{}'"
_ORDERS: Final = "UNH+{0}+ORDERS:D:{1}:UN'BGM+220+{0}+9'DTM+137:20261118:102'NAD+BY+1::9'LIN+1'UNS+S'UNT+7+{0}'"
_DESADV: Final = "UNH+{0}+DESADV:D:{1}:UN'BGM+351+{0}+9'UNT+3+{0}'"


def x12(release: str) -> str:
    """Two groups, of two orders and of a ship notice."""
    isa = _ISA.format("^", "00501") if release >= "005" else _ISA.format("U", "00401")
    first = f"{_GS.format('PO', 1, release)}{_ORDER.format('0001')}{_ORDER.format('0002')}GE*2*1~"
    return f"{isa}{first}{_GS.format('SH', 2, release)}{_NOTICE.format('0003')}GE*1*2~IEA*2*000004711~"


def edifact(release: str) -> str:
    """Two orders and no groups."""
    return f"{_UNB}{_ORDERS.format(1, release)}{_ORDERS.format(2, release)}UNZ+2+4711'"


def grouped(release: str) -> str:
    """A group of two orders and one of a despatch advice."""
    orders = f"{_UNG.format('ORDERS', 1, release)}{_ORDERS.format(1, release)}{_ORDERS.format(2, release)}UNE+2+1'"
    return f"{_UNB}{orders}{_UNG.format('DESADV', 2, release)}{_DESADV.format(3, release)}UNE+1+2'UNZ+2+4711'"


class EnvelopeFault(NamedTuple):
    """What is done to an interchange, what is found, and where; what stands in the answer."""

    kind: str
    changes: tuple[tuple[str, str], ...]  #: texts that are replaced; a text that ends in "…" stands for all from it on
    code: FindingCode
    place: str  #: tag and element
    answer: tuple[str, ...]  #: segments of the answer that speak of it, tags with their codes

    def inject(self, text: str) -> str:
        for old, new in self.changes:
            if old.endswith("…"):
                text = text[: text.index(old[:-1])] + new
            elif "…" in old:
                begin, _, end = old.partition("…")
                at = text.index(begin)
                text = text[:at] + new + text[text.index(end, at) :]
            else:
                assert old in text, (self.kind, old)
                text = text.replace(old, new, 1)
        return text


Changes = str | tuple[tuple[str, str], ...]


def _fault(kind: str, changes: Changes, code: FindingCode, place: str, *answer: str) -> EnvelopeFault:
    """`changes`: "old -> new", or several of them as pairs."""
    if isinstance(changes, str):
        old, _, new = changes.partition(" -> ")
        changes = ((old, new),)
    return EnvelopeFault(kind, changes, code, place, answer)


_HEADER = F.INTERCHANGE_HEADER_INVALID

X12: Final = (
    # the interchange: TA105
    _fault("ISA01 too short", "ISA*00 -> ISA*0", _HEADER, "ISA01", "TA1 010"),
    _fault("ISA02 too short", "ISA*00*          * -> ISA*00*         *", _HEADER, "ISA02", "TA1 011"),
    _fault("ISA03 too short", "*00*          *ZZ -> *0*          *ZZ", _HEADER, "ISA03", "TA1 012"),
    _fault("ISA04 too short", "*00*          *ZZ -> *00*         *ZZ", _HEADER, "ISA04", "TA1 013"),
    _fault("ISA05 too short", "*ZZ*NORTHMART -> *Z*NORTHMART", _HEADER, "ISA05", "TA1 005"),
    _fault("ISA06 too short", (("NORTHMART      *", "NORTHMART     *"),), _HEADER, "ISA06", "TA1 006"),
    _fault("ISA07 too short", "*ZZ*HARBORLINE -> *Z*HARBORLINE", _HEADER, "ISA07", "TA1 007"),
    _fault("ISA08 too short", (("HARBORLINE     *", "HARBORLINE    *"),), _HEADER, "ISA08", "TA1 008"),
    _fault("ISA09 no date", "*261118*0915 -> *261318*0915", _HEADER, "ISA09", "TA1 014"),
    _fault("ISA10 no time", "*261118*0915 -> *261118*2515", _HEADER, "ISA10", "TA1 015"),
    _fault("ISA11 too long", "*261118*0915* -> *261118*0915*U", _HEADER, "ISA11", "TA1 016"),
    _fault("ISA12 no version", "01*000004711*0 -> X1*000004711*0", F.INTERCHANGE_VERSION_UNSUPPORTED, "ISA12", "TA1 017"),
    _fault("ISA13 no number", "*000004711*0 -> *00000471X*0", F.INTERCHANGE_CONTROL_NUMBER_INVALID, "ISA13", "TA1 018"),
    _fault("ISA14 no indicator", "*0*P* -> *2*P*", _HEADER, "ISA14", "TA1 019"),
    _fault("ISA15 no indicator", "*0*P* -> *0*X*", _HEADER, "ISA15", "TA1 020"),
    _fault("ISA16 the element separator again", "*P*> -> *P**", F.DELIMITERS_INVALID, "ISA16", "TA1 027"),
    _fault("ISA16 a letter", "*P*> -> *P*A", F.DELIMITERS_INVALID, "ISA16", "TA1 027"),
    _fault("IEA missing", "IEA… -> ", F.INTERCHANGE_TRAILER_MISSING, "GE", "TA1 023"),
    _fault("the data ends within a set", "HL*1… -> ", F.INTERCHANGE_TRAILER_MISSING, "BSN", "TA1 023"),
    _fault("the data ends within a segment", "*1~SE*4*0002… -> ", F.SEGMENT_TERMINATOR_MISSING, "PO1", "TA1 023"),
    _fault("IEA01 wrong", "IEA*2 -> IEA*3", F.INTERCHANGE_COUNT_MISMATCH, "IEA01", "TA1 021"),
    _fault("IEA02 another number", "IEA*2*000004711 -> IEA*2*000004712", F.INTERCHANGE_CONTROL_NUMBER_MISMATCH, "IEA02", "TA1 001"),
    _fault("no groups", (("GS*PO…IEA*2", ""), ("IEA*2", "IEA*0")), F.INTERCHANGE_EMPTY, "IEA", "TA1 024"),
    _fault("a segment before the groups", "GS*PO -> XYZ*1~GS*PO", F.DATA_OUTSIDE_ENVELOPE, "XYZ", "TA1 022"),
    _fault("a segment between sets", "ST*850*0002 -> XYZ*1~ST*850*0002", F.DATA_OUTSIDE_ENVELOPE, "XYZ", "TA1 022"),
    _fault("a segment between groups", "GS*SH -> XYZ*1~GS*SH", F.DATA_OUTSIDE_ENVELOPE, "XYZ", "TA1 022"),
    _fault("something after the interchange", "IEA*2*000004711~ -> IEA*2*000004711~XYZ*1~", F.DATA_OUTSIDE_ENVELOPE, "", "TA1 022"),
    _fault("a set trailer twice", "SE*4*0001~ -> SE*4*0001~SE*4*0001~", F.DATA_OUTSIDE_ENVELOPE, "SE", "TA1 022"),
    _fault("ST missing", "ST*850*0002~ -> ", F.DATA_OUTSIDE_ENVELOPE, "BEG", "TA1 022"),
    _fault("GS missing", "GS*PO…ST*850*0001 -> ", F.GROUP_HEADER_MISSING, "ST", "TA1 024"),
    _fault("GS01 too short", "GS*PO -> GS*P", F.GROUP_HEADER_INVALID, "GS01", "TA1 024"),
    _fault("GS02 empty", "GS*PO*NORTHMART -> GS*PO*", F.GROUP_HEADER_INVALID, "GS02", "TA1 024"),
    _fault("GS03 too long", "*HARBORLINE*2026 -> *HARBORLINEHARBORLINE*2026", F.GROUP_HEADER_INVALID, "GS03", "TA1 024"),
    # the group: AK905
    _fault("GS06 no number", "*0915*1*X -> *0915*A*X", F.GROUP_CONTROL_NUMBER_INVALID, "GS06", "AK9 R 2 2 0 6"),
    _fault("GS08 empty", "GS*PO*NORTHMART*HARBORLINE*20261118*0915*1*X*…ST*850*0001 -> GS*PO*NORTHMART*HARBORLINE*20261118*0915*1*X*~",
           F.GROUP_RELEASE_UNSUPPORTED, "GS08", "AK9 R 2 2 0 2"),
    _fault("GE missing", "GE*2*1~ -> ", F.GROUP_TRAILER_MISSING, "GS", "AK9 R 2 2 0 3"),
    _fault("GE02 another number", "GE*2*1 -> GE*2*9", F.GROUP_CONTROL_NUMBER_MISMATCH, "GE02", "AK9 R 2 2 0 4"),
    _fault("GE01 wrong", "GE*2*1 -> GE*3*1", F.GROUP_COUNT_MISMATCH, "GE01", "AK9 R 3 2 0 5"),
    # the set: AK502
    _fault("a set that is none", "ST*850*0001 -> ST*859*0001", F.SET_UNSUPPORTED, "ST01", "AK5 R 1", "AK9 P 2 2 1"),
    _fault("ST01 empty", "ST*850*0001 -> ST**0001", F.SET_HEADER_INVALID, "ST01", "AK9 P 2 2 1"),  # without a name there is no AK2
    _fault("SE missing", "SE*4*0001~ -> ", F.SET_TRAILER_MISSING, "PO1", "AK5 R 2", "AK9 P 2 2 1"),
    _fault("SE missing before GE", "SE*4*0002~ -> ", F.SET_TRAILER_MISSING, "PO1", "AK5 R 2", "AK9 P 2 2 1"),
    _fault("SE02 another number", "SE*4*0001 -> SE*4*0009", F.SET_CONTROL_NUMBER_MISMATCH, "SE02", "AK5 R 3", "AK9 P 2 2 1"),
    _fault("SE01 wrong", "SE*4*0001 -> SE*5*0001", F.SET_COUNT_MISMATCH, "SE01", "AK5 R 4", "AK9 P 2 2 1"),
    _fault("SE01 no number", "SE*4*0001 -> SE*X*0001", F.SET_COUNT_MISMATCH, "SE01", "AK5 R 4", "AK9 P 2 2 1"),
    _fault("ST02 too short", "ST*850*0001 -> ST*850*1", F.SET_CONTROL_NUMBER_INVALID, "ST02", "AK5 R 7", "AK9 P 2 2 1"),
    _fault("ST02 too long", "ST*850*0001 -> ST*850*0000000001", F.SET_CONTROL_NUMBER_INVALID, "ST02", "AK5 R 7", "AK9 P 2 2 1"),
    _fault("ST02 twice", (("ST*850*0002", "ST*850*0001"), ("SE*4*0002", "SE*4*0001")), F.SET_CONTROL_NUMBER_DUPLICATE, "ST02",
           "AK5 R 23", "AK9 P 2 2 1"),
)  # fmt: skip

#: of 004010, and of 005010 where it is another
X12_BY_RELEASE: Final = {
    "a group control number twice": (
        _fault("a group control number twice", (("GS*SH…IEA*2", f"{_GS.format('PO', 1, '{}')}{_ORDER.format('0003')}GE*1*1~"),), F.GROUP_CONTROL_NUMBER_DUPLICATE, "GS06"),
        {"004010": "AK9 R 1 1 0 6", "005010": "AK9 R 1 1 0 19"},
    ),
    "a set in a group of another kind": (
        _fault("a set in a group of another kind", "GS*SH -> GS*PO", F.SET_NOT_IN_GROUP, "ST01"),
        {"004010": "AK5 R 6", "005010": "AK5 R 18"},
    ),
}  # fmt: skip

EDIFACT: Final = (
    # the interchange: UCI 0083, 0085, 0013, S011
    _fault("no character set", "UNOC -> UNOZ", F.CHARACTER_SET_UNSUPPORTED, "UNB01-1", "UCI 4 2 UNB 2:1"),
    _fault("no syntax version", "UNOC:3 -> UNOC:9", F.INTERCHANGE_VERSION_UNSUPPORTED, "UNB01-2", "UCI 4 2 UNB 2:2"),
    _fault("UNB no date", "261118:0915 -> 261318:0915", _HEADER, "UNB04-1", "UCI 4 12 UNB 5:1"),
    _fault("UNB no time", "261118:0915 -> 261118:2515", _HEADER, "UNB04-2", "UCI 4 12 UNB 5:2"),
    _fault("UNB without reference", "+4711'UNH -> 'UNH", F.INTERCHANGE_CONTROL_NUMBER_INVALID, "UNB05", "UCI 4 12 UNB 6"),
    _fault("UNB reference too long", "+4711'UNH -> +471100000000001'UNH", F.INTERCHANGE_CONTROL_NUMBER_INVALID, "UNB05", "UCI 4 12 UNB 6"),
    _fault("a service character twice", "UNB -> UNA:+.+ 'UNB", F.DELIMITERS_INVALID, "UNA", "UCI 4 22 UNA"),
    _fault("UNZ missing", "UNZ… -> ", F.INTERCHANGE_TRAILER_MISSING, "UNT", "UCI 4 13 UNZ"),
    _fault("the data ends within a segment", "::9'LIN+1'UNS+S'UNT+7+2… -> ", F.SEGMENT_TERMINATOR_MISSING, "NAD", "UCI 4 13 UNB"),
    _fault("UNZ reference another", "UNZ+2+4711 -> UNZ+2+4712", F.INTERCHANGE_CONTROL_NUMBER_MISMATCH, "UNZ02", "UCI 4 28 UNZ 3"),
    _fault("UNZ count wrong", "UNZ+2 -> UNZ+3", F.INTERCHANGE_COUNT_MISMATCH, "UNZ01", "UCI 4 29 UNZ 2"),
    _fault("no messages", (("UNH+1…UNZ", ""), ("UNZ+2", "UNZ+0")), F.INTERCHANGE_EMPTY, "UNZ", "UCI 4 32 UNZ"),
    _fault("a segment outside of messages", "UNH+1 -> XYZ+1'UNH+1", F.DATA_OUTSIDE_ENVELOPE, "XYZ", "UCI 4 33 UNB"),
    _fault("UNH missing", "UNH+2…BGM+220+2 -> ", F.DATA_OUTSIDE_ENVELOPE, "BGM", "UCI 4 33 UNB"),
    _fault("a group after messages without one", (("UNH+2", "UNG+ORDERS+1+2+261118:0915+1+UN+D:96A'UNH+2"), ("UNZ+2", "UNE+1+1'UNZ+1")),
           F.GROUP_HEADER_MISSING, "UNG", "UCI 4 30 UNG"),
    # the message: UCM 0083, 0085, 0013, S011
    _fault("UNT missing", "UNT+7+1' -> ", F.SET_TRAILER_MISSING, "UNS", "UCM 4 13 UNT"),
    _fault("UNT count wrong", "UNT+7+1 -> UNT+8+1", F.SET_COUNT_MISMATCH, "UNT01", "UCM 4 29 UNT 2"),
    _fault("UNT reference another", "UNT+7+1 -> UNT+7+9", F.SET_CONTROL_NUMBER_MISMATCH, "UNT02", "UCM 4 28 UNT 3"),
    _fault("UNH without reference", "UNH+1+ -> UNH++", F.SET_CONTROL_NUMBER_INVALID, "UNH01", "UCM 4 12 UNH 2"),
    _fault("UNH without type", "UNH+1+ORDERS -> UNH+1+", F.SET_HEADER_INVALID, "UNH02-1", "UCM 4 12 UNH 3:1"),
    _fault("UNH without version", "ORDERS:D -> ORDERS:", F.SET_HEADER_INVALID, "UNH02-2", "UCM 4 12 UNH 3:2"),
    _fault("UNH without agency", ":UN'BGM -> 'BGM", F.SET_HEADER_INVALID, "UNH02-4", "UCM 4 12 UNH 3:4"),
    _fault("a message that is none", "ORDERS:D -> ORDXXX:D", F.SET_UNSUPPORTED, "UNH02-1", "UCM 4 14 UNH 3:1"),
    _fault("message reference twice", (("UNH+2", "UNH+1"), ("UNT+7+2", "UNT+7+1")), F.SET_CONTROL_NUMBER_DUPLICATE, "UNH01",
           "UCM 4 26 UNH 2"),
)  # fmt: skip

GROUPED: Final = (
    # the group: UCF 0083, 0085, 0013, S011
    _fault("UNE missing", "UNE+2+1' -> ", F.GROUP_TRAILER_MISSING, "UNG", "UCF 4 13 UNE"),
    _fault("UNE count wrong", "UNE+2+1 -> UNE+3+1", F.GROUP_COUNT_MISMATCH, "UNE01", "UCF 4 29 UNE 2"),
    _fault("UNE reference another", "UNE+2+1 -> UNE+2+9", F.GROUP_CONTROL_NUMBER_MISMATCH, "UNE02", "UCF 4 28 UNE 3"),
    _fault("UNG without reference", "0915+1+UN -> 0915++UN", F.GROUP_CONTROL_NUMBER_INVALID, "UNG05", "UCF 4 12 UNG 6"),
    _fault("group reference twice", (("0915+2+UN", "0915+1+UN"), ("UNE+1+2", "UNE+1+1")), F.GROUP_CONTROL_NUMBER_DUPLICATE, "UNG05",
           "UCF 4 26 UNG 6"),
    _fault("a message in a group of another kind", "UNG+DESADV -> UNG+INVOIC", F.SET_NOT_IN_GROUP, "UNH02", "UCM 4 31 UNH 3"),
    _fault("UNG missing", "UNG+DESADV…UNH+3 -> ", F.GROUP_HEADER_MISSING, "UNH", "UCI 4 30 UNH"),
    _fault("UNZ counts the groups", "UNZ+2 -> UNZ+3", F.INTERCHANGE_COUNT_MISMATCH, "UNZ01", "UCI 4 29 UNZ 2"),
)  # fmt: skip
