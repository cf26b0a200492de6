"""What alembic runs: it migrates over the connection that `database.migrate` hands over."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlmodel.sql.sqltypes import AutoString

from gateway.store.schema import metadata

__all__: list[str] = []


def _plain_text(kind: str, value: Any, _context: AutogenContext) -> str | Literal[False]:
    """Generated migrations name SQLAlchemy's types only, so that they outlive our classes."""
    if kind == "type" and (isinstance(value, AutoString) or type(value).__module__.startswith("gateway.")):
        return "sa.Text()"
    return False


connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, render_item=_plain_text)
with context.begin_transaction():
    context.run_migrations()
