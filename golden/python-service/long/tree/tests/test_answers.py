from my_very_long_service_name_of_forty_chars import answers

from tests.fake_llm import MockLLMClient


async def test_answer_is_stripped(mock_llm: MockLLMClient) -> None:
    mock_llm.responses = {"default": "Test answer", "How?": " So.\n"}
    assert await answers.answer("Why?", mock_llm) == "Test answer"
    assert await answers.answer("How?", mock_llm) == "So."
