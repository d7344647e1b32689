"""The service. Its version and its description are written once, in pyproject.toml."""

from importlib.metadata import metadata

NAME = "fullest"

_metadata = metadata(NAME)
__version__ = _metadata["Version"]
DESCRIPTION = _metadata["Summary"]
