"""`gateway cert`: certificates come in, are made, follow each other; what is written, and what is refused."""

import stat
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256 as sha256_of
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from cryptography.hazmat.primitives.serialization.pkcs7 import serialize_certificates
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from as2.cms.certificate import load_certificate
from as2.keys import client_certificate, own_keys
from gateway.settings import resolve
from partners.load import load, read_files
from partners.model import Workspace
from tests.gateway.command_line import Result, gateway
from tests.support.certificates import certificate, private_key

TODAY = datetime.now(tz=UTC)
DAY = timedelta(days=1)
SOON = (TODAY + 20 * DAY).date()
GATEWAY_YAML = """\
own:
  name: Harborline Foods
  org: harborline
  environment: test
  stations:
    - id: main      # our only one
      as2: {as2_name: HARBORLINE, keys: {current: {key: "file:secrets/own.key", certificate: own.pem}}}   # since 2024
"""
PARTNER_YAML = """\
partner: northmart        # the retailer
name: Northmart
status: testing
identities: {as2: NORTHMART}
transports:
  as2:
    url: https://as2.northmart.example/as2
    certs: {current: old.pem}     # told by phone, Ms. Lee
"""


def made(kind="rsa", number=11, *, begins=TODAY - DAY, ends=TODAY + 700 * DAY, name="northmart", usage=(), extended=()):
    """A certificate with the key usages named."""
    key = private_key(kind, number)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number(), begins, ends)
    if usage:
        names = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign")
        flags = {flag: flag in usage for flag in (*names, "crl_sign", "encipher_only", "decipher_only")}
        builder = builder.add_extension(x509.KeyUsage(**flags), critical=True)
    if extended:
        builder = builder.add_extension(x509.ExtendedKeyUsage(extended), critical=False)
    return builder.sign(key, hashes.SHA256())


def pem(one: x509.Certificate) -> bytes:
    return one.public_bytes(Encoding.PEM)


def sha256(one: x509.Certificate) -> str:
    return one.fingerprint(hashes.SHA256()).hex()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    old = made(number=12)
    files = {
        "gateway.yaml": GATEWAY_YAML.encode(),
        "certs/own.pem": pem(made(number=13, name="harborline")),
        "secrets/own.key": certificate("unused", number=13).key.encode(),
        "partners/northmart/partner.yaml": PARTNER_YAML.encode(),
        "partners/northmart/certs/old.pem": pem(old),
    }
    for name, data in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    return tmp_path


def cert(root: Path, *arguments: str | Path, stdin: bytes = b"") -> Result:
    return gateway("-w", root, "cert", *arguments, stdin=stdin)


def workspace(root: Path) -> Workspace:
    loaded = load(read_files(root))
    assert loaded.workspace is not None, loaded.faults
    return loaded.workspace


def state(root: Path) -> dict[str, str]:
    """The files that belong to a revision, by their digests."""
    return {name: sha256_of(data).hexdigest() for name, data in read_files(root).items()}


def test_a_certificate_is_shown_and_comes_in_once_its_fingerprint_was_compared(root: Path) -> None:
    new, before = made(), state(root)
    shown = cert(root, "import", "northmart", "-", "--next", "--from", str(SOON), stdin=pem(new))
    assert (shown.code, state(root)) == (1, before)
    assert sha256(new) in shown.out.replace(" ", "")
    assert "another way than the one the file came on" in shown.out
    assert f"cert import northmart - --next --from {SOON} --fingerprint {sha256(new)}" in shown.out

    other = cert(root, "import", "northmart", "-", "--next", "--fingerprint", "ab" * 32, "--json", stdin=pem(new))
    assert (other.code, state(root)) == (1, before)
    assert "another fingerprint" in other.json["error"]["message"]

    spoken = ":".join(sha256(new).upper()[at : at + 2] for at in range(0, 64, 2))
    done = cert(root, "import", "northmart", "-", "--next", "--from", str(SOON), "--fingerprint", spoken, "--json", stdin=pem(new))
    assert done.code == 0, done.out
    name = f"northmart-{new.not_valid_after_utc:%Y-%m}-{sha256(new)[:8]}.pem"
    assert done.json["written"] == [f"partners/northmart/certs/{name}", "partners/northmart/partner.yaml"]
    text = (root / "partners/northmart/partner.yaml").read_text()
    assert text == PARTNER_YAML.replace("{current: old.pem}", f"{{current: old.pem, next: {{file: {name}, from: {SOON}}}}}")
    as2 = workspace(root).partners["northmart"].transports.as2
    assert as2 is not None
    assert as2.certs.verify == as2.certs.encrypt
    assert as2.certs.verify is not None
    assert as2.certs.verify.next is not None
    assert as2.certs.verify.next.pem == pem(new).decode()


