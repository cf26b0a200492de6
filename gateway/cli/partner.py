"""`gateway partner`: the profiles of a workspace. Files only; `gateway apply` puts them in force."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.output import CliError, ExitCode, JsonOption, print_json, print_table, read_bytes, workspace_of

if TYPE_CHECKING:
    from partners.model import Partner

__all__ = ["app"]

app = typer.Typer(help="Trading partners of the workspace.", no_args_is_help=True)

Id = Annotated[str, typer.Argument(metavar="ID", help="Name of the partner's folder.")]


@app.command()
def new(
    context: typer.Context,
    partner_id: Id,
    sample: Annotated[
        Path | None, typer.Option("--from-sample", metavar="FILE", help="An X12 or EDIFACT file of the partner; `-` reads standard input.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Draft a partner: its folder with a profile, from a sample file where there is one. Nothing is overwritten."""
    from gateway.cli.agreed import load_workspace
    from gateway.cli.scaffold import draft_partner

    root = workspace_of(context)
    files, remarks = draft_partner(root, load_workspace(root).own, partner_id, read_bytes(sample) if sample else None)
    if as_json:
        print_json({"partner": partner_id, "files": files, "remarks": remarks})
        return
    for name in files:
        typer.echo(f"  {root / name}")
    for remark in remarks:
        typer.echo(f"  remark: {remark}")
    typer.echo("next: complete the profile, then `gateway plan` and `gateway apply`")


@app.command("list")
def list_(context: typer.Context, as_json: JsonOption = False) -> None:
    """List the partners."""
    from gateway.cli.agreed import load_workspace

    rows = [_summary(partner) for _, partner in sorted(load_workspace(workspace_of(context)).partners.items())]
    if as_json:
        print_json({"partners": rows})
        return
    columns = [("id", "id"), ("name", "name"), ("status", "status"), ("transports", "transports"), ("agreements", "agreements")]
    print_table(
        [
            {**row, "transports": ", ".join(row["transports"]), "agreements": ", ".join(one["id"] for one in row["agreements"])}
            for row in rows
        ],
        columns,
        empty="no partners; `gateway partner new ID` drafts one",
    )


@app.command()
def show(context: typer.Context, partner_id: Id, as_json: JsonOption = False) -> None:
    """Show a partner as the gateway understands it: everything inherited, every default."""
    from gateway.cli.agreed import load_workspace, partner_of

    partner = partner_of(load_workspace(workspace_of(context)), partner_id)
    summary = _summary(partner)
    if as_json:
        print_json(summary)
        return
    for name in ("id", "name", "status", "zone", "currency"):
        if summary[name]:
            typer.echo(f"{name:12} {summary[name]}")
    typer.echo(f"{'identities':12} {', '.join(summary['identities']) or 'none'}")
    typer.echo(f"{'transports':12} {', '.join(summary['transports']) or 'none'}")
    columns = [
        ("id", "agreement"),
        ("direction", "direction"),
        ("standard", "standard"),
        ("set", "set"),
        ("document", "document"),
        ("map", "map"),
    ]
    print_table(summary["agreements"], columns, empty="no agreements")


@app.command()
def validate(
    context: typer.Context,
    partner_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="One partner; all when absent.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Check the files of the workspace: profiles, guides, maps, certificates. Exit code 1: there are faults."""
    from gateway.pipeline.active import check_files
    from partners.load import read_files

    files = read_files(workspace_of(context))
    if partner_id is not None and not any(name.startswith(f"partners/{partner_id}/") for name in files):
        raise CliError(f"no partner {partner_id!r} in this workspace", "`gateway partner list` names them.", ExitCode.NOT_FOUND)
    faults = [
        fault
        for fault in check_files(files).faults
        if partner_id is None or not fault.file.startswith("partners/") or fault.file.startswith(f"partners/{partner_id}/")
    ]
    if as_json:
        print_json(
            {"valid": not faults, "faults": [{"file": fault.file, "path": fault.path, "message": fault.message} for fault in faults]}
        )
    else:
        for fault in faults:
            typer.echo(f"{typer.style('fault', fg=typer.colors.RED)}  {fault}")
        typer.echo("every file is in order" if not faults else f"{len(faults)} fault{'s' if len(faults) > 1 else ''}")
    if faults:
        raise typer.Exit(ExitCode.FINDINGS)


def _summary(partner: "Partner") -> dict[str, Any]:
    identities = [f"{standard} {address.identity}" for standard in ("x12", "edifact") for address in partner.identities.of(standard)]
    identities += [f"as2 {partner.as2_name}"] if partner.as2_name else []
    identities += [f"gln {partner.identities.gln}"] if partner.identities.gln else []
    return {
        "id": partner.id,
        "name": partner.name,
        "status": partner.status,
        "zone": partner.zone,
        "currency": partner.currency,
        "identities": identities,
        "transports": [kind for kind in ("as2", "sftp", "http", "folder") if getattr(partner.transports, kind) is not None],
        "apiKeys": len(partner.api.keys),
        "agreements": [
            {
                "id": agreement.id,
                "direction": agreement.direction,
                "standard": f"{agreement.standard} {agreement.release}{agreement.industry}",
                "set": agreement.set_id,
                "document": agreement.document,
                "map": agreement.map,
                "station": agreement.station,
                "guide": agreement.guide is not None,
            }
            for agreement in partner.agreements
        ],
    }
