"""What was agreed with the partners of a workspace, for commands that look at files and need no store."""

from pathlib import Path

from edi.envelope import TransactionSet
from gateway.cli.output import CliError, ExitCode
from gateway.cli.reading import Rules
from partners.load import load, read_files
from partners.model import Agreement, Direction, Own, Partner, Workspace

__all__ = ["load_own", "load_workspace", "partner_of", "rules_of"]


def load_workspace(root: Path) -> Workspace:
    """The workspace in this folder. Raises `CliError` with its first fault and the command that lists all."""
    return _loaded(root, _files(root))


def load_own(root: Path) -> Own:
    """Who we are, whatever stands in the files of partners. Raises `CliError` for a fault in gateway.yaml."""
    return _loaded(root, {name: data for name, data in _files(root).items() if not name.startswith("partners/")}).own


def _files(root: Path) -> dict[str, bytes]:
    try:
        return read_files(root)
    except OSError as fault:
        raise CliError(f"{root}: {(fault.strerror or type(fault).__name__).lower()}", "Name the workspace with -w DIR.") from None


def _loaded(root: Path, files: dict[str, bytes]) -> Workspace:
    loaded = load(files)
    if loaded.workspace is None or loaded.faults:
        first = str(loaded.faults[0]) if loaded.faults else f"no gateway.yaml in {root}"
        more = f" (and {len(loaded.faults) - 1} more)" if len(loaded.faults) > 1 else ""
        raise CliError(f"{first}{more}", "Correct it; `gateway partner validate` lists every fault.")
    return loaded.workspace


def partner_of(workspace: Workspace, partner_id: str) -> Partner:
    """One partner. Raises `CliError`."""
    partner = workspace.partners.get(partner_id)
    if partner is None:
        known = ", ".join(sorted(workspace.partners)) or "none yet"
        raise CliError(f"no partner {partner_id!r} in this workspace", f"Known are: {known}.", ExitCode.NOT_FOUND)
    return partner


def rules_of(root: Path, partner_id: str) -> tuple[Workspace, Rules]:
    """The workspace, and what this partner's files are judged by: its agreements for each set, what it sends before what it gets."""
    workspace = load_workspace(root)
    partner = partner_of(workspace, partner_id)
    agreements = sorted(partner.agreements, key=lambda agreement: agreement.direction is not Direction.INBOUND)

    def agreement_of(transaction_set: TransactionSet) -> Agreement | None:
        return next((agreement for agreement in agreements if _fits(agreement, transaction_set)), None)

    return workspace, Rules(agreement_of, partner)


def _fits(agreement: Agreement, transaction_set: TransactionSet) -> bool:
    return (
        agreement.standard == transaction_set.standard
        and agreement.set_id == transaction_set.set_id
        and agreement.release == transaction_set.release
        and (not agreement.industry or not transaction_set.industry or agreement.industry == transaction_set.industry)
    )
