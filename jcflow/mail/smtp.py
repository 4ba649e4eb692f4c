"""The mail server: one connection for a batch, every mail within a minute, and what its answers mean."""

from __future__ import annotations

import base64
import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

from jcflow.errors import BadConfiguration
from jcflow.mail.outcomes import Failure

SECONDS = 60
"""How long one mail may take, the connection for it included; half of a lease."""
PAUSE = 20
"""Seconds of silence after which a connection counts as dead."""
PORTS = {"smtps": 465, "starttls": 587, "smtp": 25}
OURS = frozenset({530, 534, 535, 538})
"""Final answers that are about us, not about who is written to."""
LONGEST_ANSWER = 300
"""Characters of a server's words that are kept."""


@dataclass(frozen=True)
class MailServer:
    """How to reach the mail server."""

    host: str
    port: int
    tls: str
    """`smtps`: from the first byte; `starttls`: before the first mail; `smtp`: never."""
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, url: str) -> MailServer:
        """The server that `JCFLOW_SMTP_URL` names: `smtp://user:password@host:port?starttls=1` or `smtps://…`.

        Raises:
            BadConfiguration: A password would go over the network in clear.
        """
        parts = urlsplit(url)
        is_wanted = parse_qs(parts.query).get("starttls", ["0"])[-1] not in {"0", ""}
        tls = "smtps" if parts.scheme == "smtps" else "starttls" if is_wanted else "smtp"
        host = parts.hostname or ""
        if parts.password and tls == "smtp" and host not in {"localhost", "127.0.0.1", "::1"}:
            raise BadConfiguration(
                "JCFLOW_SMTP_URL enthält ein Passwort, die Verbindung ist aber unverschlüsselt. "
                "Hängen Sie ?starttls=1 an, oder schreiben Sie smtps://."
            )
        secret = unquote(parts.password) if parts.password else None
        return cls(host, parts.port or PORTS[tls], tls, unquote(parts.username) if parts.username else None, secret)


