"""`gateway.yaml` as a checked model: where things are, how large they may be, when they happen.

Environment variables win over the file: `GATEWAY_LISTEN__PORT=8080`, `GATEWAY_DATA=/var/lib/gateway`. Secrets stand in neither;
a reference names them (`env:HUB_KEY`, `file:secrets/hub.key`) and `resolve` reads them when they are used.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, HttpUrl, StringConstraints, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from gateway.listen import Limits, Listen, SecretRef, Section
from gateway.objectives import Objectives, Reconcile
from gateway.policy import Jitter, Policy, Waits
from gateway.replay_settings import Decisions, Replays
from gateway.retention import Retention
from gateway.sink_settings import SinkSettings
from gateway.source_settings import SourceSettings
from gateway.storage import DatabaseSettings
from gateway.trace_settings import TraceSettings
from partners.files import ConfigFault, model_faults, parse_yaml
from partners.http_options import KeySettings, ShortKey
from sftp.box_settings import BoxServer

__all__ = [
    "ApiKey",
    "HubKey",
    "Limits",
    "Listen",
    "LogSettings",
    "OAuth",
    "Reading",
    "SecretError",
    "SecretRef",
    "Settings",
    "SettingsError",
    "SinkSettings",
    "SourceSettings",
    "Timing",
    "data_folder_of",
    "load_settings",
    "parse_settings",
    "resolve",
]

FILE: Final = "gateway.yaml"
_SCOPES_OF: Final = {"hub": ("documents:", "feed:"), "admin": ("admin:", "metrics:")}

Seconds = Annotated[float, Field(ge=0, le=400 * 86400)]
Pause = Annotated[float, Field(gt=0, le=86400)]
Scope = Literal["documents:write", "documents:read", "feed:read", "admin:read", "admin:write", "metrics:read"]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]


class SettingsError(Exception):
    """gateway.yaml cannot be used. `faults` holds (place in the file, what is wrong); values are never repeated, they could be secrets."""

    def __init__(self, faults: tuple[tuple[str, str], ...]) -> None:
        super().__init__("; ".join(f"{place}: {message}" if place else message for place, message in faults))
        self.faults = faults


class SecretError(Exception):
    """A secret reference leads nowhere. Names the reference and the reason, never the value."""

    def __init__(self, reference: str, reason: str) -> None:
        super().__init__(f"{reference}: {reason}")
        self.reference = reference
        self.reason = reason


class HubKey(KeySettings):
    """One key of the hub, or of an administrator."""

    scopes: tuple[Scope, ...] = ()  #: absent: all that its role may


class ApiKey(Section):
    """Whom the hub's side of the API knows, or an administrator on another machine. Partners' keys stand in their profiles."""

    id: Name  #: the client of tokens, and the name in the log
    role: Literal["hub", "admin"]  #: what its keys open
    secret: SecretRef | None = None  #: a key by reference, for all that its role may
    keys: tuple[Annotated[HubKey, ShortKey], ...] = ()  #: keys by their digests, as `gateway key new` makes them

    @model_validator(mode="after")
    def _is_usable(self) -> Self:
        if self.secret is None and not self.keys:
            raise ValueError("a secret or keys are required")
        if any(not scope.startswith(_SCOPES_OF[self.role]) for key in self.keys for scope in key.scopes):
            raise ValueError("a scope belongs to another role")
        if len({key.label for key in self.keys}) != len(self.keys):
            raise ValueError("two keys have the same id")
        return self

    @property
    def all(self) -> tuple[HubKey, ...]:
        """Every key, the one that is named alone first."""
        return (*((HubKey(key=self.secret),) if self.secret else ()), *self.keys)


class OAuth(Section):
    """Tokens for partners and the hub: `POST /oauth2/token`. Without it there are none, and API keys alone open."""

    keys: Annotated[
        tuple[SecretRef, ...], Field(min_length=1, max_length=5)
    ]  #: private keys (RSA, or EC P-256; PEM): the first signs, all verify
    lifetime: Annotated[int, Field(ge=60, le=3600)] = 600  #: seconds


class Timing(Section):
    """When things happen, in seconds."""

    retries: Waits | None = None  #: to the hub, whatever it is; absent: the table in `gateway/policy.py`, by urgency
    partner_retries: Waits | None = None  #: to partners; absent: the same
    jitter: Jitter = "full"  #: chance in waits, so that retries do not march in step
    worker_poll: Pause = 1.0  #: look for due work, when nothing woke the worker
    lease: Pause = 60.0  #: work of a worker that died is taken up after this
    breaker_failures: Annotated[int, Field(ge=1)] = 5  #: failures in a row that open the circuit of a destination
    breaker_calls: Annotated[int, Field(ge=1, le=1000)] = 20  #: ... or of so many calls, the last ones,
    breaker_share: Annotated[float, Field(gt=0, le=1)] = 0.5  #: this share that failed
    breaker_pause: Seconds = 60  #: until one delivery tries it again
    concurrency: Annotated[int, Field(ge=1)] = 4  #: deliveries at once to one destination
    mdn_overdue: Seconds = 3600  #: an asynchronous MDN that has not come
    mdn_resends: Annotated[int, Field(ge=0)] = 2  #: the same message again before the MDN counts as overdue
    sftp_every: Pause = 60.0  #: between looks into partners' SFTP folders, where a profile says nothing
    sftp_stable: Seconds = 10  #: size and time must be equal in two looks this far apart
    folder_every: Pause = 5.0  #: likewise, of folders of this machine
    idempotency: Seconds = 90 * 86400  #: an Idempotency-Key stands for what was sent under it for so long
    message_ids: Seconds = 30 * 86400  #: an AS2 Message-ID stands for the message that came under it for so long
    long_poll: Seconds = 30  #: the feed waits at most this long for something new
    shutdown: Seconds = 20  #: work under way may finish before the process ends


class Reading(Section):
    """Who reads what partners send."""

    processes: Annotated[int, Field(ge=0, le=64)] | None = (
        None  #: beside the gateway's own, when much comes; absent: by the cores, at most 4
    )


class LogSettings(Section):
    """How the log is written, to standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"  #: lines below it are left out
    format: Literal["json", "text"] = "json"  #: JSON lines, or logfmt


