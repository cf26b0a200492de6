"""AS2 towards a partner: sealed once, posted as often as needed under one Message-ID, and the receipt in the answer judged.

Receiving is `gateway.service`'s and `gateway.pipeline`'s; a receipt that comes later (asynchronous) comes in there too.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from datetime import datetime
from typing import BinaryIO, ClassVar, Final, Protocol

from as2.client import Answer
from as2.errors import As2Error
from as2.headers import MdnMode, MdnRequest
from as2.keys import CertificateError, OwnKeys, partner_keys
from as2.mdn import MdnUnreadableError, read_mdn
from as2.message import SealedMessage, new_message_id, seal_message
from as2.mic import Mic
from as2.send import Retry, Verdict, VerdictState, judge_mdn, judge_status
from as2.settings import As2Settings
from gateway.clock import Clock
from gateway.errors import Cause, PermanentError, TransientError
from gateway.payload import StoredPayload
from gateway.posting import is_unclear
from gateway.protection import CertificateUse, Protection, Purpose, use_of
from gateway.settings import SecretError
from gateway.transports.as2_calls import As2Calls
from gateway.transports.base import Handover, Outgoing, Prepared, ReceiptError
from gateway.transports.filenames import file_name
from partners.model import Partner, Station

__all__ = ["FILE_NAME", "As2Transport"]

FILE_NAME: Final = "{set}_{control_number}.{ext}"  #: the label of what is not a file already
_CAUSES: Final[Mapping[VerdictState, Cause]] = {
    VerdictState.MIC_MISMATCH: Cause.MIC_MISMATCH,
    VerdictState.MDN_UNVERIFIED: Cause.MDN_UNVERIFIED,
    VerdictState.REFUSED: Cause.MDN_REFUSED,
}


class Keeping(Protocol):
    """Where sealed messages are kept, and the files that they are made in."""

    def scratch_file(self) -> BinaryIO:
        """A new, empty file to write and read."""
        ...

    def keep_blocks(self, blocks: Iterable[bytes], *, size: int | None = None) -> StoredPayload:
        """The bytes, durable."""
        ...


class As2Transport:
    """Sends only."""

    kind: ClassVar[str] = "as2"

    def __init__(
        self,
        *,
        calls: As2Calls,
        keys: Callable[[Station], OwnKeys],
        mdn_url: Callable[[], str | None],
        payloads: Keeping,
        clock: Clock,
    ) -> None:
        """`keys` gives those of our station, and raises `SecretError` and `CertificateError`.

        `mdn_url` is our public address for asynchronous receipts, for profiles that name none; sealed messages go to `payloads`.
        """
        self._calls = calls
        self._keys = keys
        self._mdn_url = mdn_url
        self._payloads = payloads
        self._clock = clock

    def prepare(self, outgoing: Outgoing, partner: Partner, *, now: datetime) -> Prepared:
        """Compress, sign, encrypt as the profile says. The Message-ID is made of the delivery's id."""
        settings, station = _settings_of(partner), self._calls.station_of(partner)
        with ExitStack() as files:
            try:
                keys = self._keys_of(station)
                sealed = seal_message(
                    outgoing.payload.in_memory or outgoing.payload,
                    content_type=outgoing.content_type,
                    own=keys,
                    partner=settings,
                    message_id=new_message_id(outgoing.delivery_id, keys.domain),
                    now=now,
                    filename=file_name(FILE_NAME, outgoing, partner.id, now),
                    mdn_url=self._mdn_url(),
                    scratch=lambda: files.enter_context(self._payloads.scratch_file()),
                )
            except (CertificateError, ValueError) as fault:
                raise PermanentError(Cause.NO_TRANSPORT, str(fault)) from fault
            body = self._payloads.keep_blocks(sealed.content.blocks(), size=sealed.content.size)
            protection, covered = self._evidence(sealed, outgoing.payload, keys, settings, now)
        return Prepared(
            body=body, headers=sealed.headers, reference=sealed.message_id, mic=str(sealed.mic), protection=protection, covered=covered
        )

    def _evidence(
        self, sealed: SealedMessage, payload: StoredPayload, keys: OwnKeys, settings: As2Settings, now: datetime
    ) -> tuple[Protection, StoredPayload | None]:
        """What proves later what was sent: the certificates, and what the MIC covers. That is kept only where it is not the payload's."""
        ours = (keys.sign.sending(now).certificate,) if keys.sign is not None else ()
        theirs = partner_keys(settings).encryption(now)
        uses = (
            *use_of(Purpose.SIGN, sealed.signed_by, ours),
            *use_of(Purpose.ENCRYPT, sealed.encrypted_for, (theirs,) if theirs is not None else ()),
        )
        before = sealed.covered.size - payload.size
        compressed = settings.compress or before < 0
        covered = self._payloads.keep_blocks(sealed.covered.blocks(), size=sealed.covered.size) if compressed else None
        head = b"" if compressed else next(sealed.covered.blocks(), b"")[:before]
        digest = covered.sha256 if covered is not None else payload.sha256
        return Protection(sealed.signed_by, sealed.encrypted_for, None, head, digest, uses), covered

    async def send(self, prepared: Prepared, partner: Partner) -> Handover:
        """POST once, and judge what came back. A bad receipt is raised as `ReceiptError`."""
        settings = _settings_of(partner)
        answer = await self._calls.post(partner, settings, settings.url or "", prepared.headers, prepared.body)
        mode = _mode_of(prepared.headers)
        by_status = judge_status(answer.status, mode, has_body=bool(answer.body.strip()))
        if by_status is not None:
            return _handover(by_status, answer, prepared)
        verdict, signer = await asyncio.to_thread(self._judge, answer, prepared, partner, settings)
        if verdict.state is VerdictState.QUEUED:
            raise TransientError(Cause.DESTINATION_BUSY, verdict.reason, unclear=True)
        if verdict.state is not VerdictState.RECEIPTED:
            receipt_headers = dict(answer.headers)
            raise ReceiptError(
                _CAUSES[verdict.state],
                verdict.reason,
                receipt=answer.body,
                receipt_headers=receipt_headers,
                signer=signer,
                once_more=verdict.retry is Retry.ONCE,
            )
        detail = verdict.reason + (", with a warning" if verdict.warning else "")
        return Handover(detail, prepared.reference, receipt=answer.body, receipt_headers=dict(answer.headers), receipt_signer=signer)

    def _judge(self, answer: Answer, prepared: Prepared, partner: Partner, settings: As2Settings) -> tuple[Verdict, CertificateUse | None]:
        now = self._clock()
        try:
            keys = self._keys_of(self._calls.station_of(partner))
            mdn = read_mdn(answer.headers, answer.body, partner=settings, now=now, own=keys)
        except (MdnUnreadableError, As2Error):  # an error page, say: the peer's duplicate check makes another try safe
            return Verdict(VerdictState.QUEUED, "the answer has no receipt that can be read"), None
        signer = use_of(Purpose.VERIFY, mdn.signed_by, partner_keys(settings).verifying(now))
        verdict = judge_mdn(prepared.reference, Mic.parse(prepared.mic), mdn, signed_wanted=settings.mdn.signed)
        return verdict, next(iter(signer), None)

    def _keys_of(self, station: Station) -> OwnKeys:
        try:
            return self._keys(station)
        except (CertificateError, SecretError) as fault:
            raise PermanentError(Cause.OWN_KEY_UNUSABLE, f"{station.id}: {fault}") from fault


