"""`make db`: make the tables of schema.sql."""

import os
from pathlib import Path

import psycopg

from fullest.config import PREFIX

from tests.dev import ENV

NAME = f"{PREFIX}DATABASE_URL"

with psycopg.connect(os.environ.get(NAME) or ENV[NAME]) as connection:
    connection.execute(Path("schema.sql").read_bytes())
