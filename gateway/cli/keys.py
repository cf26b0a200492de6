"""`gateway key` and `gateway partner key`: API keys are made, listed and revoked in the files of the workspace, as digests."""

from collections.abc import Callable, Iterable
from copy import deepcopy
from datetime import UTC, date, datetime
from pathlib import Path
from secrets import token_hex
from typing import Annotated, Any

import typer

from gateway.cli.output import CliError, ExitCode, JsonOption, print_json, print_table, workspace_of

__all__ = ["app", "partner_app"]

app = typer.Typer(help="API keys of the hub and of administrators (gateway.yaml).", no_args_is_help=True)
partner_app = typer.Typer(help="API keys of a partner (partner.yaml).", no_args_is_help=True)

Data = dict[str, Any]
PartnerId = Annotated[str, typer.Argument(metavar="PARTNER", help="Name of the partner's folder.")]
ClientId = Annotated[str, typer.Argument(metavar="ID", help="Who has the key: erp, ops.")]
KeyId = Annotated[str, typer.Argument(metavar="KEY", help="The key's id, as `list` shows it.")]
NameOption = Annotated[str | None, typer.Option("--id", help="The key's name; made of the day when absent.")]
ScopeOption = Annotated[list[str] | None, typer.Option("--scope", help="What it is for; may stand several times. Absent: all of its role.")]
FromOption = Annotated[str | None, typer.Option("--from", metavar="DATE", help="The first day on which it opens, in UTC.")]
UntilOption = Annotated[str | None, typer.Option("--until", metavar="DATE", help="The last day on which it opens, in UTC.")]


