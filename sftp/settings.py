"""What a partner profile says about SFTP: the endpoint, its pinned host keys, how to log in, where to pick up and where to drop.

Secrets are references ("env:NAME", "file:path") that the gateway resolves before
a session is opened. `PickupSettings` and `DropSettings` serve local folders as well, for the rules are the same.
"""

import base64
import re
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

__all__ = [
    "DropSettings",
    "Folder",
    "HostKeys",
    "Legacy",
    "PickupSettings",
    "SecretRef",
    "SftpDropSettings",
    "SftpSettings",
    "Timeouts",
    "fault_in_template",
    "one_public_key",
]

MEBIBYTE: Final = 1 << 20

#: where a secret is, never the secret itself
SecretRef = Annotated[str, StringConstraints(pattern=r"^(env|file|keyring):.+$")]

#: algorithms that are off unless a partner's server knows no better; rsa-sha2-256: for servers that announce no kinds
Legacy = Literal["ssh-rsa-sha1", "dh-group14-sha1", "aes-cbc", "3des-cbc", "hmac-sha1", "rsa-sha2-256"]

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NAME = re.compile(r"[A-Za-z0-9._-]+\Z")
_FIELD = re.compile(r"\{([a-z0-9_]+)(?::0([1-9]))?\}")
_TEMPLATE_FIELDS: Final = frozenset({"set", "partner", "control_number", "yyyymmdd", "hhmmss", "id8", "ext", "counter"})


def _one_folder(value: str) -> str:
    """A path on the server: no way up, nothing unprintable."""
    if _CONTROL.search(value) or ".." in value.split("/"):
        message = "a folder has neither '..' nor control characters"
        raise ValueError(message)
    return value.rstrip("/") or "/"


def one_public_key(value: str) -> str:
    """A public key as in known_hosts and authorized_keys: kind, base64; the comment is dropped. Raises ValueError."""
    kind, _, rest = value.strip().partition(" ")
    blob = rest.strip().partition(" ")[0]
    try:
        raw = base64.b64decode(blob, validate=True)
    except ValueError as error:  # also binascii's, and that of letters beyond ASCII
        message = "a public key is written 'kind base64', as in known_hosts, authorized_keys, or as `ssh-keyscan` prints it"
        raise ValueError(message) from error
    named = kind.encode("ascii", "replace")
    if len(raw) < 4 + len(named) or raw[4 : 4 + len(named)] != named:
        message = "the kind before the key is not the kind inside it"
        raise ValueError(message)
    return f"{kind} {blob}"


def fault_in_template(template: str) -> str | None:
    """Why a file name template is refused; None when it is good. Names are made of A-Z a-z 0-9 . _ - only."""
    unknown = sorted({match[1] for match in _FIELD.finditer(template)} - _TEMPLATE_FIELDS)
    if unknown:
        return f"unknown field {{{unknown[0]}}}; known are {', '.join(sorted(_TEMPLATE_FIELDS))}"
    if not _NAME.match(_FIELD.sub("0", template)):
        return "only A-Z a-z 0-9 . _ - and fields in braces"
    if template.startswith((".", "-")):
        return "a name does not begin with a dot or a dash"
    return None


def _one_template(value: str) -> str:
    fault = fault_in_template(value)
    if fault is not None:
        raise ValueError(fault)
    return value


def _as_list(value: Any) -> Any:
    return (value,) if isinstance(value, dict | PickupSettings) else value


Folder = Annotated[str, StringConstraints(min_length=1, max_length=1024), AfterValidator(_one_folder)]
NamePart = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,40}$")]
HostKey = Annotated[str, AfterValidator(one_public_key)]


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class HostKeys(_Settings):
    """The pinned host keys: the one in use, and the one that the partner has announced for later."""

    current: HostKey  #: as in known_hosts
    next: HostKey | None = None  #: announced for later; either is accepted

    @property
    def accepted(self) -> tuple[str, ...]:
        """Every key that the server may show."""
        return (self.current,) if self.next is None else (self.current, self.next)


class Timeouts(_Settings):
    """Seconds."""

    connect: float = Field(30, gt=0)  #: of the connection
    banner: float = Field(30, gt=0)  #: until the server names itself
    auth: float = Field(30, gt=0)  #: of the login
    read: float = Field(60, gt=0)  #: of each answer
    keepalive: int = Field(30, ge=0)  #: between two signs of life; 0: none


