"""What this service is for: a sample, to be replaced. It knows nothing of HTTP."""

from fullest.llm import LLMClient


async def answer(question: str, llm: LLMClient) -> str:
    """Answer a question with the language model."""
    return (await llm.answer(question)).strip()
