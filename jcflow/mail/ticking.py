"""Which workers are alive: each writes down when it last looked for something to do."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from jcflow.database import Base


class WorkerTick(Base):
    """One worker that has run here."""

    __tablename__ = "worker_tick"

    name: Mapped[str] = mapped_column(primary_key=True)
    """Host and process, e.g. `jcflow1:4711`."""
    started_at: Mapped[datetime]
    last_at: Mapped[datetime]
    """By the database's clock."""
