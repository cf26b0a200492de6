"""A few cells of the AS2 matrix with `openssl` as the other end; the whole is `make interop`, for each peer that installs."""

import pytest

from tests.interop.as2 import disagreements
from tests.interop.as2.cells import CIPHERS, COMPRESSIONS, MDNS, PAYLOADS, SIGNS, TRANSPORTS, Cell, cells
from tests.interop.as2.exchange import Fault, Outcome, proof, run
from tests.interop.as2.install import PEERS, MissingPeerError, started
from tests.interop.as2.lacks import lacking
from tests.interop.as2.loopback import Loopback
from tests.interop.as2.openssl import Openssl, openssl_version
from tests.interop.as2.ours import Ours
from tests.interop.as2.party import Received, Sealed
from tests.interop.matrix import chosen

pytestmark = [
    pytest.mark.interop,
    pytest.mark.skipif(openssl_version() is None, reason="the openssl command line is not installed"),
]

CELLS = [
    Cell("openssl", "us", "none", "none", "-", "none", "unsigned"),
    Cell("openssl", "us", "sha256", "aes256_cbc", "rsa_v1_5", "none", "signed"),
    Cell("openssl", "us", "pss", "aes256_gcm", "oaep_sha256", "before", "async"),
    Cell("openssl", "us", "ecdsa", "aes128_cbc", "oaep_sha1", "before", "signed", encoding="base64", payload="binary"),
    Cell("openssl", "us", "sha512", "none", "-", "none", "signed", payload="lf"),
    Cell("openssl", "peer", "sha1", "3des_cbc", "rsa_v1_5", "none", "signed"),
    Cell("openssl", "peer", "sha384", "aes192_cbc", "oaep_sha1", "after", "async"),
    Cell("openssl", "peer", "pss", "aes128_gcm", "oaep_sha256", "before", "signed", ber="chunked"),
    Cell("openssl", "peer", "ecdsa", "aes256_cbc", "oaep_sha512", "after", "unsigned", encoding="base64", ber="indefinite"),
    Cell("openssl", "peer", "sha256", "aes256_cbc", "rsa_v1_5", "none", "signed", payload="binary"),
    Cell("openssl", "peer", "none", "none", "-", "none", "signed", encoding="base64"),
    Cell("openssl", "peer", "none", "aes256_gcm", "rsa_v1_5", "before", "none"),
    Cell("openssl", "us", "sha256", "aes256_gcm", "rsa_v1_5", "before", "signed", payload="large"),
    Cell("openssl", "peer", "sha256", "aes256_cbc", "rsa_v1_5", "after", "async", ber="chunked", payload="large"),
]
DAMAGED = [
    *(
        Cell("openssl", sender, "sha256", mdn="signed", damage=damage)
        for sender in ("us", "peer")
        for damage in ("content", "signature", "signers")
    ),
    *(
        Cell("openssl", sender, "sha256", mdn="signed", damage=damage)
        for sender in ("us", "peer")
        for damage in ("receipt", "receipt-signers")
    ),
    *(
        Cell("openssl", sender, "pss", cipher, "rsa_v1_5", mdn="signed", damage="ciphertext")
        for sender in ("us", "peer")
        for cipher in CIPHERS[2:4]
    ),
]


@pytest.fixture(scope="module")
def loopback():
    ours = Loopback()
    yield ours
    ours.close()


@pytest.fixture(scope="module")
def openssl():
    ends = {side: Openssl(side) for side in ("us", "peer")}
    yield ends
    for end in ends.values():
        end.close()


@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_both_ends_agree_about_payload_digest_and_receipt(cell, loopback, openssl):
    outcome = run(cell, Ours(), openssl["peer"], loopback)
    assert outcome.faults == ()
    assert outcome.received
    assert (outcome.received.mdn is None) is (cell.mdn == "none")


@pytest.mark.parametrize("cell", DAMAGED, ids=str)
def test_what_is_damaged_on_the_way_is_noticed_at_both_ends(cell, loopback, openssl):
    outcome = run(cell, Ours(), openssl["peer"], loopback)
    assert outcome.faults == ()
    assert outcome.received
    assert bool(outcome.received.fault) is not cell.damage.startswith("receipt")
    assert cell.sender == "us" or outcome.received.mdn is not None  # our refusal is told, and the peer understood it


