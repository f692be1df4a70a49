"""The integrations' tables in the administration."""

from integrations.admin import credentials, integrations, usage

__all__ = ["credentials", "integrations", "usage"]
