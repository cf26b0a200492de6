"""A map as values: rules, bindings, selectors, places. Made by `maps.load`, compiled by `maps.run`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from maps.expressions import Expression
from maps.source import Origin
from maps.tables import CodeTable

__all__ = [
    "AREAS",
    "Binding",
    "Calc",
    "CodecUse",
    "Default",
    "Direction",
    "Groups",
    "Into",
    "IntoKind",
    "Join",
    "KeyPath",
    "Level",
    "MapSpec",
    "Pairs",
    "Path",
    "Place",
    "Rest",
    "Rule",
    "RuleKind",
    "Selector",
    "Sign",
    "Slot",
    "Step",
]

AREAS: Final = ("", "heading", "detail", "summary")  #: of a set, by number
Path = tuple[str, ...]  #: keys of a document from some object inwards: ("quantity", "value")


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in a segment, 1-based: `02`, or component 2 of element 1, `01.2`."""

    element: int
    component: int = 0  #: 0: the element is simple

    def __str__(self) -> str:
        return f"{self.element:02}.{self.component}" if self.component else f"{self.element:02}"


@dataclass(frozen=True, slots=True)
class KeyPath:
    """A place in an object of a partner's own form: `sku`, `shipTo.name`; in XML `@qty`, `Buyer/Name`; in a table a column."""

    keys: Path

    def __str__(self) -> str:
        if not self.keys[-1].startswith(("@", "#")):
            return ".".join(self.keys)
        return "/".join(key for key in self.keys if key != "#text") or "."


Place = Slot | KeyPath


@dataclass(frozen=True, slots=True)
class CodecUse:
    """The codec of a binding by name, with its argument: `code purpose`."""

    name: str = "str"
    arg: str = ""


@dataclass(frozen=True, slots=True)
class Binding:
    """Places on the wire and the field that they stand for: `"02+03+04": "shippedAt | dtz"`.

    The path `.` is the item itself, in a list of plain values; it is the one key that is empty.
    """

    places: tuple[Place, ...]
    path: Path  #: relative to the object that the rule fills; empty for a constant
    codec: CodecUse = CodecUse()
    required: bool = False
    companion: bool = False  #: `dimensions.unit?`: read and written beside other fields only; several rules may write it
    append: bool = False  #: `sealNumbers[]`: each segment adds one plain value; one is written
    constant: str | None = None  #: written, and not read
    beside: Place | None = None  #: of a constant, the place that decides whether it is written
    unless: bool = False  #: whether it is written when nothing stands there

    @property
    def name(self) -> str:
        """The key that the binding has in the file."""
        return "+".join(str(place) for place in self.places)


@dataclass(frozen=True, slots=True)
class Selector:
    """Which segments a rule takes. Each test names a place and the values that it may have, `*` any; the first is written."""

    tests: tuple[tuple[Place, tuple[str, ...]], ...] = ()
    rest: bool = False  #: `[*]`: whatever earlier rules left

    @property
    def constants(self) -> tuple[tuple[Place, str], ...]:
        """What is written."""
        return tuple((place, values[0]) for place, values in self.tests if values[0] != "*")


class IntoKind(StrEnum):
    """What the container is that a rule fills."""

    HERE = "here"  #: the object of the enclosing rule
    OBJECT = "object"  #: an object within
    LIST = "list"  #: one more item of a list
    KEYED = "keyed"  #: a value in a mapping, under a key that stands on the wire


@dataclass(frozen=True, slots=True)
class Into:
    """Where in the document the values of a rule go: `.`, `a.b`, `list[]`, `keyed{}`."""

    kind: IntoKind = IntoKind.HERE
    path: Path = ()


@dataclass(frozen=True, slots=True)
class Rest:
    """Where qualified values go that no table row has a field for: a list of objects of code and value."""

    into: Path
    qualifier: str = "qualifier"
    value: str = "value"  #: empty in `keyed{}` rules: the whole object goes there
    writes: bool = True  #: `dir: in`: another rule writes them


@dataclass(frozen=True, slots=True)
class Pairs:
    """Qualifier and value side by side (PO106/PO107 …), or as a composite (`cpairs`: PIA C212)."""

    starts: tuple[int, ...]  #: element positions of the qualifiers or composites
    table: str  #: wire qualifier -> field, with its codec
    into: Into = Into()
    order: tuple[tuple[str, Path], ...] = ()  #: (qualifier, field) in the order of writing; empty: the table's outbound rows
    composite: bool = False
    rest: Rest | None = None

    @property
    def first(self) -> int:
        """Element position of the first of them."""
        return self.starts[0]

    @property
    def max(self) -> int:
        """How many there may be."""
        return len(self.starts)


@dataclass(frozen=True, slots=True)
class Groups:
    """A fixed stride of elements repeated within a segment (SDQ): one list item each."""

    first: int
    step: int
    max: int
    into: Path
    items: tuple[Binding, ...]  #: places are offsets from the begin of the stride, as element 0, 1, …
    common: tuple[Binding, ...] = ()  #: stand once in the segment and belong to every item


