"""An OpenSSH server for the tests of a module, and what it takes to talk to it."""

from datetime import UTC, datetime, timedelta

import pytest

from sftp.session import Secrets, connect
from sftp.settings import PickupSettings, SftpSettings
from tests.support.sshd import running_sshd


class Clock:
    """Time that moves when told."""

    def __init__(self):
        self.now = datetime(2025, 3, 4, 12, 0, tzinfo=UTC)

    def __call__(self):
        return self.now

    def wait(self, seconds):
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(scope="module")
def _server(tmp_path_factory):
    with running_sshd(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def sshd(_server):
    """One server per module; its folder is empty for each test."""
    import shutil

    for entry in _server.folder.iterdir():
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    return _server


def settings_of(sshd, **changes):
    return SftpSettings.model_validate(sshd.settings(**changes))


def session_of(sshd, **changes):
    settings = settings_of(sshd, **changes)
    return connect(settings, Secrets.of(settings, sshd.resolve))


@pytest.fixture
def files(sshd):
    with session_of(sshd) as session:
        yield session.files()


@pytest.fixture
def pickup_settings():
    return PickupSettings(folder="out")
