"""The words of an evidence bundle: its facts, its page for people, and the script that verifies it with openssl alone."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from as2.mic import Mic
from gateway.protection import Protection

__all__ = ["facts_of", "readme", "script"]

_WHAT: Final = {
    "message/head.txt": "the head of the HTTP message, as it travelled",
    "message/body.bin": "its body, as it travelled",
    "message/content.bin": "what the partner signed, as it was under the encryption",
    "message/signature.p7s": "the partner's signature",
    "covered.bin": "the bytes that the MIC covers (RFC 4130 7.3.1)",
    "mdn/mdn.eml": "the MDN: its content type and its body",
    "mdn/content.bin": "what of the MDN is signed",
    "mdn/signature.p7s": "the MDN's signature",
    "certificates/message.pem": "the certificate that the message was signed with",
    "certificates/mdn.pem": "the certificate that the MDN was signed with",
    "facts.json": "ids, names, moments, fingerprints",
}

_BEGIN: Final = """\
#!/bin/sh
# Verifies this evidence. Needs openssl and the tools of every Unix; sends nothing anywhere.
cd "$(dirname "$0")" || exit 2
failed=0
made=$(mktemp -d) || exit 2
trap 'rm -rf "$made"' EXIT
said() { if [ "$1" -eq 0 ]; then echo "ok      $2"; else echo "FAILED  $2"; failed=1; fi; }
digest() { openssl dgst "-$1" -binary "$2" | openssl base64 -A; }
# signed FOLDER OUT: with its certificate and no other; the content as it was signed goes to OUT
signed() {
  verify="openssl cms -verify -inform DER -in $1/signature.p7s -noverify -nointern -certfile certificates/$1.pem"
  test -f "$1/content.bin" && verify="$verify -content $1/content.bin"
  $verify -binary -out "$2" 2>/dev/null || $verify -out "$2" 2>/dev/null
}
mic_of() { tr -d '\\r' < "$1" | sed -n 's/^[Rr]eceived-[Cc]ontent-[Mm][Ii][Cc]: *\\([^ ,]*\\).*/\\1/p' | head -n 1; }
"""
_END: Final = 'if [ "$failed" -eq 0 ]; then echo "all verified"; else echo "NOT verified"; fi\nexit "$failed"\n'


def facts_of(row: Mapping[str, Any], *, inbound: bool, headers: Sequence[tuple[str, str]], mic: str, protection: Protection) -> bytes:
    """What a person looks up first, as JSON."""
    named = {name.lower(): value for name, value in headers}
    facts = {
        "id": row["id"],
        "direction": "inbound" if inbound else "outbound",
        "partner": row["partner_id"],
        "correlationId": row["correlation_id"],
        "as2From": named.get("as2-from", ""),
        "as2To": named.get("as2-to", ""),
        "messageId": named.get("message-id", ""),
        "date": named.get("date", ""),
        "state": row["state"],
        "mic": mic,
        "at": row["created_at"].isoformat(),
        "finishedAt": row["finished_at"].isoformat() if row["finished_at"] else None,
        "signedBy": protection.signed_by,
        "encryptedFor": protection.encrypted_for,
        "receiptSignedBy": protection.receipt_signed_by,
    }
    return (json.dumps(facts, indent=2) + "\n").encode()


def readme(files: Collection[str], *, inbound: bool, notes: Sequence[str]) -> str:
    """The page that explains the bundle."""
    proves = (
        "that the holder of the partner's signing key signed this content, and what we answered"
        if inbound
        else "that the holder of the partner's signing key says to have received just the bytes that we sent"
    )
    rows = [f"  {name:<26} {_WHAT[name]}" for name in files if name in _WHAT]
    gaps = ["", "What is missing:", *(f"  {note}" for note in notes)] if notes else []
    return "\n".join(
        [
            f"Evidence of one AS2 message (RFC 4130). It proves {proves}.",
            "",
            *rows,
            "  verify.sh                  checks all of it with openssl; read it, it is short",
            "",
            "Whether a certificate belongs to the partner is not proven here: compare its fingerprint with the one that was exchanged:",
            "  openssl x509 -in certificates/mdn.pem -noout -fingerprint -sha256 -subject -dates",
            *gaps,
            "",
        ]
    )


def script(files: Collection[str], *, inbound: bool, mic: str) -> str:
    """The steps that can be taken with what is there."""
    lines = [_BEGIN]
    content = ""
    if {"message/signature.p7s", "certificates/message.pem"} <= set(files):
        lines.append('signed message "$made/content"')
        lines.append('said $? "the message is signed with certificates/message.pem"')
        content = '"$made/content"'
    elif "covered.bin" in files:
        content = "covered.bin"
    if content and mic:
        known = Mic.parse(mic)
        lines.append(f'test "$(digest {known.algorithm.value} {content})" = "{mic.partition(",")[0]}"')
        lines.append(f'said $? "the MIC that was noted is the {known.algorithm.micalg} digest of the content"')
    if {"mdn/signature.p7s", "certificates/mdn.pem"} <= set(files):
        lines.append('signed mdn "$made/report"')
        whose = "us" if inbound else "the partner"
        lines.append(f'said $? "the MDN is signed by {whose} with certificates/mdn.pem"')
        if mic:
            lines.append(f'test "$(mic_of "$made/report")" = "{mic.partition(",")[0]}"')
            lines.append('said $? "the MDN repeats the MIC"')
    lines.append(_END)
    return "\n".join(lines)
