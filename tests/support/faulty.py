"""Strategies for hypothesis: interchanges of both families whose segments and elements were altered, so that they are nearly right."""

from hypothesis import strategies as st

from tests.support.interchanges import EDIFACT_ORDERS, X12_850

__all__ = ["faulty"]

X12_005010 = (
    b"ISA*00*          *00*          *ZZ*HARBORLINE     *ZZ*NORTHMART      *261118*0915*^*00501*000004712*1*T*>~"
    b"GS*SH*HARBORLINE*NORTHMART*20261118*0915*4712*X*005010X999~"
    b"ST*856*0001*005010X999~BSN*00*S1*20261118*0915*0001~HL*1**S~TD1*CTN25*2~N1*ST*STORE 42*92*0042~HL*2*1*O~PRF*4500123987~"
    b"HL*3*2*P~MAN*GM*00000614141000000012~HL*4*3*I~LIN*1*UP*085234500106~SN1*1*48*CA~CTT*4~SE*14*0001~GE*1*4712~"
    b"GS*IN*HARBORLINE*NORTHMART*20261118*0915*4713*X*005010~"
    b"ST*810*0001~BIG*20261118*I1*20261101*4500123987~IT1*1*48*CA*31.2**UP*085234500106~TDS*149760~CTT*1~SE*6*0001~"
    b"ST*810*0002~BIG*20261118*I2*20261101*4500123988~IT1*1*10*CA*31.2**UP*085234500106~TDS*31200~CTT*1~SE*6*0002~"
    b"GE*2*4713~IEA*2*000004712~"
)
VERSION_4 = (
    b"UNB+UNOW:4+A1:14+B1:14+20261118:0915+4713++++1++1'UNG+ORDERS+A:14+B:14+20261118:0915+7+UN+D:96A'"
    b"UNH+1+ORDERS:D:96A:UN'BGM+220+45+9'DTM+137:20261118:102'NAD+BY+1::9'LIN+1++2:EN'QTY+21:48:PCE'UNS+S'UNT+8+1'"
    b"UNH+2+ORDERS:D:96A:UN'BGM+220+46+9'DTM+137:20261118:102'NAD+BY+1::9'LIN+1++2:EN'QTY+21:48:PCE'UNS+S'UNT+8+2'UNE+2+7'UNZ+1+4713'"
)
_BASES = (X12_850, X12_005010, EDIFACT_ORDERS, VERSION_4)
_VALUES = (
    b"", b"0", b"-1", b"ZZ", b"997", b"999", b"004010", b"20269999", b"abc", b" ", b"X" * 90, b"1" * 40, "Ä?~".encode(), b"A>B>C>D", b"A:B:C:D:E:F",
    b"1^2^3", b"\x07", b"?", b"?'", b"+", b"*", b"FA", b"CONTRL:D:3:UN", b"12:34", b"0001", b"7",
)  # fmt: skip


@st.composite
def faulty(draw: st.DrawFn) -> bytes:
    """A good interchange with up to five segments deleted, doubled, moved or altered; its header mostly as it was."""
    data = draw(st.sampled_from(_BASES))
    end, separator = (b"~", b"*") if data.startswith(b"ISA") else (b"'", b"+")
    segments = data.split(end)[:-1]
    for _ in range(draw(st.integers(0, 5))):
        at = draw(st.integers(1, len(segments) - 1) | st.integers(0, len(segments) - 1))
        kind = draw(st.sampled_from(["delete", "double", "move", "value", "value", "value", "less", "more", "tag"]))
        elements = segments[at].split(separator)
        if kind == "delete" and len(segments) > 3:
            del segments[at]
        elif kind == "double":
            segments.insert(at, segments[at])
        elif kind == "move" and at:
            segments.insert(draw(st.integers(1, len(segments) - 1)), segments.pop(at))
        elif kind == "value" and len(elements) > 1:
            elements[draw(st.integers(1, len(elements) - 1))] = draw(st.sampled_from(_VALUES))
            segments[at] = separator.join(elements)
        elif kind == "less" and len(elements) > 1:
            segments[at] = separator.join(elements[:-1])
        elif kind == "more":
            segments[at] += separator * draw(st.integers(1, 20)) + draw(st.sampled_from(_VALUES))
        elif kind == "tag":
            segments[at] = separator.join([draw(st.sampled_from([b"ZZZ", b"REF", b"N1", b"FTX", b"A", b""])), *elements[1:]])
    return b"".join(segment + end for segment in segments)
