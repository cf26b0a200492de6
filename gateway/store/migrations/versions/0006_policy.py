"""Outcomes, circuits and limits"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in (
        sa.Column("recent", sa.Text(), nullable=False, server_default=""),
        sa.Column("opened_at", sa.Text(), nullable=True),
        sa.Column("back_at", sa.Text(), nullable=True),
        sa.Column("won", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("by_hand", sa.Text(), nullable=True),
    ):
        op.add_column("breaker", column)


def downgrade() -> None:
    raise NotImplementedError("the store only goes forward")
