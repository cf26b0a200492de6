"""Runs in the peers' environment: pyas2lib as an AS2 end. One request per line of standard input as JSON, one answer per line.

It cannot compress after signing, so the layers are put on one by one with its own functions, in the way of its `Message.build`.
"""

import base64
import contextlib
import json
import logging
import re
import sys
import traceback
from email import message as email_message
from importlib.metadata import version

_search = re.search
_ONE_DIGIT = r"\b(\d\.\d\.\d[a-z]*)\b"
# oscrypto does not take "3.0.19" for a version of OpenSSL: its pattern ends after one digit
re.search = lambda pattern, *more: _search(r"\b(\d\.\d\.\d+[a-z]*)\b" if pattern == _ONE_DIGIT else pattern, *more)
from pyas2lib import as2, cms  # noqa: E402
from pyas2lib.utils import mime_to_bytes  # noqa: E402

re.search = _search

_CIPHERS = {"aes128_cbc": "aes_128_cbc", "aes192_cbc": "aes_192_cbc", "aes256_cbc": "aes_256_cbc", "3des_cbc": "tripledes_192_cbc"}
_keys = {}
_sent = {}


def organization(mdn_url=None):
    own = (_keys["own_key"] + _keys["own_certificate"]).encode()
    return as2.Organization(_keys["own_name"], sign_key=own, decrypt_key=own, mdn_url=mdn_url, domain="pyas2lib.example")


def partner(cell, **more):
    digest = "sha256" if cell["sign"] in {"none", "pss"} else cell["sign"]
    certificate = _keys["other_certificate"].encode()
    return as2.Partner(
        _keys["other_name"],
        verify_cert=certificate,
        encrypt_cert=certificate,
        validate_certs=False,
        sign=cell["sign"] != "none",
        digest_alg=digest,
        sign_alg="rsassa_pss" if cell["sign"] == "pss" else "rsassa_pkcs1v15",
        mdn_mode={"none": None, "async": "ASYNC"}.get(cell["mdn"], "SYNC"),
        mdn_digest_alg=digest if cell["mdn"] in {"signed", "async"} else None,
        **more,
    )


def wrapper(kind, name, content):
    """As `Message.build` makes it."""
    part = email_message.Message()
    part.set_type("application/pkcs7-mime")
    part.set_param("name", name)
    part.set_param("smime-type", kind)
    part.add_header("Content-Disposition", "attachment", filename=name)
    part.add_header("Content-Transfer-Encoding", "binary")
    part.set_payload(content)
    return part


def seal(cell, payload, mdn_url):
    receiver = partner(cell, compress=cell["compress"] == "before")
    message = as2.Message(organization(mdn_url), receiver)
    content_type = "application/octet-stream" if cell["payload"] == "binary" else "application/edi-x12"
    message.build(base64.b64decode(payload), filename="order.edi", content_type=content_type)
    head = {name: value for name, value in message.payload.items() if not name.lower().startswith("content-")}
    for name in head:
        del message.payload[name]
    if cell["compress"] == "after":
        message.payload = wrapper("compressed-data", "smime.p7z", cms.compress_message(mime_to_bytes(message.payload)))
    if cell["encrypt"] != "none":
        transport = "rsaes_oaep" if cell["transport"] == "oaep_sha1" else "rsaes_pkcs1v15"  # `build` knows only the second
        content = mime_to_bytes(message.payload)
        encrypted = cms.encrypt_message(content, _CIPHERS[cell["encrypt"]], receiver.load_encrypt_cert(), transport)
        message.payload = wrapper("enveloped-data", "smime.p7m", encrypted)
    _sent[message.message_id] = message
    mic = f"{message.mic.decode()}, {message.digest_alg}" if message.mic else None
    fields = [*head.items(), *message.headers.items()]
    content = message.content
    if not isinstance(content, bytes):
        content = content.encode()
    return {"headers": fields, "body": encode(content), "message_id": f"<{message.message_id}>", "mic": mic}


def receive(cell, headers, body):
    raw = "".join(f"{name}: {value}\r\n" for name, value in headers).encode() + b"\r\n" + base64.b64decode(body)
    message = as2.Message()
    status, (fault, _), mdn = message.parse(raw, lambda _: organization(), lambda _: partner(cell))
    found = {"fault": "" if status == "processed" else f"{status}: {fault}"}
    if not found["fault"]:
        content = message.content
        found["payload"] = encode(content if isinstance(content, bytes) else content.encode())
        found["mic"] = f"{message.mic.decode()}, {message.digest_alg}" if message.mic else None
    if mdn:
        found["mdn"] = [list(mdn.headers.items()), encode(mdn.content)]
    return found


def judge(message_id, headers, body, **_):
    raw = "".join(f"{name}: {value}\r\n" for name, value in headers).encode() + b"\r\n" + base64.b64decode(body)
    status, detail = as2.Mdn().parse(raw, lambda asked, _: _sent.get(message_id.strip("<>")) if asked == message_id.strip("<>") else None)
    return {"fault": "" if status == "processed" and not detail else f"{status}: {detail}"}


def encode(content):
    return base64.b64encode(content).decode()


def keys(**values):
    _keys.update(values)
    return {"version": version("pyas2lib")}


def main():
    """What a request names is done; what goes wrong is in the answer."""
    logging.disable(logging.CRITICAL)
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        request = json.loads(line)
        with contextlib.redirect_stderr(None):
            try:
                answer = {"keys": keys, "seal": seal, "receive": receive, "judge": judge}[request.pop("do")](**request)
            except Exception as fault:
                answer = {"error": f"{type(fault).__name__}: {fault}", "trace": traceback.format_exc()[-600:]}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