def test_a_place_that_names_a_file_yet_to_come_is_filled_like_an_empty_one(root: Path) -> None:
    (root / "partners/northmart/certs/old.pem").unlink()
    theirs = made()
    done = cert(root, "import", "northmart", "-", "--fingerprint", sha256(theirs), stdin=pem(theirs))
    assert done.code == 0, done.err
    as2 = workspace(root).partners["northmart"].transports.as2
    assert as2 is not None
    assert as2.certs.verify is not None
    assert as2.certs.verify.current.pem == pem(theirs).decode()


def test_each_use_has_its_place(root: Path) -> None:
    signer, server = made(number=14), made("p256", 15, extended=[ExtendedKeyUsageOID.SERVER_AUTH])
    for one, uses, flag in ((signer, "verify", "--next"), (server, "tls", "--current"), (signer, "client", "--current")):
        done = cert(root, "import", "northmart", "-", "--for", uses, flag, "--fingerprint", sha256(one), stdin=pem(one))
        assert done.code == 0, done.err
    partner = workspace(root).partners["northmart"]
    assert partner.transports.as2 is not None
    certs = partner.transports.as2.certs
    marks = {
        name: [load_certificate(one.pem).fingerprint for one in pair.all]
        for name, pair in (("verify", certs.verify), ("encrypt", certs.encrypt), ("tls", certs.tls), ("client", partner.client_certs))
    }
    old = load_certificate((root / "partners/northmart/certs/old.pem").read_text()).fingerprint
    assert marks == {"verify": [old, sha256(signer)], "encrypt": [old], "tls": [sha256(server)], "client": [sha256(signer)]}


def weak() -> x509.Certificate:
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "weak")])
    return x509.CertificateBuilder(subject, subject, key.public_key(), 1, TODAY - DAY, TODAY + 99 * DAY).sign(key, hashes.SHA256())


def edwards() -> x509.Certificate:
    key = ed25519.Ed25519PrivateKey.generate()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "edwards")])
    return x509.CertificateBuilder(subject, subject, key.public_key(), 1, TODAY - DAY, TODAY + 99 * DAY).sign(key, None)


@pytest.mark.parametrize(
    ("given", "options", "code", "words"),
    [
        (certificate("x", number=11).key.encode, [], 2, "private key"),
        (lambda: serialize_key_and_certificates(b"x", private_key(number=11), made(), None, NoEncryption()), [], 2, "private key"),
        (lambda: b"hello", [], 2, "no certificate"),
        (lambda: pem(made(number=13, name="harborline")), ["--next", "--from", str(SOON)], 1, "a certificate of ours"),
        (lambda: pem(made()) + pem(made(number=14, name="another")), [], 2, "2 certificates"),
        (lambda: pem(weak()), [], 1, "1024 bits"),
        (lambda: pem(edwards()), [], 1, "neither RSA nor"),
        (lambda: pem(made(ends=TODAY - timedelta(hours=1))), [], 1, "it expired"),
        (lambda: pem(made(ends=TODAY + 10 * DAY)), ["--next", "--from", str(SOON)], 1, "before the day"),
        (lambda: pem(made(begins=TODAY + 30 * DAY)), ["--next", "--from", str(SOON)], 1, "valid only from"),
        (lambda: pem(made("p256", 15)), [], 1, "RSA keys only"),
        (lambda: pem(made(usage=("key_encipherment",))), [], 1, "does not allow signatures"),
        (lambda: pem(made(usage=("digital_signature",))), [], 1, "does not allow encryption"),
        (lambda: pem(made(extended=[ExtendedKeyUsageOID.CLIENT_AUTH])), ["--for", "server"], 1, "TLS server"),
        (lambda: pem(made()), ["--next", "--current"], 2, "contradict"),
        (lambda: pem(made()), [], 2, "has a certificate for this already"),
        (lambda: pem(made()), ["--for", "sign"], 2, "no use"),
        (lambda: pem(made()), ["--next", "--from", "soon"], 2, "no day"),
        (lambda: pem(made()), ["--for", "client", "--next", "--fingerprint", sha256(made())], 2, "could follow"),
        (lambda: pem(made()), ["--next", "--fingerprint", "abcd"], 2, "no SHA-256"),
    ],
)
def test_what_is_not_let_in(root: Path, given, options, code, words) -> None:
    before = state(root)
    done = cert(root, "import", "northmart", "-", *options, stdin=given())
    assert (done.code, state(root)) == (code, before)
    assert words in done.err
    assert "PRIVATE" not in done.err


