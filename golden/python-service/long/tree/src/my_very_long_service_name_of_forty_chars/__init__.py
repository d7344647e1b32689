"""The service. Its version and its description are written once, in pyproject.toml."""

from importlib.metadata import metadata

NAME = "my-very-long-service-name-of-forty-chars"

_metadata = metadata(NAME)
__version__ = _metadata["Version"]
DESCRIPTION = _metadata["Summary"]
