import pytest

from my_very_long_service_name_of_forty_chars import errors


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        (errors.AppError, 500, "internal"),
        (errors.ValidationError, 400, "invalid_request"),
        (errors.AuthenticationError, 401, "unauthenticated"),
        (errors.PermissionDeniedError, 403, "permission_denied"),
        (errors.NotFoundError, 404, "not_found"),
        (errors.ConflictError, 409, "conflict"),
        (errors.RateLimitedError, 429, "rate_limited"),
        (errors.ServiceError, 503, "unavailable"),
        (errors.LLMError, 503, "llm_unavailable"),
        (errors.DatabaseError, 503, "database_unavailable"),
    ],
)
def test_each_error_has_its_status_and_code(
    kind: type[errors.AppError], status: int, code: str
) -> None:
    error = kind("message")
    assert (error.status, error.code, error.message, error.details) == (status, code, "message", {})


def test_code_and_details_can_be_given() -> None:
    error = errors.ConflictError("message", "taken", {"id": 1})
    assert (error.code, error.details) == ("taken", {"id": 1})


def test_startup_errors_keep_every_problem() -> None:
    error = errors.ConfigError(["a", "b"])
    assert (error.problems, error.exit_code, str(error)) == (["a", "b"], 78, "a\nb")
    assert errors.DependencyError([]).exit_code == 69
    assert errors.TamperedAuditError([]).exit_code == 1
