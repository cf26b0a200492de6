"""A trial of one endpoint: everything that pickup and drop will do there, with files of our own making, and the reason of each failure.

Nothing of the partner's is touched: the files tried with begin with a dot and are removed again, so that no reader takes them.
"""

import secrets as random_names
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from sftp.errors import (
    Action,
    AlgorithmError,
    BusyError,
    HostKeyError,
    LoginError,
    NoSuchFolderError,
    NotPermittedError,
    NotSupportedError,
    Operation,
    SecretError,
    SftpError,
    UnreachableError,
    VanishedError,
)
from sftp.files import Files
from sftp.names import is_wanted, join
from sftp.session import Secrets, connect
from sftp.settings import DropSettings, PickupSettings, SftpSettings

__all__ = ["Trial", "TrialStep", "try_endpoint"]

_CONTENT: Final = b"A file that tries whether this folder can be used. It may be removed.\n"
_MOST_NAMES: Final = 100_000


@dataclass(frozen=True, slots=True)
class TrialStep:
    """One thing that was tried."""

    name: str  #: "log in", "list /out"
    ok: bool
    detail: str = ""
    next_action: str = ""  #: what would help, where it failed


@dataclass
class Trial:
    """What was tried, in order."""

    steps: list[TrialStep] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether everything can be done that the profile asks for."""
        return all(step.ok for step in self.steps)

    def done(self, name: str, detail: str = "") -> None:
        """Note what went well."""
        self.steps.append(TrialStep(name, ok=True, detail=detail))

    @contextmanager
    def trying(self, name: str) -> Iterator[None]:
        """Note how it ends; a lost connection and what only a person can mend are raised after that."""
        try:
            yield
        except SftpError as error:
            self.steps.append(TrialStep(name, ok=False, detail=str(error), next_action=_advice(error)))
            if error.action is Action.STOP or isinstance(error, UnreachableError | BusyError | SecretError | AlgorithmError):
                raise
        else:
            if not self.steps or self.steps[-1].name != name:
                self.done(name)


def try_endpoint(settings: SftpSettings, secrets: Secrets, *, name: Callable[[], str] = lambda: random_names.token_hex(6)) -> Trial:
    """Connect, log in, and try each folder of the profile. Never raises `SftpError`: the steps say what failed."""
    trial = Trial()
    with suppress(SftpError), trial.trying("connect and log in"), connect(settings, secrets) as session:
        trial.done("connect and log in", f"as {settings.user}; host key {session.host_key}")
        files = session.files()
        try:
            for folder in settings.pickup:
                _try_pickup(trial, files, folder, name())
            if settings.drop is not None:
                _try_drop(trial, files, settings.drop, name())
        finally:
            files.close()
    return trial


def _try_pickup(trial: Trial, files: Files, settings: PickupSettings, name: str) -> None:
    """List; then claim, archive and delete a file of our own, where the profile does that and we may write at all."""
    folder = settings.folder
    with trial.trying(f"list {folder}"):
        listed = [file for file, _ in zip(files.names(folder.encode()), range(_MOST_NAMES), strict=False)]
        wanted = sum(1 for file in listed if file.is_regular and is_wanted(file.path, settings))
        trial.done(f"list {folder}", f"{len(listed)} names, {wanted} of them files that would be fetched")
    if not trial.ok or (settings.claim == "none" and settings.after == "keep"):
        return
    own = join(folder, f".gateway-test-{name}.tmp".encode())
    with trial.trying(f"write into {folder}"):
        files.write(own, _CONTENT, exclusive=True)
    if not trial.steps[-1].ok:
        return
    if settings.claim != "none":
        claimed = f"{settings.work_folder}/.gateway-test-{name}" if settings.claim == "work_folder" else f".gateway-test-{name}.work"
        own = _try_move(trial, files, f"claim in {folder}", own, join(folder, claimed.encode()))
    if settings.after == "archive":
        target = join(join(folder, settings.archive.encode()), f".gateway-test-{name}".encode())
        own = _try_move(trial, files, f"archive from {folder}", own, target)
    with trial.trying(f"delete in {folder}"):
        files.remove(own)


def _try_move(trial: Trial, files: Files, step: str, source: bytes, target: bytes) -> bytes:
    """Where the file is afterwards."""
    with trial.trying(step):
        files.make_folders(target.rpartition(b"/")[0])
        files.rename(source, target, replace=False)
        return target
    return source


def _try_drop(trial: Trial, files: Files, settings: DropSettings, name: str) -> None:
    """Write, look, rename and delete, as the profile says that files are left."""
    folder = settings.folder
    own = join(settings.tmp_folder or folder, f".gateway-test-{name}.tmp".encode())
    with trial.trying(f"write into {folder}"):
        files.write(own, _CONTENT, exclusive=True)
    if not trial.steps[-1].ok:
        return
    if settings.confirm:
        with trial.trying(f"see the size in {folder}"):
            there = files.stat(own)
            if there is None:
                raise VanishedError(Operation.STAT)
            trial.done(f"see the size in {folder}", f"{there.size} bytes" if there.size is not None else "the server does not say it")
    if settings.temporary != "direct":
        own = _try_move(trial, files, f"rename in {folder}", own, join(folder, f".gateway-test-{name}".encode()))
    with trial.trying(f"delete in {folder}"):
        files.remove(own)


#: what helps, by what failed; a total table would repeat itself: who is not here is told by `sftp.errors` alone
_ADVICE: Final[dict[type[SftpError], str]] = {
    UnreachableError: "Check host, port and firewall; ask the partner whether our address is let in.",
    BusyError: "Ask the partner how many sessions are allowed.",
    HostKeyError: "Compare the fingerprint with the partner by phone; then `gateway sftp pin` shows the line for the profile.",
    LoginError: "Give the partner our public key, or set the password anew; two refusals may lock the account.",
    SecretError: "Look at the key, its passphrase and its certificate; RSA needs 2048 bits.",
    AlgorithmError: "Ask the partner to renew the server; `legacy:` in the profile names the old algorithms one by one.",
    NoSuchFolderError: "Correct the folder in the profile; folders are told from either side, so ask which one is ours.",
    NotSupportedError: "The profile names a fallback for what a server does not know (`claim`, `after`, `temporary`).",
}
_FORBIDDEN: Final[dict[Operation, str]] = {
    Operation.RENAME: "`claim: none` (pickup) or `temporary: direct` (drop) does without renaming.",
    Operation.MAKE_FOLDER: "Ask for the folder, or use `claim: suffix` and `after: delete`.",
    Operation.REMOVE: "Ask for the right to delete; else `after: keep`.",
    Operation.OPEN_NEW: "Ask for the right to write here. To fetch only: `claim: none` and `after: keep`.",
    Operation.STAT: "`confirm: false` does without looking.",
}


def _advice(error: SftpError) -> str:
    if isinstance(error, NotPermittedError):
        return _FORBIDDEN.get(error.operation, "Ask the partner for the right.")
    return _ADVICE.get(type(error), "Ask the partner's administrator with the moment of this try.")
