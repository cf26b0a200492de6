"""What `gateway doctor` looks at: each check is a function that says what is so, and what to do where it is not well."""

import re
import shutil
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gateway.cli.check import Check
from gateway.cli.doctor_database import database_check
from gateway.cli.output import CliError
from gateway.plural import counted

if TYPE_CHECKING:
    from gateway.listen import TlsKey
    from gateway.settings import Settings
    from partners.model import Workspace

__all__ = ["examine"]

_FREE_BYTES: Final = 1024 * 1024 * 1024
_SOON: Final = timedelta(days=30)
_REFERENCE: Final = re.compile(r"(env|file|keyring):.+")
_PATIENCE: Final = 3.0


def examine(root: Path) -> list[Check]:
    """Every check that can be made. Without readable settings there is only one."""
    from gateway.cli.client import is_running, settings_of

    try:
        settings = settings_of(root)
    except CliError as fault:
        return [Check("settings", "fault", fault.message, fault.next_action)]
    folder = settings.data_folder(root)
    running = is_running(folder)
    checks = [Check("settings", "ok", f"{root / 'gateway.yaml'} is read"), *_workspace(root, settings)]
    from gateway.cli.doctor_hub import hub_checks

    return [
        *checks,
        _disk(folder),
        database_check(root, settings),
        *_revision(root, folder, is_shared=settings.database is not None),
        *_listeners(root, settings, running=running),
        *hub_checks(root, settings),
    ]


def _workspace(root: Path, settings: "Settings") -> Iterator[Check]:
    from gateway.cli.doctor_certificates import certificate_checks
    from gateway.pipeline.active import check_files
    from partners.load import read_files

    files = read_files(root)
    checked = check_files(files)
    for fault in checked.faults:
        yield Check("workspace", "fault", str(fault), "Correct the file; `gateway plan` shows all faults.")
    if checked.workspace is not None:
        count = len(checked.workspace.partners)
        yield Check("workspace", "ok", f"{count} partner{'s' if count != 1 else ''}, every profile and map is read")
    yield from _secrets(root, settings, checked.workspace)
    yield from certificate_checks(root, files, checked.workspace, datetime.now(tz=UTC))


def _secrets(root: Path, settings: "Settings", workspace: "Workspace | None") -> Iterator[Check]:
    from gateway.settings import SecretError, resolve

    ways = (*settings.sinks.values(), *settings.sources.values(), settings.tracing)
    needed = {reference for way in ways for reference in _references(way.model_dump())}
    needed |= set(settings.oauth.keys) if settings.oauth else set()
    needed |= set(_references(settings.database.model_dump())) if settings.database else set()
    needed |= {reference for listen in settings.listeners for reference in _references(listen.model_dump())}
    keys = {key.key for client in settings.api_keys for key in client.all}
    if workspace is not None:
        for station in workspace.own.stations:
            needed |= set(_references(station.as2.model_dump() if station.as2 else None))
        for partner in workspace.partners.values():
            needed |= set(_references(partner.transports.model_dump()))
            keys |= {key.key for key in partner.api.keys}
            needed |= {secret for webhook in partner.api.webhooks for secret in webhook.secrets}
    keys = {key for key in keys if not key.startswith("sha256:")}
    good = 0
    for reference in sorted(needed | keys):
        try:
            resolve(reference, root)
        except SecretError as fault:
            hint = "Set the variable, or write the file with mode 0600."
            if reference in needed:
                yield Check("secret", "fault", str(fault), hint)
            else:
                yield Check("secret", "warning", f"{fault}: nobody can use this API key", hint)
            continue
        good += 1
        path = root / reference.removeprefix("file:")
        if reference.startswith("file:") and path.stat().st_mode & 0o077:
            yield Check("secret", "warning", f"{reference}: others on this machine may read the file", f"chmod 600 {path}")
    yield Check("secrets", "ok", f"{good} of {len(needed | keys)} references are readable")


def _references(value: Any) -> Iterator[str]:
    """Every secret reference in a dumped settings model."""
    if isinstance(value, str):
        if _REFERENCE.fullmatch(value):
            yield value
    elif isinstance(value, dict):
        for child in value.values():
            yield from _references(child)
    elif isinstance(value, list | tuple):
        for child in value:
            yield from _references(child)


def _certificate(name: str, data: bytes) -> Check:
    from cryptography import x509

    try:
        certificate = x509.load_pem_x509_certificate(data)
    except ValueError:
        return Check("certificate", "fault", f"{name} is no certificate in PEM form", "Ask for the certificate again.")
    now = datetime.now(tz=UTC)
    ends = certificate.not_valid_after_utc
    if ends < now:
        return Check(
            "certificate", "fault", f"{name} expired on {ends:%Y-%m-%d}", "Exchange a new one; name it as `next` until both sides have it."
        )
    if ends - now < _SOON:
        return Check("certificate", "warning", f"{name} expires on {ends:%Y-%m-%d}", "Agree on the next one now; name it as `next`.")
    if certificate.not_valid_before_utc > now:
        return Check(
            "certificate",
            "warning",
            f"{name} is valid from {certificate.not_valid_before_utc:%Y-%m-%d} on",
            "Keep the present one until then.",
        )
    return Check("certificate", "ok", f"{name} is valid until {ends:%Y-%m-%d}")


def _disk(folder: Path) -> Check:
    existing = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    free = shutil.disk_usage(existing).free
    detail = f"{free // (1024 * 1024)} MiB free for {folder}"
    return Check("disk", "ok", detail) if free > _FREE_BYTES else Check("disk", "warning", detail, "Make room; payloads are kept.")


def _revision(root: Path, folder: Path, *, is_shared: bool) -> Iterator[Check]:
    """Whether the files are what is in force; a change that nobody applied looks like a gateway that does not obey."""
    from gateway.cli.client import ask

    if not (folder / "gateway.db").exists() and not is_shared:
        return
    try:
        planned = ask(root, "plan")
    except CliError:  # the database or the files are at fault, which is told already
        return
    changed, number = len(planned["changes"]), planned["revision"]
    if changed and number:
        detail = f"{counted(changed, 'file')} changed since revision {number}, which is in force"
        yield Check("revision", "warning", detail, "`gateway plan` shows the differences, `gateway apply` puts the files in force.")
    elif number:
        yield Check("revision", "ok", f"the files are revision {number}, which is in force")


def _listeners(root: Path, settings: "Settings", *, running: bool) -> Iterator[Check]:
    for listen in settings.listeners:
        yield Check("port", "ok", "the gateway is running") if running else _port(listen.host, listen.port)
        for wanted in (listen.tls, listen.tls.next) if listen.tls else ():
            if wanted is not None:
                yield _https(root, wanted)


def _https(root: Path, wanted: "TlsKey") -> Check:
    from gateway.service.tls import read_material
    from gateway.tls import TlsError

    try:
        read_material(wanted, root)
        return _certificate(str(wanted.certificate), (root / wanted.certificate).read_bytes())
    except TlsError as fault:
        return Check("certificate", "fault", f"https with {wanted.certificate}: {fault}", "Put the certificate and its own key in place.")


def _port(host: str, port: int) -> Check:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as fault:
            return Check("port", "fault", f"{host}:{port} cannot be listened on ({fault.strerror})", "Stop who has it, or set listen.port.")
    return Check("port", "ok", f"{host}:{port} is free")
