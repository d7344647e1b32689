"""`make dev`: the service with stand-ins for all that it needs, started again at each change."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from zz_9.config import PREFIX

from tests.dev import ENV
from tests.dev.fake_model import fake_model

POLL_S = 0.5


def newest() -> float:
    """Return when a file that the service is made of last changed."""
    files = [Path("config.yaml"), *Path("src").rglob("*.py")]
    return max(file.stat().st_mtime for file in files)


def serve(env: dict[str, str]) -> None:
    """Run the service until a file changes."""
    seen = newest()
    command = [sys.executable, "-m", "zz_9"]
    with subprocess.Popen(command, env=env) as service:
        try:
            told = False
            while newest() == seen:
                time.sleep(POLL_S)
                if not told and service.poll() is not None:
                    told = True
                    sys.stderr.write(f"exited with {service.returncode}; waiting for a change\n")
        finally:
            service.send_signal(signal.SIGTERM)


def main() -> None:
    with fake_model() as url:
        env = ENV | {f"{PREFIX}LLM__BASE_URL": url} | os.environ | {"NO_PROXY": "127.0.0.1"}
        while True:
            serve(env)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):
        main()
