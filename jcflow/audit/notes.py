"""Signed notes as C2SP describes them: what a checkpoint says, in lines of text, and who vouches for it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from jcflow.audit.canonical import plain
from jcflow.audit.verify_bundle import Note, key_id, notes_in


def origin_of(jobcenter_id: UUID) -> str:
    """The first line of a Jobcenter's notes, and the name of the keys that sign them."""
    return f"jcflow/{jobcenter_id}"


def public_of(key: Ed25519PrivateKey) -> bytes:
    """The 32 bytes of the public key."""
    return key.public_key().public_bytes_raw()


def written_key(name: str, public: bytes) -> str:
    """A public key as one word: name, id in hexadecimal, and the key in base64."""
    return f"{name}+{key_id(name, public).hex()}+{base64.b64encode(bytes([1]) + public).decode()}"


def signed(
    jobcenter_id: UUID,
    size: int,
    head: str,
    at: datetime,
    occasion: str,
    programme_id: UUID | None,
    keys: Sequence[Ed25519PrivateKey],
) -> str:
    """A note over the first `size` events of a Jobcenter, signed by every key; it names them all."""
    origin = origin_of(jobcenter_id)
    lines = [origin, str(size), base64.b64encode(bytes.fromhex(head)).decode()]
    lines += [f"time {plain(at)}", f"occasion {occasion}"]
    lines += [f"programme {programme_id}"] if programme_id else []
    lines += [f"key {written_key(origin, public_of(key))}" for key in keys]
    text = "".join(f"{line}\n" for line in lines)
    signatures = [key_id(origin, public_of(key)) + key.sign(text.encode()) for key in keys]
    return f"{text}\n" + "".join(f"— {origin} {base64.b64encode(raw).decode()}\n" for raw in signatures)


def read_note(text: str) -> Note | None:
    """The one note a text is; None where it is none, or more than one."""
    found = list(notes_in(text))
    return found[0] if len(found) == 1 and text.startswith(found[0].text) else None
