"""Compiled bindings: functions that carry one value from the wire into an object, and back.

They know records and places only by the reader given, so EDI segments and JSON objects share them. Each function is made once,
when the map is loaded.
"""

from collections.abc import Callable, Mapping
from typing import Any

from edi.values import Segment
from maps.codecs import Codec, CodecError, Inexact, Texts, Value
from maps.finding import MapFindingCode, Severity
from maps.formats.payload import Record
from maps.model import Binding, Path, Place
from maps.paths import dotted, get, put
from maps.run.state import DecodeState, EncodeState, Frame, Object
from maps.run.values import Lineage

__all__ = ["Read", "Reader", "Write", "Writer", "reading", "writing"]

Reader = Callable[[Any], str]  #: the text at one place of a record; empty when nothing stands there
Read = Callable[[DecodeState, Any, Object, str, Frame], None]  #: carries a value in: state, record, object, its path, frame
Writer = Callable[[Any, str], None]  #: puts a text at one place of what is being written
Write = Callable[[EncodeState, Mapping[str, Any], str, Any], bool]  #: carries a value out; says whether anything was written


def add(scope: Object, path: Path, value: Any) -> str:
    """Put one more value into a list of plain values; its index, for the path of the value."""
    items = get(scope, path)
    if not isinstance(items, list):
        items = []
        put(scope, path, items)
    items.append(value)
    return f"[{len(items) - 1}]"


def reading(binding: Binding, codec: Codec, readers: tuple[Reader, ...], rule: str) -> Read:
    """The function that reads one binding."""
    path, suffix, place, required = binding.path, dotted(binding.path), binding.places[0], binding.required
    kind, name = ("table" if codec.name.startswith("code") else "direct"), codec.name
    first, decode, single = readers[0], codec.decode, len(readers) == 1
    append = binding.append
    plain = path[0] if len(path) == 1 and name == "str" and single and not append else None
    slot = str(place)

    def read(state: DecodeState, record: Any, scope: Object, at: str, frame: Frame) -> None:
        text = first(record)
        if not text:
            if required:
                state.fault(MapFindingCode.REQUIRED_VALUE_MISSING, at + suffix, rule, record=record, frame=frame, place=place)
            return
        if plain is not None and plain not in scope and not text.isspace():
            scope[plain] = text
        else:
            texts = (text,) if single else tuple(one(record) for one in readers)
            try:
                value = decode(texts, state.context)
            except CodecError as error:
                where, given = binding.places[error.part], texts[error.part]
                state.fault(error.code, at + suffix, rule, record=record, frame=frame, place=where, value=given, hint=error.hint)
                return
            if value is None:
                if required:
                    state.fault(MapFindingCode.REQUIRED_VALUE_MISSING, at + suffix, rule, record=record, frame=frame, place=place)
                return
            if append:
                at += suffix + add(scope, path, value)
            elif not put(scope, path, value):
                repeated(state, at + suffix, rule, record, frame, place, text)
                return
        if state.lineage is not None:
            tag, position = (record.tag, record.position) if isinstance(record, Segment) else ("", _line(record))
            state.lineage.append(Lineage(at if append else at + suffix, kind, tag, position, slot, text, name, rule))

    return read


def _line(record: Any) -> int:
    return record.line if isinstance(record, Record) else 0


def repeated(state: DecodeState, path: str, rule: str, record: Any, frame: Frame, place: Place | None, value: str | None) -> None:
    """Warn of a second value for one field."""
    state.fault(MapFindingCode.VALUE_REPEATED, path, rule, record=record, frame=frame, place=place, value=value, severity=Severity.WARNING)


def writing(binding: Binding, codec: Codec, writers: tuple[Writer, ...], widths: tuple[int, ...], rule: str) -> Write:
    """The function that writes one binding. `widths` are the greatest lengths of the places, 0 where there is none."""
    path, required = binding.path, binding.required
    suffix = dotted(path) + ("[0]" if binding.append else "")
    single = path[0] if len(path) == 1 else None
    place, name = binding.name, codec.name

    def write(state: EncodeState, scope: Mapping[str, Any], at: str, out: Any) -> bool:
        value = scope.get(single) if single is not None else get(scope, path)
        if isinstance(value, list) and binding.append:
            value = value[0] if value else None
        if value is None:
            if required:
                state.fault(MapFindingCode.REQUIRED_VALUE_MISSING, at + suffix, rule)
            return False
        texts = encoded(state, codec, value, at + suffix, rule, widths)
        if texts is None:
            return False
        for put_text, text in zip(writers, texts, strict=False):
            if text:
                put_text(out, text)
        if state.lineage is not None:
            state.lineage.append(Lineage(at + suffix, "direct", "", 0, place, texts[0], name, rule))
        return True

    return write


def encoded(state: EncodeState, codec: Codec, value: Value, at: str, rule: str, widths: tuple[int, ...]) -> Texts | None:
    """The texts of a value; None, with a finding, when it has none."""
    if not isinstance(value, str | int):
        state.fault(MapFindingCode.TYPE_UNEXPECTED, at, rule)
        return None
    try:
        texts = codec.encode(value, state.context)
    except CodecError as error:
        state.fault(error.code, at, rule, value=str(value), hint=error.hint)
        return None
    for text, width in zip(texts, widths, strict=False):
        if width and len(text) > width:
            state.fault(MapFindingCode.VALUE_TOO_LONG, at, rule, value=str(value), hint=f"at most {width} characters")
            return None
    if type(texts) is Inexact:
        state.fault(MapFindingCode.PRECISION_LOST, at, rule, value=str(value), severity=Severity.WARNING)
    return texts
