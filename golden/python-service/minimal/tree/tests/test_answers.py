import pytest

from a import answers
from a.errors import NotFoundError


def test_known_question() -> None:
    assert answers.answer(" What is the answer? ") == "42."


def test_unknown_question() -> None:
    with pytest.raises(NotFoundError):
        answers.answer("Why?")
