"""By which way a partner may have a delivery that it never answered"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("delivery", sa.Column("unclear", sa.Text(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("the store only goes forward")
