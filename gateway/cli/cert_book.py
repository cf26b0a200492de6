"""The certificates as a settings file names them: read as pairs, changed, and written back in the form that the person chose."""

import copy
import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from gateway.cli.output import CliError, ExitCode
from partners.load import GATEWAY_FILE, read_files
from partners.places import Use
from partners.rewrite import RewriteError, flow, rewrite

__all__ = ["Book", "Pair", "changes_of", "dated", "read_book", "refuse_faults", "undated", "write_files"]

#: one place as it stands in the file: "current", "next" and "previous" with what they name
Pair = dict[str, Any]
_ROLES: Final = ("current", "next", "previous")
_IN_CERTS: Final = {Use.VERIFY: "verify", Use.ENCRYPT: "encrypt", Use.SERVER: "tls"}
_IN_STATION: Final = {Use.SIGN: "sign", Use.DECRYPT: "decrypt", Use.TLS: "tls"}


@dataclass(frozen=True)
class Book:
    """The settings file of one owner: a partner, or one of our stations."""

    owner: str
    file: str
    text: str
    data: Mapping[str, Any]
    station: int | None  #: index of the station in gateway.yaml; None for a partner

    @property
    def uses(self) -> tuple[Use, ...]:
        """What this owner can have certificates for."""
        if self.station is not None:
            return tuple(_IN_STATION)
        return (Use.VERIFY, Use.ENCRYPT, Use.SERVER, Use.CLIENT, Use.HTTP_SERVER, Use.HTTP_CLIENT)

    @property
    def pairs(self) -> dict[Use, Pair]:
        """The places that are filled."""
        if self.station is not None:
            return _of_station(self.data["own"]["stations"][self.station].get("as2"))
        transports = self.data.get("transports") or {}
        http = transports.get("http") or {}
        found = _of_certs((transports.get("as2") or {}).get("certs"))
        others = {
            Use.CLIENT: self.data.get("client_certs"),
            Use.HTTP_SERVER: http.get("pinned"),
            Use.HTTP_CLIENT: http.get("client_certificate"),
        }
        return found | {use: _pair(value) for use, value in others.items() if value is not None}

    def changed(self, pairs: Mapping[Use, Pair]) -> str:
        """The text of the file with these places as said; others stay. Raises `CliError`."""
        data = copy.deepcopy(dict(self.data))
        if self.station is not None:
            stations = data["own"]["stations"]
            stations[self.station]["as2"] = _into_station(stations[self.station].get("as2"), {**self.pairs, **pairs})
        else:
            self._into_partner(data, pairs)
        try:
            return rewrite(self.text, data)
        except RewriteError as fault:
            raise CliError(f"{self.file}: {fault}", f"Change it by hand: {_by_hand(pairs)}") from None

    def _into_partner(self, data: dict[str, Any], pairs: Mapping[Use, Pair]) -> None:
        for use, pair in pairs.items():
            if use is Use.CLIENT:
                data["client_certs"] = _short(pair)
        in_certs = {use: pair for use, pair in pairs.items() if use in _IN_CERTS}
        if in_certs:
            as2 = self._transport(data, "as2")
            as2["certs"] = _into_certs(as2.get("certs"), self.pairs | in_certs)
        for use, name in ((Use.HTTP_SERVER, "pinned"), (Use.HTTP_CLIENT, "client_certificate")):
            if use in pairs:
                self._transport(data, "http")[name] = pairs[use]

    def _transport(self, data: dict[str, Any], kind: str) -> dict[str, Any]:
        found = (data.get("transports") or {}).get(kind)
        if not isinstance(found, dict):
            raise CliError(f"{self.owner} has no transports.{kind} in {self.file}", f"Add transports.{kind} with its url first.")
        return found


def read_book(root: Path, owner: str) -> Book:
    """The book of a partner or station; `station:ID` and `partner:ID` where both have the same id. Raises `CliError`."""
    kind, _, id_ = owner.rpartition(":")
    files = read_files(root)
    gateway = _data(files, GATEWAY_FILE)
    stations = [str(one.get("id")) for one in (gateway.get("own") or {}).get("stations") or [] if isinstance(one, dict)]
    partner = f"partners/{id_}/partner.yaml"
    is_station, is_partner = id_ in stations and kind != "partner", partner in files and kind != "station"
    if is_station and is_partner:
        raise CliError(f"{id_} is a station and a partner", f"Say which: station:{id_} or partner:{id_}.")
    if is_station:
        return Book(id_, GATEWAY_FILE, files[GATEWAY_FILE].decode("utf-8-sig"), gateway, stations.index(id_))
    if is_partner:
        return Book(id_, partner, files[partner].decode("utf-8-sig"), _data(files, partner), None)
    known = ", ".join([*stations, *sorted(path.split("/")[1] for path in files if path.endswith("/partner.yaml"))])
    raise CliError(f"neither a station nor a partner has the id {id_!r}", f"Known are: {known}.", ExitCode.NOT_FOUND)


