"""The accounts of the drop boxes as their server looks them up: read again whenever the gateway has written them anew."""

import threading
from collections.abc import Mapping
from pathlib import Path

from sftp.accounts import Account, read_accounts

__all__ = ["Boxes"]


class Boxes:
    """The folder of all boxes. Without a file of accounts nobody has one."""

    def __init__(self, box: Path) -> None:
        self._box = box
        self._path = box / ".accounts" / "accounts.json"
        self._lock = threading.Lock()
        self._read: tuple[int, int] | None = None
        self._accounts: Mapping[str, Account] = {}

    def find(self, user: str) -> Account | None:
        """The account of a user, as the file says now. A file that cannot be read changes nothing."""
        with self._lock:
            try:
                there = self._path.stat()
                if (there.st_mtime_ns, there.st_ino) != self._read:
                    self._accounts = read_accounts(self._path, self._box)
                    self._read = there.st_mtime_ns, there.st_ino
            except FileNotFoundError:
                self._accounts, self._read = {}, None
            except (OSError, ValueError, KeyError, TypeError):
                pass  # half a file there never is: whoever wrote this was not the gateway
            return self._accounts.get(user)
