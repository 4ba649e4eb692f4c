"""German words for what happens to mails."""

from __future__ import annotations

from jcflow.mail.listing import Which
from jcflow.mail.outbox import MailState, Occasion

OCCASIONS = {
    Occasion.INVITATION: "Einladung",
    Occasion.TASK: "Neue Aufgabe",
    Occasion.CONSULTATION: "Beteiligung des Beirats",
    Occasion.OPINION_RECEIVED: "Eingang der Stellungnahme",
    Occasion.OPINION_NEW: "Neue Stellungnahme",
    Occasion.ANSWER: "Antwort an den Beirat",
    Occasion.BALLOT: "Abstimmung eröffnet",
    Occasion.VOTE_RECEIVED: "Eingang der Stimme",
    Occasion.BALLOT_CHANGED: "Neue Abstimmung",
    Occasion.CONCLUDE: "Ergebnis feststellen",
    Occasion.RESULT: "Beschluss",
    Occasion.SENT_BACK: "Zur Überarbeitung zurück",
    Occasion.PUBLISHED: "Veröffentlichung",
    Occasion.REMINDER: "Erinnerung",
    Occasion.WEEKLY: "Wochenübersicht",
    Occasion.UNDELIVERABLE: "E-Mail nicht zustellbar",
    Occasion.DEADLINE_MOVED: "Neue Frist",
    Occasion.SUBSTITUTION: "Vertretung",
    Occasion.RESET: "Neues Passwort",
    Occasion.ADDRESS_CHANGE: "Neue E-Mail-Adresse",
    Occasion.NEW_SIGN_IN: "Neue Anmeldung",
    Occasion.ACCOUNT_CHANGED: "Änderung am Zugang",
    Occasion.CHECKPOINT: "Prüfpunkt",
}
STATES = {
    MailState.WAITING: ("info", "wartet"),
    MailState.SENDING: ("info", "wird gesendet"),
    MailState.SENT: ("success", "versandt"),
    MailState.REFUSED: ("danger", "nicht zustellbar"),
    MailState.DEAD: ("danger", "nicht lesbar"),
    MailState.CANCELLED: ("info", "entfallen"),
    MailState.LETTER: ("warning", "als Brief zu versenden"),
}
"""State to the colour of its badge and its word."""
WHICH = {
    Which.ALL: "Alle",
    Which.WAITING: "Noch nicht versandt",
    Which.LOST: "Nicht zustellbar",
    Which.LETTERS: "Briefe zu drucken",
}
CSV_HEAD = (
    "Person",
    "Adresse",
    "Anlass",
    "Aufgabe",
    "Betreff",
    "Geplant",
    "Stand",
    "Versandt",
    "Versuche",
    "Auskunft",
    "Message-ID",
)
