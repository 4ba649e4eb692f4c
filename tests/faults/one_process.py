"""The site in one web process that answers one request at a time, so that its system calls come in one order.

Run as a script. Whenever the process is killed, gunicorn's master starts the next one. The file named by
`JCFLOW_TEST_WORKER` holds the process id of the present one.
"""

from __future__ import annotations

import ctypes
import os
from pathlib import Path
from typing import Any

from flask import Flask

from jcflow.cli.server import Server
from jcflow.config import Settings
from jcflow.web.database import db

PR_SET_PTRACER, ANYBODY = 0x59616D61, ctypes.c_ulong(-1)


class OneProcess(Server):
    """`jcflow serve` with a single process and thread."""

    def load_config(self) -> None:
        super().load_config()
        # The master makes the app, so that a new process stands at once; the app opens no connection before a request.
        for name, value in {
            "workers": 1,
            "threads": 1,
            "worker_class": "sync",
            "preload_app": True,
            "post_fork": announce,
        }.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        app = super().load()
        # What every process does once, as compiling templates, is done before there are processes.
        app.test_client().get("/login")
        with app.app_context():
            db.engine.dispose()
        return app


def announce(_arbiter: Any, worker: Any) -> None:
    """Say who is to be watched, and let anybody watch: some systems allow it only to parents."""
    ctypes.CDLL(None).prctl(PR_SET_PTRACER, ANYBODY, 0, 0, 0)
    told = Path(os.environ["JCFLOW_TEST_WORKER"])
    draft = told.with_suffix(".draft")
    draft.write_text(str(worker.pid))
    draft.replace(told)


if __name__ == "__main__":
    OneProcess(Settings.from_environ()).run()
