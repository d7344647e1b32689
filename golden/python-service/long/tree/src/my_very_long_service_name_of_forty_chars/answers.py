"""What this service is for: a sample, to be replaced. It knows nothing of HTTP."""

from my_very_long_service_name_of_forty_chars.llm import LLMClient


async def answer(question: str, llm: LLMClient) -> str:
    """Answer a question with the language model."""
    return (await llm.answer(question)).strip()
