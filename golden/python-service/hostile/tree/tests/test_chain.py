from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from zz_9 import chain
from zz_9.chain import Head, TamperedError

KEY = b"0123456789abcdef0123456789abcdef"
KNOWN = (
    b'{"seq":1,"ts":"2026-01-02T03:04:05.000006Z","event":"service.started",'
    b'"mac":"11f1f0067ac0530e55bbbe4d45d1ea9ebcb3c8f21c9074df2d9a6f63d5617afa"}\n'
    b'{"seq":2,"ts":"2026-01-02T03:04:06.000000Z","event":"service.stopped",'
    b'"mac":"c90007fabeec4fbb1541f2c2cfb701bab5b1c99ff976b926e1648dc439f88c76"}\n'
)


def lines(count: int, head: Head | None = None) -> list[bytes]:
    head, made = head or Head(), list[bytes]()
    for number in range(count):
        ts = f"2026-01-02T03:04:05.{number:06}Z"
        head, line = chain.extend(head, KEY, ts, "http.access", {"status": 200 + number})
        made.append(line)
    return made


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "audit.jsonl"


def verify(path: Path, text: bytes, *checkpoints: Head) -> Head:
    path.write_bytes(text)
    return chain.verify([path], KEY, checkpoints)[1]


def read_tail(path: Path, text: bytes) -> tuple[Head, int]:
    path.write_bytes(text)
    with path.open("rb") as file:
        return chain.read_tail(file.fileno(), KEY)


def test_known_answer(path: Path) -> None:
    first, line1 = chain.extend(Head(), KEY, "2026-01-02T03:04:05.000006Z", "service.started", {})
    second, line2 = chain.extend(first, KEY, "2026-01-02T03:04:06.000000Z", "service.stopped", {})
    assert line1 + line2 == KNOWN
    assert verify(path, KNOWN) == second
    assert read_tail(path, KNOWN) == (second, len(KNOWN))


TAMPERINGS: dict[str, tuple[Callable[[list[bytes]], Sequence[bytes]], int]] = {
    "edited": (lambda x: [x[0], x[1].replace(b"201", b"500"), *x[2:]], 2),
    "deleted": (lambda x: [x[0], *x[2:]], 2),
    "first deleted": (lambda x: x[1:], 1),
    "reordered": (lambda x: [x[1], x[0], *x[2:]], 1),
    "duplicated": (lambda x: [x[0], *x], 2),
    "inserted": (lambda x: [x[0], b"{}\n", *x[1:]], 2),
    "bit flipped": (lambda x: [x[0], bytes([x[1][0] ^ 1]) + x[1][1:], *x[2:]], 2),
    "mac flipped": (lambda x: [*x[:3], x[3].replace(b'"}', b" }")], 4),
    "torn": (lambda x: [*x[:3], x[3][:-1]], 4),
    "renumbered": (lambda x: [x[0].replace(b'"seq":1', b'"seq":01'), *x[1:]], 1),
    "truncated": (lambda x: x[:3], 0),
    "emptied": (lambda _: [], 0),
}


@pytest.mark.parametrize("how", TAMPERINGS)
def test_tampering_is_found(path: Path, how: str) -> None:
    original = lines(4)
    last = verify(path, b"".join(original))
    tamper, line = TAMPERINGS[how]
    place = f"{path}:{line}: " if line else "record 4: "
    with pytest.raises(TamperedError) as caught:
        verify(path, b"".join(tamper(original)), last)
    assert str(caught.value).startswith(place)


def test_other_key(path: Path) -> None:
    path.write_bytes(KNOWN)
    with pytest.raises(TamperedError, match=r"\.jsonl:1: "):
        chain.verify([path], KEY[::-1])


@pytest.mark.parametrize("seq", [0, 1, 4])
def test_checkpoint(path: Path, seq: int) -> None:
    known = verify(path, b"".join(lines(seq)))
    assert verify(path, b"".join(lines(4)), known).seq == 4
    other = Head(seq, b"x" * 32)
    for checkpoints in ([other], [known, other], [Head(4, b"x" * 32), known]):
        with pytest.raises(TamperedError, match=f"^record {checkpoints[0].seq}: is missing"):
            verify(path, b"".join(lines(4)), *checkpoints)


def test_head_as_text() -> None:
    head = Head(7, bytes(range(32)))
    assert Head.parse(str(head)) == head
    for text in ("", "7", "x:00", "7:00", f"-{head}", f"{head}0"):
        with pytest.raises(ValueError, match=r"^$"):
            Head.parse(text)


def rotated(head: Head) -> list[bytes]:
    fields = {"previous_mac": head.mac.hex()}
    ts = "2026-01-02T03:05:00.000000Z"
    first, line = chain.extend(head, KEY, ts, chain.ROTATED, fields)
    return [line, *lines(2, first)]


def test_files_go_on_where_the_older_one_ends(path: Path) -> None:
    older = path.with_name("older")
    head = verify(older, b"".join(lines(3)))
    assert verify(path, b"".join(rotated(head))).seq == 6
    before, last = chain.verify([older, path], KEY, [head])
    assert (before.seq, last.seq) == (0, 6)
    before, last = chain.verify([path], KEY, [head])
    assert (before.seq, last.seq) == (3, 6)
    assert read_tail(path, rotated(head)[0])[0].seq == 4
    for wrong in ([path, older], [path, path]):
        with pytest.raises(TamperedError):
            chain.verify(wrong, KEY)
    with pytest.raises(TamperedError):
        verify(path, b"".join(rotated(Head(9, head.mac))).replace(b'"seq":10', b'"seq":4'))


@pytest.mark.parametrize("count", [0, 1, 2, 5000])
@pytest.mark.parametrize("torn", [b"", b'{"seq":', b"x" * 200_000])
def test_tail(path: Path, count: int, torn: bytes) -> None:
    text = b"".join(lines(count))
    assert read_tail(path, text + torn) == (verify(path, text), len(text))


@pytest.mark.parametrize(
    "text",
    [
        b"forged\n",
        b"forged\n" + lines(1)[0],
        lines(1)[0] + b"forged\n",
        lines(2)[0][:-10] + b"\n" + lines(2)[1],
        b'{"seq":1,' + b"\xff" * 66 + b"\n" + lines(2)[1],
        b"".join(lines(3)[1:2]),
    ],
)
def test_forged_tail(path: Path, text: bytes) -> None:
    with pytest.raises(TamperedError, match="the last record: "):
        read_tail(path, text)
