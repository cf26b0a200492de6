"""What a partner's engineer needs to connect to us, as titled tables: `sheet_pages` makes a page of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from as2.algorithms import Cipher, Digest, KeyTransport
from as2.settings import As2Settings
from gateway.cli.sheet_certificates import Block, our_certificates, server_certificate, their_certificates
from gateway.operations.as2_known import station_of
from gateway.policy import SCHEDULES, Urgency, Way
from gateway.settings import Settings
from partners.model import Agreement, Direction, Partner, Station, Workspace

__all__ = ["Public", "Section", "Sheet", "sheet_of"]

_TRANSPORTS_OF_KEYS: Final = {
    KeyTransport.RSA_V1_5: "RSA PKCS#1 v1.5",
    KeyTransport.OAEP_SHA1: "RSA-OAEP with SHA-1",
    KeyTransport.OAEP_SHA256: "RSA-OAEP with SHA-256",
}
_MEBIBYTE: Final = 1 << 20
_TO_FOLLOW: Final = "will follow"

Row = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Section:
    """A titled table, and certificates to copy below it."""

    title: str
    rows: tuple[Row, ...] = ()
    blocks: tuple[Block, ...] = ()
    points: tuple[str, ...] = ()  #: a list instead of a table


@dataclass(frozen=True, slots=True)
class Sheet:
    """The whole page. `remarks` are for us: what is still missing on our side."""

    title: str
    subtitle: str
    sections: tuple[Section, ...]
    remarks: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Public:
    """What is public of our keys, and has to be read for it; None where it cannot be."""

    host_key: str | None = None  #: fingerprint, of our drop box server
    login_key: str | None = None  #: as in authorized_keys, of our login at the partner's SFTP server
    server: str | None = None  #: PEM text, of our https address


def sheet_of(workspace: Workspace, settings: Settings, partner: Partner, now: datetime, keys: Public) -> Sheet:
    """The sheet for one partner."""
    station = station_of(workspace, partner)
    public = str(settings.public_url).rstrip("/") if settings.public_url else None
    sections = [
        Section("What we need from you", points=tuple(_wanted(partner, now))),
        Section("Whom to call", tuple(_contacts(workspace, partner))),
    ]
    if partner.transports.as2 is not None and station is not None and station.as2 is not None:
        sections += _as2(partner, partner.transports.as2, station, public, settings)
        blocks = (*our_certificates(station.as2, now), *server_certificate(keys.server))
        sections += [Section("Our certificates", blocks=blocks), Section("Your certificates, as we have them", tuple(_theirs(partner)))]
    sections += [
        Section("Documents", tuple(_documents(partner))),
        Section("SFTP", tuple(_sftp(partner, keys))),
        Section("Drop box at our SFTP server", tuple(_dropbox(partner, settings, public, keys))),
        Section("HTTP", tuple(_http(partner, public))),
    ]
    environment = "test system" if workspace.own.environment == "test" else "live system"
    return Sheet(
        f"{workspace.own.name}: connection sheet for {partner.name}",
        f"{environment} · {now:%Y-%m-%d}",
        tuple(section for section in sections if section.rows or section.blocks or section.points),
        tuple(_remarks(workspace, partner, public)),
    )


def _wanted(partner: Partner, now: datetime) -> Iterator[str]:
    """What is missing in the profile."""
    as2 = partner.transports.as2
    if as2 is not None:
        if as2.url is None:
            yield "The URL of your AS2 server; and its TLS certificate, unless a public authority has issued it."
        if as2.certs.verify is None or as2.certs.encrypt is None:
            yield "Your certificates for signatures and encryption (PEM or DER), and their SHA-256 fingerprints by telephone."
        for use, role, certificate in their_certificates(partner):
            if role == "current" and (certificate.not_after - now).days < 60:
                yield f"Your next certificate ({use}): the present one ends on {certificate.not_after:%Y-%m-%d}; and the day of the change."
        yield "Confirmation that our names, addresses and certificates below are loaded, and the day of the first test message."
    elif partner.transports.sftp is None and partner.transports.dropbox is None:
        yield "The way you would like to exchange files: AS2, SFTP or HTTP."
    if not partner.contacts:
        yield "Names, mail addresses and telephone numbers: for the connection, and for business questions."
    if partner.agreements and not (partner.identities.x12 or partner.identities.edifact):
        yield "Your identifiers in the interchange envelope (ISA05/06, or UNB), for test and for live traffic."


def _remarks(workspace: Workspace, partner: Partner, public: str | None) -> Iterator[str]:
    if public is None and (partner.transports.as2 is not None or partner.api.keys):
        yield "public_url is not set in gateway.yaml: the sheet cannot name our address"
    if not workspace.own.contacts:
        yield "own.contacts is not set in gateway.yaml: the sheet cannot say whom to call"


def _contacts(workspace: Workspace, partner: Partner) -> Iterator[Row]:
    for whose, contacts in (("Ours", workspace.own.contacts), ("Yours, as we have them", partner.contacts)):
        for one in contacts:
            yield f"{whose}: {one.role}", ", ".join(part for part in (one.name, one.email, one.phone) if part)


def _as2(partner: Partner, as2: As2Settings, station: Station, public: str | None, settings: Settings) -> Iterator[Section]:
    assert station.as2 is not None
    address = f"{public}/as2" if public else _TO_FOLLOW
    yield Section(
        "AS2",
        (
            ("Our AS2 name", station.as2.as2_name),
            ("Your AS2 name, as we have it", partner.as2_name or _TO_FOLLOW),
            ("Our URL for your messages", address),
            ("Our URL for your asynchronous MDNs", as2.mdn.url or address),
            ("Your URL, as we have it", as2.url or "none yet"),
            ("Protocol", f"AS2 {as2.as2_version} (RFC 4130), HTTP POST over TLS 1.2 or 1.3"),
            ("Our HTTP client", f"connects within {as2.connect_timeout:g} s, waits {as2.read_timeout:g} s for your answer"),
            ("TLS client certificate", _client_tls(partner, as2, station)),
        ),
    )
    yield Section("What we send to you", tuple(_sent(partner, as2, settings)))
    yield Section("What we accept from you", tuple(_taken(as2)))


def _theirs(partner: Partner) -> Iterator[Row]:
    for use, role, certificate in their_certificates(partner):
        yield f"{use}, {role}", f"{certificate.subject}, until {certificate.not_after:%Y-%m-%d}, SHA-256 {certificate.sha256}"


def _client_tls(partner: Partner, as2: As2Settings, station: Station) -> str:
    assert station.as2 is not None
    ours = "we show one to your server (below)" if station.as2.tls is not None else "we show none"
    theirs = "required of you" if as2.require_client_certificate else "taken from you" if partner.client_certs else "none needed of you"
    return f"{ours}; {theirs}"


def _sent(partner: Partner, as2: As2Settings, settings: Settings) -> Iterator[Row]:
    scheme = "RSA-PSS" if as2.sign_scheme.value == "rsa_pss" else "RSA PKCS#1 v1.5, or ECDSA where our key is an elliptic curve key"
    yield "Signature", f"{_digest(as2.sign)}, {scheme}" if as2.sign else "none"
    yield "Encryption", f"{_cipher(as2.encrypt)}, key by {_TRANSPORTS_OF_KEYS[as2.key_transport]}" if as2.encrypt else "none"
    yield "Compression", "zlib, before signing (RFC 5402)" if as2.compress else "none"
    mdn = as2.mdn
    if mdn.wanted:
        signed = f"signed, MIC with {_digest(as2.sign or Digest.SHA256)}" if mdn.signed else "unsigned"
        above = f"; asynchronous above {mdn.async_above // _MEBIBYTE} MiB" if mdn.mode == "sync" else ""
        yield "MDN that we ask for", f"{'synchronous' if mdn.mode == 'sync' else 'asynchronous'}, {signed}{above}"
    else:
        yield "MDN that we ask for", "none"
    agreed = partner.transports.delivery.get("as2")
    theirs = tuple(wait.total_seconds() for wait in agreed.retries) if agreed and agreed.retries else None
    waits = theirs or settings.policy.partner.goods or settings.timing.partner_retries or SCHEDULES[Way.PARTNER][Urgency.GOODS]
    minutes = ", ".join(f"{wait / 60:g}" for wait in waits)
    sooner = " at the latest" if settings.timing.jitter == "full" else ""
    yield "If you do not answer", f"the same message again after {minutes} minutes{sooner}, under the same Message-ID"
    if mdn.wanted:
        yield "If an asynchronous MDN does not come", f"the same message again after {settings.timing.mdn_overdue / 60:g} minutes"


def _taken(as2: As2Settings) -> Iterator[Row]:
    digests = [digest for digest in Digest if digest.legacy is None or digest.legacy in as2.legacy]
    ciphers = [cipher for cipher in Cipher if cipher.legacy is None or cipher.legacy in as2.legacy]
    yield (
        "Signature",
        f"{'required' if as2.require_signed else 'optional'}: {_list(map(_digest, digests))}; RSA PKCS#1 v1.5, RSA-PSS, ECDSA",
    )
    yield "Encryption", f"{'required' if as2.require_encrypted else 'optional'}: {_list(map(_cipher, ciphers))}"
    yield "Key transport", _list(_TRANSPORTS_OF_KEYS.values())
    yield "Compression", "zlib, before or after signing"
    yield "Largest message", f"{as2.max_bytes // _MEBIBYTE} MiB, also when decompressed"
    yield "MDN that we give", "as you ask: synchronous or asynchronous, signed or not; to addresses that we have agreed on"
    yield "The same Message-ID again", "gets the same MDN and is not processed twice"


def _documents(partner: Partner) -> Iterator[Row]:
    for agreement in partner.agreements:
        arrow = "you send us" if agreement.direction is Direction.INBOUND else "we send you"
        rules = f"{agreement.standard.upper()} {agreement.release}{agreement.industry}".strip()
        yield f"{agreement.set_id}, {arrow}", "; ".join([rules, *_envelope(agreement), *_usage(agreement)])


def _envelope(agreement: Agreement) -> Iterator[str]:
    names = {"x12": "ISA/GS", "edifact": "UNB"}
    pairs = (("ours", agreement.own_address), ("yours", agreement.partner_address))
    for whose, address in pairs:
        if address is not None and agreement.standard in names:
            group = f" ({address.group})" if agreement.standard == "x12" and address.group != address.identity.id else ""
            yield f"{names[agreement.standard]} {whose} {address.identity.qualifier or 'no qualifier'} / {address.identity.id}{group}"


def _usage(agreement: Agreement) -> Iterator[str]:
    marks = {"x12": "ISA15 = T", "edifact": "UNB 0035 = 1"}
    if agreement.standard in marks:
        test = f"test traffic is marked {marks[agreement.standard]}"
        yield {"test": f"only test traffic, marked {marks[agreement.standard]}", "live": "only live traffic"}.get(
            agreement.usage or "", test
        )
    if agreement.functional_ack:
        yield f"acknowledged by {agreement.functional_ack}"


def _sftp(partner: Partner, keys: Public) -> Iterator[Row]:
    from sftp.session import fingerprint

    sftp = partner.transports.sftp
    if sftp is None:
        return
    yield "Your server", f"{sftp.host}, port {sftp.port}"
    yield "Our user name there", sftp.user
    yield "How we log in", "with a key" if sftp.key else "with a password"
    if keys.login_key is not None:
        yield "Our public key", keys.login_key
    for key in sftp.host_keys.accepted:
        yield "Your host key, as we have pinned it", fingerprint(key)
    for pickup in sftp.pickup:
        yield "We fetch from", f"{pickup.folder} ({', '.join(pickup.patterns)}); {_STABLE[pickup.stable]}"
        if pickup.schedule:
            yield "We look there", pickup.words(partner.zone)
    if sftp.drop is not None:
        yield "We leave files in", f"{sftp.drop.folder}, {_TEMPORARY[sftp.drop.temporary]}"


_STABLE: Final = {
    "two_looks": "a file is taken once its size and time have stood still",
    "done_marker": "a file is taken once its done marker is there",
    "partner_renames": "write under a temporary name, then rename",
}
_TEMPORARY: Final = {
    "dot": "written under a name with a leading dot, then renamed",
    "suffix": "written under a name with a suffix, then renamed",
    "folder": "written in another folder, then moved",
    "direct": "written under their names",
}


def _dropbox(partner: Partner, settings: Settings, public: str | None, keys: Public) -> Iterator[Row]:
    box = partner.transports.dropbox
    if box is None:
        return
    host = public.split("://")[-1].split("/")[0].partition(":")[0] if public else _TO_FOLLOW
    yield "Server", f"{host}, port {settings.dropbox.port}"
    yield "Your user name", partner.id
    yield "How you log in", "with your key; send us the public half" if not box.password else "with your key or your password"
    yield "Our host key", keys.host_key or _TO_FOLLOW
    yield "You leave files in", "in/: write under a name that ends in .tmp, then rename"
    if box.drop is not None:
        yield "You fetch from", "out/: remove what you have taken"
    yield "Limits", f"{box.max_bytes // _MEBIBYTE} MiB for one file, {box.quota // _MEBIBYTE} MiB in all, {box.sessions} sessions at once"


def _http(partner: Partner, public: str | None) -> Iterator[Row]:
    base = public or "https://…"
    if partner.api.keys:
        yield "You send documents to", f"POST {base}/api/v1/partners/{partner.id}/inbox"
        yield "With", "Authorization: Bearer and your key, which we give you on another way"
    for webhook in partner.api.webhooks:
        yield "Your webhook", f"POST {base}/api/v1/partners/{partner.id}/webhooks/{webhook.name}, signed ({webhook.scheme})"
    http = partner.transports.http
    if http is not None:
        yield "We send documents to", f"{http.method} {http.url}"


def _digest(digest: Digest | None) -> str:
    return digest.value.upper().replace("SHA", "SHA-") if digest else ""


def _cipher(cipher: Cipher | None) -> str:
    if cipher is None:
        return ""
    return "3DES-CBC" if cipher is Cipher.TRIPLE_DES_CBC else cipher.value.upper().replace("AES", "AES-").replace("_", "-")


def _list(words: Iterable[str]) -> str:
    return ", ".join(words)
