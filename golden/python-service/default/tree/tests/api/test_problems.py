import httpx2
import pytest
from fastapi import HTTPException

from myservice import NAME
from myservice.errors import AppError, RateLimitedError, ServiceError

from tests.conftest import LogStream

JSON = {"Content-Type": "application/json"}


def check(response: httpx2.Response, status: int, code: str) -> list[dict[str, str]]:
    """Check all that problems have in common; return the errors."""
    body = response.json()
    assert "CANARY" not in response.text
    assert response.headers["Content-Type"] == "application/problem+json"
    assert (response.status_code, body["status"], body["code"]) == (status, status, code)
    assert body["type"] == f"urn:{NAME}:problem:{code}"
    assert body["request_id"] == response.headers["X-Request-ID"]
    assert body["title"]
    assert body["detail"]
    errors: list[dict[str, str]] = body.get("errors", [])
    return errors


@pytest.mark.parametrize(
    ("content", "pointers"),
    [
        (b'{"name": ["CANARY"]}', ["/name"]),
        (b'{"name": "a", "CANARY": 1}', [""]),
        (b'{"CANARY": 1}', ["/name", ""]),
        (b'{"name": CANARY', [""]),
        (b'"CANARY"', [""]),
        (b"", [""]),
        (b"\xff", []),
    ],
)
async def test_invalid_body(
    client: httpx2.AsyncClient, content: bytes, pointers: list[str]
) -> None:
    response = await client.post("/test/owners", content=content, headers=JSON)
    errors = check(response, 400, "invalid_request")
    assert [error["pointer"] for error in errors] == pointers


async def test_message_that_quotes_the_input_is_replaced(client: httpx2.AsyncClient) -> None:
    body = {"name": "a", "pets": {"b/c~d": {"kind": "CANARY"}}}
    errors = check(await client.post("/test/owners", json=body), 400, "invalid_request")
    assert errors == [{"pointer": "/pets/b~1c~0d", "detail": "Input has an unknown tag"}]


async def test_parameter_is_named(client: httpx2.AsyncClient) -> None:
    response = await client.post("/test/owners?copies=CANARY", json={"name": "a"})
    (error,) = check(response, 400, "invalid_request")
    assert error["pointer"] == ""
    assert error["detail"] == "query copies: Input should be a valid integer"


async def test_name_of_an_unknown_parameter_is_not_repeated(client: httpx2.AsyncClient) -> None:
    (error,) = check(await client.post("/test/search?CANARY=1"), 400, "invalid_request")
    assert error == {"pointer": "", "detail": "query: Extra inputs are not permitted"}


async def test_content_type_is_needed(client: httpx2.AsyncClient) -> None:
    response = await client.post("/test/owners", content=b'{"name": "a"}')
    check(response, 400, "invalid_request")


@pytest.mark.parametrize("path", ["/CANARY", "/test/owners/?CANARY", "/docs"])
async def test_unknown_path(client: httpx2.AsyncClient, path: str) -> None:
    check(await client.post(path), 404, "not_found")


async def test_wrong_method(client: httpx2.AsyncClient) -> None:
    response = await client.request("CANARY", "/test/owners")
    check(response, 405, "method_not_allowed")
    assert response.headers["Allow"] == "POST"


@pytest.mark.parametrize(
    ("error", "retry_after"),
    [
        (ServiceError("Something is down."), "1"),
        (RateLimitedError("Slow down.", details={"retry_after_s": 7}), "7"),
    ],
)
async def test_caller_is_told_when_to_try_again(
    client: httpx2.AsyncClient, failure: list[Exception], error: AppError, retry_after: str
) -> None:
    failure.append(error)
    response = await client.post("/test/failure")
    check(response, error.status, error.code)
    assert response.headers["Retry-After"] == retry_after


@pytest.mark.parametrize(("status", "code"), [(409, "conflict"), (418, "refused")])
async def test_error_of_the_framework(
    client: httpx2.AsyncClient, failure: list[Exception], status: int, code: str
) -> None:
    failure.append(HTTPException(status, "CANARY"))
    check(await client.post("/test/failure"), status, code)


@pytest.mark.parametrize("error", [ValueError("CANARY"), HTTPException(503, "CANARY")])
async def test_unexpected_error_shows_nothing(
    client: httpx2.AsyncClient, failure: list[Exception], logged: LogStream, error: Exception
) -> None:
    failure.append(error)
    check(await client.post("/test/failure"), 500, "internal")
    assert logged.lines("http.error")[0]["error_type"] == type(error).__name__
    assert "CANARY" not in logged.getvalue()


async def test_new_error_needs_no_title(
    client: httpx2.AsyncClient, failure: list[Exception]
) -> None:
    class GoneError(AppError):
        status, default_code = 410, "gone"

    failure.append(GoneError("It was here."))
    check(await client.post("/test/failure"), 410, "gone")
