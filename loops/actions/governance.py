"""Which governance profile is in force, and whether the store it needs is there."""

from dataclasses import replace

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from loops.domain.governance import PROFILES, Governance, durability
from loops.domain.states import Durability, GovernanceProfile


def governance() -> Governance:
    """The switches of the profile that is set; with RAC_ENABLED off, those that need it are too."""
    chosen = PROFILES[GovernanceProfile(settings.GOVERNANCE_PROFILE)]
    return chosen if settings.RAC_ENABLED else replace(chosen, rac=False, durability=False)


def configured_store() -> str:
    """The engine of the database that keeps what runs promise; empty if none is configured."""
    return str(settings.DATABASES.get("default", {}).get("ENGINE", ""))


def check_durability(store: str) -> None:
    """Raises ImproperlyConfigured where the contract is on and its store forgets; under a profile
    that enforces durability, also where nobody knows whether it does."""
    found = durability(enforced=settings.RAC_ENABLED, store=store)
    unknown = found is Durability.UNKNOWN and governance().durability
    if found is Durability.NOT_DURABLE or unknown:
        raise ImproperlyConfigured(
            "The runtime audit contract needs a database that keeps what runs promise. "
            "Set DATABASE_URL to PostgreSQL, or RAC_ENABLED to false."
        )