@pytest.mark.parametrize("form", ["der", "p7b", "p7b in PEM", "chain"])
def test_the_forms_in_which_certificates_travel(root: Path, form: str) -> None:
    leaf, issuer = made(name="leaf"), made(number=14, name="issuer")
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "leaf")])
    begins, ends = leaf.not_valid_before_utc, leaf.not_valid_after_utc
    issued = x509.CertificateBuilder(issuer.subject, subject, leaf.public_key(), 7, begins, ends).sign(
        private_key(number=14), hashes.SHA256()
    )
    data = {
        "der": leaf.public_bytes(Encoding.DER),
        "p7b": serialize_certificates([leaf], Encoding.DER),
        "p7b in PEM": serialize_certificates([leaf], Encoding.PEM),
        "chain": pem(issuer) + pem(issued),
    }[form]
    expected = issued if form == "chain" else leaf
    done = cert(root, "import", "northmart", "-", "--next", "--fingerprint", sha256(expected), "--json", stdin=data)
    assert done.code == 0, done.out
    as2 = workspace(root).partners["northmart"].transports.as2
    assert as2 is not None
    assert as2.certs.verify is not None
    assert as2.certs.verify.next is not None
    assert load_certificate(as2.certs.verify.next.pem or "").fingerprint == sha256(expected)


def test_a_new_key_is_for_its_owner_alone_and_the_profile_only_names_it(root: Path) -> None:
    done = cert(root, "new", "main", "--next", "--from", str(SOON), "--json")
    assert done.code == 0, done.out
    reference = done.json["keyReference"]
    path = root / reference.removeprefix("file:")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "secrets/" in (root / ".gitignore").read_text().splitlines()
    assert "PRIVATE KEY" not in done.out
    assert not any(b"PRIVATE KEY" in data for data in read_files(root).values())
    text = (root / "gateway.yaml").read_text()
    assert [line for line in GATEWAY_YAML.splitlines() if line not in text] == [GATEWAY_YAML.splitlines()[-1]]
    assert text.rstrip().endswith("# since 2024")
    station = workspace(root).own.stations[0].as2
    assert station is not None
    keys = own_keys(station, lambda named: resolve(named, root))
    assert keys.sign is not None
    assert keys.sign.next is not None
    assert keys.sign.next.certificate.fingerprint == done.json["sha256"]
    at_noon = datetime.combine(SOON, datetime.min.time(), UTC) + timedelta(hours=12)
    assert keys.sign.sending(at_noon) is keys.sign.next
    assert keys.decrypting(at_noon)[0].certificate.fingerprint == done.json["sha256"]
    assert (done.json["key"], done.json["for"]) == ("RSA, 3072 bits", ["sign", "decrypt"])


def test_a_key_for_the_environment_is_shown_once_and_written_nowhere(root: Path) -> None:
    done = cert(root, "new", "main", "--for", "tls", "--kind", "p256", "--env", "OUR_TLS_KEY")
    assert done.code == 0, done.err
    assert "-----BEGIN PRIVATE KEY-----" in done.out
    assert 'tls: {current: {key: "env:OUR_TLS_KEY", certificate: main-' in (root / "gateway.yaml").read_text()
    assert sorted(path.name for path in (root / "secrets").iterdir()) == ["own.key"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["main"], 2, "has a key for this already"),
        (["main", "--next", "--kind", "p256"], 2, "cannot decrypt"),
        (["main", "--next", "--kind", "rsa1024"], 2, "no kind of key"),
        (["northmart"], 2, "is a partner"),
        (["northmart", "--for", "verify"], 2, "is a partner"),
        (["northmart", "--for", "http-client"], 2, "no transports.http"),
        (["nobody"], 3, "neither a station nor a partner"),
        (["main", "--for", "verify"], 2, "no use"),
    ],
)
def test_keys_that_are_not_made(root: Path, arguments, code, words) -> None:
    done = cert(root, "new", *arguments)
    assert done.code == code
    assert words in done.err
    assert sorted(path.name for path in (root / "secrets").iterdir()) == ["own.key"]


