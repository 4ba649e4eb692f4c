"""The people of a journey, each in a browser of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser import DESK, View

# A busy machine takes its time; what is awaited is never a speed.
expect.set_options(timeout=20_000)

PDF = {
    "name": "scan.pdf",
    "mimeType": "application/pdf",
    "buffer": b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n",
}


@dataclass
class Person:
    """Somebody at a browser, signed in."""

    page: Page
    url: str
    actions: int = 0
    """Clicks that loaded a page or changed something, since the last `open`."""

    def open(self, path: str) -> None:
        """Follow a link from a mail."""
        self.page.goto(self.url + path)
        self.actions = 1

    def press(self, name: str) -> None:
        """Press the one button of this name."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=name, exact=True).click()
        self.actions += 1

    def follow(self, name: str) -> None:
        """Follow the first link of this name."""
        with self.page.expect_navigation():
            self.page.get_by_role("link", name=name).first.click()
        self.actions += 1

    def follow_to(self, part: str) -> None:
        """Follow the first link whose address holds this."""
        with self.page.expect_navigation():
            self.page.locator(f'a[href*="{part}"]').first.click()
        self.actions += 1

    def follow_about(self, part: str, words: str) -> None:
        """Follow the first link whose address holds the one and whose words, hidden ones included, hold the other."""
        with self.page.expect_navigation():
            self.page.locator(f'a[href*="{part}"]', has_text=words).first.click()
        self.actions += 1

    def press_to(self, part: str) -> None:
        """Press the first button whose form goes to an address that holds this."""
        with self.page.expect_navigation():
            self.page.locator(f'form[action*="{part}"] button').first.click()
        self.actions += 1

    def choose(self, label: str) -> None:
        """Choose one of several cards."""
        self.page.get_by_role("radio", name=label).first.check()

    def write(self, label: str, text: str) -> None:
        """Fill in a field."""
        self.page.get_by_label(label).first.fill(text)

    def sees(self, text: str) -> None:
        """The page says so."""
        expect(self.page.locator("main")).to_contain_text(text)

    def reads(self, heading: str) -> None:
        """The page's one first heading."""
        expect(self.page.locator("h1")).to_have_count(1)
        expect(self.page.locator("h1")).to_contain_text(heading)


@dataclass
class Cast:
    """Everybody of one house; a browser is opened for whoever comes first."""

    url: str
    house: str
    new_page: Callable[..., Page]
    present: dict[str, Person] = field(default_factory=dict)

    def __call__(self, account: str, view: View = DESK) -> Person:
        """The person of this account, signed in."""
        if account not in self.present:
            page = self.new_page(view)
            page.goto(f"{self.url}/login")
            page.get_by_label("E-Mail-Adresse").fill(f"{account}@{self.house}.example")
            page.get_by_label("Passwort").fill("demo")
            page.get_by_role("button", name="Anmelden", exact=True).click()
            expect(page.get_by_role("button", name="Abmelden")).to_be_visible()
            self.present[account] = Person(page, self.url)
        return self.present[account]


def upload(person: Person, label: str, file: dict[str, Any] = PDF) -> None:
    """Choose a file."""
    person.page.get_by_label(label).first.set_input_files(file)  # type: ignore[arg-type]
