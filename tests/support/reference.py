"""A second reader, slow and simple: one character after the other, with its byte offset. What `edi.read` must agree with.

It knows nothing of findings and limits but the one of elements, and shares no code with `edi`.
"""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

BLANKS = " \t\r\n\x00\x1a"
BOM = b"\xef\xbb\xbf"
ELEMENTS = 1000  # of a segment with more separators than these only the tag is read
CODECS = {
    "UNOA": "ascii", "UNOB": "ascii", "UNOC": "iso8859-1", "UNOD": "iso8859-2", "UNOE": "iso8859-5", "UNOF": "iso8859-7", "UNOG": "iso8859-3",
    "UNOH": "iso8859-4", "UNOI": "iso8859-6", "UNOJ": "iso8859-8", "UNOK": "iso8859-9", "UNOL": "iso8859-15", "UNOW": "utf-8",
    "UNOY": "utf-8", "KECA": "euc-kr", "IATA": "ascii",
}  # fmt: skip

Value = str | list[str] | list[list[str]]  # text, components, repetitions (each of them a list of components)


@dataclass
class Signs:
    """The separators."""

    element: str
    component: str
    segment: str
    repetition: str = ""
    release: str = ""


@dataclass
class Token:
    """A segment where it stands; `begin` and `end` are positions in the text, blanks before and the terminator included."""

    tag: str
    elements: list[Value]
    offset: int
    line: int
    column: int
    begin: int = 0
    end: int = 0


@dataclass
class Bundle:
    """A group, or what stands for one."""

    header: Token | None
    sets: list[list[Token]] = field(default_factory=list)
    trailer: Token | None = None


@dataclass
class Whole:
    """An interchange."""

    family: str
    signs: Signs
    header: Token
    groups: list[Bundle] = field(default_factory=list)
    service: list[str] = field(default_factory=list)
    trailer: Token | None = None
    start: int = 0
    end: int = 0


class Text:
    """Characters, one a byte, each with its byte offset; lines that were wrapped at one width are joined."""

    def __init__(self, data: bytes) -> None:
        at = len(BOM) if data.startswith(BOM) else 0
        while at < len(data) and chr(data[at]) in BLANKS:
            at += 1
        end = len(data)
        while end > at and chr(data[end - 1]) in BLANKS:
            end -= 1
        self.data = data
        breaks = self._wraps(data, at, data[at:end])
        self.wrapped = bool(breaks)
        kept = [i for i in range(len(data)) if i not in breaks]
        self.chars = "".join(chr(data[i]) for i in kept)
        self.offsets = [*kept, len(data)]
        self.first = at

    @staticmethod
    def _wraps(data: bytes, at: int, body: bytes) -> set[int]:
        """Where the bytes of line breaks stand that belong to nothing: lines of one length, as far as they are whole."""
        lines = body.split(b"\n")
        gap = 2 if lines[0].endswith(b"\r") else 1
        width = len(lines[0]) + 1 - gap
        isa_line = width == 105 and body.startswith(b"ISA") and lines[1:] and lines[1][:1].isalnum()
        regular = len(lines) > 1 and all(len(line) == len(lines[0]) for line in lines[:-1]) and len(lines[-1]) < width + gap
        if not regular or not 40 <= width <= 1000 or isa_line:
            return set()
        breaks: set[int] = set()
        while data[at + width : at + width + gap] == (b"\n" if gap == 1 else b"\r\n") and b"\n" not in data[at : at + width]:
            breaks.update(range(at + width, at + width + gap))
            at += width + gap
        return breaks

    def place(self, at: int) -> tuple[int, int, int]:
        """Byte offset, line, column."""
        offset = self.offsets[at]
        return offset, self.data.count(b"\n", 0, offset) + 1, offset - self.data.rfind(b"\n", 0, offset)


def reference_read(data: bytes) -> list[Whole]:
    """Every interchange; none where the data does not begin with one."""
    text = Text(data)
    found: list[Whole] = []
    if _opening(text, text.first) is None:
        return found
    at = text.first
    while at < len(text.chars):
        if opening := _opening(text, at):
            whole, at = _interchange(text, at, *opening)
            found.append(whole)
        else:
            at += 1
    return found


# -- how an interchange begins: its family, signs, where segments begin, and whether they can be told apart


def _opening(text: Text, at: int) -> tuple[str, Signs, int, bool] | None:
    if text.chars[at : at + 3] == "ISA":
        return _isa(text.chars, at)
    if text.chars[at : at + 3] in ("UNA", "UNB"):
        return _una(text.chars, at)
    return None


