"""A value for every data element, as a partner might send it, and what can be wrong with it."""

from collections.abc import Iterator
from itertools import product
from typing import Final, NamedTuple

from edi.finding import FindingCode, Severity
from edi.grammar.model import ElementDef
from edi.values import Standard

__all__ = ["Bad", "bad_values", "good"]

F = FindingCode

#: data element -> what stands in it. Everything else is made from its definition.
_X12: Final = {
    "100": "USD", "19": "COLUMBUS", "156": "OH", "116": "43215", "26": "US", "93": "NORTHMART STORE 42", "166": "800 HARBOR ROAD",
    "98": "ST", "66": "92", "67": "0042", "128": "DP", "127": "4500123987", "324": "4500123987", "353": "00", "92": "SA",
    "355": "CA", "234": "085234500106", "235": "UP", "352": "SALTINE CRACKERS 16 OZ", "366": "BD", "365": "TE",
    "364": "6145550100", "374": "002", "1250": "D8", "1251": "20261118", "140": "HARL", "396": "SHP0004711", "76": "INV0004711",
    "628": "1", "735": "S", "143": "850", "329": "0001", "479": "PO", "28": "4711", "480": "004010", "721": "BEG",
    "54": "1", "447": "LDT",
}  # fmt: skip
_EDIFACT: Final = {
    "1001": "220", "1004": "4500123987", "1225": "9", "2005": "137", "2380": "20261118", "2379": "102", "3035": "BY",
    "3039": "4012345000009", "3055": "9", "1153": "ON", "1154": "4500123987", "6345": "EUR", "6060": "48", "6063": "21",
    "6411": "PCE", "7140": "4012345000160", "7143": "EN", "3207": "DE", "3251": "50667", "3164": "KOELN", "5004": "12.5",
    "1131": "ZZZ", "0081": "S",
}  # fmt: skip
_WORDS: Final = "NORTHMART HARBORLINE SALTINE CRACKERS COLUMBUS AND BACK AGAIN "
_DIGITS: Final = "4711220815"
_ALPHABET: Final = "QXZJKVW0123456789ABCDEFGHILMNOPRSTUY"


def good(element: ElementDef, standard: Standard) -> str:
    """A value that the element's own definition allows."""
    known = (_X12 if standard is Standard.X12 else _EDIFACT).get(element.id)
    if known is not None and element.min_length <= len(known) <= element.max_length and (element.codes is None or known in element.codes):
        return known
    if element.codes:
        return min(element.codes)
    kind, least, most = element.type, element.min_length, element.max_length
    if kind == "DT":
        return "20261118" if most >= 8 else "261118"
    if kind == "TM":
        return "0915"
    if kind[0] in "NRn":
        digits = _DIGITS[: max(least, min(2, most))]
        return digits if kind[0] == "N" or len(digits) >= most else f"{digits}.5"
    words = (_WORDS * (1 + least // len(_WORDS)))[: max(least, min(most, 8))]
    return f"{words[:-1]}X" if words.endswith(" ") else words


class Bad(NamedTuple):
    """A value that is wrong, the name of its kind, and the fault that it is."""

    kind: str
    value: str
    code: FindingCode
    severity: Severity = Severity.ERROR


def bad_values(element: ElementDef, standard: Standard) -> Iterator[Bad]:
    """Each way in which a value of this element can be wrong by itself."""
    kind, least, most = element.type, element.min_length, element.max_length
    is_number = kind[0] in "NRn"
    if least > 1:
        yield Bad("too short", "1" * (least - 1) if is_number or kind in {"DT", "TM"} else "A" * (least - 1), F.ELEMENT_TOO_SHORT)
    yield Bad("too long", ("1" if is_number or kind in {"DT", "TM"} else "A") * (most + 1), F.ELEMENT_TOO_LONG)
    if element.codes is not None and (code := _stranger(element)) is not None:
        # a list that is carried over from the release before may have become longer
        severity = Severity.WARNING if element.carried else Severity.ERROR
        yield Bad("not in the code list", code, F.CODE_UNKNOWN, severity)
    if is_number:
        yield Bad("letters for a number", "A" * least, F.NUMBER_INVALID)
        yield Bad("two decimal marks", "1.2.3", F.NUMBER_INVALID)
        yield Bad("a sign alone", "-", F.NUMBER_INVALID)
        yield Bad("a sign in the middle", "1-2", F.NUMBER_INVALID)
        if kind[0] == "N":
            yield Bad("decimal point in an implied decimal", "1.5", F.NUMBER_INVALID)
        if kind in {"R", "n"}:
            yield Bad("comma for a decimal point", "1,5", F.NUMBER_INVALID)
        if kind == "n":
            yield Bad("decimal mark without digits after it", "1.", F.NUMBER_INVALID)
    elif kind == "DT":
        for date in ("20261318", "20260230", "2026011A", "00001118", "20270229") if most == 8 else ("261318", "260230", "2601A1"):
            yield Bad("no date", date, F.DATE_INVALID)
    elif kind == "TM":
        for time in ("2415", "0960", "091561", "09A5"):
            yield Bad("no time", time, F.TIME_INVALID)
    elif kind != "B":
        text = "A" * max(least, 1)
        yield Bad("control character", text[:-1] + "\x07", F.CHARACTER_INVALID)
        if standard is Standard.X12:
            yield Bad("nothing but blanks", " " * max(least, 1), F.CHARACTER_INVALID)
        if kind == "a":
            yield Bad("digit among letters", text[:-1] + "7", F.CHARACTER_INVALID)


def _stranger(element: ElementDef) -> str | None:
    """A value of the right form that the code list does not have; None where it has all."""
    assert element.codes is not None
    alphabet = _DIGITS if element.type[0] in "NRn" else _ALPHABET[:7] if element.type == "a" else _ALPHABET
    for length in range(element.min_length, min(element.max_length, 4) + 1):
        for letters in product(alphabet, repeat=length):
            if (code := "".join(letters)) not in element.codes:
                return code
    return None