class PickupSettings(_Settings):
    """One folder that we fetch from."""

    folder: Folder  #: on the partner's server; of `folder`: here
    patterns: tuple[str, ...] = Field(("*",), min_length=1)  #: shell patterns; one must match
    ignore: tuple[str, ...] = ()  #: beside names with a leading dot and those that end in .tmp .part .filepart .writing .lock
    stable: Literal["two_looks", "done_marker", "partner_renames"] = "two_looks"  #: what tells that a file is complete
    looks_apart: float = Field(10, ge=0)  #: seconds between the two looks
    done_suffix: NamePart = ".done"  #: of the marker, where `stable` is done_marker
    claim: Literal["work_folder", "suffix", "none"] = "work_folder"  #: how a file becomes ours before it is read
    work_folder: NamePart = ".work"  #: below `folder`: where claimed files lie
    after: Literal["archive", "delete", "keep"] = "archive"  #: what becomes of a file that is stored
    archive: Folder = "archive"  #: below `folder`, unless it begins with "/"
    fifo: Literal["by_time", "strict"] = "by_time"  #: strict: a held file stops the folder
    every: float = Field(60, gt=0)  #: seconds between looks
    max_bytes: int = Field(1024 * MEBIBYTE, gt=0)  #: a larger file is left, and told
    told_after: float = Field(3600, gt=0)  #: seconds: what lies there for so long and is not taken is told; names of `ignore` never

    def with_defaults(self, **defaults: Any) -> Self:
        """With other values where the profile says nothing: a gateway may look more often than we would."""
        return self.model_copy(update={name: value for name, value in defaults.items() if name not in self.model_fields_set})


class DropSettings(_Settings):
    """The folder that we leave files in, and what its server forbids."""

    folder: Folder  #: where files for the partner go
    name: Annotated[str, StringConstraints(min_length=1, max_length=100), AfterValidator(_one_template)] = (
        "{set}_{partner}_{control_number}_{yyyymmdd}_{hhmmss}_{id8}.{ext}"  #: of the file, from fields in braces
    )
    temporary: Literal["dot", "suffix", "folder", "direct"] = "dot"  #: direct: the server forbids renaming; a cut leaves a half file
    tmp_suffix: NamePart = ".tmp"  #: while it is written, where `temporary` is suffix
    tmp_folder: Folder | None = None  #: on the same file system as `folder`
    overwrite: bool = False  #: another file of the same name may be replaced
    confirm: bool = True  #: false where `stat` is forbidden or the partner takes the file at once
    done_marker: bool = False  #: an empty file follows each file
    done_suffix: NamePart = ".done"  #: of that marker

    @model_validator(mode="after")
    def _temporary_has_its_folder(self) -> Self:
        if (self.temporary == "folder") != (self.tmp_folder is not None):
            message = "tmp_folder goes with `temporary: folder`, and with nothing else"
            raise ValueError(message)
        return self


class SftpDropSettings(DropSettings):
    """The same on a server, which may say that it has stored what it has not."""

    verify: Literal["none", "list"] = "none"  #: list: look once more a while later; for partners that take nothing away in that time
    verify_after: float = Field(60, ge=0)  #: seconds


class SftpSettings(_Settings):
    """A partner's SFTP endpoint."""

    host: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.:_-]{1,255}$")]  #: name or address
    port: int = Field(22, ge=1, le=65535)  #: of the server
    user: Annotated[str, StringConstraints(min_length=1, max_length=255)]  #: the login
    password: SecretRef | None = None  #: also answers keyboard-interactive
    key: SecretRef | None = None  #: private key, OpenSSH or PEM
    key_passphrase: SecretRef | None = None  #: of `key`
    certificate: str | None = None  #: OpenSSH user certificate for `key`, as in id-cert.pub
    host_keys: HostKeys  #: the pinned keys of the server; another one stops all
    legacy: frozenset[Legacy] = frozenset()  #: old algorithms that its server needs, each by name
    timeouts: Timeouts = Timeouts()
    window: int = Field(64, ge=1, le=256)  #: requests of 32 KiB in flight while reading; 1 for servers that hang
    pickup: Annotated[tuple[PickupSettings, ...], BeforeValidator(_as_list)] = ()  #: one mapping, or a list of them
    drop: SftpDropSettings | None = None

    @model_validator(mode="after")
    def _a_way_to_log_in(self) -> Self:
        if self.password is None and self.key is None:
            message = "name a key or a password: without either nobody logs in"
            raise ValueError(message)
        if self.key is None and (self.key_passphrase or self.certificate):
            message = "key_passphrase and certificate go with a key"
            raise ValueError(message)
        return self
