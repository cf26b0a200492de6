"""What is owed and reconciled"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("agreement_id", "answers_document_id", "warn_at", "reviewed_at", "reviewed_by", "comment"):
        op.add_column("acknowledgment", sa.Column(name, sa.Text(), nullable=True))
    answering = sa.text("answers_document_id IS NOT NULL")
    op.create_index("ix_acknowledgment_owed", "acknowledgment", ["correlation_id"], sqlite_where=answering, postgresql_where=answering)
    op.add_column("delivery", sa.Column("sent_at", sa.Text(), nullable=True))
    op.create_index("ix_document_type", "document", ["document_type", "created_at"])
    op.create_table(
        "alarm",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("partner_id", sa.Text(), nullable=True),
        sa.Column("agreement_id", sa.Text(), nullable=True),
        sa.Column("document_id", sa.Text(), nullable=True),
        sa.Column("correlation_id", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=True),
        sa.Column("raised_at", sa.Text(), nullable=False),
        sa.Column("resolved_at", sa.Text(), nullable=True),
        sa.Column("reviewed_at", sa.Text(), nullable=True),
        sa.Column("reviewed_by", sa.Text(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_alarm_open", "alarm", ["resolved_at", "flow"])
    op.create_index("ix_alarm_correlation", "alarm", ["correlation_id"])
    op.create_table(
        "reconciliation_day",
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("compared", sa.Integer(), nullable=False),
        sa.Column("matched", sa.Integer(), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.Column("differing", sa.Integer(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("day", "flow", "partner_id"),
    )


def downgrade() -> None:
    raise NotImplementedError("the store only goes forward")
