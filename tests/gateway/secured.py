"""Brokers that want TLS and a login: the files that settings name, and what sinks and sources say when either fails."""

import ssl
import traceback
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import PermanentError, TransientError
from gateway.settings import resolve
from gateway.tls import ClientCertificates, server_context
from tests.support.certificates import authority, issued

#: no URL, header or configuration file takes this without care
PASSWORD = "gêheim/@:%41 #1"
WRONG = "wr0ng-and-never-shown"
_HERE = ("127.0.0.1", "localhost")
#: servers that are not to be believed, and why
STRANGE = {
    "expired": "certificate has expired",
    "elsewhere": "not valid for '127.0.0.1'",
    "foreign": "unable to get local issuer certificate",
}


class Files:
    """A workspace with certificates: `ca.pem` is ours, `other.pem` is nobody's, `client.pem` shows who we are; of servers `server.pem` is
    as it should be, and those of STRANGE are not. Each has its key beside it, and `secrets` are in files, too.
    """

    def __init__(self, root: Path, **secrets: str) -> None:
        self.root = root
        self.secrets = {"password": PASSWORD, "wrong": WRONG, **secrets}
        other = authority("Another authority", 22)
        pairs = {
            "ca": authority(),
            "other": other,
            "client": issued("gateway", 31),
            "server": issued("broker", 32, addresses=_HERE),
            "expired": issued("broker", 33, ends=-timedelta(days=1), addresses=_HERE),
            "elsewhere": issued("broker", 34, addresses=("broker.example",)),
            "foreign": issued("broker", 35, by=other, addresses=_HERE),
        }
        for name, pair in pairs.items():
            (root / f"{name}.pem").write_text(pair.certificate)
            (root / f"{name}.key").write_text(pair.key)
        for name, content in self.secrets.items():
            (root / name).write_text(content, newline="")

    def context(self, name: str, clients: ClientCertificates = "off") -> ssl.SSLContext:
        """For a server that shows this certificate, and may want one of our authority."""
        certificate, key, ca = ((self.root / one).read_text() for one in (f"{name}.pem", f"{name}.key", "ca.pem"))
        return server_context(certificate, key, client_certificates=clients, trusted=[ca])

    @property
    def resolve(self) -> Callable[[str], str]:
        """What sinks and sources are given."""
        return partial(resolve, root=self.root)

    async def refused(self, doing: Any) -> tuple[type, str, str]:
        """What kind of outcome, its cause, and the words. None of the secrets is said, whoever prints the whole chain of faults."""
        with pytest.raises((PermanentError, TransientError)) as caught:
            await doing
        printed = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
        parts = [part for secret in self.secrets.values() for part in secret.split("\n") if len(part) > 8 and not part.startswith("--")]
        assert [part for part in parts if part in printed or ascii(part)[1:-1] in printed] == []
        return type(caught.value), caught.value.cause.value, caught.value.detail
