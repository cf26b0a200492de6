"""A map can compute, and nothing else: no file, no import, no name of Python's, no loop without end; limits of length, depth and time."""

from decimal import Decimal

import pytest

from canonical.base import DocumentError
from canonical.registry import parse as document_of
from maps.expressions import ExpressionError, parse
from maps.fault import MapError
from maps.registry import MapRegistry

#: what attackers try on evaluators of Python's syntax, and what an author in a hurry tries
ATTACKS = [
    "__import__('os').system('id')",
    "__import__('os')",
    "import os",
    "().__class__",
    "().__class__.__bases__[0].__subclasses__()",
    "''.__class__.__mro__[1].__subclasses__()",
    "lines.__class__",
    "lines.__class__.__init__.__globals__",
    "_private",
    "lines._hidden",
    "open('/etc/passwd').read()",
    "open('/etc/passwd')",
    "eval('1')",
    "exec('x=1')",
    "compile('1', 'x', 'eval')",
    "globals()",
    "locals()",
    "vars()",
    "dir()",
    "getattr(lines, 'append')",
    "setattr(lines, 'a', 1)",
    "type(lines)",
    "print('x')",
    "input()",
    "breakpoint()",
    "lines[0]",
    "lines[0:2]",
    "{'a': 1}",
    "{1, 2}",
    "[1, 2]",
    "(1, 2)",
    "[x for x in lines]",
    "{x: 1 for x in lines}",
    "sum(x for x in lines)",
    "lambda: 1",
    "(lambda f: f(f))(lambda f: f(f))",
    "x := 5",
    "(x := 5)",
    "9 ** 9 ** 9",
    "2 ** 2",
    "1 << 1000000",
    "'a' % 5",
    "10 // 3",
    "~1",
    "1 @ 1",
    "f'{lines}'",
    "f'{lines.__class__}'",
    "'{0.__class__}'.format(lines)",
    "'a'.join(lines)",
    "lines.count()",
    "lines.append(1)",
    "upper.__globals__",
    "count(lines, key=1)",
    "count(*lines)",
    "upper(**lines)",
    "count()",
    "nothing(lines)",
    "await lines",
    "yield lines",
    "...",
    "None.__class__",
    "b'bytes'",
    "1j",
    "lines is lines",
    "1 in lines",
    "del lines",
    "assert 1",
    "a = 1",
    "a; b",
    "while True: pass",
    "",
    "\x00",
    "count(lines",
]


@pytest.mark.parametrize("text", ATTACKS)
def test_each_attack_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        parse(text)


@pytest.mark.parametrize("text", [text for text in ATTACKS if "'" not in text and "\x00" not in text])
def test_it_is_refused_where_maps_have_expressions(text: str) -> None:
    written = text.replace("\\", "\\\\").replace('"', '\\"')
    source = (
        "map: partners/p/maps/m\nversion: 1\nextends: x12/004010/850@VERSION\npatch:\n"
        f'  - {{set: ctt, calc: {{"01": "{written}"}}}}\n  - {{set: line, when: "{written}"}}\ndefaults: {{orderType: "{written}"}}\n'
    ).replace("VERSION", str(MapRegistry().get("x12/004010/850").version))
    with pytest.raises(MapError) as caught:
        MapRegistry({"partners/p/maps/m": source}).get("partners/p/maps/m")
    assert {fault.line for fault in caught.value.faults} >= {5, 6, 7}


@pytest.mark.parametrize(
    "text", ["(" * 300 + "1" + ")" * 300, "-" * 400 + "1", "not " * 120 + "a", "a" + "+a" * 200, "upper(" * 90 + "a" + ")" * 90]
)
def test_depth_and_size_are_limited(text: str) -> None:
    with pytest.raises(ExpressionError):
        parse(text)


def test_length_is_limited() -> None:
    with pytest.raises(ExpressionError):
        parse("a" * 501)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("9999999999999999999999999999 * 9999999999999999999999999999 * 9999999999999999999999999999", None),
        ("1 / 0", None),
        ("1e400 * 1e400", None),
        ("left(a, 99999999999999999999)", "x" * 1000),
        ("right(a, 99999999999999999999)", "x" * 1000),
        ("left(a, 0 - 5)", ""),
    ],
)
def test_large_numbers_end_at_once(text: str, value: object) -> None:
    found = parse(text).evaluate({"a": "x" * 1000})
    if value is None:
        assert found is None or (isinstance(found, Decimal) and len(format(found, "f")) < 2000)
    else:
        assert found == value


class Counted(dict[str, object]):
    """An object that counts how often somebody looks into it."""

    looks = 0

    def get(self, key: str, default: object = None) -> object:
        Counted.looks += 1
        return super().get(key, default)


@pytest.mark.parametrize("size", [10, 1_000, 10_000])
def test_work_grows_with_the_data_and_no_faster(size: int) -> None:
    """There is no loop in the language: an expression looks at each value once for each time that it names it."""
    document = Counted(lines=[Counted(quantity=Counted(value="1")) for _ in range(size)])
    Counted.looks = 0
    assert parse("+".join(["sumof(lines.quantity.value)"] * 9)).evaluate(document) == 9 * size
    assert Counted.looks <= 9 * (2 * size + 2)


@pytest.mark.parametrize("depth", [100, 1000, 20_000])
def test_nested_data_end_as_a_finding_not_as_a_crash(depth: int) -> None:
    """A document that is nested without reason is refused before any rule sees it."""
    data: dict[str, object] = {"documentType": "Order"}
    inner = data
    for _ in range(depth):
        inner["parties"] = {}
        inner = inner["parties"]  # type: ignore[assignment]
    with pytest.raises(DocumentError):
        document_of(data)


@pytest.mark.parametrize(
    "source",
    [
        "map: partners/p/maps/m\nversion: 1\ndocument: Order\nrules: " + "[" * 200 + "]" * 200,
        "map: partners/p/maps/m\nversion: 1\ndocument: Order\nrules: " + "{a: " * 200 + "1" + "}" * 200,
        "map: &a [*a]\nversion: 1",
        "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]",
        "map: !!python/object/apply:os.system ['id']\nversion: 1",
        "map: partners/p/maps/m\nversion: !!python/name:os.system ''\n",
        "x: " + "y" * 1_000_001,
    ],
)
def test_hostile_files_end_as_faults(source: str) -> None:
    with pytest.raises(MapError) as caught:
        MapRegistry({"partners/p/maps/m": source}).get("partners/p/maps/m")
    assert caught.value.faults


@pytest.mark.parametrize("name", ["../../etc/passwd", "x12/../../secrets", "/etc/passwd", "parts/../x12/004010/850", "x12/004010/850\x00"])
def test_a_map_reads_no_file(name: str) -> None:
    source = f"map: partners/p/maps/m\nversion: 1\nextends: {name!r}\n"
    with pytest.raises(MapError):
        MapRegistry({"partners/p/maps/m": source}).get("partners/p/maps/m")
    with pytest.raises(MapError):
        MapRegistry().get(name)
