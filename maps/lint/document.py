"""The document's side of a map: unknown fields, fields written twice, needed fields that no rule reads, and the loss report."""

from collections.abc import Mapping

from maps.fault import Fault, closest
from maps.lint.claims import Claimed, claims
from maps.lint.shape import BASE, Shape, leaves, shape_at, shape_of
from maps.model import MapSpec

__all__ = ["check_document", "loss"]


def check_document(spec: MapSpec, shape: Shape, fault: Fault, *, whole: bool = True) -> None:
    """Tell what the rules say of the document that it has not, or needs. Needs are not told of a map that is not whole."""
    claimed = list(claims(spec))
    _paths(shape, claimed, fault)
    _double(claimed, fault)
    if whole and spec.rules:
        _needed(spec, shape, claimed, fault)


def loss(spec: MapSpec) -> tuple[str, ...]:
    """The fields of the document that the map never writes: what an analyst should see before a partner goes live.

    `parties.*` stands for every role that the map writes; a role that it does not write is named alone.
    """
    shape = shape_of(spec.document)
    claimed = [claim for claim in claims(spec) if claim.writes]
    written = {claim.path for claim in claimed}
    keyed = {claim.path.removesuffix(".*"): claim.words for claim in claimed if claim.words}
    fields = (path for path in (leaves(shape) if shape else ()) if not BASE & {part.removesuffix("[]") for part in path.split(".")})
    return tuple(dict.fromkeys(path for field in fields if field not in written and (path := _generic(field, keyed)) not in written))


def _generic(path: str, keyed: Mapping[str, tuple[str, ...]]) -> str:
    """`parties.buyer.name` as `parties.*.name`; `parties.payee`, when no rule writes a payee."""
    for head, words in keyed.items():
        if path.startswith(f"{head}."):
            role, _, rest = path.removeprefix(f"{head}.").partition(".")
            return f"{head}.*.{rest}" if role in words or role.endswith("[]") else f"{head}.{role}"
    return path


def _keyed(shape: Shape | None, claim: Claimed) -> Shape | None:
    """The shape at a claim's path; `*` stands for the object of any key."""
    for part in claim.path.split("."):
        if shape is None or shape.free:
            return shape
        name = part.removesuffix("[]")
        if name == "*":
            inner = [one for key in shape.names() if (one := shape.field(key)) is not None and one.model and not one.many]
            shape = inner[0] if inner else None
        else:
            shape = shape.field(name)
            if shape is not None and shape.many != part.endswith("[]"):
                return None
    return shape


def _paths(shape: Shape, claimed: list[Claimed], fault: Fault) -> None:
    for claim in claimed:
        if claim.path.split(".")[0] in BASE:
            fault(claim.rule.address, f"{claim.path} is filled by the engine")
        elif _keyed(shape, claim) is None:
            fault(claim.rule.address, f"the document has no {claim.path}", hint=_nearest(shape, claim.path))
        elif claim.words:
            owner = shape_at(shape, tuple(part.removesuffix("[]") for part in claim.path.split(".")[:-1]))
            for word in claim.words:
                if owner is None or owner.field(word) is None:
                    there = [name for name in owner.names() if name != "other"] if owner is not None else []
                    fault(claim.rule.address, f"the document has no {claim.path.removesuffix('*')}{word}", hint=closest(word, there))


def _nearest(shape: Shape, path: str) -> str:
    """The field that may have been meant; `[]` tells a list."""
    return closest(path, [leaf for leaf in leaves(shape) if not BASE & {part.removesuffix("[]") for part in leaf.split(".")}])


def _double(claimed: list[Claimed], fault: Fault) -> None:
    owners: dict[tuple[str, str], str] = {}
    for claim in claimed:
        if claim.writes and not claim.companion and not claim.path.endswith("*"):
            owner = owners.setdefault((claim.path, claim.place), claim.rule.address)
            if owner != claim.rule.address:
                hint = "one of them is read only: dir: in"
                fault(claim.rule.address, f"{claim.path} is written by rule {owner} too", hint=hint)


def _needed(spec: MapSpec, shape: Shape, claimed: list[Claimed], fault: Fault) -> None:
    """Fields that the schema needs, in the objects that the map fills."""
    read = {claim.path for claim in claimed if claim.reads} | {".".join(default.path) for default in spec.defaults}
    parts = [path.split(".") for path in read]
    objects = {".".join(part[:depth]) for part in parts for depth in range(len(part))} | {path for path in read if path.endswith("[]")}
    for path in sorted(objects):
        inner = _keyed(shape, Claimed(spec.rules[0], path, reads=True, writes=False)) if path else shape
        for key in inner.required() if inner is not None else ():
            where = f"{path}.{key}" if path else key
            if not any(one == where or one.startswith((f"{where}.", f"{where}[]")) for one in read):
                fault("", f"no rule reads {where}, which the document needs")