def _isa(chars: str, at: int) -> tuple[str, Signs, int, bool] | None:
    element = chars[at + 3 : at + 4]
    if not element or element.isalnum():
        return None
    stops = [i for i in range(at, min(at + 256, len(chars))) if chars[i] == element][:16]
    if len(stops) < 16:
        return None
    component = _one_sign(chars, stops[-1] + 1)
    after = stops[-1] + 1 + len(component)
    segment = _one_sign(chars, after)
    if not segment:
        return None
    if segment in "\r\n":
        line = chars[after + 1 :].split(segment, maxsplit=1)[0]
        if line.endswith(component):  # the line ends with what seems to be ISA16
            segment, component = component, next(c for c in ">:^" if c not in (element, component))
    repetition, version = chars[stops[10] + 1 : stops[11]], chars[stops[11] + 1 : stops[12]].strip()
    repeats = version >= "00402" and len(repetition) == 1 and not repetition.isalnum() and repetition not in (" ", component)
    signs = Signs(element, component, segment, repetition if repeats else "")
    return "x12", signs, at, _are_clear(signs)


def _isa_token(text: Text, at: int, signs: Signs) -> Token:
    """The one segment whose elements have neither components nor repetitions."""
    stops = [i for i in range(at, min(at + 256, len(text.chars))) if text.chars[i] == signs.element][:16]
    fields = [text.chars[one + 1 : other] for one, other in pairwise(stops)]
    elements: list[Value] = [_decoder(field_, "utf-8")(field_) for field_ in fields]
    after = stops[-1] + 1
    is_empty = text.chars.startswith(signs.segment, after) and not text.chars.startswith(signs.component, after)
    end = after + len(signs.segment) if is_empty else after + len(signs.component) + len(signs.segment)
    return Token("ISA", [*elements, "" if is_empty else signs.component], *text.place(at), at, end)


def _una(chars: str, at: int) -> tuple[str, Signs, int, bool] | None:
    unb, signs, repetition = at, Signs("+", ":", "'", "", "?"), "*"
    if chars[at : at + 3] == "UNA":
        unb = at + 9
        while chars[unb : unb + 1] in ("\r", "\n", " "):
            unb += 1
        if len(chars) < unb + 4:
            return None
        component, element, _, release, repetition, segment = list(chars[at + 3 : at + 9])
        signs = Signs(element, component, segment, "", release.strip(" "))
    elif chars[at + 3 : at + 4] == "\x1d":
        signs, repetition = Signs("\x1d", "\x1f", "\x1c"), ""
    if chars[unb : unb + 4] != "UNB" + signs.element:
        return None
    version = chars[unb + 4 : unb + 24].split(signs.element, maxsplit=1)[0].split(signs.component)[1:2]
    if version and version[0] >= "4" and repetition not in ("", " "):
        signs.repetition = repetition
    return "edifact", signs, unb, _are_clear(signs)


def _one_sign(chars: str, at: int) -> str:
    """One byte, or the bytes of one UTF-8 character."""
    for length in (2, 3, 4):
        try:
            return chars[at : at + length] if len(chars[at : at + length].encode("latin-1").decode()) == 1 else chars[at : at + 1]
        except UnicodeDecodeError:
            continue
    return chars[at : at + 1]


def _are_clear(signs: Signs) -> bool:
    used = [c for c in (signs.element, signs.component, signs.segment, signs.repetition, signs.release) if c]
    return len(set(used)) == len(used) and not any(c == " " or (c.isalnum() and c.isascii()) for c in used)


# -- segments


def _segments(text: Text, at: int, signs: Signs, codec: list[str]) -> Iterator[Token]:
    """One by one. `codec` is filled in by whoever read the header."""
    width: list[int] = []
    while at < len(text.chars):
        end, begin = at, at
        while end < len(text.chars) and not text.chars.startswith(signs.segment, end):
            end += 2 if text.chars[end] == signs.release else 1
        terminated = end < len(text.chars)
        raw = text.chars[begin:end]
        at = end + len(signs.segment) if terminated else len(text.chars)
        if not terminated:
            raw = raw.rstrip(BLANKS)
        stripped = raw.lstrip("".join(c for c in BLANKS if c not in (signs.element, signs.component, signs.repetition)))
        if not stripped:
            continue
        place = text.place(begin + len(raw) - len(stripped))
        name = stripped.split(signs.element)[0]
        if name in _ENVELOPE and name not in ("SE", "UNT"):
            width.clear()
        if not text.wrapped:
            stripped = _joined(stripped, width)
        tag, elements = _split(stripped, signs, codec[0])
        if tag in ("GS", "GE", "UNG", "UNE", "SE", "UNT"):
            width.clear()
        yield Token(tag, elements, *place, begin, at)


