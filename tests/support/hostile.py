"""Files made to hurt, and what is done with each as for a partner's bytes, measured in a process of its own, in seconds of the processor."""

import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice, permutations
from pathlib import Path
from typing import Any, Final

from edi.acks import AckNumbers, answer, read_acks
from edi.describe import outline, sentence
from edi.errors import EdiError
from edi.read import read, sniff
from edi.validate import validate_interchange
from tests.support.edi import ISA as _ISA
from tests.support.memory import peak

ROOT: Final = Path(__file__).resolve().parents[2]
ISA: Final = _ISA.encode()
ISA_5: Final = ISA.replace(b"*U*00401*", b"*^*00501*")
GS: Final = b"GS*PO*A1*B1*20260102*0304*1*X*004010~"
BEGUN: Final = ISA + GS + b"ST*850*0001~BEG*00*NE*1**20260102~"
ENDED: Final = b"SE*4*0001~GE*1*1~IEA*1*000000001~"
UNB: Final = b"UNB+UNOC:3+A1:14+B1:14+260102:0304+1'"
UNH: Final = UNB + b"UNH+1+ORDERS:D:96A:UN'BGM+220+1+9'"
UNT: Final = b"UNT+4+1'UNZ+1+1'"
MEGA: Final = 1_000_000
_DESADV: Final = ISA + GS.replace(b"PO", b"SH") + b"ST*856*0001~BSN*00*12*20260102*0304~"


def _levels() -> bytes:
    return (
        _DESADV
        + b"".join(b"HL*%d*%d*I~" % (n, n - 1) if n > 1 else b"HL*1**S~" for n in range(1, 20_001))
        + b"HL*20001*99999*I~SE*20004*0001~GE*1*1~IEA*1*000000001~"
    )


def _sets() -> bytes:
    line = b"PO1*1*1*EA*1~PID*F****A~N1*ST*A~"
    return BEGUN + line * 100_000 + ENDED


def _wrapped() -> bytes:
    data = BEGUN + b"PO1*1*1*EA*1~" * 200_000 + ENDED
    return b"\n".join(data[at : at + 80] for at in range(0, len(data), 80))


def _separators() -> bytes:
    """Interchanges that are alike but for their separators: nothing that was made for one is of use for the next."""
    signs = [chr(c) for c in range(1, 32) if chr(c) not in "\t\r\n\x1a"] + list("!#$%&+:;<=?@[]^_`{|}")
    order = (ROOT / "samples/northmart/850/clean.edi").read_text()
    threes = islice(permutations(signs, 3), 0, None, 29)
    return "".join(order.translate(str.maketrans("*>~", "".join(three))) for three in islice(threes, 1000)).encode()


def _groups() -> bytes:
    one = GS + b"ST*850*0001~BEG*00*NE*1**20260102~PO1*1*1*EA*1~SE*4*0001~GE*1*1~"
    return ISA + one * 10_000 + b"IEA*10000*000000001~"


def _bds(length: bytes) -> bytes:
    header = ISA + GS.replace(b"*PO*", b"*TX*") + b"ST*841*0001~"
    return header + b"BIN*" + length + b"*" + b"~*" * 300_000