def _settings_of(partner: Partner) -> As2Settings:
    settings = partner.transports.as2
    if settings is None or settings.url is None:
        raise PermanentError(Cause.NO_TRANSPORT, "the profile names no AS2 address")
    return settings.model_copy(update={"as2_name": partner.as2_name})


def _mode_of(headers: Mapping[str, str]) -> MdnMode:
    """What the stored message asks for, whatever the profile says by now."""
    wanted = {name.lower(): value for name, value in headers.items()}
    names = ("disposition-notification-to", "disposition-notification-options", "receipt-delivery-option")
    return MdnRequest.parse(*(wanted.get(name) for name in names)).mode


def _handover(verdict: Verdict, answer: Answer, prepared: Prepared) -> Handover:
    """What the status alone decides."""
    match verdict.state:
        case VerdictState.AWAITING_MDN:
            return Handover(detail=verdict.reason, reference=prepared.reference, awaits_receipt=True)
        case VerdictState.DELIVERED:
            return Handover(detail=verdict.reason, reference=prepared.reference)
        case VerdictState.QUEUED:
            words = f"{verdict.reason} (HTTP {answer.status})"
            raise TransientError(Cause.DESTINATION_BUSY, words, unclear=is_unclear(answer.status))
    raise PermanentError(Cause.DELIVERY_REFUSED, f"{verdict.reason} (HTTP {answer.status})")
