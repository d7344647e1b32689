"""Run `python -m a`."""

from a.cli import run

run()
