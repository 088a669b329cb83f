"""Runs a Python module as a program that ends with the process that started it: `python -m ... MODULE ARGUMENTS`.

The parent holds the other end of this process's standard input. However the parent ends, SIGKILL included, the system
closes that end, so nothing is left serving to nobody.
"""

import os
import runpy
import signal
import sys
import threading

from marketing_pipeline.domain.clock import SystemClock

STOP_SECONDS = 10.0


def end_with_parent() -> None:
    """From now on end this process, by SIGTERM and then at once, when its standard input is closed."""
    threading.Thread(target=_watch, daemon=True).start()


def _watch() -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    SystemClock().sleep(STOP_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    sys.argv = sys.argv[1:]
    end_with_parent()
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