class Unreachable(Exception):
    """There is no connection to the mail server; it has got none of the mail."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.problem)
        self.failure = failure


class Line:
    """A connection to the mail server: opened for the first mail, and anew for the next one after it broke."""

    def __init__(self, server: MailServer, name: str, *, seconds: float = SECONDS) -> None:
        self._server, self._name, self._seconds = server, name, seconds
        self._smtp: smtplib.SMTP | None = None
        self._is_late = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._smtp is not None:
            with suppress(OSError), self._limited(min(self._seconds, PAUSE)):
                self._smtp.quit()
        self._hang_up()

    def send(self, sender: str, recipient: str, content: bytes) -> Failure | None:
        """Hand one mail over; None once the server has taken it.

        Args:
            content: Headers and body in seven bits, lines ended by CR LF.

        Raises:
            Unreachable: There is no connection; trying the next mail makes no sense just now.
        """
        begun = False
        try:
            with self._limited(self._seconds):
                smtp = self._open()
                for code, words in (smtp.mail(sender), smtp.rcpt(recipient), smtp.docmd("DATA")):
                    if code not in {250, 251, 252, 354}:
                        return self._refused(smtp, code, words)
                begun = True
                smtp.send(_dotted(content))
                code, words = smtp.getreply()
                return None if code == 250 else self._refused(smtp, code, words)
        except OSError as error:
            self._hang_up()
            return Failure(self._words(error), unknown=begun)

    def _refused(self, smtp: smtplib.SMTP, code: int, words: bytes) -> Failure:
        said = " ".join(words.decode("utf-8", "replace").split())[:LONGEST_ANSWER]
        if code in {421, -1}:
            self._hang_up()
        else:
            smtp.rset()
        is_final = 500 <= code <= 599 and code not in OURS
        what = "lehnt die Mail ab" if is_final else "nimmt die Mail zurzeit nicht an"
        return Failure(f"Der Mailserver {what}: {code} {said}".rstrip(), final=is_final)

    def _open(self) -> smtplib.SMTP:
        if self._smtp is not None:
            return self._smtp
        try:
            opened = self._connected()
            if self._is_late:
                # While there was no line yet, there was none to cut.
                raise TimeoutError
            return opened
        except OSError as error:
            words = self._words(error)
            self._hang_up()
            raise Unreachable(Failure(words)) from error
        except UnicodeError as error:
            self._hang_up()
            raise Unreachable(Failure("Die Adresse des Mailservers lässt sich nicht verwenden.")) from error

    def _connected(self) -> smtplib.SMTP:
        server = self._server
        # Reading all authorities takes long: only for who needs them.
        trust = ssl.create_default_context() if server.tls != "smtp" else None
        if server.tls == "smtps":
            self._smtp = smtplib.SMTP_SSL(local_hostname=self._name, timeout=PAUSE, context=trust)
        else:
            self._smtp = smtplib.SMTP(local_hostname=self._name, timeout=PAUSE)
        # The certificate is checked against this name; `connect` alone does not keep it.
        self._smtp._host = server.host  # type: ignore[attr-defined]
        code, words = self._smtp.connect(server.host, server.port)
        if code != 220:
            raise smtplib.SMTPConnectError(code, words)
        if server.tls == "starttls":
            self._smtp.starttls(context=trust)
        self._smtp.ehlo_or_helo_if_needed()
        if server.user is not None:
            _sign_in(self._smtp, server.user, server.password or "")
        return self._smtp

    @contextmanager
    def _limited(self, seconds: float) -> Iterator[None]:
        """Cut the line after so many seconds, however slowly the server goes on talking."""
        self._is_late = False
        watch = threading.Timer(seconds, self._cut)
        watch.daemon = True
        watch.start()
        try:
            yield
        finally:
            watch.cancel()

    def _cut(self) -> None:
        self._is_late = True
        sock = self._smtp.sock if self._smtp is not None else None
        if sock is not None:
            with suppress(OSError):
                # The plain one: that of a TLS connection would forget its keys under the hands of the sender.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def _hang_up(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None

    def _words(self, error: OSError) -> str:
        if self._is_late or isinstance(error, TimeoutError):
            return "Der Mailserver antwortet nicht rechtzeitig."
        if isinstance(error, ssl.SSLCertVerificationError):
            return f"Das Zertifikat des Mailservers gilt nicht: {error.verify_message}."
        if isinstance(error, ssl.SSLError | smtplib.SMTPNotSupportedError):
            return "Der Mailserver bietet keine verschlüsselte Verbindung oder Anmeldung, wie sie verlangt ist."
        if isinstance(error, smtplib.SMTPAuthenticationError):
            return "Der Mailserver lehnt die Anmeldung ab."
        if isinstance(error, smtplib.SMTPServerDisconnected | ConnectionResetError | BrokenPipeError):
            return "Die Verbindung zum Mailserver ist abgebrochen."
        return "Der Mailserver ist nicht zu erreichen."


def _sign_in(smtp: smtplib.SMTP, user: str, password: str) -> None:
    """Sign in; smtplib knows ASCII only, all else goes in UTF-8 as RFC 4616 has it."""
    if user.isascii() and password.isascii():
        smtp.login(user, password)
        return
    ways = smtp.esmtp_features.get("auth", "").upper().split()
    if "PLAIN" in ways:
        code, words = smtp.docmd("AUTH", f"PLAIN {_coded(f'{chr(0)}{user}{chr(0)}{password}')}")
    elif "LOGIN" in ways:
        code, words = smtp.docmd("AUTH", f"LOGIN {_coded(user)}")
        if code == 334:
            code, words = smtp.docmd(_coded(password))
    else:
        raise smtplib.SMTPNotSupportedError
    if code not in {235, 503}:
        raise smtplib.SMTPAuthenticationError(code, words)


def _coded(words: str) -> str:
    return base64.b64encode(words.encode()).decode("ascii")


def _dotted(content: bytes) -> bytes:
    """The content as DATA wants it: a dot before a dot that begins a line, and one alone at the end."""
    doubled = re.sub(rb"(?m)^\.", b"..", content)
    return doubled + (b"" if doubled.endswith(b"\r\n") else b"\r\n") + b".\r\n"
