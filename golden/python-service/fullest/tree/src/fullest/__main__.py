"""Run `python -m fullest`."""

from fullest.cli import run

run()