def test_the_next_one_becomes_the_current_one_when_its_day_has_come(root: Path) -> None:
    new = made()
    cert(root, "import", "northmart", "-", "--next", "--from", str(SOON), "--fingerprint", sha256(new), stdin=pem(new))
    before = state(root)
    early = cert(root, "rollover", "northmart")
    assert (early.code, state(root)) == (1, before)
    assert f"begins on {SOON}" in early.err
    shown = cert(root, "rollover", "northmart", "--now", "--dry-run")
    assert (shown.code, state(root)) == (0, before)

    done = cert(root, "rollover", "northmart", "--now", "--keep", "10", "--json")
    assert done.code == 0, done.out
    verify, encrypt = done.json["rolledOver"]
    until = verify["oldAcceptedUntil"]
    assert (verify["for"], encrypt["for"], "oldAcceptedUntil" in encrypt) == ("verify", "encrypt", False)
    assert date.fromisoformat(until) - TODAY.date() in {10 * DAY, 11 * DAY}  # the tests may run over midnight
    name = f"northmart-{new.not_valid_after_utc:%Y-%m}-{sha256(new)[:8]}.pem"
    text = (root / "partners/northmart/partner.yaml").read_text()
    assert text == PARTNER_YAML.replace("{current: old.pem}", f"{{current: {name}, previous: {{file: old.pem, until: {until}}}}}")
    again = cert(root, "rollover", "northmart")
    assert (again.code, "no next certificate" in again.err) == (3, True)


def test_our_keys_roll_over_and_the_old_one_still_opens(root: Path) -> None:
    cert(root, "new", "main", "--for", "sign", "--kind", "p256", "--next", "--from", str(TODAY.date()))
    text = (root / "gateway.yaml").read_text()
    assert "sign: {current: {" in text.replace("\n", "")
    done = cert(root, "rollover", "main", "--json")
    assert done.code == 0, done.out
    assert [one["for"] for one in done.json["rolledOver"]] == ["sign"]
    station = workspace(root).own.stations[0].as2
    assert station is not None
    keys = own_keys(station, lambda named: resolve(named, root))
    assert keys.sign is not None
    assert keys.sign.next is keys.sign.previous is None
    assert keys.sign.current.certificate.fingerprint == done.json["rolledOver"][0]["new"]
    assert [key.certificate.fingerprint for key in keys.decrypting(TODAY)] == [done.json["rolledOver"][0]["old"]]


def test_a_client_certificate_for_a_partner_s_http_server(root: Path) -> None:
    profile = root / "partners/northmart/partner.yaml"
    profile.write_text(f"{profile.read_text()}  http: {{url: https://api.northmart.example/in}}   # since May\nsend_by: as2\n")
    done = cert(root, "new", "northmart", "--for", "http-client", "--kind", "p256")
    assert done.code == 0, done.err
    http = workspace(root).partners["northmart"].transports.http
    assert http is not None
    assert http.client_certificate is not None
    shown, _ = client_certificate(http.client_certificate, lambda named: resolve(named, root), TODAY + DAY) or ("", "")
    usage = x509.load_pem_x509_certificate(shown.encode()).extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert "# since May" in profile.read_text()


def test_what_ends_is_told_by_status_with_the_command_that_helps(root: Path) -> None:
    ending = made(number=14, ends=TODAY + 6 * DAY)
    cert(root, "import", "northmart", "-", "--current", "--fingerprint", sha256(ending), stdin=pem(ending))
    told = gateway("-w", root, "status").out
    assert "northmart: the certificate to verify, encrypt (current) expires in 5 days" in told
    assert "next (partner): Ask the partner for its next certificate and the day; `gateway cert import northmart FILE" in told
    assert "northmart: the certificate to verify, encrypt (current) expires in 5 days" in cert(root, "list").out


def test_the_list_for_people_and_for_programs(root: Path) -> None:
    new = made()
    cert(root, "import", "northmart", "-", "--next", "--from", str(SOON), "--fingerprint", sha256(new), stdin=pem(new))
    shown = cert(root, "list")
    assert shown.code == 0, shown.err
    assert [line.split()[:4] for line in shown.out.splitlines()[1:4]] == [
        ["main", "sign,", "decrypt", "current"],
        ["northmart", "verify,", "encrypt", "current"],
        ["northmart", "verify", "next", "accepted"],
    ]
    listed = cert(root, "list", "--json").json["certificates"]
    assert {(row["whose"], row["for"], row["role"]) for row in listed} == {
        ("main", "sign", "current"),
        ("main", "decrypt", "current"),
        *(("northmart", use, role) for use in ("verify", "encrypt") for role in ("current", "next")),
    }
    assert cert(root, "list", "--expiring", "60d").out == "no certificates that end within 60d\n"
    assert cert(root, "list", "--expiring", "soon").code == 2


def test_a_protected_key_file_is_refused_too(root: Path) -> None:
    data = serialize_key_and_certificates(b"x", private_key(number=11), made(), None, BestAvailableEncryption(b"pw"))
    assert cert(root, "import", "northmart", "-", stdin=data).code == 2
    encrypted = private_key(number=11).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"pw"))
    assert "private key" in cert(root, "import", "northmart", "-", stdin=encrypted).err
