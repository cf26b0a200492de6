"""A partner as the gateway understands it: in short for lists, and with everything inherited and every default."""

from dataclasses import asdict
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from partners.model import Direction

if TYPE_CHECKING:
    from pydantic import BaseModel

    from partners.model import Agreement, Partner

__all__ = ["full_view", "print_profile", "summary"]

_TRANSPORTS: Final = ("as2", "sftp", "http", "folder")


def summary(partner: "Partner") -> dict[str, Any]:
    """What lists show."""
    identities = [f"{standard} {address.identity}" for standard in ("x12", "edifact") for address in partner.identities.of(standard)]
    identities += [f"as2 {partner.as2_name}"] if partner.as2_name else []
    identities += [f"gln {partner.identities.gln}"] if partner.identities.gln else []
    return {
        "id": partner.id,
        "name": partner.name,
        "status": partner.status,
        "zone": partner.zone,
        "currency": partner.currency,
        "identities": identities,
        "transports": [kind for kind in _TRANSPORTS if getattr(partner.transports, kind) is not None],
        "apiKeys": len(partner.api.keys),
        "agreements": [
            {
                "id": agreement.id,
                "direction": agreement.direction,
                "standard": f"{agreement.standard} {agreement.release}{agreement.industry}",
                "set": agreement.set_id,
                "document": agreement.document,
                "map": agreement.map,
                "station": agreement.station,
                "guide": agreement.guide is not None,
            }
            for agreement in partner.agreements
        ],
    }


def full_view(partner: "Partner") -> dict[str, Any]:
    """The summary with the settings of every transport and agreement; these have the names of partner.yaml."""
    short = summary(partner)
    agreements = [{**one, "settings": _settings(a)} for one, a in zip(short["agreements"], partner.agreements, strict=True)]
    transports = {kind: _plain(getattr(partner.transports, kind)) for kind in short["transports"]}
    sense = {"xref": {name: _plain(said) for name, said in partner.xref.said.items()}, "checks": dict(partner.checks)}
    return {**short, "sendBy": partner.send_by, **sense, "transportSettings": transports, "agreements": agreements}


def _settings(agreement: "Agreement") -> dict[str, Any]:
    """What holds in its direction."""
    fields: dict[str, Any] = {"usage": agreement.usage or "test and live", "transport": agreement.transport}
    if agreement.direction is Direction.INBOUND:
        fields |= {
            "tolerance": {name: "ignore" if value is None else _scalar(value) for name, value in asdict(agreement.tolerance).items()},
            "ack": {
                "functional": agreement.functional_ack or "none",
                "ta1": agreement.ack.ta1,
                "ak2_for_accepted": agreement.ack.ak2_for_accepted,
                "partial": agreement.ack.partial,
            },
            "duplicates": _plain(agreement.duplicates),
            "sequence": agreement.sequence,
            "accept_with_errors": agreement.accept_with_errors,
            "on_error": agreement.on_error,
            "deliver_to": list(agreement.deliver_to),
        }
    else:
        fields |= {"when": _scalar(dict(agreement.when)) or None}
        expected = {"expect": agreement.ack.expect, "overdue_after": _scalar(agreement.ack.overdue_after)}
        business_key = {"business_key": agreement.duplicates.business_key}
        fields |= {"ack": expected, "duplicates": business_key, "write": _plain(agreement.write)}
        fields |= {"batch": _plain(agreement.batch) if agreement.batch is not None else None}
    return {name: value for name, value in fields.items() if value is not None}


def _plain(settings: "BaseModel") -> dict[str, Any]:
    """A settings model as it would be written; certificates by their file."""
    found = _scalar(settings.model_dump(exclude_none=True))
    assert isinstance(found, dict)
    return found


def _scalar(value: Any) -> Any:
    match value:
        case dict():
            return {name: _scalar(one) for name, one in value.items() if name != "pem"}
        case list() | tuple():
            return [_scalar(one) for one in value]
        case timedelta():
            return _duration(round(value.total_seconds()))
        case Enum():
            return value.value
        case _:
            return value


def _duration(seconds: int) -> str:
    """As partner.yaml writes it, in the largest unit that fits: 24h, 90m."""
    return next(f"{seconds // size}{unit}" for unit, size in (("h", 3600), ("m", 60), ("s", 1)) if seconds % size == 0)


def print_profile(view: dict[str, Any]) -> None:
    """The whole profile, indented as partner.yaml is."""
    import typer

    typer.secho(f"{view['id']}: {view['name']}", bold=True)
    for name in ("status", "zone", "currency"):
        if view[name]:
            typer.echo(f"  {name:12} {view[name]}")
    typer.echo(f"  {'identities':12} {', '.join(view['identities']) or 'none'}")
    typer.echo(f"  {'API keys':12} {view['apiKeys'] or 'none'}")
    for name in ("xref", "checks"):
        if view[name]:
            typer.echo(f"  {name:12} {_flow(view[name])}")
    typer.secho("transports", bold=True)
    for kind, settings in view["transportSettings"].items():
        typer.echo(f"  {kind}{' (sends)' if kind == view['sendBy'] else ''}")
        _print_settings(settings, "    ")
    if not view["transportSettings"]:
        typer.echo("  none")
    typer.secho("agreements", bold=True)
    for one in view["agreements"]:
        guide = ", narrowed by a guide" if one["guide"] else ""
        typer.echo(f"  {one['id']}: {one['set']} {one['direction']}, {one['standard']}{guide}; {one['document']} by the map {one['map']}")
        _print_settings(one["settings"], "    ")
    if not view["agreements"]:
        typer.echo("  none")


def _print_settings(settings: dict[str, Any], indent: str) -> None:
    import typer

    for name, value in settings.items():
        typer.echo(f"{indent}{name}: {_flow(value)}")


def _flow(value: Any) -> str:
    """On one line, as YAML writes it."""
    match value:
        case dict():
            return "{" + ", ".join(f"{name}: {_flow(one)}" for name, one in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(_flow, value)) + "]"
        case bool():
            return str(value).lower()
        case _:
            return str(value)
