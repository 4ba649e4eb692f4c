"""A mail as it goes over the line. No name, subject or address can add a header or a recipient."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import Header
from email.headerregistry import Address, AddressHeader
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime
from hashlib import sha256
from ipaddress import ip_address
from typing import Any
from urllib.parse import quote, urlsplit

from jcflow.errors import JcflowError
from jcflow.mail.outbox import ALWAYS_SENT, Mail

SETTINGS_PATH = "/account/notifications"
"""Page on which people turn mails off."""
LONGEST_SUBJECT, LONGEST_NAME = 200, 100
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_ADDRESS = re.compile(r"[^\s@,;:<>()\[\]\\\"]+@[a-z0-9.-]+", re.IGNORECASE)


class NoAddress(JcflowError):
    """What stands in the place of an address is none that mail can be sent to."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.address = address

    def __str__(self) -> str:
        return f"„{self.address}“ ist keine E-Mail-Adresse, an die gesendet werden kann."


@dataclass(frozen=True)
class Letterhead:
    """What all mails of an installation have in common."""

    base_url: str
    """Without a slash at the end; all links begin with it."""

    @property
    def domain(self) -> str:
        """The host of the site in ASCII, as in Message-ID and the sender's address; `localhost` for a bare number."""
        host = urlsplit(self.base_url).hostname or "localhost"
        try:
            ip_address(host)
        except ValueError:
            return host.encode("idna").decode("ascii")
        return "localhost"

    @property
    def settings_url(self) -> str:
        """The page on which people turn mails off, in ASCII."""
        if self.base_url.isascii():
            return f"{self.base_url}{SETTINGS_PATH}"
        site = urlsplit(self.base_url)
        port = f":{site.port}" if site.port else ""
        return f"{site.scheme}://{self.domain}{port}{quote(site.path)}{SETTINGS_PATH}"

    @property
    def sender(self) -> str:
        """The one address all mails come from."""
        return f"jcflow@{self.domain}"

    def message_id(self, mail: Mail, edition: str = "") -> str:
        """The same for every copy of a mail, and for no other mail; another for other words."""
        return f"<{sha256(f'{mail.jobcenter_id}/{mail.key}{edition}'.encode()).hexdigest()[:40]}@{self.domain}>"


class _WholeHeaders(EmailPolicy):
    """Encodes what is not ASCII in a header as a whole.

    Python 3.11 encodes word by word where it folds, and readers drop the blank between two encoded words (RFC 2047).
    """

    def fold_binary(self, name: str, value: Any) -> bytes:
        """One header, ended by CR LF."""
        if str(value).isascii():
            return super().fold_binary(name, value)
        if isinstance(value, AddressHeader):
            (one,) = value.addresses
            coded = f"{_coded(one.display_name, name)} <{one.addr_spec}>"
        else:
            coded = _coded(str(value), name)
        return f"{name}: {coded}{self.linesep}".encode("ascii")


def _coded(words: str, name: str) -> str:
    return Header(words, "utf-8", header_name=name).encode(linesep=SMTP.linesep)


_POLICY = _WholeHeaders(linesep=SMTP.linesep)


def message(mail: Mail, house: str, reply_to: str, head: Letterhead) -> bytes:
    """The mail in seven bits, its lines ended by CR LF.

    Args:
        mail: With its text.
        house: Name of the Jobcenter.
        reply_to: Address of the Gremienbüro; empty where there is none.

    Raises:
        NoAddress: The mail's address is none.
    """
    made = EmailMessage(policy=_POLICY)
    made["From"] = Address(_one_line(house), addr_spec=head.sender)
    made["To"] = Address(_one_line(mail.name), addr_spec=sendable(mail.address))
    if reply_to:
        made["Reply-To"] = Address(_one_line(f"Gremienbüro {house}"), addr_spec=sendable(reply_to))
    made["Subject"] = _one_line(mail.subject or "", LONGEST_SUBJECT)
    made["Date"] = format_datetime(mail.worded_at or mail.created_at)
    made["Message-ID"] = mail.message_id or head.message_id(mail)
    made["Auto-Submitted"] = "auto-generated"
    made["X-Jcflow-Key"] = str(mail.id)
    if mail.occasion not in ALWAYS_SENT:
        made["List-Unsubscribe"] = f"<{head.settings_url}>"
    # Lines may be longer than mail allows and letters need eight bits: both are gone in quoted-printable.
    made.set_content(mail.text or "", cte="quoted-printable")
    made.add_alternative(mail.html or "", subtype="html", cte="quoted-printable")
    # Python would draw a random one, and two copies would differ. Short: a longer one is split over parameters
    # (RFC 2231), which not every mail program puts together again.
    made.set_boundary(f"=_{sha256(mail.id.bytes).hexdigest()[:40]}")
    return made.as_bytes()


def sendable(address: str) -> str:
    """An address as it stands on the line: the domain in ASCII.

    Raises:
        NoAddress: It is none, or its part before the @ needs more than ASCII.
    """
    local, _, domain = address.rpartition("@")
    try:
        plain = f"{local}@{domain.encode('idna').decode('ascii')}"
        if not plain.isascii() or not _ADDRESS.fullmatch(plain):
            raise NoAddress(address)
        Address(addr_spec=plain)
    except (UnicodeError, HeaderParseError, ValueError) as error:
        raise NoAddress(address) from error
    return plain


def is_deliverable(address: str) -> bool:
    """Whether mail can be sent to an address, as far as its look tells."""
    try:
        return "." in sendable(address).rpartition("@")[2]
    except NoAddress:
        return False


def _one_line(words: str, longest: int = LONGEST_NAME) -> str:
    # Python would decode words that look encoded already, line ends in them included.
    return " ".join(_CONTROL.sub(" ", words).replace("=?", "= ?").split())[:longest]
