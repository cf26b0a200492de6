"""Sources of the hub and consumers of the feed"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "consumer",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
    )
    op.create_table(
        "held_message",
        sa.Column("transmission_id", sa.Text, primary_key=True),
        sa.Column("attributes", sa.Text, nullable=True),
    )


def downgrade() -> None:
    raise NotImplementedError("the store only goes forward")
