"""`gateway partner`: the profiles of a workspace. Files only; `gateway apply` puts them in force."""

from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli import keys
from gateway.cli.output import CliError, ExitCode, JsonOption, print_json, print_table, read_bytes, workspace_of
from gateway.cli.partner_sheet import sheet

__all__ = ["app"]

app = typer.Typer(help="Trading partners of the workspace.", no_args_is_help=True)
app.add_typer(keys.partner_app, name="key")

app.command()(sheet)

Id = Annotated[str, typer.Argument(metavar="ID", help="Name of the partner's folder.")]


@app.command()
def new(
    context: typer.Context,
    partner_id: Id,
    samples: Annotated[
        list[Path] | None,
        typer.Option(
            "--from-sample", metavar="FILE", help="X12 or EDIFACT files of the partner, may be given often; `-` is standard input."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Draft a partner: its folder with a profile, from sample files where there are some. Nothing is overwritten."""
    from gateway.cli.agreed import load_own
    from gateway.cli.drafted import print_drafted
    from gateway.cli.scaffold import draft_partner

    root = workspace_of(context)
    read = {sample: read_bytes(sample) for sample in samples or []}
    files, remarks = draft_partner(root, load_own(root), partner_id, b"\n".join(read.values()) if read else None)
    drafted = {"partner": partner_id, "files": files, "remarks": remarks, "sets": [], **_understood(root, partner_id, remarks)}
    if read and "id" in drafted:
        drafted |= _tried(root, partner_id, read, remarks)
    if as_json:
        print_json(drafted)
    else:
        print_drafted(context, drafted, [str(sample) for sample in read])


def _understood(root: Path, partner_id: str, remarks: list[str]) -> dict[str, Any]:
    """The profile as the gateway reads it; where it cannot, why not, as remarks: the draft is there, and a person goes on."""
    from gateway.cli.agreed import load_workspace, partner_of
    from gateway.cli.profile import summary

    try:
        return summary(partner_of(load_workspace(root), partner_id))
    except CliError as fault:
        return {"remarks": [*remarks, f"{fault.message}. {fault.next_action}"]}


def _tried(root: Path, partner_id: str, samples: dict[Path, bytes], remarks: list[str]) -> dict[str, Any]:
    """The samples through the new profile. What keeps it from being tried is a remark: the profile is there."""
    from gateway.cli.trial import try_samples

    try:
        return {"sets": [one.as_json() for one in try_samples(root, partner_id, samples)]}
    except CliError as fault:
        return {"remarks": [*remarks, f"The sample was not tried on the profile: {fault.message}. {fault.next_action}"]}


@app.command("list")
def list_(context: typer.Context, as_json: JsonOption = False) -> None:
    """List the partners."""
    from gateway.cli.agreed import load_workspace
    from gateway.cli.profile import summary

    rows = [summary(partner) for _, partner in sorted(load_workspace(workspace_of(context)).partners.items())]
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
    from gateway.cli.profile import full_view, print_profile

    view = full_view(partner_of(load_workspace(workspace_of(context)), partner_id))
    if as_json:
        print_json(view)
    else:
        print_profile(view)


@app.command()
def validate(
    context: typer.Context,
    partner_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="One partner; all when absent.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Check the files of the workspace: profiles, guides, maps, certificates. Exit code 1: there are faults."""
    from gateway.cli.remarks import remarks as remarks_on
    from gateway.pipeline.active import check_files
    from gateway.plural import counted
    from partners.load import read_files

    files = read_files(workspace_of(context))
    if partner_id is not None and not any(name.startswith(f"partners/{partner_id}/") for name in files):
        raise CliError(f"no partner {partner_id!r} in this workspace", "`gateway partner list` names them.", ExitCode.NOT_FOUND)
    checked = check_files(files)
    faults = [fault for fault in checked.faults if _is_about(fault.file, partner_id)]
    remarks = [remark for remark in remarks_on(checked) if _is_about(remark.file, partner_id)]
    if as_json:
        told = {"faults": faults, "remarks": remarks}
        listed = {name: [{"file": one.file, "path": one.path, "message": one.message} for one in some] for name, some in told.items()}
        print_json({"valid": not faults, **listed})
    else:
        for fault in faults:
            typer.echo(f"{typer.style('fault', fg=typer.colors.RED)}   {fault}")
        for remark in remarks:
            typer.echo(f"remark  {remark}")
        typer.echo("every file is in order" if not faults else counted(len(faults), "fault"))
    if faults:
        raise typer.Exit(ExitCode.FINDINGS)


def _is_about(file: str, partner_id: str | None) -> bool:
    """Whether a file is of this partner, or of all."""
    return partner_id is None or not file.startswith("partners/") or file.startswith(f"partners/{partner_id}/")
