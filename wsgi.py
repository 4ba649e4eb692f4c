"""The entry for a WSGI server: `gunicorn wsgi:app`."""

from __future__ import annotations

import sys

from jcflow.cli.mounts import check_place
from jcflow.config import Settings
from jcflow.errors import BadConfiguration
from jcflow.web import create_app

try:
    settings = Settings.from_environ()
    check_place(settings)
    app = create_app(settings)
except BadConfiguration as error:
    print(error, file=sys.stderr)
    sys.exit(78)
