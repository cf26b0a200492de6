"""`gateway partner sheet`: the page for a partner's engineer has all that is needed, no secret, and nothing that acts."""

from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from as2.cms.certificate import load_certificate
from sftp.server import new_host_key, public_host_key
from sftp.session import fingerprint
from tests.gateway.command_line import Result, gateway
from tests.support.certificates import certificate

TODAY = datetime.now(tz=UTC)
DAY = timedelta(days=1)
BEGINS = (TODAY + 20 * DAY).date()
OURS = certificate("ours", number=1, not_after=TODAY + 400 * DAY)
NEXT = certificate("ours, next", number=2, not_before=TODAY - DAY, not_after=TODAY + 800 * DAY)
THEIRS = certificate("theirs <b>", number=3, not_after=TODAY + 40 * DAY)
HOST_KEY, LOGIN_KEY = new_host_key(), new_host_key()
SERVER = certificate("edi.harborline.example", "p256", 4, not_after=TODAY + 90 * DAY)
EVIL = "<script>alert('x')</script>| **Ltd**"
GATEWAY_YAML = """
own:
  name: "Harborline EVIL"
  org: harborline
  environment: test
  contacts: [{role: edi, name: Pat Doe, email: edi@harborline.example}]
  stations:
    - id: main
      x12: {qualifier: ZZ, id: HARBORLINE}
      as2:
        as2_name: HARBORLINE
        keys:
          current: {key: "file:secrets/own.key", certificate: own.pem}
          next: {key: "env:NEXT_KEY", certificate: next.pem, from: BEGINS}
public_url: https://edi.harborline.example
dropbox: {host_key: "file:secrets/box.key", port: 2022}
listen: {tls: {certificate: server.pem, key: "file:secrets/server.key"}}
"""
PARTNER_YAML = """
partner: northmart
name: "Northmart EVIL"
status: testing
identities: {x12: [{qualifier: "08", id: "9251234567"}], as2: NORTHMART}
transports:
  as2: {url: "https://as2.northmart.example/as2", certs: {current: northmart.pem}, basic_auth: {user: us, password: "file:secrets/pw"}, read_timeout: 90}
  sftp:
    host: sftp.northmart.example
    user: harborline
    key: "file:secrets/sftp.key"
    host_keys: {current: "PINNED"}
    pickup: {folder: outgoing}
    drop: {folder: incoming}
  dropbox: {password: "file:secrets/box-password"}
send_by: as2
api: {keys: "file:secrets/api.key"}
agreements:
  - {id: orders, direction: inbound, standard: {x12: "004010", set: "850"}}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    files = {
        "gateway.yaml": GATEWAY_YAML.replace("EVIL", EVIL).replace("BEGINS", str(BEGINS)),
        "partners/northmart/partner.yaml": PARTNER_YAML.replace("EVIL", EVIL).replace("PINNED", public_host_key(HOST_KEY)),
        "partners/northmart/certs/northmart.pem": THEIRS.certificate,
        "certs/own.pem": OURS.certificate,
        "certs/next.pem": NEXT.certificate,
        "secrets/box.key": HOST_KEY,
        "secrets/sftp.key": LOGIN_KEY,
        "server.pem": SERVER.certificate,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def sheet(root: Path, *arguments: str | Path) -> Result:
    return gateway("-w", root, "partner", "sheet", "northmart", *arguments)


class Page(HTMLParser):
    """Collects what would act or be fetched, and the text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [name for name, _ in attrs if name in {"src", "href", "action"} or name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.text += f"{data} "


def spoken(pem: str) -> str:
    digest = load_certificate(pem).fingerprint.upper()
    return ":".join(digest[at : at + 2] for at in range(0, 64, 2))


def test_the_page_has_what_an_engineer_needs(root: Path) -> None:
    done = sheet(root)
    assert done.code == 0, done.err
    text = Page(done.out).text
    for needed in (
        "HARBORLINE",
        "https://edi.harborline.example/as2",
        "https://edi.harborline.example/api/v1/partners/northmart/inbox",
        OURS.certificate.strip(),
        NEXT.certificate.strip(),
        spoken(OURS.certificate),
        spoken(NEXT.certificate),
        spoken(THEIRS.certificate),
        f"We sign with it from {BEGINS} on",
        "AES-256-CBC, key by RSA PKCS#1 v1.5",
        "synchronous, signed, MIC with SHA-256",
        "waits 90 s",
        "ISA/GS ours ZZ / HARBORLINE",
        "ISA/GS yours 08 / 9251234567",
        "ISA15 = T",
        "edi@harborline.example",
        fingerprint(public_host_key(HOST_KEY)),
        "edi.harborline.example, port 2022",
        public_host_key(LOGIN_KEY),
        "outgoing (*); a file is taken once its size and time have stood still",
        SERVER.certificate.strip(),
        f"the present one ends on {TODAY + 40 * DAY:%Y-%m-%d}",
        "Names, mail addresses and telephone numbers",
    ):
        assert needed in text, needed


def test_of_a_draft_there_is_a_page_before_the_partners_certificates_have_come(root: Path) -> None:
    file = root / "partners/northmart/partner.yaml"
    without = file.read_text().replace("certs: {current: northmart.pem}, ", "")
    file.write_text(without)
    assert sheet(root).code == 2  # what may send and receive needs them
    file.write_text(without.replace("status: testing", "status: draft"))
    done = sheet(root)
    text = Page(done.out).text
    assert done.code == 0, done.err
    assert "Your certificates for signatures and encryption" in text
    assert spoken(OURS.certificate) in text


def test_nothing_on_the_page_acts_and_nothing_is_fetched(root: Path) -> None:
    page = Page(sheet(root).out)
    assert not page.tags & {"script", "b", "img", "link", "iframe", "form", "object", "a"}
    assert page.addresses == []
    assert EVIL in page.text


@pytest.mark.parametrize("form", ["html", "md", "txt"])
def test_the_page_holds_no_secret_and_names_none(root: Path, form: str) -> None:
    text = sheet(root, "--format", form).out
    assert not any(word in text for word in ("PRIVATE KEY", "secrets/", "env:", "NEXT_KEY", "box-password"))


def test_every_form_says_the_same(root: Path) -> None:
    made = sheet(root, "--json").json
    facts = {value for section in made["sections"] for label, value in section["rows"]} | {
        value for section in made["sections"] for block in section["blocks"] for label, value in block["rows"]
    }
    text = " ".join(sheet(root, "--format", "txt").out.split())
    markdown = sheet(root, "--format", "md").out.replace("\\", "")
    page = Page(sheet(root).out).text
    for fact in facts:
        assert fact in page
        assert fact.replace("\\", "") in markdown
        assert fact.replace(" ", "") in text.replace(" ", "")
    assert "<script>" not in sheet(root, "--format", "md").out


def test_after_the_day_only_the_new_one_is_given_out(root: Path) -> None:
    settings = root / "gateway.yaml"
    settings.write_text(settings.read_text().replace(str(BEGINS), str((TODAY - 2 * DAY).date())))
    text = Page(sheet(root).out).text
    assert NEXT.certificate.strip() in text
    assert OURS.certificate.strip() not in text
    assert "For signatures and encryption, in use" in text


def test_what_is_missing_on_our_side_is_told_to_us(root: Path) -> None:
    settings = root / "gateway.yaml"
    settings.write_text(
        "\n".join(line for line in settings.read_text().splitlines() if "public_url" not in line and "contacts" not in line)
    )
    done = sheet(root, "-o", root / "northmart.md")
    assert (done.code, done.err.count("remark:")) == (0, 2)
    assert "public_url is not set" in done.err
    assert (root / "northmart.md").read_text().startswith("# Harborline")
    assert "will follow" in (root / "northmart.md").read_text()
    assert sheet(root, "--format", "pdf").code == 2
    assert sheet(root, "-o", root / "nowhere" / "x.html").code == 2
    assert gateway("-w", root, "partner", "sheet", "nobody").code == 3
