"""`gateway cert`: keys and certificates of ours, certificates of partners. It changes files; `gateway apply` puts them in force."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.cert_told import not_confirmed, print_certificates, write
from gateway.cli.output import CliError, ExitCode, JsonOption, print_json, read_bytes, workspace_of

if TYPE_CHECKING:
    from gateway.cli.cert_book import Book, Pair

__all__ = ["app"]

app = typer.Typer(help="Certificates: of ours and of partners, current and next, in all places.", no_args_is_help=True)

NextOption = Annotated[bool, typer.Option("--next", help="As the one that follows; both are accepted meanwhile.")]
FromOption = Annotated[str | None, typer.Option("--from", metavar="DATE", help="The day from which we send with the next one.")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Only show what would be written.")]


@app.command("list")
def list_(
    context: typer.Context,
    expiring: Annotated[str | None, typer.Option("--expiring", metavar="DAYS", help="Those that end within so many days: 60d.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List every certificate: whose, what for, until when, whether it is in use, and who really used it last."""
    from gateway.cli.client import ask

    answer = ask(workspace_of(context), "certificates", expiring=_days(expiring) if expiring is not None else None)
    if as_json:
        print_json(answer)
        return
    print_certificates(answer["certificates"], empty="no certificates" + (f" that end within {expiring}" if expiring else ""))
    for one in answer["served"]:
        typer.echo(f"served at {one['address']}: {one['sha256'][:16]} until {one['validUntil'][:10]}")
    for one in answer["unusable"]:
        typer.secho(f"{one['whose']}: the certificate to {one['for']} cannot be used: {one['reason']}", fg=typer.colors.RED)
    for one in answer["expiring"]:
        typer.secho(one["sentence"], fg=typer.colors.YELLOW)
        typer.echo(f"  next ({one['owner']}): {one['nextAction']}")


