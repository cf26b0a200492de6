"""`gateway slo`: how soon documents are through, against what was promised."""

from typing import Annotated

import typer

from gateway.cli.output import ExitCode, JsonOption, print_json, print_table, workspace_of

__all__ = ["slo"]


def slo(
    context: typer.Context,
    days: Annotated[int, typer.Option(min=1, max=400, help="Over so many days.")] = 30,
    as_json: JsonOption = False,
) -> None:
    """Tell how soon each kind of document is through, and what is left of its error budget; ends with 1 where an objective is missed."""
    from gateway.cli.client import ask
    from gateway.cli.words import span

    answer = ask(workspace_of(context), "slo", days=days)
    if as_json:
        print_json(answer)
    else:
        rows = []
        for one in answer["flows"]:
            seconds = one["seconds"]
            objective = f"{one['target']:g} % in {span(one['within'])}" if "within" in one else "none"
            attained = f"{one['percent']:.2f} %" if "percent" in one else ""
            figures = {name: span(seconds[name]) if seconds["count"] else "" for name in ("p50", "p95", "p99", "max")}
            budget = f"{one['budgetLeft']:.0f} %" if "budgetLeft" in one else ""
            way = "in" if one["direction"] == "inbound" else "out"
            rows.append({**one, **figures, "way": way, "objective": objective, "attained": attained, "budget": budget})
        columns = [
            ("documentType", "document"),
            ("way", ""),
            ("tier", "tier"),
            ("judged", "count"),
            ("late", "late"),
            ("waiting", "waiting"),
        ]
        columns += [(name, name) for name in ("p50", "p95", "p99", "max", "objective", "attained")]
        print_table(rows, [*columns, ("budget", "budget left")], empty=f"no document in {days} days")
    if not all(one["isMet"] for one in answer["flows"]):
        raise typer.Exit(ExitCode.FINDINGS)
