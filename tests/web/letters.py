"""The mails a test has caused, as the outbox holds them."""

from __future__ import annotations

from sqlalchemy import select

from jcflow.mail.outbox import Mail, Occasion
from tests.site import Site


def queued(site: Site, occasion: Occasion, house: str = "paderborn") -> list[Mail]:
    """All of one kind, the oldest first."""
    with site.session(house) as session:
        mine = select(Mail).where(Mail.occasion == occasion).order_by(Mail.created_at, Mail.id)
        return list(session.scalars(mine))


def path_in(site: Site, occasion: Occasion, house: str = "paderborn") -> str:
    """Where the link of the newest one leads."""
    return str(queued(site, occasion, house)[-1].facts["path"])