@partner_app.command("new")
def new_of_partner(
    context: typer.Context,
    partner: PartnerId,
    name: NameOption = None,
    scope: ScopeOption = None,
    first: FromOption = None,
    until: UntilOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a key and print it, once. partner.yaml gets its digest; `gateway apply` puts it in force."""
    from gateway.cli.words import command
    from partners.http_options import PartnerKey

    key, entry = _made(name, scope, first, until, PartnerKey)

    def change(said: Data) -> None:
        said["api"] = _with(said.get("api") or {}, entry)

    file = f"partners/{partner}/partner.yaml"
    _edit(workspace_of(context), file, change)
    _print_made(key, entry, partner, file, f"`{command(context, 'apply')}` puts it in force", as_json=as_json)


@partner_app.command("list")
def list_of_partner(context: typer.Context, partner: PartnerId, as_json: JsonOption = False) -> None:
    """List the keys of a partner: what each is for, when it opens, and the day it was used last."""
    from gateway.cli.agreed import load_workspace, partner_of
    from gateway.service.auth import Role

    found = partner_of(load_workspace(workspace_of(context)), partner)
    _print_keys(context, [(Role.PARTNER, partner, key, key.scopes) for key in found.api.keys], as_json=as_json)


@partner_app.command("revoke")
def revoke_of_partner(context: typer.Context, partner: PartnerId, key: KeyId, as_json: JsonOption = False) -> None:
    """Take a key out of partner.yaml. It opens until `gateway apply`."""
    from gateway.cli.words import command

    def change(said: Data) -> None:
        said["api"] = _without(said.get("api") or {}, key)

    file = f"partners/{partner}/partner.yaml"
    _edit(workspace_of(context), file, change)
    _print_revoked(key, partner, file, f"`{command(context, 'apply')}` puts it in force; until then the key opens", as_json=as_json)


@app.command()
def new(
    context: typer.Context,
    client: ClientId,
    role: Annotated[str, typer.Option("--role", help="hub or admin; asked for only when the id is new.")] = "hub",
    name: NameOption = None,
    scope: ScopeOption = None,
    first: FromOption = None,
    until: UntilOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a key of the hub or of an administrator and print it, once. gateway.yaml gets its digest; the gateway reads it at its start."""
    from gateway.cli.client import settings_of
    from gateway.settings import ApiKey, HubKey

    settings_of(workspace_of(context))  # tells the faults of gateway.yaml
    key, entry = _made(name, scope, first, until, HubKey)

    def change(said: Data) -> None:
        clients = said.get("api_keys") or []
        if client not in [one["id"] for one in clients]:
            clients = [*clients, {"id": client, "role": role}]
        said["api_keys"] = [_with(one, entry) if one["id"] == client else one for one in clients]
        for one in said["api_keys"]:
            _check(ApiKey, one)  # a gateway that does not start would be found at the next restart only

    _edit(workspace_of(context), "gateway.yaml", change)
    _print_made(key, entry, client, "gateway.yaml", "restart the gateway: it reads its settings when it starts", as_json=as_json)


@app.command("list")
def list_(context: typer.Context, as_json: JsonOption = False) -> None:
    """List the keys of the hub and of administrators, and the day each was used last."""
    from gateway.cli.client import settings_of
    from gateway.service.auth import Role

    clients = settings_of(workspace_of(context)).api_keys
    _print_keys(context, [(Role(client.role), client.id, key, key.scopes) for client in clients for key in client.all], as_json=as_json)


@app.command()
def revoke(context: typer.Context, client: ClientId, key: KeyId, as_json: JsonOption = False) -> None:
    """Take a key out of gateway.yaml. It opens until the gateway is started anew."""

    def change(said: Data) -> None:
        clients = said.get("api_keys") or []
        if client not in [one["id"] for one in clients]:
            raise CliError(f"gateway.yaml has no keys of {client!r}", "`gateway key list` shows them.", ExitCode.NOT_FOUND)
        left = [_without(one, key) if one["id"] == client else one for one in clients]
        said["api_keys"] = [one for one in left if one.get("keys") or one.get("secret")]

    _edit(workspace_of(context), "gateway.yaml", change)
    _print_revoked(key, client, "gateway.yaml", "restart the gateway; until then the key opens", as_json=as_json)


def _made(name: str | None, scopes: list[str] | None, first: str | None, until: str | None, model: Callable[..., Any]) -> tuple[str, Data]:
    """A new key, and the entry that goes into the file. Raises `CliError`."""
    from gateway.api_keys import digest_of, new_key

    key, today = new_key(), datetime.now(UTC).date()
    dates = {word: _day(text) for word, text in (("from", first), ("until", until)) if text is not None}
    if "until" in dates and dates["until"] < today:
        raise CliError("--until lies in the past", "Name the last day on which the key is to open.")
    said: dict[str, Any] = {
        "id": name or f"k{today:%Y%m%d}-{token_hex(2)}",
        "key": digest_of(key),
        **({"scopes": scopes} if scopes else {}),
        **dates,
    }
    _check(model, said)
    return key, said


def _check(model: Callable[..., Any], said: Data) -> None:
    """Raises `CliError` for what the file could not say."""
    from pydantic import ValidationError

    from partners.files import model_faults

    try:
        model(**said)
    except ValidationError as fault:
        listed = "; ".join(f"{one.path}: {one.message}" if one.path else one.message for one in model_faults("", fault))
        raise CliError(f"this key cannot be: {listed}", "Correct the option; nothing was changed.") from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CliError("a date is written 2027-01-31", "Correct the option; nothing was changed.") from None


def _with(owner: Data, entry: Data) -> Data:
    """Who has the keys, with one more."""
    keys = _listed(owner)
    if entry["id"] in map(_label, keys):
        raise CliError(f"there is a key {entry['id']!r} already", "Name it otherwise with --id; nothing was changed.")
    return {**owner, "keys": [*keys, entry]}


def _without(owner: Data, label: str) -> Data:
    """Who has the keys, with one less."""
    keys = _listed(owner)
    left = [one for one in keys if _label(one) != label]
    if owner.get("secret") == label:
        return {name: value for name, value in owner.items() if name != "secret"}
    if len(left) == len(keys):
        raise CliError("no key has this id", "`list` shows the ids; nothing was changed.", ExitCode.NOT_FOUND)
    return {**owner, "keys": left}


def _listed(owner: Data) -> list[Any]:
    """The keys as a list, however they are written."""
    keys = owner.get("keys") or []
    return keys if isinstance(keys, list) else [keys]


def _label(entry: Any) -> str:
    from partners.http_options import label_of

    return label_of(None, entry) if isinstance(entry, str) else label_of(entry.get("id"), entry.get("key", ""))


def _edit(root: Path, name: str, change: Callable[[Data], None]) -> None:
    """Write the file anew, whole or not at all. Raises `CliError`."""
    from partners.rewrite import RewriteError

    path = root / name
    try:
        text = path.read_bytes()
        changed = _changed(name, text, change)
        beside = path.with_name(f".{path.name}.new")
        beside.write_bytes(changed.encode())
        beside.chmod(path.stat().st_mode & 0o777)
        beside.replace(path)
    except FileNotFoundError:
        raise CliError(f"there is no {name} in this workspace", "`gateway partner list` names the partners.", ExitCode.NOT_FOUND) from None
    except (OSError, UnicodeDecodeError) as fault:
        raise CliError(f"{name} cannot be changed ({type(fault).__name__})", "Look at the file and its rights.") from None
    except RewriteError as fault:
        raise CliError(f"{name} cannot be changed by a program: {fault}", "Enter the key by hand; nothing was changed.") from None


def _changed(name: str, text: bytes, change: Callable[[Data], None]) -> str:
    from partners.files import parse_yaml
    from partners.rewrite import RewriteError, rewrite

    found = parse_yaml(name, text, [])
    if found is None:
        raise RewriteError("it has faults")
    said = dict(deepcopy(found))
    change(said)
    return rewrite(text.decode(), said)


def _print_made(key: str, entry: Data, owner: str, file: str, following: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"owner": owner, "id": entry["id"], "key": key, "file": file})
        return
    typer.echo(key)
    typer.echo(f"key {entry['id']} of {owner}: it is shown this once; {file} has its digest only", err=True)
    typer.echo(f"  next: {following}", err=True)


def _print_revoked(key: str, owner: str, file: str, following: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"owner": owner, "id": key, "file": file})
        return
    typer.echo(f"{file} has the key {key} of {owner} no more")
    typer.echo(f"  next: {following}", err=True)


def _print_keys(context: typer.Context, keys: Iterable[tuple[Any, str, Any, tuple[str, ...]]], *, as_json: bool) -> None:
    from gateway.cli.client import ask
    from gateway.service.auth import SCOPES

    used = {(one["role"], one["principal"], one["key"]): one["lastUsed"] for one in ask(workspace_of(context), "key-uses")["uses"]}
    today = datetime.now(UTC).date()
    rows = [
        {
            "owner": owner,
            "id": key.label,
            "role": role.value,
            "scopes": list(scopes or SCOPES[role]),
            "from": key.from_.isoformat() if key.from_ else None,
            "until": key.until.isoformat() if key.until else None,
            "opens": key.opens_on(today),
            "lastUsed": used.get((role.value, owner, key.label)),
        }
        for role, owner, key, scopes in keys
    ]
    if as_json:
        print_json({"keys": rows})
        return
    shown = [{**row, "scopes": " ".join(row["scopes"]), "opens": "yes" if row["opens"] else "no"} for row in rows]
    columns = [("owner", "of"), ("id", "key"), ("opens", "opens"), ("from", "from"), ("until", "until"), ("lastUsed", "last used")]
    print_table(shown, [*columns, ("scopes", "scopes")], empty="no keys; `new` makes one")
