"""Forms of a page, filled and sent as a browser without scripts would."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from werkzeug.test import TestResponse

VOID = frozenset({"area", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"})
HIDDEN_TOKENS = ("csrf_token", "form_token")


@dataclass
class Button:
    label: str = ""
    name: str = ""
    value: str = ""
    action: str = ""


@dataclass
class Control:
    """A named control: its kind (an input's type, `textarea` or `select`), what it holds, what it offers."""

    kind: str
    name: str
    value: str = ""
    on: bool = True
    options: list[str] = field(default_factory=list)
    inputmode: str = ""


@dataclass
class Form:
    action: str
    method: str
    controls: list[Control] = field(default_factory=list)
    buttons: list[Button] = field(default_factory=list)

    @property
    def fields(self) -> dict[str, list[str]]:
        """What the form would send as it stands."""
        found: dict[str, list[str]] = {}
        for control in self.controls:
            if control.on and control.kind != "file":
                found.setdefault(control.name, []).append(control.value)
        return found

    def filled(self, typed: Mapping[str, Any], press: str | None = None) -> dict[str, Any]:
        """What the form sends with these values; None leaves a field out, a list sends it several times."""
        sent: dict[str, Any] = {**self.fields, **typed}
        button = self.button(press)
        if button is not None and button.name:
            sent[button.name] = button.value
        return {name: value for name, value in sent.items() if value is not None}

    def button(self, label: str | None) -> Button | None:
        """The button with this text; without one the first that carries nothing of its own."""
        if label is None:
            return next((b for b in self.buttons if not b.name), None)
        return next(b for b in self.buttons if b.label == label)


class Page(HTMLParser):
    """What a page holds: its forms in their order, where its links lead, its h1 and its words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.h1 = ""
        self.words = ""
        self._open: list[str] = []
        self._textarea: Control | None = None
        self._select: Control | None = None
        self._button: Button | None = None
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag not in VOID:
            self._open.append(tag)
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag == "form":
            self.forms.append(Form(given.get("action", ""), given.get("method", "get").lower()))
        if self.forms and "form" in self._open:
            self._control(tag, given)

    def _control(self, tag: str, given: dict[str, str]) -> None:
        form, name = self.forms[-1], given.get("name", "")
        if tag == "button":
            self._button = Button("", name, given.get("value", ""), given.get("formaction", ""))
            form.buttons.append(self._button)
        elif tag == "input" and name:
            kind = given.get("type", "text")
            ticked = "checked" in given if kind in {"radio", "checkbox"} else True
            mode = given.get("inputmode", "")
            form.controls.append(Control(kind, name, given.get("value", ""), on=ticked, inputmode=mode))
        elif tag == "textarea" and name:
            self._textarea = Control("textarea", name)
            form.controls.append(self._textarea)
        elif tag == "select" and name:
            self._select = Control("select", name)
            form.controls.append(self._select)
        elif tag == "option" and self._select is not None:
            self._select.options.append(given.get("value", ""))
            if "selected" in given or len(self._select.options) == 1:
                self._select.value = given.get("value", "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._textarea is not None:
            self._textarea.value = self._textarea.value.removeprefix("\n")
        if tag in self._open:
            while self._open.pop() != tag:
                pass
        if tag == "textarea":
            self._textarea = None
        if tag == "select":
            self._select = None
        if tag == "button":
            self._button = None

    def handle_data(self, data: str) -> None:
        if self._textarea is not None:
            self._textarea.value += data
            return
        if self._button is not None:
            self._button.label = (self._button.label + data).strip()
        if "h1" in self._open:
            self.h1 += data
        if "style" not in self._open and "script" not in self._open:
            self.words += data

    def form(self, action: str | None = None, press: str | None = None) -> Form:
        """The POST form that goes to `action`, or has the button; else the only one besides signing out."""
        posts = [form for form in self.forms if form.method == "post" and form.action != "/logout"]
        if action is not None and action in {f.action for f in posts}:
            posts = [form for form in posts if form.action == action]
        if press is not None:
            posts = [form for form in posts if any(b.label == press for b in form.buttons)]
        if not posts:
            raise AssertionError(f"kein Formular (action={action}, press={press}) auf: {self.h1.strip()}")
        return posts[0]


def page_of(response: TestResponse) -> Page:
    """The parsed page of an answer."""
    return Page(response.text)