@dataclass(frozen=True, slots=True)
class Join:
    """Repeated text (MSG) or the components of one element (FTX C108) as one string with separators."""

    into: Path
    element: int
    components: int = 0  #: 0: a simple element, one line a segment
    separator: str = "\n"
    place: "KeyPath | None" = None  #: in partners' own forms, where in each record of a list a line stands


@dataclass(frozen=True, slots=True)
class Sign:
    """A code that says whether a number of the same object is more or less (INV 4501); the number itself stands elsewhere without sign."""

    into: Path
    place: Slot
    minus: str
    plus: str


@dataclass(frozen=True, slots=True)
class Calc:
    """A value computed when written and checked when read.

    `@HL` counts the levels. `@N` is the running number of what the rule writes; others number as they like, so it is not checked.
    """

    place: Place
    source: str
    expression: Expression | None  #: None: `@HL`, `@N`

    @property
    def is_running(self) -> bool:
        """Whether it is a running number."""
        return self.source == "@N"


@dataclass(frozen=True, slots=True)
class Default:
    """What a field is when the wire does not say: a constant or an expression."""

    path: Path
    constant: str | None
    expression: Expression | None


class Direction(StrEnum):
    """In which direction a rule or table row works."""

    BOTH = "both"
    IN = "in"
    OUT = "out"


class RuleKind(StrEnum):
    """The kinds of rule."""

    SEGMENT = "seg"
    LOOP = "loop"
    LEVELS = "hl"
    AT = "at"


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a hierarchy."""

    code: str  #: of HL03; a name only, where the wire has no code of levels
    into: Into
    rules: tuple["Rule", ...]
    under: tuple[str, ...] = ()  #: codes of the levels that it may stand under; empty: it is the root
    when: Expression | None = None  #: of the items of one list, which belong to this level
    holds: Path = ()  #: where the wire has no code: tags from the loop inwards, by which a root is known to be of this level


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a place in a partner's own form: a key, and which items when it holds a list."""

    key: str
    each: bool = False
    selector: Selector | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `address` is its slash path in the map, by which overlays find it."""

    id: str
    address: str
    kind: RuleKind
    tag: str = ""  #: of the segment, or of the segment that begins the loop
    at: tuple[Step, ...] = ()  #: of rules for partners' own forms
    selector: Selector = Selector()
    into: Into = Into()
    key: Binding | None = None  #: of `keyed{}`
    order: tuple[str, ...] = ()  #: of `keyed{}`: which keys are written first
    rest: Rest | None = None
    bindings: tuple[Binding, ...] = ()
    pairs: tuple[Pairs, ...] = ()
    groups: Groups | None = None
    join: Join | None = None
    sign: Sign | None = None
    calc: tuple[Calc, ...] = ()
    check: str = "error"  #: severity of a failed check: error or warn; none: what stands there is not compared
    means: tuple[tuple[Path, str], ...] = ()  #: what the object has because it stands at this place: `means: {kind: charge}`
    required: bool = False  #: `use: required`: written even when it holds constants only
    direction: Direction = Direction.BOTH
    when: Expression | None = None
    when_key: tuple[str, ...] = ()  #: keys of the enclosing `keyed{}` for which it holds; `!key`: for which it does not
    of_document: bool = False  #: `scope: doc`: `into` begins at the document
    rules: tuple["Rule", ...] = ()
    levels: tuple[Level, ...] = ()
    child_code: bool = False  #: whether HL04 is written
    area: int = 0  #: where a tag has several places in the set: in its heading (1), detail (2) or summary (3); 0: anywhere
    view: str = ""  #: the shape of the document that all rules of the map are written for; empty: its own


@dataclass(frozen=True, slots=True)
class MapSpec:
    """A whole map after its overlays, not yet bound to a grammar."""

    name: str
    version: int
    document: str  #: "Order"
    syntax: str  #: "x12", "edifact", "json", "xml", "csv", "fixed"
    release: str  #: "004010"; empty for a partner's own form
    set_id: str
    chain: tuple[str, ...]  #: name@version, the base first
    hash: str  #: SHA-256 of what it does
    tables: Mapping[str, CodeTable]
    rules: tuple[Rule, ...]
    defaults: tuple[Default, ...] = ()  #: fields filled when the wire does not say
    origins: Mapping[str, Mapping[str, Origin]] = field(default_factory=dict)  #: rule address -> key -> who set it; key ``: who was last
    payload: Mapping[str, Any] = field(default_factory=dict)  #: what a partner's own form looks like, for `maps.formats.head`

    @property
    def view(self) -> str:
        """The shape of the document that the rules are written for; empty: its own."""
        return next((rule.view for rule in self.rules if rule.view), "")
