"""What can go wrong on purpose: code catches the class, clients see `status`, logs see `code`."""

from collections.abc import Mapping, Sequence
from typing import ClassVar


class AppError(Exception):
    """The base of every error that this service raises on purpose.

    `message` and `details` may reach the client: never put input, secrets or the text of another
    error there. Used by the handler in `api.problems`: details["errors"], a list of mappings with
    `pointer` and `detail`, and details["retry_after_s"].
    """

    status: ClassVar[int] = 500
    default_code: ClassVar[str] = "internal"

    def __init__(
        self, message: str, code: str | None = None, details: Mapping[str, object] | None = None
    ) -> None:
        """Keep the message for people, the code for programs, the details for the handler."""
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.details = dict(details or {})


class ValidationError(AppError):
    """The request is not valid."""

    status, default_code = 400, "invalid_request"


class AuthenticationError(AppError):
    """Nobody we know is asking."""

    status, default_code = 401, "unauthenticated"


class PermissionDeniedError(AppError):
    """We know who is asking, and the answer is no."""

    status, default_code = 403, "permission_denied"


class NotFoundError(AppError):
    """There is no such thing."""

    status, default_code = 404, "not_found"


class ConflictError(AppError):
    """The request does not fit the present state."""

    status, default_code = 409, "conflict"


class RateLimitedError(AppError):
    """Too many requests: the caller may try again later."""

    status, default_code = 429, "rate_limited"


class ServiceError(AppError):
    """Something that we depend on failed, or took too long: the caller may try again."""

    status, default_code = 503, "unavailable"


class LLMError(ServiceError):
    """The language model failed."""

    default_code = "llm_unavailable"


class DatabaseError(ServiceError):
    """The database failed."""

    default_code = "database_unavailable"


class StartupError(AppError):
    """The service cannot start: `problems` are for people, `exit_code` is for the supervisor."""

    exit_code: ClassVar[int] = 70

    def __init__(self, problems: Sequence[str]) -> None:
        """Keep every problem, so that all can be mended in one go."""
        super().__init__("\n".join(problems))
        self.problems = list(problems)


class ConfigError(StartupError):
    """Settings or secrets are wrong."""

    exit_code, default_code = 78, "invalid_config"


class DependencyError(StartupError):
    """Something that we depend on is not there."""

    exit_code, default_code = 69, "dependency_unavailable"


class TamperedAuditError(StartupError):
    """The audit log is not what we wrote."""

    exit_code, default_code = 1, "audit_tampered"
