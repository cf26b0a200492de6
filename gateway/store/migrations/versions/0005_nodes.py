"""Work of several processes: affinity of jobs, and the nodes that run"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_NUMBERED = ("job", "event", "feed_entry", "cross_reference_change")


def upgrade() -> None:
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.add_column(sa.Column("affinity", sa.Text(), nullable=True))
        batch_op.create_index("ix_job_affinity", ["affinity", "leased_until"], unique=False)
    op.create_table(
        "node",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("release", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("is_leader", sa.Boolean(), nullable=False),
        sa.Column("started_at", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    if op.get_bind().dialect.name == "postgresql":
        for table in _NUMBERED:  # never given out again, so they may grow beyond 32 bits
            op.execute(f"ALTER TABLE {table} ALTER COLUMN seq TYPE BIGINT")
            op.execute(f"ALTER SEQUENCE {table}_seq_seq AS BIGINT")


def downgrade() -> None:
    raise NotImplementedError("the store only goes forward")
