"""What every test may ask for: databases, a browser, a running site."""

from __future__ import annotations

pytest_plugins = ["tests.databases", "tests.browser", "tests.servers", "tests.sites", "tests.scale"]