@app.command("import")
def import_(
    context: typer.Context,
    owner: Annotated[str, typer.Argument(metavar="PARTNER", help="The partner whose certificate it is.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="PEM, DER or PKCS#7 (.p7b); `-` reads standard input.")],
    uses: Annotated[
        str | None,
        typer.Option("--for", metavar="USES", help="verify,encrypt (both when absent), tls (its AS2 server), client, http-server."),
    ] = None,
    as_next: NextOption = False,
    begins: FromOption = None,
    current: Annotated[bool, typer.Option("--current", help="At once, in the place of the one that is there.")] = False,
    fingerprint: Annotated[
        str | None, typer.Option("--fingerprint", metavar="SHA256", help="As the partner told it on another way: by phone, say.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Take a partner's certificate in, once its fingerprint was compared. Without --fingerprint it is only shown.

    Exit code 1: it was not taken in, for it cannot be used, or its fingerprint is another or was not given.
    """
    from gateway.cli.agreed import load_own
    from gateway.cli.cert_book import read_book
    from gateway.cli.cert_change import placed, uses_from
    from gateway.cli.cert_read import faults_of, fingerprint_from, is_ours, read_candidate
    from partners.places import Use

    root, day = workspace_of(context), _day(begins)
    book = read_book(root, owner)
    if book.station is not None:
        raise CliError(f"{book.owner} is a station of ours", "`gateway cert new` makes a key with its certificate.")
    wanted = uses_from(book, uses, (Use.VERIFY, Use.ENCRYPT))
    candidate = read_candidate(read_bytes(file), str(file))
    told: dict[str, Any] = {"owner": book.owner, "for": [use.value for use in wanted], **candidate.as_json()}
    if Use.HTTP_CLIENT in wanted:
        raise CliError("http-client is a key of ours", "`gateway cert new` makes one.")
    faults = list(faults_of(candidate, wanted, begins=day, now=_now()))
    if is_ours(candidate, load_own(root)):
        faults.append("it is a certificate of ours, not the partner's")
    if faults:
        raise CliError(f"{file}: {'; '.join(faults)}", "Ask the partner for another one.", ExitCode.FINDINGS, certificate=told)
    if current and as_next:
        raise CliError("--current and --next contradict each other", "One of both.")
    there = any(use in book.pairs and _is_there(root, book, book.pairs[use]) for use in wanted)
    if there and not current and not as_next:
        raise CliError(f"{book.owner} has a certificate for this already", "Say --next --from DATE, or --current to replace it at once.")
    name = f"{book.owner}-{candidate.certificate.not_valid_after_utc:%Y-%m}-{candidate.sha256[:8]}.pem"
    text = book.changed(placed(book, wanted, name, as_next=as_next, begins=day))
    if fingerprint is None:
        not_confirmed(context, told, as_json)
    if fingerprint_from(fingerprint) != candidate.sha256:
        advice = "Do not use it: the file is not the certificate that the partner means. Ask again on both ways."
        raise CliError(f"{file} has another fingerprint", advice, ExitCode.FINDINGS, certificate=told)
    write(context, book, text, {f"partners/{book.owner}/certs/{name}": candidate.pem}, told, as_json)


@app.command()
def new(
    context: typer.Context,
    owner: Annotated[str, typer.Argument(metavar="STATION", help="A station of gateway.yaml; a partner for its http-client.")],
    uses: Annotated[str | None, typer.Option("--for", metavar="USES", help="sign,decrypt (both when absent), tls; http-client.")] = None,
    as_next: NextOption = False,
    begins: FromOption = None,
    days: Annotated[int, typer.Option(min=1, max=3650, help="Valid for so long after it begins to be used.")] = 730,
    kind: Annotated[str, typer.Option(help="rsa3072, rsa4096, p256 or p384.")] = "rsa3072",
    variable: Annotated[
        str | None, typer.Option("--env", metavar="NAME", help="Print the key for this environment variable instead of writing a file.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a key with a self-signed certificate. The key lands in secrets/ (mode 0600, not in git), the profile only names it."""
    from gateway.cli.agreed import load_own
    from gateway.cli.cert_book import read_book, refuse_faults
    from gateway.cli.cert_change import placed, uses_from
    from gateway.cli.cert_make import KINDS, keep_key, make
    from partners.places import Use

    root, day = workspace_of(context), _day(begins)
    book = read_book(root, owner)
    if kind not in KINDS:
        raise CliError(f"{kind} is no kind of key", f"One of {', '.join(KINDS)}.")
    wanted = uses_from(book, uses, (Use.SIGN, Use.DECRYPT) if book.station is not None else ())
    if not wanted or not all(use.is_ours for use in wanted):
        raise CliError(f"{book.owner} is a partner", "`gateway cert import` takes its certificate in; its keys are its own.")
    if not as_next and any(use in book.pairs for use in wanted):
        raise CliError(
            f"{book.owner} has a key for this already", "Say --next --from DATE: both are accepted until `gateway cert rollover`."
        )
    own = load_own(root)
    as2_name = next((one.as2.as2_name for one in own.stations if one.id == book.owner and one.as2 is not None), own.name)
    made = make(as2_name if book.station is not None else own.name, own.name, kind, wanted, now=_now(), begins=day, days=days)
    name = f"{book.owner}-{made.candidate.certificate.not_valid_after_utc:%Y-%m}-{made.candidate.sha256[:8]}"
    reference = f"env:{variable}" if variable else f"file:secrets/{name}.key"
    named = {"key": reference, "certificate": f"{name}.pem"}
    text = book.changed(placed(book, wanted, named, as_next=as_next, begins=day))
    folder = "certs" if book.station is not None else f"partners/{book.owner}/certs"
    files = {f"{folder}/{name}.pem": made.candidate.pem}
    refuse_faults(root, {**files, book.file: text})  # before a key lies there that nothing names
    if variable is None:
        keep_key(root, f"{name}.key", made.key)
    told = {"owner": book.owner, "for": [use.value for use in wanted], "key": made.candidate.key, **made.candidate.as_json()}
    told |= {"keyReference": reference} | ({"privateKey": made.key} if variable else {})
    if variable and not as_json:
        typer.echo(f"# the private key, for {variable}; it is shown once and written nowhere\n{made.key}", nl=False)
    write(context, book, text, files, told, as_json)


@app.command()
def rollover(
    context: typer.Context,
    owner: Annotated[str, typer.Argument(metavar="STATION|PARTNER")],
    uses: Annotated[str | None, typer.Option("--for", metavar="USES", help="Only these; all that have a next one when absent.")] = None,
    keep: Annotated[int, typer.Option(min=0, max=366, help="The one before is accepted for so many days more.")] = 14,
    at_once: Annotated[bool, typer.Option("--now", help="Also before its day.")] = False,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Make the next certificates those in use; the ones before stay accepted for a while. Edits the files.

    Exit code 1: the day has not come.
    """
    from as2.keys import succession_of
    from gateway.cli.agreed import load_workspace
    from gateway.cli.cert_book import read_book
    from gateway.cli.cert_change import rolled_over, uses_from
    from partners.places import places

    root = workspace_of(context)
    book = read_book(root, owner)
    wanted = uses_from(book, uses, book.uses)
    found = {}
    for place in places(load_workspace(root)):
        held = succession_of(place.pair)
        if place.file == book.file and place.whose == book.owner and place.use in wanted and held is not None:
            found[place.use] = (place, held)
    pairs, told = rolled_over(book, found, keep=keep, now=_now(), early=at_once)
    changes = [
        {"for": one.use.value, "old": one.old, "new": one.new}
        | ({"oldAcceptedUntil": one.accepted_until.isoformat()} if one.accepted_until else {})
        for one in told
    ]
    write(context, book, book.changed(pairs), {}, {"owner": book.owner, "rolledOver": changes}, as_json, dry_run=dry_run)


@app.command()
def rehearse(
    context: typer.Context,
    partner_id: Annotated[str, typer.Argument(metavar="PARTNER")],
    url: Annotated[
        str | None, typer.Option("--url", help="The partner's test endpoint: a harmless message goes there, sealed with the next ones.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show the outcome of a change before its day: what each place uses at each moment, and what the other side makes of it.

    Messages are really signed, encrypted and opened; without --url nothing leaves this machine. Exit code 1: something would fail.
    """
    from gateway.cli.cert_rehearsal import rehearsal
    from gateway.cli.cert_told import print_rehearsal

    view = rehearsal(workspace_of(context), partner_id, url, _now())
    if as_json:
        print_json(view)
    else:
        print_rehearsal(view)
    if not view["ok"]:
        raise typer.Exit(ExitCode.FINDINGS)


def _now() -> datetime:
    return datetime.now(tz=UTC)


def _day(said: str | None) -> date | None:
    try:
        return date.fromisoformat(said) if said is not None else None
    except ValueError:
        raise CliError(f"{said!r} is no day", "Write it as 2027-01-31.") from None


def _days(said: str) -> int:
    number = said.removesuffix("d")
    if not (number.isascii() and number.isdigit()) or int(number) > 3650:
        raise CliError(f"{said!r} is no number of days", "Write it as 60d, of at most 3650.")
    return int(number)


def _is_there(root: Path, book: "Book", pair: "Pair") -> bool:
    """Whether a place is filled: one that names a file yet to come, as a draft does, is not."""
    names = [named if isinstance(named, str) else named.get("file") for named in pair.values()]
    return not all(isinstance(name, str) and not (root / book.file).parent.joinpath("certs", name).exists() for name in names)