class Settings(BaseSettings):
    """gateway.yaml. `own` is kept as it stands: `partners.load` reads it, because revisions of the workspace carry it too."""

    model_config = SettingsConfigDict(
        env_prefix="GATEWAY_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    own: dict[str, Any] = Field(default_factory=dict)  #: the company that runs the gateway: below
    data: Path = Path("data")  #: database, payload files, lock and socket; relative to the workspace
    database: DatabaseSettings | None = None  #: absent: a SQLite file in the data folder
    listen: Listen = Listen()
    listen_also: tuple[Listen, ...] = ()  #: further places, as plain http inside of the house beside https outside
    public_url: HttpUrl | None = None  #: how partners reach us: the address of asynchronous MDNs
    sinks: dict[Name, SinkSettings] = Field(default_factory=dict)  #: ways to the hub, by name
    sources: dict[Name, SourceSettings] = Field(default_factory=dict)  #: where the hub leaves documents, beside the API
    api_keys: tuple[ApiKey, ...] = ()
    oauth: OAuth | None = None
    dropbox: BoxServer = BoxServer()
    limits: Limits = Limits()
    timing: Timing = Timing()
    reading: Reading = Reading()
    policy: Policy = Policy()
    slo: Objectives = Field(default_factory=dict)  #: how soon documents are through, by type
    reconcile: Reconcile = Reconcile()
    replay: Replays = Replays()
    decisions: Decisions = Decisions()
    retention: Retention = Retention()
    log: LogSettings = LogSettings()
    tracing: TraceSettings = TraceSettings()

    @model_validator(mode="after")
    def _fallbacks_are_alike(self) -> Self:
        """Test traffic never reaches a live sink, and the other way round."""
        for name, sink in self.sinks.items():
            other = self.sinks.get(sink.fallback) if sink.fallback is not None else sink
            if other is None or sink.fallback == name or other.usage != sink.usage:
                raise ValueError(f"sinks: the fallback of {name} is no other sink of the same usage")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the signature is pydantic's
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - we read no .env file
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - secrets come by reference
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file, which is handed over as the initial values."""
        return env_settings, init_settings

    @property
    def listeners(self) -> tuple[Listen, ...]:
        """Every place where the service listens."""
        return (self.listen, *self.listen_also)

    def data_folder(self, root: Path) -> Path:
        """The data folder of a workspace."""
        return root / self.data


def load_settings(root: Path) -> Settings:
    """Read gateway.yaml of a workspace. Raises `SettingsError` with every fault in it."""
    try:
        return parse_settings((root / FILE).read_bytes())
    except FileNotFoundError:
        raise SettingsError((("", f"no {FILE} in the workspace; `gateway init` makes one"),)) from None
    except OSError as fault:
        raise SettingsError((("", f"{FILE} cannot be read: {type(fault).__name__}"),)) from None


def parse_settings(text: str | bytes) -> Settings:
    """The settings in the text of a gateway.yaml. Raises `SettingsError`."""
    faults: list[ConfigFault] = []
    data = parse_yaml(FILE, text.encode() if isinstance(text, str) else text, faults) if text.strip() else {}
    # names that begin like this would be options of pydantic-settings
    faults += [ConfigFault(FILE, key, "no such setting") for key in data or {} if key.startswith("_")]
    if data is not None and not faults:
        try:
            return Settings(**data)
        except ValidationError as fault:
            faults += model_faults(FILE, fault)
    raise SettingsError(tuple((fault.path, fault.message) for fault in faults))


def data_folder_of(root: Path) -> Path:
    """The data folder, also of a gateway.yaml with faults: what the gateway did can be looked at while somebody mends the file."""
    try:
        return load_settings(root).data_folder(root)
    except SettingsError:
        said = os.environ.get("GATEWAY_DATA") or _said(root).get("data")
        return root / (said if isinstance(said, str) else Settings.model_fields["data"].default)


def _said(root: Path) -> Mapping[str, Any]:
    try:
        return parse_yaml(FILE, (root / FILE).read_bytes(), []) or {}
    except OSError:
        return {}


def resolve(reference: str, root: Path) -> str:
    """The secret that a reference names. Raises `SecretError`. A final line break of a file does not belong to the secret."""
    kind, _, name = reference.partition(":")
    match kind:
        case "env":
            value = os.environ.get(name, "")
            reason = "the environment variable is not set"
        case "file":
            try:
                value = (root / name).read_text(encoding="utf-8").removesuffix("\n").removesuffix("\r")
            except (OSError, UnicodeDecodeError) as fault:
                raise SecretError(reference, f"the file cannot be read ({type(fault).__name__})") from None
            reason = "the file is empty"
        case "keyring":
            raise SecretError(reference, "keyrings belong to a person's session; a server reads env:NAME or file:PATH")
        case _:
            raise SecretError("(not shown)", "a secret is named as env:NAME or file:PATH, it never stands in the file itself")
    if not value:
        raise SecretError(reference, reason)
    return value
