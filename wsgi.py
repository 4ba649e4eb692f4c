"""The entry for a WSGI server: `gunicorn wsgi:app`."""

from __future__ import annotations

import sys

from jcflow.config import Settings
from jcflow.errors import BadConfiguration
from jcflow.web import create_app

try:
    app = create_app(Settings.from_environ())
except BadConfiguration as error:
    print(error, file=sys.stderr)
    sys.exit(78)
