"""What is said of hosted drop boxes: a partner's account in its profile, and in gateway.yaml where they are and who serves them."""

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from sftp.settings import DropSettings, PickupSettings, SecretRef, one_public_key

__all__ = ["BoxDrop", "BoxPickup", "BoxServer", "BoxSettings"]

GIBIBYTE: Final = 1 << 30


class BoxPickup(PickupSettings):
    """How we fetch what the partner put into its `in`: as from any folder."""

    folder: Literal["in"] = "in"
    after: Literal["archive", "delete", "keep"] = "delete"  #: the store has the bytes, and what stays counts into the quota


class BoxDrop(DropSettings):
    """How we leave files in the partner's `out`."""

    folder: Literal["out"] = "out"


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class BoxSettings(_Settings):
    """A partner's account at our own SFTP server. The user is the partner's id."""

    public_keys: tuple[Annotated[str, AfterValidator(one_public_key)], ...] = ()  #: "kind base64", as in authorized_keys
    password: SecretRef | None = None  #: only for our own server; OpenSSH takes keys
    max_bytes: int = Field(GIBIBYTE, gt=0)  #: of one file
    quota: int = Field(10 * GIBIBYTE, gt=0)  #: bytes of all files in the box
    sessions: int = Field(10, ge=1, le=100)  #: at once
    pickup: BoxPickup = BoxPickup()
    drop: BoxDrop | None = None  #: `drop: {}` leaves what we send in the partner's `out`


class BoxServer(_Settings):
    """`dropbox:` of gateway.yaml."""

    folder: str = "dropbox"  #: below the data folder unless absolute; nothing but the boxes is in it
    host: str = "127.0.0.1"  #: OpenSSH is what belongs on the Internet
    port: int = Field(2222, ge=0, le=65535)  #: where our own SFTP server listens
    host_key: SecretRef = "file:secrets/dropbox_host_key"  #: Ed25519, as OpenSSH writes it; `gateway dropbox key` makes one
