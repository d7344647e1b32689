"""What this service is for: a sample, to be replaced. It knows nothing of HTTP."""

from my_very_long_service_name_of_forty_chars.errors import NotFoundError

_ANSWERS = {
    "is anybody there?": "Yes.",
    "what is the answer?": "42.",
}


def answer(question: str) -> str:
    """Look a question up."""
    try:
        return _ANSWERS[question.strip().lower()]
    except KeyError:
        raise NotFoundError("Nobody knows the answer.") from None
