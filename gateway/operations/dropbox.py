"""The accounts of the drop boxes, written from the revision in force: for our own server, and as authorized_keys for OpenSSH."""

import asyncio
from pathlib import Path
from typing import Final

from gateway.log import logger
from gateway.pipeline.active import Active
from gateway.pipeline.context import Context
from gateway.pipeline.watch import Watch
from gateway.settings import SecretError, Settings, resolve
from partners.model import Partner, Status
from sftp.accounts import Account, PasswordDigest, write_accounts

__all__ = ["ACCOUNTS", "Accounts", "box_folder"]

ACCOUNTS: Final = ".accounts"  #: beside the boxes: accounts.json, and a file of keys for each partner


def box_folder(settings: Settings, root: Path) -> Path:
    """Where the boxes are."""
    return settings.data_folder(root) / settings.dropbox.folder


class Accounts(Watch):
    """Keeps the files of accounts as the revision in force says."""

    name = "dropbox-accounts"
    usual = 1.0
    everywhere = True  # each machine has its own boxes

    def __init__(self, context: Context, *, every: float | None = None) -> None:
        super().__init__(context, every=every)
        self._written: Active | None = None

    async def look(self) -> None:
        """Write them when another revision has come into force; what could not be written is tried again."""
        active = self._context.active
        if active is not self._written:
            await asyncio.to_thread(self.write)
            self._written = active

    def write(self) -> int:
        """Write all files, and make the boxes. Gives the number of accounts. Raises OSError.

        A suspended partner has no account, and its box stays. Where nobody has a box, nothing is made.
        """
        context = self._context
        box = box_folder(context.settings, context.root)
        partners = [one for one in context.workspace.partners.values() if one.transports.dropbox is not None]
        if not partners and not (box / ACCOUNTS).exists():
            return 0
        accounts = [self._account(box, one) for one in partners if one.status is not Status.SUSPENDED]
        for account in accounts:
            self._make_box(account)
        write_accounts(box / ACCOUNTS / "accounts.json", accounts)
        self._write_keys(box / ACCOUNTS, accounts)
        return len(accounts)

    def _account(self, box: Path, partner: Partner) -> Account:
        settings = partner.transports.dropbox
        assert settings is not None
        password = None
        if settings.password is not None:
            try:
                password = PasswordDigest.of(resolve(settings.password, self._context.root))
            except SecretError as fault:
                logger().warning("dropbox-password-unreadable", partner_id=partner.id, reason=fault.reason)
        keys = frozenset(settings.public_keys)
        return Account(partner.id, box / partner.id, keys, password, settings.max_bytes, settings.quota, settings.sessions)

    @staticmethod
    def _make_box(account: Account) -> None:
        """Where root has to make it (`gateway dropbox sshd`), one that is not there yet keeps nobody else's keys from being written."""
        try:
            for name in ("in", "out"):
                (account.root / name).mkdir(parents=True, exist_ok=True)
        except OSError as fault:
            logger().warning("dropbox-not-made", partner_id=account.user, reason=fault.strerror)

    @staticmethod
    def _write_keys(folder: Path, accounts: list[Account]) -> None:
        """authorized_keys(5) for each account; the keys of who has none any more go."""
        wanted = {f"{account.user}.keys": account for account in accounts}
        for name, account in wanted.items():
            text = "".join(f"restrict {key}\n" for key in sorted(account.public_keys))
            hidden = folder / f".{name}.new"
            hidden.write_text(text, encoding="ascii")
            hidden.chmod(0o644)
            hidden.replace(folder / name)  # sshd may be reading it
        for path in folder.glob("*.keys"):
            if path.name not in wanted:
                path.unlink()