FILES: Final[dict[str, Callable[[], bytes]]] = {
    "empty": lambda: b"",
    "blanks": lambda: b" \r\n" * 10 * MEGA,
    "binary": lambda: bytes(range(255, -1, -1)) * 40_000,
    "binary after an ISA": lambda: BEGUN + bytes(range(256)) * 8_000 + b"~" + ENDED,
    "empty segments": lambda: BEGUN + b"~" * 200_000 + ENDED,
    "empty segments between sets": lambda: ISA + b"~" * 200_000 + GS + b"~" * 200_000 + b"GE*0*1~IEA*1*000000001~",
    "blank segments": lambda: BEGUN + b" \n~" * 200_000 + ENDED,
    "HL levels": _levels,
    "one segment": lambda: BEGUN + b"REF*DP*" + b"X" * 50 * MEGA + b"~" + ENDED,
    "one segment of EDIFACT": lambda: UNH + b"FTX+AAI+++" + b"X" * 50 * MEGA + b"'" + UNT,
    "a segment that never ends": lambda: BEGUN + b"REF*DP*" + b"X" * 50 * MEGA,
    "elements": lambda: BEGUN + b"MSG" + b"*" * MEGA + b"~" + ENDED,
    "components": lambda: UNH + b"FTX+AAI+++" + b":" * MEGA + b"'" + UNT,
    "repetitions": lambda: ISA_5 + GS + b"ST*850*0001~BEG*00" + b"^1" * MEGA + b"~" + ENDED,
    "elements of a header": lambda: ISA + b"GS" + b"*" * MEGA + b"~ST*850*0001~" + ENDED,
    "segments": _sets,
    "unknown segments": lambda: BEGUN + b"".join(b"Z%d*1~" % (n % 90) for n in range(300_000)) + ENDED,
    "interchange headers": lambda: ISA * 100_000,
    "headers within a line": lambda: BEGUN + ENDED + b"ISA UNB UNA " * 500_000,
    "UNA again and again": lambda: UNH + UNT + b"UNA:+.? '" * 500_000,
    "set headers": lambda: ISA + GS + b"ST*850*0001~" * 20_000 + ENDED,
    "N1 nested": lambda: BEGUN + b"N1*ST*A~REF*DP*1~PER*IC*A~" * 60_000 + ENDED,
    "an enormous ISA": lambda: b"ISA*" + b"0" * 20 * MEGA + b"*00*",
    "groups": _groups,
    "groups of EDIFACT": lambda: UNB + b"UNG+ORDERS+A+B+260102:0304+7+UN+D:96A'" * 50_000 + b"UNZ+50000+1'",
    "TA1 segments": lambda: ISA + b"TA1*000000007*260102*0304*A*000~" * 100_000,
    "release characters": lambda: UNH + b"FTX+AAI+++" + b"?" * 10 * MEGA,
    "release characters in a header": lambda: b"UNA????? UNB" + b"?" * 5 * MEGA,
    "released separators": lambda: UNH + (b"FTX+AAI" + b"?+?:?'" * 30 + b"+1" * 20 + b"'") * 20_000 + UNT,
    "line breaks": lambda: BEGUN + b"\n" * 20 * MEGA + b"X",
    "line breaks within a segment": lambda: BEGUN + b"REF*DP*" + b"X\n" * 5 * MEGA + b"~" + ENDED,
    "wraps": _wrapped,
    "NUL": lambda: BEGUN + bytes(20 * MEGA) + b"X",
    "binary data that never ends": lambda: _bds(b"5000000"),
    "binary data of a length beyond reason": lambda: _bds(b"9" * 100_000),
    "separators that change": _separators,
    "LS without LE": lambda: BEGUN + b"LS*1~" * 100_000 + ENDED,
    "control numbers of a million digits": lambda: BEGUN + b"SE*4*" + b"1" * MEGA + b"~GE*1*" + b"1" * MEGA + b"~IEA*1*" + b"1" * MEGA + b"~",
    "a count of a million digits": lambda: BEGUN + b"SE*" + b"1" * MEGA + b"*0001~GE*1*1~IEA*1*000000001~",
    "a number of a million digits": lambda: BEGUN + b"PO1*1*" + b"1" * MEGA + b"*EA*1e" + b"9" * MEGA + b"~" + ENDED,
    "begins of interchanges that are none": lambda: BEGUN + ENDED + (b"ISA*" + b"*" * 14 + b"UNB+") * 100_000,
}  # fmt: skip


def use(data: bytes) -> dict[str, Any]:
    """Read, judge, answer and describe; what was said, and what it took."""
    said: Counter[str] = Counter()
    began = time.process_time()
    sniff(data)
    try:
        interchanges = read(data)
    except EdiError as error:
        said[str(error)] += 1
        interchanges = ()
    for one in interchanges:
        validated = validate_interchange(one)
        said.update(str(finding.code) for finding in validated.findings)
        answer(validated, numbers=AckNumbers("1", "1", "0001"), now=datetime(2026, 1, 2, tzinfo=UTC))
        read_acks(one)
    seconds = time.process_time() - began
    megabytes = peak()
    for one in interchanges[:1]:
        validated = validate_interchange(one)
        outline(validated)
        assert all(sentence(finding) for finding in validated.findings[:500])
    return {"seconds": round(seconds, 2), "megabytes": megabytes, "bytes": len(data), "said": dict(said)}
