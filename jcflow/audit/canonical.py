"""The bytes the trail is made of: canonical JSON and salted commitments."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from uuid import UUID

import orjson

Plain = str | int | bool | None | list["Plain"] | dict[str, "Plain"]
"""What an event may hold: JSON without floats."""


def plain(value: object) -> Plain:
    """A value as an event holds it: text, whole number, truth value, null, or lists and maps of these."""
    if isinstance(value, StrEnum):
        return value.value
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, bytes):
        return [plain(inner) for inner in value]
    raise TypeError(f"not fit for the trail: {type(value).__name__}")


def canonical(value: Plain) -> bytes:
    """Canonical JSON (RFC 8785) of a value without floats and with ASCII keys."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def commitment(salt: bytes, name: str, value: Plain) -> str:
    """SHA-256 over salt, field name and canonical value; without the salt the value cannot be guessed from it."""
    return hashlib.sha256(salt + name.encode() + b"\0" + canonical(value)).hexdigest()
