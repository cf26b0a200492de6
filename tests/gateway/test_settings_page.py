"""The page of settings tells of each of them what it is; that it is as the models are, `house.py` looks."""

import re
from pathlib import Path

import pytest

from gateway.settings_page import as_markdown

PAGE = Path(__file__).parents[2] / "gateway/SETTINGS.md"
#: by section and name, what the page has to say of some of each file and package; a wrong default here is a change for operators
SAID = {
    "limits": {"sets": "10000", "stranger_rate": "`60/minute`", "page": "500"},
    "timing": {"breaker_failures": "5", "breaker_pause": "60", "concurrency": "4", "mdn_overdue": "3600", "mdn_resends": "2"},
    "retention": {"documents": "400", "evidence": "400", "test": "30"},
    "sinks (webhook)": {"timeout": "10", "secret": "required"},
    "transports.as2": {"sign": "`sha256`", "encrypt": "`aes256_cbc`", "compress": "false", "connect_timeout": "30", "read_timeout": "120"},
    "transports.as2.mdn": {"mode": "`sync`", "signed": "true", "async_above": "10485760"},
    "transports.sftp.pickup": {"every": "60", "looks_apart": "10", "after": "`archive`"},
    "agreement_defaults.inbound.ack": {"ta1": "`auto`", "overdue_after": "`24h`", "warn_at": "50, 80", "ak2_for_accepted": "true"},
    "agreement_defaults.inbound.duplicates.interchange": {"days": "30", "same_bytes": "`reack`", "other_bytes": "`hold`"},
}


def rows(section: str) -> dict[str, tuple[str, str]]:
    part = PAGE.read_text(encoding="utf-8").partition(f"\n### {section}\n")[2].partition("\n### ")[0]
    return {name: (default, what) for name, default, what in re.findall(r"^\| `(.+?)` \| (.*?) \| (.*) \|$", part, re.MULTILINE)}


def test_something_is_said_of_every_setting() -> None:
    said = re.findall(r"^\| `(.+?)` \| (.*?) \| (.*) \|$", as_markdown(), re.MULTILINE)
    assert len(said) > 400
    assert [name for name, _, what in said if not what.strip()] == []


@pytest.mark.parametrize("section", SAID)
def test_defaults_are_those_that_were_decided(section: str) -> None:
    found = rows(section)
    assert {name: found[name][0] for name in SAID[section]} == SAID[section]