def _data(files: Mapping[str, bytes], path: str) -> Mapping[str, Any]:
    from partners.files import ConfigFault, parse_yaml

    faults: list[ConfigFault] = []
    data = parse_yaml(path, files.get(path, b""), faults)
    if data is None:
        raise CliError(str(faults[0]), "Correct the file; `gateway partner validate` lists every fault.")
    return data


def dated(named: Any, key: str, day: date | None) -> Any:
    """A certificate or key as it is named, with `from` or `until`."""
    if day is None:
        return named
    return ({"file": named} if isinstance(named, str) else dict(named)) | {key: day}


def undated(named: Any) -> Any:
    """As it is named without `from` and `until`, as short as it can be."""
    if isinstance(named, str):
        return named
    plain = {key: undated(value) if key == "certificate" else value for key, value in named.items() if key not in {"from", "until"}}
    return plain["file"] if set(plain) == {"file"} else plain


def changes_of(book: Book, text: str) -> list[str]:
    """What differs, line by line, as `gateway plan` shows it."""
    lines = difflib.unified_diff(book.text.splitlines(), text.splitlines(), n=1, lineterm="")
    return [line for line in lines if not line.startswith(("---", "+++"))]


def refuse_faults(root: Path, files: Mapping[str, str]) -> None:
    """Raises `CliError` when the workspace would have a fault with these files that it has not without."""
    from partners.load import load

    before = read_files(root)
    old = set(load(before).faults)
    new = [fault for fault in load(before | {name: text.encode() for name, text in files.items()}).faults if fault not in old]
    if new:
        raise CliError(f"nothing was written: {new[0]}", "Correct it first; `gateway partner validate` lists every fault.")


def write_files(root: Path, files: Mapping[str, str]) -> None:
    """Write settings and certificates. Raises `CliError`, as `refuse_faults` does."""
    refuse_faults(root, files)
    for name, text in sorted(files.items(), key=lambda item: item[0].endswith(".yaml")):  # a file before the settings that name it
        path = root / name
        beside = path.with_name(f".{path.name}.new")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            beside.write_text(text, encoding="utf-8")
            if path.exists():
                beside.chmod(path.stat().st_mode & 0o777)
            beside.replace(path)
        except OSError as fault:
            raise CliError(f"{path}: {(fault.strerror or type(fault).__name__).lower()}", "Look at the rights of the folder.") from None


def _pair(said: Any) -> Pair:
    """A place in its long form."""
    return {"current": said} if isinstance(said, str) else {role: said[role] for role in _ROLES if role in said}


def _short(pair: Pair) -> Any:
    """A place in its short form, where it has one."""
    return pair["current"] if set(pair) == {"current"} and isinstance(pair["current"], str) else pair


def _of_certs(certs: Any) -> dict[Use, Pair]:
    if certs is None:
        return {}
    said: dict[str, Any] = {"current": certs} if isinstance(certs, str) else certs
    short = _pair(said) if "current" in said else None
    found = {use: _pair(said[name]) for use, name in _IN_CERTS.items() if said.get(name) is not None}
    return found if short is None else {Use.VERIFY: short, Use.ENCRYPT: dict(short)} | found


def _into_certs(certs: Any, pairs: Mapping[Use, Pair]) -> Any:
    """In the short form as long as both are the same and nobody has written the long one."""
    long = isinstance(certs, dict) and "current" not in certs and bool(certs)
    said = {name: pairs[use] for use, name in _IN_CERTS.items() if use in pairs}
    if long or "verify" not in said or said["verify"] != said.get("encrypt"):
        return said
    return said["verify"] | {"tls": _short(said["tls"])} if "tls" in said else _short(said["verify"])


def _of_station(as2: Any) -> dict[Use, Pair]:
    if not isinstance(as2, dict):
        return {}
    found = {use: _pair(as2[name]) for use, name in _IN_STATION.items() if as2.get(name) is not None}
    short = _pair(as2["keys"]) if as2.get("keys") is not None else None
    return found if short is None else {Use.SIGN: short, Use.DECRYPT: dict(short)} | found


def _into_station(as2: Any, pairs: Mapping[Use, Pair]) -> dict[str, Any]:
    if as2 is None:
        raise CliError("the station has no AS2 name", "Add as2: NAME to it in gateway.yaml first.")
    said: dict[str, Any] = {"as2_name": as2} if isinstance(as2, str) else dict(as2)
    long = "sign" in said or "decrypt" in said
    for name in ("keys", *_IN_STATION.values()):
        said.pop(name, None)
    named = {name: pairs[use] for use, name in _IN_STATION.items() if use in pairs}
    if not long and "sign" in named and named["sign"] == named.get("decrypt"):
        named = {"keys": named["sign"]} | ({"tls": named["tls"]} if "tls" in named else {})
    return said | named


def _by_hand(pairs: Mapping[Use, Pair]) -> str:
    return flow({use.value: pair for use, pair in pairs.items()})
