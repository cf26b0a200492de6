"""What qualified pairs mean, worked out once of rule and table: qualifier to field and back, and the places in the segment."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from maps import notation
from maps.codecs import Codec
from maps.model import Pairs, Path, Slot
from maps.tables import CodeTable

__all__ = ["Qualified", "Qualifiers"]


@dataclass(frozen=True, slots=True)
class Qualified:
    """A qualifier, and the field that its value is."""

    qualifier: str
    path: Path
    codec: Codec


class Qualifiers:
    """The pairs of one rule. Raises ValueError when the table names a codec that there is none of."""

    def __init__(self, pairs: Pairs, table: CodeTable, codec_of: Callable[[str, str], Codec]) -> None:
        targets = {row.wire: _target(row.wire, row.to, codec_of) for row in table.rows}
        written = [targets[row.wire] for row in table.rows if row.outbound]
        first: dict[Path, str] = {}
        for target in written:
            first.setdefault(target.path, target.qualifier)
        order = pairs.order or tuple((qualifier, path) for path, qualifier in first.items())
        self.inbound = {row.wire: targets[row.wire] for row in table.rows if row.inbound}  #: by what stands on the wire
        #: field by field as they are written: the qualifier that the map names, then the others that may stand for the same field
        self.outbound = [_choices(qualifier, path, targets, written) for qualifier, path in order]
        composite = pairs.composite
        #: of each pair the slots of its qualifier and of its value
        self.places = [(Slot(at, 2), Slot(at, 1)) if composite else (Slot(at), Slot(at + 1)) for at in pairs.starts]


def _target(qualifier: str, text: str, codec_of: Callable[[str, str], Codec]) -> Qualified:
    field = notation.target(text)
    return Qualified(qualifier, field.path, codec_of(field.codec.name, field.codec.arg))


def _choices(qualifier: str, path: Path, targets: Mapping[str, Qualified], written: list[Qualified]) -> list[Qualified]:
    first = targets.get(qualifier)
    named = [first] if first is not None and first.path == path else []
    others = [target for target in written if target.path == path and target.qualifier != qualifier]
    return named + others or [Qualified(qualifier, path, _PLAIN)]


_PLAIN = Codec("str", lambda texts, _: texts[0], lambda value, _: (str(value),))
