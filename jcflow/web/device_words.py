"""Plain words for a device, from what its browser says of itself."""

from __future__ import annotations

BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("iPhone", "auf einem iPhone"),
    ("iPad", "auf einem iPad"),
    ("Android", "auf einem Android-Gerät"),
    ("Windows", "unter Windows"),
    ("Mac OS", "auf einem Mac"),
    ("CrOS", "auf einem Chromebook"),
    ("Linux", "unter Linux"),
)
"""Mark in the text to its words; the first that fits counts."""


def device_of(user_agent: str) -> str:
    """For example `Firefox unter Windows`; nothing of the text itself is passed on."""
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "")
    system = next((words for mark, words in SYSTEMS if mark in user_agent), "")
    if not browser and not system:
        return "ein unbekanntes Gerät"
    return f"{browser or 'ein Browser'} {system}".strip()
