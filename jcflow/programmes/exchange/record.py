"""One mapping of a file while it is read: takes values by name, collects every fault with its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from jcflow.errors import Fault
from jcflow.programmes.exchange.source import Pairs
from jcflow.programmes.exchange.values import Form

T = TypeVar("T")

MAX_FAULTS = 1_000
"""Nobody reads more; a file of nothing but faults must not fill the memory with them."""


class Record:
    """A mapping at a place of the file. What is wrong goes to `faults` and a stand-in is returned: reading goes on."""

    def __init__(self, value: object, place: str, faults: list[Fault]) -> None:
        self.place, self.faults = place, faults
        self.values: Mapping[str, object] = value if isinstance(value, dict) else {}
        self.broken = not isinstance(value, dict)
        self._seen: set[str] = set()
        if self.broken:
            self.fault("", "Hier werden Schlüssel mit Werten erwartet.")
        for name in value.repeated if isinstance(value, Pairs) else ():
            self.fault(name, "Dieser Schlüssel steht hier mehrfach.")

    def fault(self, name: str, reason: str) -> None:
        """Notes what is wrong with the value called `name`, or with the whole mapping where `name` is empty."""
        if len(self.faults) < MAX_FAULTS:
            place = "/".join(part for part in (self.place, name) if part)
            self.faults.append(Fault(place or "Datei", reason))

    def value(self, name: str) -> object:
        """The raw value, None where it is absent; the name counts as known from now on."""
        self._seen.add(name)
        return self.values.get(name)

    def need(self, name: str, form: Form[T]) -> T:
        """A value that must be there."""
        if self.value(name) is None:
            if not self.broken:
                self.fault(name, "Diese Angabe fehlt.")
            return form.instead
        return self._take(name, form, form.instead)

    def maybe(self, name: str, form: Form[T]) -> T | None:
        """A value that may be absent or null."""
        return None if self.value(name) is None else self._take(name, form, form.instead)

    def default(self, name: str, form: Form[T], otherwise: T) -> T:
        """A value that means `otherwise` where it is absent or null."""
        return otherwise if self.value(name) is None else self._take(name, form, form.instead)

    def all_of(self, name: str, form: Form[T]) -> tuple[T, ...]:
        """A list of plain values; absent or null is an empty one."""
        found = []
        for number, item in enumerate(self._list(name), 1):
            try:
                found.append(form.take(item))
            except ValueError as error:
                self.fault(f"{name}/{number}", str(error))
        return tuple(found)

    def part(self, name: str, build: Callable[[Record], T]) -> T:
        """A mapping inside this one that must be there."""
        value = self.value(name)
        if value is None:
            if not self.broken:
                self.fault(name, "Diese Angabe fehlt.")
            return build(Record({}, self._at(name), []))
        return self._built(Record(value, self._at(name), self.faults), build)

    def parts(self, name: str, build: Callable[[Record], T], *, by: str | None = None) -> tuple[T, ...]:
        """A list of mappings; absent or null is an empty one. `by` names the value that must be unique among them.

        In places an item goes by that value, else by its number from 1.
        """
        found, used = [], set()
        for number, item in enumerate(self._list(name), 1):
            called = item.get(by) if by and isinstance(item, dict) else None
            known = isinstance(called, str | int) and called != ""
            record = Record(item, self._at(f"{name}/{called if known else number}"), self.faults)
            if known and called in used:
                record.fault(by or "", f"„{called}“ kommt mehrfach vor.")
            if known:
                used.add(called)
            found.append(self._built(record, build))
        return tuple(found)

    def ignore_rest(self) -> None:
        """Lets every key count as known."""
        self._seen.update(self.values)

    def close(self) -> None:
        """Notes every key nobody asked for."""
        for name in self.values:
            if name not in self._seen:
                self.fault(name, "Dieser Schlüssel ist nicht bekannt.")

    def _at(self, name: str) -> str:
        return f"{self.place}/{name}".lstrip("/")

    def _list(self, name: str) -> list[object]:
        value = self.value(name)
        if value is None:
            return []
        if isinstance(value, list):
            return value
        self.fault(name, "Hier wird eine Liste erwartet.")
        return []

    def _take(self, name: str, form: Form[T], instead: T) -> T:
        try:
            return form.take(self.values[name])
        except ValueError as error:
            self.fault(name, str(error))
            return instead

    def _built(self, record: Record, build: Callable[[Record], T]) -> T:
        built = build(record)
        record.close()
        return built
