"""`gateway edi validate`: the verdict on each set, and each fault with its segment, cause and next action."""

from typing import Annotated, Any

import typer

from gateway.cli.edi_shared import FilesArgument, PartnerOption, report, rules_for
from gateway.cli.output import CliError, ExitCode, JsonOption, print_json

__all__ = ["validate"]


def validate(
    context: typer.Context,
    files: FilesArgument,
    partner: PartnerOption = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Findings shown of a file; the rest is counted.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """Check files against the standard, or against what was agreed with a partner.

    Example: gateway edi validate inbox/*.edi

    A file of more than 32 MB is judged while it is read, and --json lists only its sets with findings.
    Exit code 0: no finding is an error. 1: at least one is. 2: a file holds no interchange.
    """
    from gateway.cli.reading import judge
    from gateway.cli.streaming import is_large, judge_large
    from gateway.cli.verdicts import print_verdict

    rules = rules_for(context, partner)
    code = ExitCode.OK
    reports: list[dict[str, Any]] = []
    for path in files:
        try:
            if partner is None and is_large(path):
                verdict, described = judge_large(path, limit, as_json=as_json)
                code = max(code, verdict)
                reports.append(described)
                continue
            read = judge(path, rules)
        except CliError as fault:
            code = ExitCode.CANNOT
            reports.append({"file": str(path), "ok": False, "error": fault.message, "nextAction": fault.next_action})
            if not as_json:
                typer.echo(f"{fault.message}\n  next: {fault.next_action}", err=True)
            continue
        code = max(code, ExitCode.FINDINGS if read.has_errors else ExitCode.OK)
        if as_json:
            reports.append(report(read))
        else:
            print_verdict(read, limit)
    if as_json:
        print_json({"ok": code is ExitCode.OK, "files": reports})
    raise typer.Exit(code)
