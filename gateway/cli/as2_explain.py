"""Prints why an AS2 message did not open or its receipt does not fit: of one in the store, or of one that somebody saved in a file."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import typer

from gateway.cli.output import CliError, ExitCode
from gateway.cli.words import echo_wrapped, visible

__all__ = ["of_file", "of_store", "print_explanation"]

_COLORS: Final = {"done": typer.colors.GREEN, "warning": typer.colors.YELLOW, "failed": typer.colors.RED}
_INDENT: Final = 13


def of_store(root: Path, named: str, mic: str) -> dict[str, Any]:
    """Ask the gateway, running or not. Raises `CliError`."""
    from gateway.cli.client import ask

    return ask(root, "as2-explain", message=named, mic=mic or None)


def of_file(root: Path, data: bytes, partner_id: str, mic: str, sent: bytes | None) -> dict[str, Any]:
    """A saved HTTP message, judged by the files of the workspace; with `sent`, a receipt for this saved message of ours."""
    from as2.explain import explain_message, explain_receipt
    from as2.explain.digests import digest_in
    from as2.explain.raw import read_http
    from as2.keys import CertificateError
    from gateway.cli.agreed import load_workspace, partner_of
    from gateway.operations.as2_known import circumstances_of, settings_of, station_of
    from gateway.operations.as2_views import explanation_view

    if mic and digest_in(mic) is None:
        raise CliError("--mic is no digest", "Give it as it stands in the receipt: 'base64, sha-256'.")
    workspace = load_workspace(root)
    partner = partner_of(workspace, partner_id)
    if settings_of(partner) is None:
        raise CliError(f"{partner_id} has no AS2", "Add transports.as2 to its profile.", ExitCode.NOT_FOUND)
    try:
        raw = read_http(data)
        station = station_of(workspace, partner, raw.get("as2-to").strip('"'))
        circumstances = circumstances_of(workspace, partner, _keys(root, station), datetime.now(tz=UTC))
        if sent is not None:
            ours = _sent(sent, mic)
            explanation, named = explain_receipt(ours, raw.fields, raw.body, circumstances), ours.message_id
        else:
            explanation, named = explain_message(raw.fields, raw.body, circumstances, their_mic=mic), raw.get("message-id")
    except CertificateError as fault:
        raise CliError(str(fault), "`gateway doctor` looks at every key and certificate.") from None
    except ValueError as fault:
        raise CliError(f"this is no HTTP message: {fault}", "Give a file with the head and the body, as they travelled.") from None
    return {"messageId": named} | explanation_view(explanation, partner_id)


def _keys(root: Path, station: Any) -> Any:
    from as2.keys import own_keys
    from gateway.settings import SecretError, resolve

    if station is None:
        return None
    try:
        return own_keys(station.as2, lambda reference: resolve(reference, root))
    except SecretError as fault:
        raise CliError(str(fault), "Set the variable or write the file.") from None


def _sent(data: bytes, mic: str) -> Any:
    """A message of ours that somebody saved; its MIC stands in our own record, so it has to be given."""
    from as2.explain import Sent
    from as2.explain.raw import read_http
    from as2.mic import Mic

    raw = read_http(data)
    try:
        ours = Mic.parse(mic)
    except ValueError:
        raise CliError("without our MIC a receipt cannot be judged", "Give it with --mic 'base64, sha-256'; it is in our log.") from None
    return Sent(dict(raw.fields), raw.body, raw.get("message-id"), ours)


def print_explanation(view: Mapping[str, Any]) -> None:
    """For whoever is called at night: what happened, what was found, what would help, and who does what next."""
    _title(view)
    if view.get("steps"):
        typer.secho("steps", bold=True)
        for step in view["steps"]:
            _step(step)
    if view.get("facts"):
        typer.secho("what it says of itself", bold=True)
        width = max(len(fact["name"]) for fact in view["facts"])
        for fact in view["facts"]:
            typer.echo(f"  {fact['name']:{width}}  {visible(fact['value'])}")
    _mics(view)
    _tried(view.get("tried", ()))
    typer.secho("cause", bold=True)
    echo_wrapped(visible(view["sentence"]), indent="  ")
    if view.get("detail"):
        echo_wrapped(visible(view["detail"]), indent="    ")
    if view.get("switch"):
        typer.secho("switch", bold=True)
        typer.echo(f"  {view['switch']['file']}, below {view['switch']['below']}:")
        typer.secho(f"      {view['switch']['line']}", fg=typer.colors.GREEN)
    typer.secho("next", bold=True)
    owner = "" if view["owner"] == "nobody" else f"({view['owner']}) "
    echo_wrapped(f"{owner}{view['nextAction']}", indent="  ")


def _title(view: Mapping[str, Any]) -> None:
    kind = "receipt for" if view["subject"] == "receipt" else view["subject"]
    named = visible(view.get("messageId") or view.get("id") or "without a Message-ID")
    outcome = "nothing wrong" if view["ok"] else view["cause"].replace("-", " ")
    typer.secho(f"{kind} {named} · {view['partnerId']}: {outcome}", bold=True)
    for label, name in (("state", "state"), ("answered", "answer"), ("id", "id")):
        if view.get(name):
            typer.echo(f"  {label:10} {visible(view[name])}")


def _step(step: Mapping[str, str]) -> None:
    outcome = typer.style(f"{step['outcome']:8}", fg=_COLORS.get(step["outcome"]))
    words = ", ".join(visible(step[name]) for name in ("algorithm", "detail") if step.get(name))
    typer.echo(f"  {outcome} {step['name']:10} {words}".rstrip())
    if step.get("certificate"):
        typer.echo(f"{' ' * _INDENT}certificate {step['certificate']}" + (f" ({step['is']})" if step.get("is") else ""))
    if step.get("digest"):
        typer.echo(f"{' ' * _INDENT}digest {step['digest']}")


def _tried(tried: Sequence[Mapping[str, Any]]) -> None:
    """What fits stands out; the rest is there so that nobody tries it again."""
    if not tried:
        return
    typer.secho("tried, one at a time", bold=True)
    for one in tried:
        if one["fits"]:
            typer.echo(f"  {typer.style('helps   ' if one.get('line') else 'fits    ', fg=typer.colors.GREEN)} {visible(one['what'])}")
    without = "; ".join(visible(one["what"]) for one in tried if not one["fits"])
    if without:
        echo_wrapped(without, indent="  no       ", hanging=" " * 11)


def _mics(view: Mapping[str, Any]) -> None:
    mics = view.get("mic", {})
    rows = [("computed here" if view["subject"] == "message" else "we sent", mics.get("ours"))]
    rows += [("in our MDN", view.get("mdnMic")), ("of the partner", mics.get("theirs"))]
    if any(value for _, value in rows):
        typer.secho("MIC", bold=True)
        for label, value in rows:
            if value:
                typer.echo(f"  {label:15} {visible(value)}")
