"""The chain of the audit log: what a line looks like, and whether a file is what was written.

A line is `body[:-1] + ',"mac":"' + hex + '"}'`, where mac is HMAC-SHA256(key, previous mac + body)
and the first previous mac is 32 zero bytes. A body is compact ASCII JSON that begins with
`{"seq":N,"ts":"…",`. A file that goes on where an older one ends begins with `audit.rotated`, whose
`previous_mac` is the older one's last mac.
"""

import hmac
import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self, override

ROTATED = "audit.rotated"

_TAIL = len(',"mac":"') + 64 + len('"}')
_HEX = slice(-64 - len('"}'), -len('"}'))
_SEQ = re.compile(rb'\{"seq":([0-9]+),')
_ROTATED = re.compile(
    _SEQ.pattern + rb'"ts":"[^"]+","event":"audit\.rotated","previous_mac":"(.{64})"'
)
_HEAD = re.compile(r"([0-9]+):([0-9a-f]{64})")
_BLOCK = 64 * 1024
_ENDS = 3
"""To have the last two lines whole, one needs their ends, and that of the line before."""


@dataclass(frozen=True)
class Head:
    """The last record of a chain: its number and its mac."""

    seq: int = 0
    mac: bytes = bytes(32)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` writes."""
        if not (match := _HEAD.fullmatch(text)):
            raise ValueError
        return cls(int(match[1]), bytes.fromhex(match[2]))

    @override
    def __str__(self) -> str:
        return f"{self.seq}:{self.mac.hex()}"


class TamperedError(Exception):
    """A file is not what was written."""

    def __init__(self, place: str, what: str) -> None:
        """Say where, and what is wrong there."""
        super().__init__(f"{place}: {what}")


def extend(
    head: Head, key: bytes, ts: str, event: str, fields: Mapping[str, str | int]
) -> tuple[Head, bytes]:
    """Return the head after one more record, and the record's line."""
    record = {"seq": head.seq + 1, "ts": ts, "event": event, **fields}
    body = json.dumps(record, separators=(",", ":")).encode()
    mac = hmac.digest(key, head.mac + body, "sha256")
    line = body[:-1] + b',"mac":"' + mac.hex().encode() + b'"}\n'
    return Head(head.seq + 1, mac), line


def verify(paths: Iterable[Path], key: bytes, witnesses: Iterable[Head] = ()) -> tuple[Head, Head]:
    """Read whole files, in order; return the record before the first, and the last.

    Raise TamperedError with the line, also if what a checkpoint has seen is not among the records.
    """
    first, head, missing = None, Head(), set(witnesses) - {Head()}
    for path in paths:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                try:
                    before = _before(line) if first is None else head
                    head = _follow(before, key, line)
                except ValueError as exc:
                    place = f"{path}:{number}"
                    raise TamperedError(place, str(exc)) from None
                first = first or before
                missing.discard(head)
    if lost := missing - {first}:
        place = f"record {min(checkpoint.seq for checkpoint in lost)}"
        raise TamperedError(place, "is missing, or not what a checkpoint has seen")
    return first or Head(), head


def read_tail(file: int, key: bytes) -> tuple[Head, int]:
    """Check the last record of an open file; return it, and where it ends.

    Only the end of the file is read, so that starting takes no longer as the file grows.
    """
    start, data = os.fstat(file).st_size, b""
    while start and data.count(b"\n") < _ENDS:
        length = min(start, _BLOCK)
        start -= length
        data = os.pread(file, length, start) + data
    end = data.rfind(b"\n") + 1
    lines = data[:end].split(b"\n")[:-1]
    if not lines:
        return Head(), 0
    last = lines[-1] + b"\n"
    try:
        before = _before(last) if len(lines) == 1 else _read(lines[-2])
        return _follow(before, key, last), start + end
    except ValueError as exc:
        raise TamperedError("the last record", str(exc)) from None


def _before(line: bytes) -> Head:
    """Return the head before the first line of a file."""
    if not (record := _ROTATED.match(line)):
        return Head()
    return Head(int(record[1]) - 1, bytes.fromhex(record[2].decode("ascii")))


def _read(line: bytes) -> Head:
    """Return what a line without its end claims to be."""
    if not (seq := _SEQ.match(line)):
        raise ValueError("follows a line that is no record")
    return Head(int(seq[1]), bytes.fromhex(line[_HEX].decode("ascii")))


def _follow(head: Head, key: bytes, line: bytes) -> Head:
    """Return the head after a line that was written after `head`, or raise ValueError."""
    body = line[: -_TAIL - 1] + b"}"
    mac = hmac.digest(key, head.mac + body, "sha256")
    good = body[:-1] + b',"mac":"' + mac.hex().encode() + b'"}\n'
    if line != good or not body.startswith(b'{"seq":%d,' % (head.seq + 1)):
        raise ValueError("was changed, moved or added, or the record before it is missing")
    return Head(head.seq + 1, mac)
