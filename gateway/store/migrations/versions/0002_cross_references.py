"""Cross references with their work list, and the SSCCs that were used"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cross_reference",
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("theirs", sa.Text(), nullable=False),
        sa.Column("keys", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Text(), nullable=False),
        sa.Column("ours", sa.Text(), nullable=False),
        sa.Column("valid_to", sa.Text(), nullable=False),
        sa.Column("preferred", sa.Boolean(), nullable=False),
        sa.Column("factor", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("partner", "kind", "theirs", "keys", "direction", "valid_from"),
    )
    with op.batch_alter_table("cross_reference", schema=None) as batch_op:
        batch_op.create_index("ix_cross_reference_ours", ["kind", "ours", "keys", "partner"], unique=False)
        batch_op.create_index("ix_cross_reference_theirs", ["kind", "theirs", "keys", "partner"], unique=False)
    op.create_table(
        "cross_reference_change",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("removed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "unknown_value",
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("keys", sa.Text(), nullable=True),
        sa.Column("also", sa.Text(), nullable=True),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("first_seen", sa.Text(), nullable=False),
        sa.Column("last_seen", sa.Text(), nullable=False),
        sa.Column("documents", sa.Integer(), nullable=False),
        sa.Column("examples", sa.Text(), nullable=True),
        sa.Column("solved_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("partner", "kind", "direction", "value"),
    )
    op.create_table(
        "waiting_document",
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("document_id", "partner", "kind", "direction", "value"),
    )
    with op.batch_alter_table("waiting_document", schema=None) as batch_op:
        batch_op.create_index("ix_waiting_document_value", ["kind", "value", "partner"], unique=False)
    op.create_table(
        "used_sscc",
        sa.Column("usage", sa.Text(), nullable=False),
        sa.Column("shipper", sa.Text(), nullable=False),
        sa.Column("sscc", sa.Text(), nullable=False),
        sa.Column("shipment_number", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("usage", "shipper", "sscc", "shipment_number"),
    )


def downgrade() -> None:
    raise NotImplementedError("the store only goes forward")
