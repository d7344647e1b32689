"""Run `python -m zz_9`."""

from zz_9.cli import run

run()
