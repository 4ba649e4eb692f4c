"""What a machine may lack, and what follows: left out on a desk, an error in continuous integration."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def lacks(what: str, remedy: str, *, demanded_by: str) -> NoReturn:
    """Leave the test out, saying why; fail it with `CI=true` or when the variable `demanded_by` is set."""
    sentence = f"{what} {remedy}"
    if os.environ.get("CI") == "true" or os.environ.get(demanded_by):
        pytest.fail(sentence, pytrace=False)
    pytest.skip(sentence)
