"""What `cert import`, `cert new` and `cert rollover` make of the certificates of an owner. Values in, values out; `cert` writes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from as2.succession import Succession
from gateway.cli.cert_book import Book, Pair, dated, undated
from gateway.cli.output import CliError, ExitCode
from partners.places import Place, Use

__all__ = ["Rollover", "placed", "rolled_over", "uses_from"]


def uses_from(book: Book, said: str | None, default: tuple[Use, ...]) -> tuple[Use, ...]:
    """The uses that a person named, separated by commas. Raises `CliError`."""
    if said is None:
        return default
    known = {use.value: use for use in book.uses}
    if book.station is None:
        known["tls"] = Use.SERVER  # as profiles call it
    names = [name.strip() for name in said.split(",") if name.strip()]
    wrong = [name for name in names if name not in known]
    if wrong or not names:
        whose = "a station of ours" if book.station is not None else "a partner"
        raise CliError(f"{wrong[0] if wrong else 'nothing'} is no use of a certificate of {whose}", f"One or more of {','.join(known)}.")
    return tuple(known[name] for name in dict.fromkeys(names))


def placed(book: Book, uses: tuple[Use, ...], named: Any, *, as_next: bool, begins: date | None) -> dict[Use, Pair]:
    """The places with a new certificate: as the next one, or as the one in use where there is none or it is to be replaced at once."""
    pairs = book.pairs
    changed = {}
    for use in uses:
        before = pairs.get(use)
        if not as_next:
            changed[use] = {**(before or {}), "current": named}
        elif before is None:
            raise CliError(
                f"there is no certificate to {use.value} in use that this could follow", "Leave out --next: it is the first one."
            )
        else:
            changed[use] = {**before, "next": dated(named, "from", begins)}
    return changed


@dataclass(frozen=True, slots=True)
class Rollover:
    """What became of one place."""

    use: Use
    old: str  #: fingerprints
    new: str
    accepted_until: date | None  #: the old one, as the previous one


def rolled_over(
    book: Book, places: Mapping[Use, tuple[Place, Succession[Any]]], *, keep: int, now: datetime, early: bool
) -> tuple[dict[Use, Pair], list[Rollover]]:
    """The next ones as those in use; what is received keeps the old one for `keep` days more. Raises `CliError`."""
    pairs, changed, told = book.pairs, dict[Use, Pair](), list[Rollover]()
    for use, (_, held) in places.items():
        if held.next is None:
            continue
        if use not in pairs:
            raise CliError(f"the certificates to {use.value} stand in a template, not in {book.file}", "Change them there by hand.")
        if not early and not held.followed(now):
            begins = f"begins on {held.next.valid_from:%Y-%m-%d}" if held.next.valid_from else "has no day from which it is used (`from`)"
            raise CliError(f"the next one to {use.value} {begins}", "Wait for the day, or change over now with --now.", ExitCode.FINDINGS)
        expired = held.current.certificate.expired(now)
        until = None if use.sends or expired or keep == 0 else (now + timedelta(days=keep)).date()
        pair = {"current": undated(pairs[use]["next"])}
        if until is not None:
            pair["previous"] = dated(_as_mapping(undated(pairs[use]["current"])), "until", until)
        changed[use] = pair
        told.append(Rollover(use, held.current.certificate.fingerprint, held.next.certificate.fingerprint, until))
    if not told:
        raise CliError(
            f"{book.owner} has no next certificate", "`gateway cert import` or `gateway cert new` with --next.", ExitCode.NOT_FOUND
        )
    return _keeping_short(book, changed), told


def _as_mapping(named: Any) -> Any:
    return {"file": named} if isinstance(named, str) else named


def _keeping_short(book: Book, changed: dict[Use, Pair]) -> dict[Use, Pair]:
    """One pair that the file names once for sending and receiving stays one: the previous one does no harm where we send."""
    pairs = book.pairs
    for sends, receives in ((Use.SIGN, Use.DECRYPT), (Use.ENCRYPT, Use.VERIFY)):
        if sends in changed and receives in changed and pairs.get(sends) == pairs.get(receives):
            changed[sends] = dict(changed[receives])
    return changed
