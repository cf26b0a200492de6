"""One exchange with a partner's AS2 endpoint, step by step: a look at the endpoint, or a message and its receipt."""

import asyncio
import ssl
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import SplitResult, urlsplit

import aiohttp

from as2.client import Answer, PostError, pinned_context, post
from as2.keys import CertificateError, own_keys, pins
from as2.mdn import MdnUnreadableError, read_mdn
from as2.message import SealedMessage, new_message_id, seal_message
from as2.send import Verdict, VerdictState, judge_mdn, judge_status
from edi.read import sniff
from edi.values import Standard
from gateway.cli.agreed import load_workspace, partner_of
from gateway.cli.output import CliError, ExitCode
from gateway.settings import SecretError, resolve

if TYPE_CHECKING:
    from as2.keys import OwnKeys
    from as2.settings import As2Settings
    from partners.model import Partner, Workspace

__all__ = ["Exchange", "ExchangeStep", "exchange", "look"]

_CONTENT_TYPES: Final = {Standard.X12: "application/edi-x12", Standard.EDIFACT: "application/edifact"}
_GOOD: Final = frozenset({VerdictState.RECEIPTED, VerdictState.AWAITING_MDN, VerdictState.DELIVERED})
_WORDS: Final = {
    VerdictState.RECEIPTED: "received",
    VerdictState.AWAITING_MDN: "taken, and its MDN comes later",
    VerdictState.DELIVERED: "delivered",
    VerdictState.QUEUED: "not taken now",
    VerdictState.HELD: "not taken",
    VerdictState.MIC_MISMATCH: "received, but not as sent",
    VerdictState.MDN_UNVERIFIED: "unknown, for the MDN cannot be trusted",
    VerdictState.REFUSED: "refused",
}
_NEXT: Final = {
    VerdictState.QUEUED: "Try again later; ask the partner whether its server is up.",
    VerdictState.HELD: "Ask the partner for the right address and for access.",
    VerdictState.MIC_MISMATCH: "Compare with the partner what was signed; never resend by itself.",
    VerdictState.MDN_UNVERIFIED: "Compare certificates with the partner: its MDN must be signed with the one in the profile.",
    VerdictState.REFUSED: "Compare certificates, AS2 names and settings with the partner; the word in brackets is its reason.",
}


@dataclass(frozen=True, slots=True)
class ExchangeStep:
    """One thing that was tried."""

    name: str
    outcome: str  #: "done", "failed"
    detail: str


@dataclass
class Exchange:
    """What was tried, and what came of it."""

    steps: list[ExchangeStep] = field(default_factory=list)
    ok: bool = False
    verdict: str = ""
    state: str = ""  #: of the message, as the gateway would store it; empty where it did not come so far
    next_action: str = ""
    message_id: str = ""

    def step(self, name: str, detail: str, *, ok: bool = True) -> None:
        """Note one thing that was tried."""
        self.steps.append(ExchangeStep(name, "done" if ok else "failed", detail))

    def fails(self, name: str, detail: str, next_action: str) -> "Exchange":
        """The end, and what to do about it."""
        self.step(name, detail, ok=False)
        self.verdict, self.next_action = f"{name} failed", next_action
        return self

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        fields: dict[str, Any] = {
            "ok": self.ok,
            "state": self.state,
            "verdict": self.verdict,
            "nextAction": self.next_action,
            "messageId": self.message_id,
        }
        steps = [{"name": step.name, "outcome": step.outcome, "detail": step.detail} for step in self.steps]
        return {**{key: value for key, value in fields.items() if value != ""}, "steps": steps}


async def look(root: Path, partner_id: str) -> Exchange:
    """Name, connection, TLS and HTTP of the endpoint; HEAD is legal on it (as2.md A15) and sends no message."""
    _, settings, url = _endpoint(load_workspace(root), partner_id)
    result = Exchange()
    port = url.port or (443 if url.scheme == "https" else 80)
    context = _trust(settings) if url.scheme == "https" else None
    try:
        opening = asyncio.open_connection(url.hostname, port, ssl=context)
        _, writer = await asyncio.wait_for(opening, settings.connect_timeout)
    except (ssl.SSLError, ssl.CertificateError) as fault:
        return result.fails("tls", type(fault).__name__, "Compare the server's certificate with the partner; pin it under certs.tls.")
    except (OSError, TimeoutError) as fault:
        reason = getattr(fault, "strerror", None) or type(fault).__name__
        return result.fails("connect", f"{url.hostname}:{port}: {reason}", "Look at name, port, firewall; ask the partner.")
    tls = writer.get_extra_info("ssl_object")
    result.step("connect", f"{url.hostname}:{port} answers")
    if tls is not None:
        result.step("tls", f"{tls.version()}, certificate verified")
    writer.close()
    try:
        async with aiohttp.ClientSession() as session:
            timeout = aiohttp.ClientTimeout(total=settings.connect_timeout)
            async with session.head(url.geturl(), ssl=context or True, timeout=timeout, allow_redirects=False) as response:
                status = response.status
    except (aiohttp.ClientError, TimeoutError) as fault:
        return result.fails("http", type(fault).__name__, "Ask the partner whether this is its AS2 server.")
    if 300 <= status < 400 or status in {401, 403, 404}:
        return result.fails("http", f"status {status}", "Ask the partner for the address and the access that it means.")
    result.step("http", f"status {status}")
    result.ok, result.verdict = True, "the endpoint answers"
    return result


