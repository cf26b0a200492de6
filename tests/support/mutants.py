"""Bytes that are nearly an interchange, the same ones each time: every way in which files come that no generator of good ones makes."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.support.interchanges import EDIFACT_ORDERS, X12_850

ROOT = Path(__file__).resolve().parents[2]
BOM = b"\xef\xbb\xbf"

SHIPMENT = (
    b"ISA*00*          *00*          *ZZ*HARBORLINE     *ZZ*NORTHMART      *261118*0915*^*00501*000004712*1*T*>~\n"
    b"GS*SH*HARBORLINE*NORTHMART*20261118*0915*4712*X*004010VICS~\n"
    b"ST*856*0001~\nBSN*00*S1*20261118*0915*0001~\nHL*1**S~\nTD1*CTN25*2~\nN1*ST*STORE 42*92*0042~\nHL*2*1*O~\nPRF*4500123987~\n"
    b"HL*3*2*P~\nMAN*GM*00000614141000000012~\nHL*4*3*I~\nLIN*1*UP*085234500106~\nSN1*1*48*CA~\nHL*5*9*I~\nLIN*2*UP*085234500335~\n"
    b"SN1*2*10*XX~\nCTT*5~\nSE*17*0001~\nGE*1*4712~\n"
    b"GS*IN*HARBORLINE*NORTHMART*20261118*0915*4713*X*004010~\n"
    b"ST*810*0001~\nBIG*20261118*I1*20261101*4500123987~\nIT1*1*48*CA*31.2**UP*085234500106~\nTDS*149760~\nCTT*1~\nSE*6*0001~\n"
    b"GE*1*4713~\nIEA*2*000004712~\n"
)
VERSION_4 = (
    b"UNA:+.?*'UNB+UNOW:4+A1:14+B1:14+20261118:0915+4713++++1++1'UNG+ORDERS+A:14+B:14+261118:0915+7+UN+D:96A'"
    b"UNH+1+ORDERS:D:96A:UN'BGM+220+45*46+9'DTM+137:20261118:102'FTX+PUR+++CAF\xc3\xa9 ?*?? ?'N?''NAD+BY+1::9'LIN+1++2:EN'"
    b"QTY+21:48,5:PCE'UNS+S'UNT+9+1'UNE+1+7'UNG+ORDERS+A:14+B:14+261118:0915+8+UN+D:96A'UNH+2+ORDERS:D:96A:UN'UNT+2+2'UNE+1+8'UNZ+2+4713'"
)


def bases() -> dict[str, bytes]:
    """Whole files, good or with faults in their content."""
    found = {"850": X12_850, "ORDERS": EDIFACT_ORDERS, "856+810": SHIPMENT, "version 4": VERSION_4}
    for path in sorted((ROOT / "samples").glob("*/*/*.edi")):
        found[str(path.relative_to(ROOT))] = path.read_bytes()
    return found


def _swap(data: bytes, one: bytes, other: bytes) -> bytes:
    return data.replace(one, b"\x00\x00").replace(other, one).replace(b"\x00\x00", other)


def _wrap(data: bytes, width: int, end: bytes) -> bytes:
    return end.join(data[at : at + width] for at in range(0, len(data), width))


#: one change to the whole of a file, by name
CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "as it is": lambda b: b,
    "lines lf": lambda b: b.replace(b"~", b"~\n").replace(b"'", b"'\n"),
    "lines crlf": lambda b: b.replace(b"~", b"~\r\n").replace(b"'", b"'\r\n"),
    "lines mixed": lambda b: b"\r".join(b.replace(b"~", b"~\n").replace(b"'", b"'\r\n").split(b"+B")),
    "newline ends segments": lambda b: b.replace(b"\n", b"").replace(b"~", b"\n"),
    "crlf ends segments": lambda b: b.replace(b"\n", b"").replace(b"~", b"\r\n"),
    "cr ends segments": lambda b: b.replace(b"\n", b"").replace(b"~", b"\r"),
    "no line breaks": lambda b: b.replace(b"\r", b"").replace(b"\n", b""),
    "wrapped 60": lambda b: _wrap(b, 60, b"\n"),
    "wrapped 80": lambda b: _wrap(b, 80, b"\r\n"),
    "wrapped 105": lambda b: _wrap(b, 105, b"\n"),
    "wrapped 106": lambda b: _wrap(b, 106, b"\n"),
    "wrapped 37": lambda b: _wrap(b, 37, b"\n"),
    "wrapped 80 and ended": lambda b: _wrap(b, 80, b"\n") + b"\n\n\x1a",
    "long lines within segments": lambda b: b.replace(b"SALTINE", b"X" * 70 + b"\n" + b"Y" * 70 + b"\nZ"),
    "bom": lambda b: BOM + b,
    "bom and blanks": lambda b: BOM + b"\r\n \t" + b + b"\r\n\x1a",
    "nul at the end": lambda b: b + bytes(200),
    "blanks after separators": lambda b: b.replace(b"~", b"~ \t").replace(b"'", b"' "),
    "twice": lambda b: b + b,
    "twice with a bom each": lambda b: (BOM + b + b"\r\n") * 2,
    "with the other family": lambda b: b + EDIFACT_ORDERS + X12_850,
    "text before the second": lambda b: b + b"\nFrom: x\nISA BELLA UNBELIEVABLE UNA\n" + b + b"-- \nbye",
    "utf-16": lambda b: b.decode("latin-1").encode("utf-16"),
    "stars and plus": lambda b: _swap(b, b"*", b"+"),
    "colon and greater": lambda b: _swap(b, b":", b">"),
    "bars": lambda b: b.replace(b"*", b"|").replace(b"+", b"|"),
    "control characters": lambda b: b.translate(bytes.maketrans(b"*>~^", b"\x1d\x1f\x1c\x1e")),
    "level b": lambda b: b[9 if b.startswith(b"UNA") else 0 :].translate(bytes.maketrans(b"+:'", b"\x1d\x1f\x1c")),
    "utf-8 terminator": lambda b: b.replace(b"~", "…".encode()),
    "latin-1 terminator": lambda b: b.replace(b"~", b"\x85"),
    "upper": bytes.upper,
    "lower": bytes.lower,
    "latin-1 text": lambda b: b.replace(b"A", b"\xc9"),
    "utf-8 text": lambda b: b.replace(b"NORTH", "ÑØR東".encode()).replace(b"CRACKER", "CRÄCKER".encode()),
    "empty segments": lambda b: b.replace(b"~", b"~~").replace(b"'", b"''"),
    "empty elements at the end": lambda b: b.replace(b"~", b"**~").replace(b"'", b"++'"),
    "no trailer": lambda b: b[: max(b.rfind(b"IEA"), b.rfind(b"UNZ"))],
    "no terminator at the end": lambda b: b.rstrip()[:-1],
    "no headers of sets": lambda b: b.replace(b"ST*", b"SX*").replace(b"UNH+", b"UNX+"),
    "no trailers of sets": lambda b: b.replace(b"SE*", b"SX*").replace(b"UNT+", b"UNX+"),
    "no groups": lambda b: b.replace(b"GS*", b"GX*").replace(b"GE*", b"GX*").replace(b"UNG", b"UNX"),
    "repetitions": lambda b: b.replace(b"*U*00401*", b"*^*00501*").replace(b"SA*", b"SA^NE^*").replace(b":3+", b":4+").replace(b"220+", b"220*2:1*+"),
    "released": lambda b: b.replace(b"9'", b"9???''").replace(b"1+", b"1?++").replace(b"::9", b"??:?:9"),
    "released at the end": lambda b: b + b"?",
    "unknown release": lambda b: b.replace(b"004010", b"004030").replace(b":96A", b":99Z"),
    "unknown set": lambda b: b.replace(b"ST*850", b"ST*899").replace(b"ORDERS:", b"ORDXXX:"),
    "unknown segments": lambda b: b.replace(b"CTT*", b"ZZZ*1~CTT*").replace(b"UNS+", b"ZZZ+1'UNS+"),
    "an overlong segment": lambda b: b.replace(b"CTT*", b"REF" + b"*1" * 1200 + b"~CTT*").replace(b"UNS+", b"FTX" + b"+1" * 1200 + b"'UNS+"),
    "syntax unoa": lambda b: b.replace(b"UNOC", b"UNOA"),
    "syntax unob": lambda b: b.replace(b"UNOC", b"UNOB"),
    "syntax unod": lambda b: b.replace(b"UNOC", b"UNOD").replace(b"ORDERS ", b"\xa3\xf3d\xbc"),
    "syntax unox": lambda b: b.replace(b"UNOC", b"UNOX"),
    "syntax unow": lambda b: b.replace(b"UNOC", b"UNOW").replace(b"PUR", b"\xc3\x28"),
}  # fmt: skip

_INSERTED = (
    b"~", b"*", b"'", b"+", b"?", b":", b">", b"^", b"\n", b"\r\n", b"\x00", b"\xff", b"\xc3", b" ", b"ISA*", b"UNB+", b"UNA:+.? '",
    b"SE*1*1~", b"UNT+1+1'", b"~~~", b"''", b"IEA*1*1~", b"GE*1*1~GS*PO*A*B*20260102*0304*1*X*004010~", b"ST*850*1~", b"UNZ+1+1'", b"UNH+9+'",
    b"TA1*1~", b"LS*1~LE*1~", b"0", b"-", b".",
)  # fmt: skip


def mutate(data: bytes, pick: random.Random) -> bytes:
    """One to four cuts, doublings, insertions, swaps or a truncation at any place."""
    for _ in range(pick.randint(1, 4)):
        at = pick.randint(0, len(data))
        end = min(len(data), at + pick.choice((1, 1, 2, 5, 12, 40)))
        kind = pick.randrange(8)
        if kind == 0:
            data = data[:at] + data[end:]
        elif kind == 1:
            data = data[:at] + data[at:end] * 2 + data[end:]
        elif kind in (2, 3, 4):
            data = data[:at] + pick.choice(_INSERTED) + data[at:]
        elif kind == 5:
            data = data[:at] + pick.randbytes(1) + data[at + 1 :]
        elif kind == 6 and len(data) > 2:
            one, other = sorted(pick.sample(range(len(data)), 2))
            data = data[:one] + data[other : other + 1] + data[one + 1 : other] + data[one : one + 1] + data[other + 1 :]
        elif kind == 7 and pick.random() < 0.3:
            data = data[:at]
    return data


def mutants(each: int = 14, seed: int = 3) -> Iterator[tuple[str, bytes]]:
    """Every base under every change, and so many random damages of each base."""
    pick = random.Random(seed)
    for name, data in bases().items():
        for change, make in CHANGES.items():
            yield f"{name}: {change}", make(data)
        for number in range(each):
            yield f"{name}: damage {number}", mutate(data, pick)
