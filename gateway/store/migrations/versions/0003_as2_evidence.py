"""The certificates that were used, and how each AS2 message was protected"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "used_certificate",
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("der", sa.LargeBinary(), nullable=False),
        sa.Column("first_used_at", sa.Text(), nullable=False),
        sa.Column("last_used_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", "purpose", "partner_id"),
    )
    op.create_table(
        "as2_evidence",
        sa.Column("thing_id", sa.Text(), nullable=False),
        sa.Column("signed_by", sa.Text(), nullable=True),
        sa.Column("encrypted_for", sa.Text(), nullable=True),
        sa.Column("receipt_signed_by", sa.Text(), nullable=True),
        sa.Column("covered_head", sa.LargeBinary(), nullable=True),
        sa.Column("covered_sha256", sa.Text(), nullable=True),
        sa.Column("at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("thing_id"),
    )


def downgrade() -> None:
    raise NotImplementedError("the store only goes forward")