_ENVELOPE = ("ISA", "GS", "ST", "SE", "GE", "IEA", "UNB", "UNG", "UNH", "UNT", "UNE", "UNZ")


def _joined(raw: str, width: list[int]) -> str:
    """Lines of at least sixty characters and of one width, that of the first broken line of the set, are one."""
    if "\n" not in raw:
        return raw
    *lines, last = raw.replace("\r\n", "\n").split("\n")
    lengths = [len(line) for line in lines]
    width += [max(lengths)] * (not width)
    joins = all(length == width[0] for length in lengths) and width[0] >= 60 and len(last) <= width[0]
    return "".join([*lines, last]) if joins else raw


def _split(raw: str, signs: Signs, codec: str) -> tuple[str, list[Value]]:
    decode = _decoder(raw, codec)
    elements: list[list[list[str]]] = [[[""]]]
    count, at = 0, 0
    tag = raw
    while at < len(raw):
        if signs.release and raw[at] == signs.release:
            elements[-1][-1][-1] += raw[at + 1 : at + 2]
            at += 2
            continue
        sign = next((s for s in (signs.element, signs.component, signs.repetition) if s and raw.startswith(s, at)), "")
        count += bool(sign)
        if sign == signs.element:
            tag = raw[:at] if len(elements) == 1 else tag
            elements.append([[""]])
        elif sign and len(elements) > 1:
            if sign == signs.component:
                elements[-1][-1].append("")
            else:
                elements[-1].append([""])
        else:
            elements[-1][-1][-1] += raw[at]
        at += len(sign) or 1
    if count > ELEMENTS:
        return (tag, []) if tag and tag != raw else ("", [""])
    return decode(tag), [_value(element, decode) for element in elements[1:]]


def _value(element: list[list[str]], decode) -> Value:
    repeated = [[decode(part) for part in parts] for parts in element]
    if len(repeated) > 1:
        return repeated
    return repeated[0] if len(repeated[0]) > 1 else repeated[0][0]


def _decoder(raw: str, codec: str):
    """By the character set, where the whole segment is of it, and a part that is not is one of the parts."""

    def decode(text: str) -> str:
        try:
            return codecs.decode(text.encode("latin-1"), codec)
        except UnicodeDecodeError:
            return text

    is_sound = not raw or decode(raw) != raw or raw.isascii()
    return decode if is_sound else lambda text: text


# -- the envelope

_TAGS = {"x12": ("ISA", "GS", "ST", "SE", "GE", "IEA"), "edifact": ("UNB", "UNG", "UNH", "UNT", "UNE", "UNZ")}


def _interchange(text: Text, start: int, family: str, signs: Signs, at: int, readable: bool) -> tuple[Whole, int]:
    begins, group_begins, set_begins, set_ends, group_ends, ends = _TAGS[family]
    codec = ["utf-8" if family == "x12" else "latin-1"]
    if family == "x12":
        header = _isa_token(text, at, signs)
        tokens = _segments(text, header.end, signs, codec)
    else:
        header = next(_segments(text, at, signs, codec))
        syntax = header.elements[0] if header.elements else ""
        name = (syntax if isinstance(syntax, str) else _first(syntax)).strip()
        codec[0] = CODECS.get(name, "latin-1")
        tokens = _segments(text, at, signs, codec)
        header = next(tokens)
    whole = Whole(family, signs, header, start=text.offsets[start], end=len(text.data))
    position = len(text.chars)
    group: Bundle | None = None
    inside = False  # of a set
    for token in tokens if readable else ():
        position = token.end
        if token.tag == begins or (not inside and token.tag[:3] in ("UNA", begins) and not (family == "x12" and token.tag[:3] == "UNA")):
            position = token.begin
            if inside and group and group.sets[-1][-1].tag[:3] in ("UNA", "UNB") and family == "edifact":
                position = text.chars.rindex("UNA", 0, position)
                group.sets[-1].pop()
            break
        if token.tag == ends:
            whole.trailer = token
            break
        if token.tag == group_begins:
            group, inside = Bundle(token), False
            whole.groups.append(group)
        elif token.tag == set_begins:
            if group is None:
                group = Bundle(None)
                whole.groups.append(group)
            group.sets.append([token])
            inside = True
        elif token.tag == group_ends:
            inside = False
            if group and group.header:
                group.trailer, group = token, None
        elif inside and group:
            group.sets[-1].append(token)
            inside = token.tag != set_ends
        elif group is None and family == "x12" and token.tag in ("TA1", "TA3", "ISB", "ISE"):
            whole.service.append(token.tag)
    else:
        position = len(text.chars)
    whole.end = text.offsets[position]
    return whole, position


def _first(value: Value) -> str:
    while not isinstance(value, str):
        value = value[0]
    return value
