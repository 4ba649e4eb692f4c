"""`jcflow db upgrade`, each in a process that stops before it begins, so that somebody can watch it from the start.

Run as a script. For each address of a database that comes in on a line it prints the id of the stopped process, and
once that has ended, how: its exit code, or the number of the signal with a minus sign.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

from jcflow.cli.main import main

PR_SET_PTRACER, ANYBODY = 0x59616D61, ctypes.c_ulong(-1)


def upgrade(url: str) -> None:
    """Wait to be told to go on, and upgrade the database."""
    os.environ["JCFLOW_DATABASE_URL"] = url
    ctypes.CDLL(None).prctl(PR_SET_PTRACER, ANYBODY, 0, 0, 0)
    os.kill(os.getpid(), signal.SIGSTOP)
    main(["db", "upgrade"])


if __name__ == "__main__":
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
            upgrade(line.strip())
        os.waitid(os.P_PID, child, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
