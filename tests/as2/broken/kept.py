"""The kept messages with the circumstances that they are judged by."""

from typing import Any

from as2.cms.certificate import load_certificate
from as2.explain import Circumstances, Explanation, KnownCertificate, Sent, explain_message, explain_receipt
from as2.explain.raw import RawMessage, read_http
from as2.keys import OwnKeys, own_keys
from as2.mic import Mic
from as2.settings import As2Settings, OwnAs2
from tests.as2.broken.cases import Case
from tests.as2.broken.made import FILE_NAME, KEYS, MESSAGES, NOW, ORDER, SENT_ID, pem


def own() -> OwnKeys:
    """Harborline."""
    keys = {"current": {"key": "env:K", "certificate": pem("own")}}
    return own_keys(OwnAs2.model_validate({"as2_name": "HARBORLINE", "keys": keys}), lambda _: (KEYS / "own.key").read_text())


def profile(case: Case) -> As2Settings:
    """How Harborline describes Northmart in this case."""
    said: dict[str, Any] = dict(case.profile)
    current = said.pop("current", "northmart")
    certs: dict[str, Any] = {"current": {"file": f"{current}.pem", "pem": pem(current)}}
    if "previous" in said:
        name, until = said.pop("previous")
        certs["previous"] = {"pem": pem(name), "until": until}
    return As2Settings.model_validate({"url": "https://as2.northmart.example/as2", "as2_name": "NORTHMART", "certs": certs} | said)


def circumstances(case: Case) -> Circumstances:
    """All that lies in the workspace, configured or not."""
    files = (
        ("certs/own.pem", "ours"),
        ("certs/own-former.pem", "ours"),
        ("partners/northmart/certs/northmart.pem", "partner"),
        ("partners/southgate/certs/southgate.pem", "other"),
    )
    if "next" in case.name:
        files += (("partners/northmart/certs/northmart-next.pem", "partner"),)
    known = tuple(KnownCertificate(label, whose, load_certificate((KEYS / label.rpartition("/")[2]).read_text())) for label, whose in files)
    return Circumstances(own(), profile(case), NOW, known, ("HARBORLINE",), ("NORTHMART", "SOUTHGATE"))


def message(name: str) -> RawMessage:
    """A kept HTTP message."""
    return read_http((MESSAGES / f"{name}.http").read_bytes())


def sent(name: str) -> Sent:
    """A message of ours."""
    raw = message(f"sent-{name}")
    return Sent(dict(raw.fields), raw.body, SENT_ID, Mic.parse(raw.get("x-mic")), ORDER, "application/edi-x12", (FILE_NAME, None))


def explained(case: Case) -> Explanation:
    """What `explain` says of it."""
    raw = message(case.name)
    if case.sent:
        return explain_receipt(sent(case.sent), raw.fields, raw.body, circumstances(case))
    return explain_message(raw.fields, raw.body, circumstances(case), their_mic=case.their_mic() if case.their_mic else "")
