"""`gateway checks`: the checks of documents by name, who acts on each, and how a partner's profile switches them."""

from typing import Annotated

import typer

from gateway.cli.output import JsonOption, print_json, print_table, workspace_of

__all__ = ["checks"]


def checks(
    context: typer.Context,
    partner: Annotated[str | None, typer.Option("--partner", metavar="ID", help="As this partner's profile has them.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List the checks of documents: what each means, who has to act, and whether it holds a document or warns.

    A profile switches one by its name: `checks: {sscc-reused: warn, delivery-late: off}`.
    """
    from canonical.rules.catalog import RULES

    switches = {}
    if partner is not None:
        from gateway.cli.agreed import load_workspace, partner_of

        switches = dict(partner_of(load_workspace(workspace_of(context)), partner).checks)
    rows = [
        {"check": name, "does": switches.get(name, rule.default), "owner": rule.owner, "meaning": rule.meaning}
        | ({"switched": True} if name in switches else {})
        for name, rule in RULES.items()
    ]
    if as_json:
        print_json({"checks": rows})
        return
    columns = [("check", "check"), ("does", "does"), ("owner", "who acts"), ("meaning", "what is wrong")]
    shown = [{**row, "does": f"{row['does']} (switched)" if row.get("switched") else row["does"]} for row in rows]
    print_table(shown, columns, empty="there are no checks")
