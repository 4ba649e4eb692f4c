"""A real mail server that follows a plan of faults and remembers what it took."""

from __future__ import annotations

import asyncio
import email
import email.policy
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import quote

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "jcflow", "geheim:?&"


@dataclass(frozen=True)
class Taken:
    """A mail the server has taken, or at least read to its end."""

    at: float
    """Seconds of the monotonic clock."""
    recipients: tuple[str, ...]
    message: EmailMessage
    raw: bytes
    encrypted: bool

    @property
    def message_id(self) -> str:
        """What makes two copies one mail."""
        return str(self.message["Message-ID"]).strip()

    @property
    def words(self) -> str:
        """The plain text of it."""
        part = self.message.get_body(("plain",))
        assert part is not None
        return str(part.get_content())


@dataclass
class Box:
    """What the server does, and what it has got.

    Plans are answers to one recipient, one after the other: `550 …` is said to RCPT, `data 451 …` after DATA,
    `drop` hangs up at RCPT, `drop data` after DATA was read, `slow 5` waits so many seconds before RCPT is
    answered; where the plan ends, mails are taken.
    """

    taken: list[Taken] = field(default_factory=list)
    read: list[Taken] = field(default_factory=list)
    """Everything read to the end of DATA, whatever was answered then."""
    plans: dict[str, list[str]] = field(default_factory=dict)
    connections: int = 0
    port: int = 0

    def plan(self, recipient: str, *answers: str) -> None:
        """What happens to the next mails to this recipient."""
        self.plans[recipient] = list(answers)

    def next(self, recipient: str, *kinds: str) -> str:
        """The next answer if it is of one of these kinds; it is then used up."""
        waiting = self.plans.get(recipient) or self.plans.get("*") or []
        if waiting and waiting[0].startswith(kinds):
            return waiting.pop(0)
        return ""

    def count(self) -> Counter[str]:
        """Message-ID to the number of copies taken."""
        return Counter(mail.message_id for mail in self.taken)

    def forget(self) -> None:
        """Begin anew."""
        self.taken.clear()
        self.read.clear()
        self.plans.clear()
        self.connections = 0


class Post:
    """What the server answers, by the plan of its box."""

    def __init__(self, box: Box) -> None:
        self.box = box

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.box.connections += 1
        return responses

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if slow := self.box.next(address, "slow"):
            await asyncio.sleep(float(slow.split()[1]))
        if self.box.next(address, "drop") or self._is_cut(server):
            return await self._drop(server)
        if refused := self.box.next(address, "4", "5"):
            return refused
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        raw = bytes(envelope.content or b"")
        message = email.message_from_bytes(raw, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        is_encrypted = server.transport.get_extra_info("ssl_object") is not None
        got = Taken(time.monotonic(), tuple(envelope.rcpt_tos), message, raw, is_encrypted)
        self.box.read.append(got)
        address = envelope.rcpt_tos[0]
        if slow := self.box.next(address, "after"):
            await asyncio.sleep(float(slow.split()[1]))
        if refused := self.box.next(address, "data"):
            return refused.removeprefix("data ")
        self.box.taken.append(got)
        if self.box.next(address, "gone"):
            return await self._drop(server)
        return "250 OK"

    def _is_cut(self, server: SMTP) -> bool:
        return server.transport is None

    async def _drop(self, server: SMTP) -> str:
        if server.transport is not None:
            server.transport.abort()
        await asyncio.sleep(0.05)
        return "421 gone"


@dataclass(frozen=True)
class Authority:
    """Who has signed the server's certificate."""

    ca: trustme.CA
    file: Path


def authority(folder: Path) -> Authority:
    """A new authority; its certificate is in the file."""
    ca = trustme.CA()
    file = folder / "ca.pem"
    ca.cert_pem.write_to_path(str(file))
    return Authority(ca, file)


@contextmanager
def serving(
    box: Box,
    *,
    tls: str = "",
    signed_by: Authority | None = None,
    names: Sequence[str] = (),
    password: str = PASSWORD,
    without: Sequence[str] = (),
) -> Iterator[str]:
    """Run the server as long as the block lasts; yields what belongs into `JCFLOW_SMTP_URL`.

    Args:
        tls: `starttls` or `smtps`; `starttls` demands a sign-in too, `smtps` takes one.
        names: What the certificate is for, `localhost` unless told otherwise.
        without: Ways to sign in that it does not offer.
    """
    given: dict[str, Any] = {}
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if signed_by is not None:
        signed_by.ca.issue_cert(*(names or ("localhost",))).configure_cert(context)
    if tls:
        given |= {"authenticator": _authenticate(password), "auth_required": tls == "starttls"} | (
            {} if tls == "starttls" else {"auth_require_tls": False}
        )
    if tls == "starttls":
        given |= {"tls_context": context, "require_starttls": True}
    given |= {"auth_exclude_mechanism": without}
    with _loop() as loop:
        own = loop.create_server(
            lambda: SMTP(Post(box), hostname="localhost", loop=loop, **given),
            "127.0.0.1",
            0,
            ssl=context if tls == "smtps" else None,
        )
        server = asyncio.run_coroutine_threadsafe(own, loop).result()
        box.port = server.sockets[0].getsockname()[1]
        person = f"{USER}:{quote(password, safe='')}@" if tls else ""
        scheme, query = ("smtps", "") if tls == "smtps" else ("smtp", "?starttls=1" if tls else "")
        try:
            yield f"{scheme}://{person}localhost:{box.port}{query}"
        finally:
            loop.call_soon_threadsafe(server.close)


@contextmanager
def _loop() -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop in a thread of its own; what still runs in it at the end is cut off."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield loop
    finally:
        asyncio.run_coroutine_threadsafe(_end_all(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _end_all() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.sleep(0)


def _authenticate(password: str) -> Callable[..., AuthResult]:
    def judge(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        is_known = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), password.encode())
        return AuthResult(success=is_known, handled=False)

    return judge
