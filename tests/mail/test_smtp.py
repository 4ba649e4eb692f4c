"""What goes over the line to a real mail server, and what its answers mean."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from email.utils import parsedate_to_datetime
from pathlib import Path
from uuid import UUID

import pytest

from jcflow.errors import BadConfiguration
from jcflow.mail.message import Letterhead, NoAddress, message, sendable
from jcflow.mail.outbox import Mail, Occasion
from jcflow.mail.smtp import Line, MailServer, Unreachable
from tests.mail.conftest import NOON
from tests.mail.server import Authority, Box, authority, serving

HEAD = Letterhead("https://jcflow.jobcenter.example")
ANNA = "anna@jobcenter.example"


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def box() -> Box:
    return Box()


@pytest.fixture
def plain(box: Box) -> Iterator[str]:
    with serving(box) as url:
        yield url


def mail(**values: object) -> Mail:
    given: dict[str, object] = {
        "id": UUID(int=7),
        "jobcenter_id": UUID(int=1),
        "key": "result/1",
        "name": "Anna Müller",
        "address": ANNA,
        "occasion": Occasion.REMINDER,
        "subject": "Erinnerung: noch 2 Tage für Ihre Stimme",
        "text": "Guten Tag Anna Müller,\n\n.ein Punkt am Anfang\nStraße äöüß\n" + "lang " * 300,
        "html": "<html lang=de><p>Straße äöüß</p></html>",
        "created_at": NOON,
    }
    return Mail(**{**given, **values})


def content(**values: object) -> bytes:
    return message(mail(**values), "Jobcenter Köln", "buero@jobcenter.example", HEAD)


def line(url: str, seconds: float = 5) -> Line:
    return Line(MailServer.of(url), "jcflow.example", seconds=seconds)


def send(url: str, *recipients: str) -> list[object]:
    with line(url) as one:
        return [one.send(HEAD.sender, recipient, content()) for recipient in recipients]


def test_a_mail_arrives_with_all_its_headers_and_both_texts(box: Box, plain: str) -> None:
    assert send(plain, ANNA) == [None]

    (taken,) = box.taken
    got = taken.message
    assert taken.recipients == (ANNA,)
    assert str(got["From"]) == "Jobcenter Köln <jcflow@jcflow.jobcenter.example>"
    assert str(got["To"]) == f"Anna Müller <{ANNA}>"
    assert str(got["Reply-To"]) == "Gremienbüro Jobcenter Köln <buero@jobcenter.example>"
    assert str(got["Subject"]) == "Erinnerung: noch 2 Tage für Ihre Stimme"
    assert (got["Auto-Submitted"], got["X-Jcflow-Key"]) == ("auto-generated", str(UUID(int=7)))
    assert got["List-Unsubscribe"] == "<https://jcflow.jobcenter.example/account/notifications>"
    assert taken.message_id == HEAD.message_id(mail())
    assert taken.words.replace("\r\n", "\n") == str(mail().text) + "\n"
    assert [part.get_content_type() for part in got.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert taken.raw.isascii()
    assert b"boundary*" not in taken.raw
    assert max(len(each) for each in taken.raw.split(b"\r\n")) <= 998


def test_what_nobody_can_turn_off_offers_no_way_to_do_so() -> None:
    assert b"List-Unsubscribe" not in content(occasion=Occasion.BALLOT)


@pytest.mark.parametrize(
    "words",
    [
        "Frist abgelaufen: „Stand melden: Kurse für Jugendliche“",
        "Frist abgelaufen bei Ägidius Öchsle-Überzwerg: Prüfung der Chancengleichheit abschließen",
        "ä ö ü ß " * 20,
        "Ruhig und ganz ohne Umlaut, aber so lang, dass die Zeile einer Mail dafür nicht mehr reicht, nicht einmal",
    ],
)
def test_no_blank_of_a_subject_or_a_name_is_lost_on_the_way(words: str) -> None:
    got = message_from_bytes(content(subject=words, name=words))
    subject, reader = (str(make_header(decode_header(got[name]))) for name in ("Subject", "To"))

    assert " ".join(subject.split()) == words.strip()
    assert " ".join(reader.split()).replace('"', "") == f"{words[:100].strip()} <{ANNA}>"
    assert max(len(line) for line in content(subject=words).partition(b"\r\n\r\n")[0].splitlines()) < 100


def test_a_mail_is_of_the_day_its_words_were_written() -> None:
    got = message_from_bytes(content(worded_at=NOON + timedelta(days=2)))

    assert parsedate_to_datetime(got["Date"]) == NOON + timedelta(days=2)


def test_two_copies_are_the_same_and_two_mails_are_not() -> None:
    assert content() == content()
    assert HEAD.message_id(mail()) == HEAD.message_id(mail(text="anders"))
    assert HEAD.message_id(mail()) != HEAD.message_id(mail(key="result/2"))
    assert HEAD.message_id(mail()) != HEAD.message_id(mail(jobcenter_id=UUID(int=2)))


@pytest.mark.parametrize(
    "evil",
    [
        "x\r\nBcc: evil@example.org",
        "x\nBcc: evil@example.org",
        "=?utf-8?q?=0ABcc:_evil@example.org?=",
        "Müller, Anna <evil@example.org>",
        'An"na',
        "\u2028Bcc: evil@example.org",
        "x" * 2_000,
    ],
)
def test_no_name_or_subject_adds_a_header_or_a_recipient(box: Box, plain: str, evil: str) -> None:
    with line(plain) as one:
        made = message(mail(name=evil, subject=evil), evil, "buero@jobcenter.example", HEAD)
        assert one.send(HEAD.sender, ANNA, made) is None

    (taken,) = box.taken
    assert taken.recipients == (ANNA,)
    assert {name.lower() for name in taken.message} == {
        "from",
        "to",
        "reply-to",
        "subject",
        "date",
        "message-id",
        "auto-submitted",
        "x-jcflow-key",
        "list-unsubscribe",
        "mime-version",
        "content-type",
    }
    assert [address.addr_spec for address in taken.message["To"].addresses] == [ANNA]


@pytest.mark.parametrize(
    "address",
    [
        "",
        "anna",
        "a@b,c@d",
        "anna@jobcenter.example\r\nRCPT TO:<x@y>",
        "anna müller@x.example",
        "müller@x.example",
        "@x",
    ],
)
def test_what_is_no_address_is_refused_before_the_line(address: str) -> None:
    with pytest.raises(NoAddress, match="keine E-Mail-Adresse"):
        sendable(address)


def test_a_domain_with_umlauts_is_written_as_the_net_wants_it() -> None:
    assert sendable("anna@jobcenter-münchen.example") == "anna@xn--jobcenter-mnchen-tzb.example"


def test_a_site_with_umlauts_sends_as_the_net_writes_it(box: Box, plain: str) -> None:
    head = Letterhead("https://jobcenter-köln.de")
    written = message(mail(occasion=Occasion.TASK), "Jobcenter Köln", "", head)

    with line(plain) as one:
        assert one.send(head.sender, ANNA, written) is None

    sent = box.taken[0].message
    assert head.sender == "jcflow@xn--jobcenter-kln-smb.de"
    assert box.taken[0].message_id.endswith("@xn--jobcenter-kln-smb.de>")
    assert sent["From"].addresses[0].addr_spec == head.sender
    assert sent["List-Unsubscribe"] == "<https://xn--jobcenter-kln-smb.de/account/notifications>"


def test_a_batch_takes_one_connection(box: Box, plain: str) -> None:
    assert send(plain, *[ANNA] * 20) == [None] * 20
    assert (len(box.taken), box.connections) == (20, 1)


def test_a_final_no_is_told_from_one_for_now(box: Box, plain: str) -> None:
    box.plan("b@x.example", "450 later", "450 later")
    box.plan("c@x.example", "550 5.1.1 no such user")
    box.plan("d@x.example", "data 451 later", "data 552 too big")

    later, again, taken, never, soon, big, last = send(
        plain, *["b@x.example"] * 3, "c@x.example", *["d@x.example"] * 2, ANNA
    )

    assert (later.final, later.unknown, again.final, taken) == (False, False, False, None)
    assert (never.final, never.unknown) == (True, False)
    assert never.problem == "Der Mailserver lehnt die Mail ab: 550 5.1.1 no such user"
    assert (soon.final, soon.unknown, big.final, last) == (False, False, True, None)
    assert box.connections == 1


def test_our_own_fault_with_the_server_is_not_the_recipients(box: Box, plain: str) -> None:
    box.plan(ANNA, "530 authentication required")

    (failure,) = send(plain, ANNA)

    assert not failure.final


def test_a_broken_line_is_opened_again_for_the_next_mail(box: Box, plain: str) -> None:
    box.plan("b@x.example", "drop")
    box.plan("c@x.example", "gone")

    before, after, fine = send(plain, "b@x.example", "c@x.example", ANNA)

    assert (before.final, before.unknown) == (False, False)
    assert (after.final, after.unknown) == (False, True)
    assert fine is None
    assert box.connections == 3
    assert before.problem == "Die Verbindung zum Mailserver ist abgebrochen."


def test_a_server_that_shuts_down_is_asked_again_later(box: Box, plain: str) -> None:
    box.plan(ANNA, "421 shutting down")

    later, fine = send(plain, ANNA, ANNA)

    assert (later.final, fine) == (False, None)


def test_a_slow_server_does_not_hold_a_mail_longer_than_its_time(box: Box, plain: str) -> None:
    box.plan(ANNA, "slow 3")
    box.plan("b@x.example", "after 3")

    with line(plain, seconds=0.3) as one:
        slow, late = one.send(HEAD.sender, ANNA, content()), one.send(HEAD.sender, "b@x.example", content())
        fine = one.send(HEAD.sender, "c@x.example", content())

    assert (slow.problem, slow.unknown) == ("Der Mailserver antwortet nicht rechtzeitig.", False)
    assert (late.problem, late.unknown) == ("Der Mailserver antwortet nicht rechtzeitig.", True)
    assert fine is None


@pytest.mark.parametrize("tls", ["starttls", "smtps"])
def test_the_line_is_encrypted_and_signed_in(
    box: Box, signer: Authority, monkeypatch: pytest.MonkeyPatch, tls: str
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(signer.file))
    with serving(box, tls=tls, signed_by=signer) as url:
        assert send(url, ANNA) == [None]

    assert box.taken[0].encrypted


@pytest.mark.parametrize("tls", ["starttls", "smtps"])
@pytest.mark.parametrize("fault", ["name", "signer"])
def test_a_certificate_that_does_not_hold_ends_it(
    box: Box, signer: Authority, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tls: str, fault: str
) -> None:
    trusted = signer if fault == "name" else authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted.file))
    names = ("anders.example",) if fault == "name" else ("localhost",)

    with (
        serving(box, tls=tls, signed_by=signer, names=names) as url,
        pytest.raises(Unreachable, match="Zertifikat des Mailservers gilt nicht"),
    ):
        send(url, ANNA)

    assert not box.read


def test_without_encryption_where_it_is_wanted_nothing_is_sent(box: Box, plain: str) -> None:
    with pytest.raises(Unreachable, match="verschlüsselte"):
        send(plain + "?starttls=1", ANNA)

    assert not box.read


def test_a_wrong_password_is_no_fault_of_the_mail(box: Box, signer: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(signer.file))

    with (
        serving(box, tls="starttls", signed_by=signer) as url,
        pytest.raises(Unreachable, match="lehnt die Anmeldung ab") as told,
    ):
        send(url.replace("geheim", "falsch"), ANNA)

    assert not told.value.failure.final


@pytest.mark.parametrize("without", [(), ("PLAIN",)], ids=str)
def test_a_password_may_have_umlauts(
    box: Box, signer: Authority, monkeypatch: pytest.MonkeyPatch, without: tuple[str, ...]
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(signer.file))

    with serving(box, tls="starttls", signed_by=signer, password="gehe€üm", without=without) as url:
        assert send(url, ANNA) == [None]
        with pytest.raises(Unreachable, match="lehnt die Anmeldung ab"):
            send(url.replace("gehe", "fahl"), ANNA)


def test_where_no_way_to_sign_in_is_offered_for_such_a_password_it_is_said_so(
    box: Box, signer: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(signer.file))

    with (
        serving(box, tls="starttls", signed_by=signer, password="geheüm", without=("PLAIN", "LOGIN")) as url,
        pytest.raises(Unreachable, match="Anmeldung, wie sie verlangt ist"),
    ):
        send(url, ANNA)


def test_an_address_of_the_server_that_cannot_be_looked_up_is_said_so() -> None:
    with pytest.raises(Unreachable, match="lässt sich nicht verwenden"):
        send(f"smtp://{'x' * 70}ü.example", ANNA)


def test_a_server_that_is_not_there_is_said_so() -> None:
    with pytest.raises(Unreachable, match="nicht zu erreichen"):
        send("smtp://127.0.0.1:1", ANNA)


def test_a_password_never_goes_over_the_network_in_clear() -> None:
    with pytest.raises(BadConfiguration, match="unverschlüsselt"):
        MailServer.of("smtp://jc:geheim@mail.example")

    assert MailServer.of("smtp://jc:geheim@localhost").tls == "smtp"
    assert MailServer.of("smtp://jc:a%40b@mail.example?starttls=1") == MailServer(
        "mail.example", 587, "starttls", "jc", "a@b"
    )
    assert MailServer.of("smtps://mail.example").port == 465
    assert "geheim" not in repr(replace(MailServer.of("smtps://jc:geheim@mail.example"), port=1))


def test_time_that_is_over_before_there_is_a_line_ends_the_try(
    plain: str, box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda *given, **how: (time.sleep(0.5), find(*given, **how))[1])

    with pytest.raises(Unreachable, match="antwortet nicht rechtzeitig"), line(plain, seconds=0.2) as one:
        one.send(HEAD.sender, ANNA, content())

    assert not box.read
