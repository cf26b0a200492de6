"""Replays with their marks, what the hub decided on documents, the newest state of each subject"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "replay",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("asked", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("books", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("finished_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "hub_decision",
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=True),
        sa.Column("said_sha256", sa.Text(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("answer_type", sa.Text(), nullable=True),
        sa.Column("answer_document_id", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("document_id"),
    )
    op.create_table(
        "newest_state",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("usage", sa.Text(), nullable=False),
        sa.Column("document_type", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "usage", "document_type", "subject"),
    )
    for table in ("document", "delivery"):
        op.add_column(table, sa.Column("replay_id", sa.Text(), nullable=True))
        op.add_column(table, sa.Column("replay_action", sa.Text(), nullable=True))
    op.add_column("document", sa.Column("newer_id", sa.Text(), nullable=True))
    marked = sa.text("replay_id IS NOT NULL")
    op.create_index("ix_delivery_replay", "delivery", ["replay_id"], sqlite_where=marked, postgresql_where=marked)
    op.create_index("ix_document_replay", "document", ["replay_id"], sqlite_where=marked, postgresql_where=marked)
    op.create_index("ix_feed_entry_at", "feed_entry", ["at"])


def downgrade() -> None:
    raise NotImplementedError("the store only goes forward")
