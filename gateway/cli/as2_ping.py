"""`gateway as2 ping`: the way to a partner's endpoint, step by step, and on demand one harmless message over it."""

import asyncio
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import typer

from gateway.cli.output import CliError, ExitCode
from gateway.cli.words import echo_wrapped, visible

__all__ = ["ping", "print_ping"]

_COLORS: Final = {"done": typer.colors.GREEN, "warning": typer.colors.YELLOW, "failed": typer.colors.RED}


def ping(root: Path, partner_id: str, *, send: bool) -> dict[str, Any]:
    """Look at the endpoint with the files of the workspace; nothing is stored. Raises `CliError`."""
    return asyncio.run(_ping(root, partner_id, send=send))


async def _ping(root: Path, partner_id: str, *, send: bool) -> dict[str, Any]:
    from as2.keys import CertificateError, client_certificate, own_keys, pins
    from as2.message import new_message_id
    from gateway.cli.agreed import load_workspace, partner_of
    from gateway.operations.as2_known import circumstances_of, settings_of, station_of
    from gateway.operations.as2_views import explanation_view
    from gateway.posting import basic
    from gateway.settings import SecretError, resolve
    from gateway.transports.as2_probe import probe
    from gateway.transports.as2_trial import trial

    workspace, now = load_workspace(root), datetime.now(tz=UTC)
    partner = partner_of(workspace, partner_id)
    settings = settings_of(partner)
    if settings is None or settings.url is None:
        raise CliError(f"{partner_id} has no AS2 address", "Add transports.as2.url to its profile.", ExitCode.NOT_FOUND)
    station = station_of(workspace, partner)
    if station is None or station.as2 is None:
        raise CliError("none of our stations has AS2", "Add as2 to a station under own: in gateway.yaml.")

    def secret(reference: str) -> str:
        return resolve(reference, root)

    auth = settings.basic_auth
    try:
        own = own_keys(station.as2, secret) if send else None
        client = client_certificate(station.as2.tls, secret, now)
        pinned = pins(settings.certs.tls, now)
        authorization = basic(auth.user, secret(auth.password)) if auth is not None else ""
    except SecretError as fault:
        raise CliError(str(fault), "Set the variable or write the file.") from None
    except CertificateError as fault:
        raise CliError(str(fault), "`gateway doctor` looks at every key and certificate.") from None
    found = await probe(settings.url, now=now, timeout=settings.connect_timeout, pinned=pinned, client=client, authorization=authorization)
    view: dict[str, Any] = {"partnerId": partner_id, "url": settings.url}
    if send and found.ok and own is not None:
        circumstances = circumstances_of(workspace, partner, own, now)
        message_id = new_message_id(uuid.uuid4().hex, own.domain)
        tried = await trial(found, circumstances, message_id=message_id, authorization=authorization, pinned=pinned, client=client)
        if tried is not None:
            view |= {"messageId": tried.message_id, "verdict": tried.verdict.state.value}
            view |= {"explanation": explanation_view(tried.explanation, partner_id)} if tried.explanation else {}
    steps = [{"name": step.name, "outcome": step.outcome, "detail": step.detail} for step in found.steps]
    return view | {"ok": found.ok, "steps": steps} | ({"nextAction": found.next_action} if found.next_action else {})


def print_ping(view: Mapping[str, Any], *, send: bool) -> None:
    """A line for each step, then what to do."""
    typer.secho(f"{view['partnerId']} · {view['url']}", bold=True)
    for step in view["steps"]:
        outcome = typer.style(f"{step['outcome']:8}", fg=_COLORS[step["outcome"]])
        echo_wrapped(f"{outcome} {step['name']:8} {visible(step['detail'])}", hanging=" " * 18)
    explained = view.get("explanation")
    if explained is not None:
        typer.secho("cause", bold=True)
        echo_wrapped(visible(explained["sentence"]), indent="  ")
        if explained.get("detail"):
            echo_wrapped(visible(explained["detail"]), indent="    ")
        if explained.get("switch"):
            typer.echo(f"  {explained['switch']['file']}, below {explained['switch']['below']}: {explained['switch']['line']}")
    if view["ok"]:
        typer.echo("the message was received as it was sent" if send else "the endpoint answers; --send tries a harmless message")
    if view.get("nextAction"):
        typer.secho("next", bold=True)
        echo_wrapped(view["nextAction"], indent="  ")