async def exchange(root: Path, partner_id: str, payload: bytes, name: str, content_type: str | None) -> Exchange:
    """Seal, post, read and judge the receipt."""
    workspace = load_workspace(root)
    partner, settings, url = _endpoint(workspace, partner_id)
    keys = _our_keys(root, workspace, partner)
    standard = sniff(payload)
    label = content_type or (_CONTENT_TYPES[standard] if standard else "application/octet-stream")
    result = Exchange()
    try:
        sealed = seal_message(
            payload,
            content_type=label,
            own=keys,
            partner=settings,
            message_id=new_message_id(uuid.uuid4().hex, keys.domain),
            now=datetime.now(tz=UTC),
            filename=name if name != "-" else None,
        )
    except (CertificateError, ValueError) as fault:
        return result.fails("seal", str(fault), "Correct the profile: certificates, algorithms, receipt.")
    result.message_id = sealed.message_id
    result.step("seal", f"{len(payload)} bytes as {label}: sign {settings.sign or 'no'}, encrypt {settings.encrypt or 'no'}")
    try:
        answer = await _post(root, settings, url, sealed)
    except PostError as fault:
        return result.fails("post", fault.detail, "`gateway as2 ping` looks at the endpoint step by step.")
    except SecretError as fault:
        raise CliError(str(fault), "Set the variable or write the file.") from None
    result.step("post", f"HTTP status {answer.status}, {len(answer.body)} bytes")
    verdict = _judge(answer, sealed, settings, keys, result)
    result.ok = verdict.state in _GOOD
    said = f"{verdict.reason} ({verdict.modifier})" if verdict.modifier else verdict.reason
    result.verdict = f"{_WORDS[verdict.state]}: {said}"
    result.state = verdict.state.value
    result.next_action = _NEXT.get(verdict.state, "")
    return result


def _judge(answer: Answer, sealed: SealedMessage, settings: "As2Settings", keys: "OwnKeys", result: Exchange) -> Verdict:
    by_status = judge_status(answer.status, sealed.mdn.mode, has_body=bool(answer.body))
    if by_status is not None:
        return by_status
    try:
        mdn = read_mdn(answer.headers, answer.body, partner=settings, now=datetime.now(tz=UTC), own=keys)
    except MdnUnreadableError as fault:
        result.step("MDN", str(fault), ok=False)
        return Verdict(VerdictState.MDN_UNVERIFIED, "the answer is no receipt that can be read")
    result.step("MDN", f"{mdn.disposition}, signature {mdn.signature}")
    return judge_mdn(sealed.message_id, sealed.mic, mdn, signed_wanted=sealed.mdn.signed)


async def _post(root: Path, settings: "As2Settings", url: SplitResult, sealed: SealedMessage) -> Answer:
    basic = settings.basic_auth
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        return await post(
            session,
            url.geturl(),
            sealed.headers,
            sealed.body,
            connect_timeout=settings.connect_timeout,
            read_timeout=settings.read_timeout,
            auth=aiohttp.BasicAuth(basic.user, resolve(basic.password, root)) if basic else None,
            context=_trust(settings),
        )


def _endpoint(workspace: "Workspace", partner_id: str) -> tuple["Partner", "As2Settings", SplitResult]:
    partner = partner_of(workspace, partner_id)
    settings = partner.transports.as2
    if settings is None or settings.url is None:
        raise CliError(f"{partner_id} has no AS2 address", "Add transports.as2.url to its profile.", ExitCode.NOT_FOUND)
    named = settings.model_copy(update={"as2_name": partner.as2_name})
    return partner, named, urlsplit(settings.url)


def _our_keys(root: Path, workspace: "Workspace", partner: "Partner") -> "OwnKeys":
    """The keys of the station that AS2 with this partner goes from: the one of its agreements, else the first that has any."""
    wanted = {agreement.station for agreement in partner.agreements}
    stations = [station for station in workspace.own.stations if station.as2 is not None]
    station = next((one for one in stations if one.id in wanted), stations[0] if stations else None)
    if station is None or station.as2 is None:
        raise CliError("none of our stations has AS2", "Add as2 to a station under own: in gateway.yaml.")
    try:
        return own_keys(station.as2, lambda reference: resolve(reference, root))
    except (CertificateError, SecretError) as fault:
        raise CliError(str(fault), "`gateway doctor` looks at every key and certificate.") from None


def _trust(settings: "As2Settings") -> ssl.SSLContext | bool:
    trusted = pins(settings.certs.tls, datetime.now(tz=UTC))
    return pinned_context(trusted) if trusted else True
