"""What this service is for: a sample, to be replaced. It knows nothing of HTTP."""

from a.errors import NotFoundError

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
