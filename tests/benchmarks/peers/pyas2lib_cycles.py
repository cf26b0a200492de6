"""Runs in the peers' environment: CPU seconds of one cycle of pyas2lib, inbound and outbound, with the keys that it is given.

Arguments: a JSON file with the keys and names, and how many cycles. Keys and certificates are loaded before the clock runs, once.
"""

import json
import logging
import os
import sys
from pathlib import Path
from time import process_time

sys.path.insert(0, str(Path(__file__).parents[2] / "interop" / "as2" / "peers"))
import pyas2lib_peer as peer
from pyas2lib import as2

CELL = {"sign": "sha256", "mdn": "signed"}
LAYERS = {"encrypt": True, "enc_alg": "aes_256_cbc"}


class End:
    """One side: its own keys, and the other's certificates."""

    def __init__(self, keys):
        peer.keys(**keys)
        self.organization, self.partner = peer.organization(), peer.partner(CELL, **LAYERS)

    def build(self, payload):
        message = as2.Message(self.organization, self.partner)
        message.build(payload, filename="order.edi", content_type="application/edi-x12", disposition_notification_to="edi@example.com")
        return message

    def take(self, raw):
        message = as2.Message()
        status, (fault, _), mdn = message.parse(raw, lambda _: self.organization, lambda _: self.partner)
        assert status == "processed", fault
        return mdn


def raw_of(message):
    return message.headers_str + b"\r\n" + message.content


def judged(message, raw):
    status, detail = as2.Mdn().parse(raw, lambda *_: message)
    assert status == "processed", detail


def seconds(work, cycles):
    begin = process_time()
    for _ in range(cycles):
        work()
    return (process_time() - begin) / cycles


def main():
    logging.disable(logging.CRITICAL)
    ends, cycles = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), int(sys.argv[2])
    sender, receiver = End(ends["sender"]), End(ends["receiver"])
    payload = os.urandom(1024)
    message = sender.build(payload)
    raw = raw_of(message)
    mdn = raw_of(receiver.take(raw))

    def outbound():
        sender.build(payload)
        judged(message, mdn)

    receiver.take(raw)
    outbound()
    print(json.dumps({"inbound": seconds(lambda: receiver.take(raw), cycles), "outbound": seconds(outbound, cycles)}))


if __name__ == "__main__":
    main()
