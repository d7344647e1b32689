import pytest

from my_very_long_service_name_of_forty_chars import answers
from my_very_long_service_name_of_forty_chars.errors import NotFoundError


def test_known_question() -> None:
    assert answers.answer(" What is the answer? ") == "42."


def test_unknown_question() -> None:
    with pytest.raises(NotFoundError):
        answers.answer("Why?")
