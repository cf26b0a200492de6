"""`gateway partner sheet`: our page for the partner's engineer."""

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.output import CliError, JsonOption, print_json, workspace_of

if TYPE_CHECKING:
    from gateway.cli.sheet import Public
    from gateway.settings import Settings
    from partners.model import Partner

__all__ = ["sheet"]


def sheet(
    context: typer.Context,
    partner_id: Annotated[str, typer.Argument(metavar="ID", help="Name of the partner's folder.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Standard output when absent.")] = None,
    form: Annotated[
        str | None, typer.Option("--format", help="html, md or txt; by the name of FILE when absent; txt on a terminal, else html.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write the page that the partner's engineer needs: our names, addresses, certificates, algorithms. Holds no secret."""
    from gateway.cli.agreed import load_workspace, partner_of
    from gateway.cli.client import settings_of
    from gateway.cli.sheet import sheet_of
    from gateway.cli.sheet_pages import PAGES

    root = workspace_of(context)
    form = form or (output.suffix.removeprefix(".") if output is not None and output.suffix.removeprefix(".") in PAGES else "")
    form = form or ("txt" if output is None and sys.stdout.isatty() else "html")
    if form not in PAGES:
        raise CliError(f"{form!r} is no form of a page", f"One of {', '.join(PAGES)}.")
    workspace = load_workspace(root)
    settings = settings_of(root)
    partner = partner_of(workspace, partner_id)
    made = sheet_of(workspace, settings, partner, datetime.now(tz=UTC), _public(root, settings, partner))
    if as_json:
        print_json(asdict(made))
        return
    text = PAGES[form](made)
    if output is None:
        typer.echo(text, nl=False)
    else:
        try:
            output.write_text(text, encoding="utf-8")
        except OSError as fault:
            raise CliError(f"{output}: {(fault.strerror or type(fault).__name__).lower()}", "Choose a file that you may write.") from None
        typer.echo(f"{output}: look at it, then send it to the partner; it holds no secret")
    for remark in made.remarks:
        typer.echo(f"remark: {remark}", err=True)


def _public(root: Path, settings: "Settings", partner: "Partner") -> "Public":
    """What is public of our keys. What cannot be read is left out: `gateway doctor` tells of it."""
    from gateway.cli.sheet import Public
    from sftp.server import public_host_key
    from sftp.session import fingerprint

    sftp = partner.transports.sftp
    host_key = _secret(root, settings.dropbox.host_key) if partner.transports.dropbox is not None else None
    login = _secret(root, sftp.key) if sftp is not None and sftp.key is not None else None
    passphrase = _secret(root, sftp.key_passphrase) if sftp is not None and sftp.key_passphrase is not None else None
    served = settings.listen.tls.certificate if settings.listen.tls is not None else None
    try:
        server = (root / served).read_text(encoding="ascii") if served is not None else None
    except (OSError, UnicodeDecodeError):
        server = None
    return Public(fingerprint(public_host_key(host_key)) if host_key else None, _login_key(login, passphrase) if login else None, server)


def _secret(root: Path, reference: str) -> str | None:
    from gateway.settings import SecretError, resolve

    try:
        return resolve(reference, root)
    except SecretError:
        return None


def _login_key(text: str, passphrase: str | None) -> str | None:
    """The public half of a private key, as authorized_keys has it."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key, load_ssh_private_key

    for load in (load_ssh_private_key, load_pem_private_key):
        try:
            key = load(text.encode(), passphrase.encode() if passphrase else None).public_key()
            return key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
        except (ValueError, TypeError, UnsupportedAlgorithm):
            continue
    return None
