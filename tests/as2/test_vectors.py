"""Messages and receipts of other products, kept in `vectors`: each opens with the steps, the digest and the payload that it was made with."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from as2.errors import As2Error, AuthenticationFailed, DecryptionFailed, IntegrityCheckFailed
from as2.headers import As2Headers
from as2.keys import OwnKeys, own_keys
from as2.mdn import looks_like_mdn, read_mdn
from as2.mic import Mic
from as2.receive import open_message
from as2.send import judge_mdn
from as2.settings import As2Settings, OwnAs2
from tests.support.certificates import NOW

VECTORS = Path(__file__).with_name("vectors")
FILES = sorted(VECTORS.glob("*/*.json"))
MESSAGES = [file for file in FILES if "steps" in json.loads(file.read_text())]
RECEIPTS = [file for file in FILES if file not in MESSAGES]


def name_of(file: Path) -> str:
    return f"{file.parent.name}-{file.stem}"


def kept(file: Path) -> tuple[list[tuple[str, str]], bytes, dict[str, Any]]:
    """Head, body, and what is expected."""
    lines = file.with_suffix(".head").read_bytes().decode("latin-1").split("\r\n")
    fields = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines if line)]
    return fields, file.with_suffix(".body").read_bytes(), json.loads(file.read_text())


def own() -> OwnKeys:
    pair = {"current": {"key": "env:KEY", "certificate": (VECTORS / "keys" / "us-rsa.pem").read_text()}}
    secret = (VECTORS / "keys" / "us-rsa.key").read_text()
    return own_keys(OwnAs2.model_validate({"as2_name": "Harborline", "keys": pair}), lambda _: secret)


def partner(expected: dict[str, Any], key: str = "") -> As2Settings:
    certificate = (VECTORS / "keys" / f"peer-{key or expected.get('key', 'rsa')}.pem").read_text()
    return As2Settings.model_validate({"as2_name": "Northmart", "certs": certificate} | expected.get("settings", {}))


@pytest.mark.parametrize("file", MESSAGES, ids=name_of)
def test_a_message_of_another_product_opens_as_it_was_made(file):
    fields, body, expected = kept(file)
    headers = As2Headers.parse(fields)
    message = open_message(headers, body, own=own(), partner=partner(expected), now=NOW)
    assert [[step.name, step.outcome, step.algorithm] for step in message.steps] == expected["steps"]
    assert message.mic == Mic.parse(expected["mic"])
    assert [hashlib.sha256(payload.content).hexdigest() for payload in message.payloads] == [expected["payload_sha256"]]
    assert not looks_like_mdn(headers, body)


@pytest.mark.parametrize("file", RECEIPTS, ids=name_of)
def test_a_receipt_of_another_product_is_judged(file):
    fields, body, expected = kept(file)
    mdn = read_mdn(fields, body, partner=partner(expected), own=own(), now=NOW)
    assert mdn.signature == expected["signature"]
    wanted = expected.get("signed_wanted", expected["signature"] != "none")
    verdict = judge_mdn(expected["message_id"], Mic.parse(expected["sent_mic"]), mdn, signed_wanted=wanted)
    assert verdict.state == expected["state"]
    assert verdict.modifier.lower() == expected.get("modifier", "")


@pytest.mark.parametrize("file", [file for file in MESSAGES if json.loads(file.read_text())["steps"]], ids=name_of)
def test_a_message_of_another_product_with_one_bit_changed_is_refused_or_the_same(file):
    """In the middle of what is protected: never another payload."""
    fields, body, expected = kept(file)
    signed = any(step[0] == "verify" for step in expected["steps"])
    changed = bytearray(body)
    changed[len(body) * 3 // 5] ^= 0x04
    try:
        message = open_message(As2Headers.parse(fields), bytes(changed), own=own(), partner=partner(expected), now=NOW)
    except As2Error:
        return
    assert signed
    assert hashlib.sha256(message.payloads[0].content).hexdigest() == expected["payload_sha256"]


@pytest.mark.parametrize(
    "file", [file for file in MESSAGES if any(step[0] == "verify" for step in json.loads(file.read_text())["steps"])], ids=name_of
)
def test_a_message_of_another_product_is_not_taken_for_somebody_elses(file):
    fields, body, expected = kept(file)
    settings = partner(expected).model_copy(update={"certs": As2Settings(certs=(VECTORS / "keys" / "us-ec.pem").read_text()).certs})
    with pytest.raises((AuthenticationFailed, IntegrityCheckFailed)):
        open_message(As2Headers.parse(fields), body, own=own(), partner=settings, now=NOW)
    if expected["steps"][0][0] == "decrypt":
        other = {"current": {"key": "env:KEY", "certificate": (VECTORS / "keys" / "peer-rsa.pem").read_text()}}
        stranger = own_keys(
            OwnAs2.model_validate({"as2_name": "Harborline", "keys": other}), lambda _: (VECTORS / "keys" / "peer-rsa.key").read_text()
        )
        if "several-recipients" not in file.stem:
            with pytest.raises(DecryptionFailed):
                open_message(As2Headers.parse(fields), body, own=stranger, partner=partner(expected), now=NOW)


def test_at_least_three_other_products_are_kept_with_messages_and_receipts():
    assert {file.parent.name for file in MESSAGES} >= {"openssl", "pyas2lib", "libas2", "bouncycastle", "mock_edi"}
    assert {file.parent.name for file in RECEIPTS} >= {"pyas2lib", "libas2", "bouncycastle", "mock_edi"}
