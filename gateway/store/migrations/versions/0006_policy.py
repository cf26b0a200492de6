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
    for column in (
        sa.Column("partner_id", sa.Text(), nullable=True),
        sa.Column("turn", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("taken", sa.Integer(), nullable=False, server_default="0"),
    ):
        op.add_column("job", column)
    op.drop_index("ix_job_order", "job")
    op.create_index("ix_job_order", "job", ["destination", "priority", "turn", "seq", "run_at", "leased_until", "lane"])
    op.create_index("ix_job_turn", "job", ["partner_id", "destination", "priority", "turn"])
    op.create_table(
        "pace",
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("next_at", sa.Text(), nullable=True),
        sa.Column("paused_until", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("destination"),
    )
    op.add_column("delivery", sa.Column("via", sa.Text(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("the store only goes forward")
