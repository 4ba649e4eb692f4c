"""What every test may ask for: databases, a browser, a running site."""

from __future__ import annotations

import gc

# What a test leaves behind is small beside all that is loaded: looking through it often took a seventh of the time.
gc.set_threshold(200_000, 50, 100)

pytest_plugins = ["tests.databases", "tests.browser", "tests.servers", "tests.sites", "tests.scale"]
