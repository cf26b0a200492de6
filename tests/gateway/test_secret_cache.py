"""Secrets in files: read once, and again as soon as they are changed."""

import pytest

from gateway.secret_cache import Secrets
from gateway.settings import SecretError, resolve


def test_a_file_is_read_when_it_has_changed_and_only_then(tmp_path):
    reads = []

    def counted(reference, root):
        reads.append(reference)
        return resolve(reference, root)

    secrets = Secrets(tmp_path, _resolve=counted)
    (tmp_path / "hub").write_text("first\n")
    assert [secrets("file:hub"), secrets("file:hub")] == ["first", "first"]
    assert reads == ["file:hub"]
    (tmp_path / "new").write_text("other\n")
    (tmp_path / "new").replace(tmp_path / "hub")  # of the same size
    assert secrets("file:hub") == "other"


def test_a_file_that_has_gone_is_no_secret_any_more(tmp_path):
    (tmp_path / "hub").write_text("first")
    secrets = Secrets(tmp_path)
    assert secrets("file:hub") == "first"
    (tmp_path / "hub").unlink()
    with pytest.raises(SecretError, match="FileNotFoundError"):
        secrets("file:hub")


def test_the_environment_is_asked_every_time(tmp_path, monkeypatch):
    secrets = Secrets(tmp_path)
    monkeypatch.setenv("HUB_KEY", "one")
    assert secrets("env:HUB_KEY") == "one"
    monkeypatch.setenv("HUB_KEY", "two")
    assert secrets("env:HUB_KEY") == "two"
