"""The ways in which a partner's message is not accepted. The class decides the answer and what becomes of the message.

As2Error
+- DecryptionFailed          processed/error: decryption-failed
+- IntegrityCheckFailed      processed/error: integrity-check-failed
+- AuthenticationFailed      processed/error: authentication-failed
+- DecompressionFailed       processed/error: decompression-failed
+- InsufficientSecurity      processed/error: insufficient-message-security
+- DuplicateMessage          processed/error: unexpected-processing-error (another message under a Message-ID seen before)
+- UnknownPartner            processed/error: unknown-trading-relationship to 1.3 peers, else authentication-failed
+- InvalidMessageId          processed/error: invalid-message-id to 1.3 peers, else unexpected-processing-error
+- IllegalFilename           processed/error: illegal-filename to 1.3 peers, else unexpected-processing-error
+- UnsupportedReceipt        failed/Failure: unsupported format
+- UnsupportedMicAlgorithms  failed/Failure: unsupported MIC-algorithms
+- UnexpectedFault           processed/error: unexpected-processing-error
+- MalformedRequest          HTTP 400, no MDN
+- TooLarge                  HTTP 413, no MDN
+- Unavailable               HTTP 503, no MDN
"""

from dataclasses import dataclass
from typing import ClassVar

from as2.disposition import AUTOMATIC, Disposition
from as2.mic import Mic

__all__ = [
    "As2Error",
    "AuthenticationFailed",
    "DecompressionFailed",
    "DecryptionFailed",
    "DuplicateMessage",
    "IllegalFilename",
    "InsufficientSecurity",
    "IntegrityCheckFailed",
    "InvalidMessageId",
    "MalformedRequest",
    "Step",
    "TooLarge",
    "Unavailable",
    "UnexpectedFault",
    "UnknownPartner",
    "UnsupportedMicAlgorithms",
    "UnsupportedReceipt",
]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of opening a message, as `explain` shows it."""

    name: str  #: "decode", "decrypt", "decompress", "verify", "policy"
    outcome: str  #: "done", "warning", "failed"
    detail: str = ""  #: fixed words
    algorithm: str = ""
    certificate: str = ""  #: fingerprint
    digest: str = ""  #: hex


def _error(description: str) -> Disposition:
    return Disposition(AUTOMATIC, "processed", "error", description)


class As2Error(Exception):
    """The partner's message is not accepted. Any other exception while opening it is a fault of ours.

    `detail` is for our own people and never for the answer: the answer is the class's disposition alone.
    """

    disposition: ClassVar[Disposition | None] = None  #: None: no MDN, the HTTP status says it
    disposition_1_3: ClassVar[Disposition | None] = None  #: for peers of AS2 1.3, where it differs
    http_status: ClassVar[int] = 200
    state: ClassVar[str | None] = "HELD"  #: of the transmission; None: not stored
    retryable: ClassVar[bool] = False  #: the partner may send the same again

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail
        self.mic: Mic | None = None  #: of what was received, where the opening came that far
        self.steps: tuple[Step, ...] = ()
        self.computed = b""  #: digest of the signed content as it came, where a signature failed
        self.claimed = b""  #: digest that the signer says it has
        self.embedded: tuple[bytes, ...] = ()  #: certificates that came with a signature, DER; shown, never trusted (A27)

    def answer(self, as2_version: str) -> Disposition | None:
        """The disposition for a peer of this AS2 version; names that only the 1.3 draft has go to nobody else."""
        return self.disposition_1_3 if self.disposition_1_3 and as2_version >= "1.3" else self.disposition


class DecryptionFailed(As2Error):
    """Not decrypted, or not a MIME entity after decryption. One answer for every reason (A51)."""

    disposition = _error("decryption-failed")


class IntegrityCheckFailed(As2Error):
    """The digest differs, the signature of a configured certificate is wrong, or there is no signer."""

    disposition = _error("integrity-check-failed")


class AuthenticationFailed(As2Error):
    """Signed by a certificate that is not configured for this partner."""

    disposition = _error("authentication-failed")


class DecompressionFailed(As2Error):
    """Bad zlib data, or more output than agreed."""

    disposition = _error("decompression-failed")


class InsufficientSecurity(As2Error):
    """Not signed or not encrypted although the profile requires it, or with an algorithm that it does not allow."""

    disposition = _error("insufficient-message-security")
    state = "REJECTED"


class DuplicateMessage(As2Error):
    """Another message came under a Message-ID seen before; the same one again is answered with the stored MDN (A48)."""

    disposition = _error("unexpected-processing-error")


class UnknownPartner(As2Error):
    """The AS2 names are those of no profile (A46)."""

    disposition = _error("authentication-failed")
    disposition_1_3 = _error("unknown-trading-relationship")


class InvalidMessageId(As2Error):
    """The Message-ID has blanks or control characters, or is longer than 998 (A05)."""

    disposition = _error("unexpected-processing-error")
    disposition_1_3 = _error("invalid-message-id")
    state = "REJECTED"


class IllegalFilename(As2Error):
    """The file name cannot be kept even as a label (A37)."""

    disposition = _error("unexpected-processing-error")
    disposition_1_3 = _error("illegal-filename")
    state = "REJECTED"


class UnsupportedReceipt(As2Error):
    """A receipt is required in a form that we cannot make (RFC 4130 7.5.3). The message itself is taken."""

    disposition = Disposition(AUTOMATIC, "failed", "failure", "unsupported format")
    state = "OPENED"


class UnsupportedMicAlgorithms(UnsupportedReceipt):
    """A signed receipt is required, and none of the digests named is known (RFC 4130 7.5.3)."""

    disposition = Disposition(AUTOMATIC, "failed", "failure", "unsupported MIC-algorithms")


class UnexpectedFault(As2Error):
    """Anything else: a fault of ours. The partner may send the same again."""

    disposition = _error("unexpected-processing-error")
    retryable = True


class MalformedRequest(As2Error):
    """No AS2 message at all: names or Message-ID are missing, or a header comes twice with different values."""

    http_status = 400
    state = None


class TooLarge(As2Error):
    """More bytes than agreed."""

    http_status = 413
    state = None


class Unavailable(As2Error):
    """Nothing can be stored now, so nothing is taken over."""

    http_status = 503
    state = None
    retryable = True
