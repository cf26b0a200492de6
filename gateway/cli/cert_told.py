"""What `gateway cert` shows and writes: certificates as a person compares them, and the lines of a settings file that change."""

import shlex
from typing import TYPE_CHECKING, Any, Final, NoReturn

import typer

from gateway.cli.output import ExitCode, print_json, print_table, workspace_of

if TYPE_CHECKING:
    from gateway.cli.cert_book import Book

__all__ = ["not_confirmed", "print_certificates", "print_rehearsal", "write"]

_COLUMNS: Final = (
    ("whose", "whose"),
    ("for", "to"),
    ("role", "role"),
    ("state", "now"),
    ("subject", "subject"),
    ("until", "until"),
    ("daysLeft", "days"),
    ("from", "from"),
    ("used", "last used"),
    ("mark", "sha256"),
)


def not_confirmed(context: typer.Context, told: dict[str, Any], as_json: bool) -> NoReturn:
    """Show the certificate, and how to confirm it; nothing was written."""
    from gateway.cli.words import command

    if as_json:
        print_json({**told, "written": []})
        raise typer.Exit(ExitCode.FINDINGS)
    _print_certificate(told)
    typer.echo("nothing was written: compare the fingerprint with the partner on another way than the one the file came on, then")
    words = [shlex.quote(word) for word in _given(context)]
    typer.echo(f"  {command(context, 'cert', 'import', *words, '--fingerprint', told['sha256'])}")
    raise typer.Exit(ExitCode.FINDINGS)


def _given(context: typer.Context) -> list[str]:
    """The arguments of `cert import` as they were given."""
    said = context.params
    options = [("--for", said["uses"]), ("--from", said["begins"])]
    flags = [("--next", said["as_next"]), ("--current", said["current"])]
    words = [said["owner"], str(said["file"]), *(flag for flag, given in flags if given)]
    return words + [word for option, value in options if value is not None for word in (option, value)]


def write(
    context: typer.Context, book: "Book", text: str, more: dict[str, str], told: dict[str, Any], as_json: bool, *, dry_run: bool = False
) -> None:
    """Write the files, and tell what became of them."""
    from gateway.cli.cert_book import changes_of, write_files
    from gateway.cli.words import command

    changes = changes_of(book, text)
    if not dry_run:
        write_files(workspace_of(context), {**more, book.file: text})
    if as_json:
        print_json({**told, "written": [] if dry_run else [*more, book.file], "changes": {book.file: changes}})
        return
    _print_certificate(told)
    for one in told.get("rolledOver", []):
        until = f", which is accepted until {one['oldAcceptedUntil']}" if "oldAcceptedUntil" in one else ""
        typer.echo(f"{one['for']}: {one['new'][:16]} follows {one['old'][:16]}{until}")
    for path in () if dry_run else more:
        typer.echo(f"written   {path}")
    typer.echo(f"{'would change' if dry_run else 'changed  '} {book.file}")
    colors = {"+": typer.colors.GREEN, "-": typer.colors.RED}
    for line in changes:
        typer.echo(f"    {typer.style(line, fg=colors.get(line[:1]))}")
    typer.echo("nothing was written: --dry-run" if dry_run else f"next: `{command(context, 'plan')}`, then `{command(context, 'apply')}`")


def _print_certificate(told: dict[str, Any]) -> None:
    from gateway.cli.words import visible

    for name, label in (("subject", "subject"), ("issuer", "issuer"), ("serial", "serial"), ("key", "key")):
        if name in told:
            typer.echo(f"{label:9} {visible(told[name])}")
    if "validFrom" in told:
        typer.echo(f"valid     {told['validFrom'][:10]} to {told['validUntil'][:10]}")
        pairs = " ".join(told["sha256"][at : at + 4] for at in range(0, 64, 4))
        typer.echo(f"sha256    {pairs}")
        typer.echo(f"for       {', '.join(told['for'])} of {told['owner']}")


def print_certificates(rows: list[dict[str, Any]], *, empty: str) -> None:
    """As a table, one line for a certificate that one owner has for several purposes in the same way."""
    print_table(_merged(rows), _COLUMNS, empty=empty)


def _merged(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    from gateway.cli.words import visible

    merged: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        key = (row["whose"], row["isOurs"], row["sha256"], row["role"], row["state"])
        line = merged.setdefault(
            key,
            {
                **row,
                "for": [],
                "used": [],
                "subject": visible(row["subject"]),
                "until": row["validUntil"][:10],
                "from": row.get("from", "")[:10],
                "mark": row["sha256"][:16],
            },
        )
        line["for"].append(row["for"])
        if "lastUsedAt" in row:
            line["used"].append(row["lastUsedAt"][:10])
    return [{**line, "for": ", ".join(line["for"]), "used": max(line["used"], default="")} for line in merged.values()]


def print_rehearsal(view: dict[str, Any]) -> None:
    """Moment by moment, then what the test endpoint said."""
    from gateway.cli.words import visible

    colors = {"ok": typer.colors.GREEN, "done": typer.colors.GREEN, "warning": typer.colors.YELLOW, "failed": typer.colors.RED}
    for moment in view["moments"]:
        typer.secho(f"{moment['at'][:16].replace('T', ' ')} UTC: {moment['name']}", bold=True)
        for one in moment["places"]:
            outcome = typer.style(f"{one['outcome']:8}", fg=colors[one["outcome"]])
            typer.echo(f"  {outcome}{one['for']:12} {', '.join(one['uses'])}: {one['detail']}")
    endpoint = view.get("endpoint")
    if endpoint is not None:
        typer.secho(
            f"{visible(endpoint['url'])}, signed with {endpoint['signedWith']}, encrypted for {endpoint['encryptedFor']}", bold=True
        )
        for step in endpoint["steps"]:
            typer.echo(
                f"  {typer.style(format(step['outcome'], '8'), fg=colors[step['outcome']])}{step['name']:12} {visible(step['detail'])}"
            )
        if endpoint.get("nextAction"):
            typer.echo(f"  next: {endpoint['nextAction']}")
