"""Importing the service connects to nothing, starts nothing, writes nothing, reads no secret."""

import subprocess
import sys

PROBE = """
import os, sys

def hook(event, args):
    if event in {"socket.connect", "socket.bind", "subprocess.Popen", "os.system"}:
        raise SystemExit(event)
    writes = event == "open" and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    if (writes or event == "os.mkdir") and "__pycache__" not in str(args[0]):
        raise SystemExit(f"writes {args[0]}")

class Environment(dict):
    def get(self, name, default=None):
        if name.startswith("A_"):
            raise SystemExit(f"reads {name}")
        return super().get(name, default)

    __getitem__ = get

sys.addaudithook(hook)
os.environ = Environment(os.environ)
import a.cli
if "fastapi" in sys.modules:
    raise SystemExit("check and audit wait for what only serving needs")
import a.server
"""


def test_import_does_nothing() -> None:
    command = [sys.executable, "-c", PROBE]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
