"""Run `python -m my_very_long_service_name_of_forty_chars`."""

from my_very_long_service_name_of_forty_chars.cli import run

run()