@pytest.mark.parametrize("name", [name for name in PEERS if name != "openssl"])
def test_a_peer_that_is_installed_agrees_or_its_fault_is_kept(name, loopback, openssl):
    try:
        peer = started(name, install=False)
    except MissingPeerError as fault:
        pytest.skip(f"{name}: {fault}")
    try:
        for cell in [cell for cell in chosen(name, fast=True) if cell.payload != "large"][::23]:
            outcome = run(cell, Ours(), peer, loopback)
            for fault in outcome.faults:
                assert disagreements.find(cell, fault.stage, fault.detail) is not None, (cell, fault)
                assert proof(cell, outcome, fault, openssl["us"], openssl["peer"]), (cell, fault)
    finally:
        peer.close()


class Liar(Ours):
    """An end with a fault."""

    def receive(self, cell, headers, body):
        took = super().receive(cell, headers, body)
        return Received("", took.payload + b" ", took.mic, took.mdn)


def test_a_fault_is_seen_and_the_third_tells_whose_it_is(loopback, openssl):
    cell = CELLS[9]
    outcome = run(cell, Liar(), openssl["peer"], loopback)
    [fault] = outcome.faults
    assert fault.stage == "payload"
    assert not proof(cell, outcome, fault, openssl["us"], openssl["peer"])  # it does not side with us
    assert disagreements.find(cell, fault.stage, fault.detail) is None


def test_what_the_third_opens_is_no_fault_of_the_peer(openssl):
    cell = CELLS[5]
    sent = openssl["peer"].seal(cell, PAYLOADS["crlf"], "")
    fault = Fault("open", "refused")
    assert not proof(cell, Outcome((fault,), sent, Received("refused")), fault, openssl["us"], openssl["peer"])
    broken = Sealed(sent.headers, sent.body[:-20] + bytes(20), sent.message_id, sent.mic)
    assert proof(cell, Outcome((fault,), broken, Received("refused")), fault, openssl["us"], openssl["peer"])


@pytest.mark.parametrize("name", list(PEERS))
def test_the_spread_has_every_pair_of_values(name):
    found = [cell for cell in cells(name) if lacking(cell) is None]
    taken = chosen(name, fast=True)
    assert len(set(taken)) == len(taken) < len(found) / 4

    def pairs(some: list[Cell]):
        names = ("sender", "sign", "encrypt", "transport", "compress", "mdn", "encoding", "ber", "payload", "damage")
        return {(a, getattr(cell, a), b, getattr(cell, b)) for cell in some for a in names for b in names}

    plain = [cell for cell in found if cell.damage == "none" and cell.payload != "large"]
    seen = set(plain)
    assert pairs([cell for cell in taken if cell in seen]) == pairs(plain)
    assert {cell.payload for cell in found} == {cell.payload for cell in taken}
    assert any(cell.damage != "none" for cell in taken)
    assert taken == chosen(name, fast=True)


def test_the_product_is_whole():
    found = set(cells("openssl"))
    for sign in SIGNS:
        for cipher in CIPHERS:
            for transport in TRANSPORTS[:3]:
                for mdn in MDNS:
                    assert Cell("openssl", "us", sign, cipher, transport, "before", mdn) in found
                    for compress in COMPRESSIONS if sign != "none" else COMPRESSIONS[:2]:
                        assert Cell("openssl", "peer", sign, cipher, transport, compress, mdn) in found
    assert sum(len(chosen(name, fast=True)) for name in ("openssl", "pyas2lib")) > 100


def test_each_disagreement_says_who_is_right_and_why():
    rows = disagreements.kept()
    assert len({row.id for row in rows}) == len(rows)
    assert {row.right for row in rows} == {"we"}
    assert [row.id for row in rows if len(row.why) < 40 or row.peer not in PEERS] == []
    for row in rows:
        assert any(lacking(cell) is None and row.fits(cell, row.stage, row.says) for cell in cells(row.peer)), row.id
