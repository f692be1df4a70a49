"""The words that tenancy and permissions are stored in; renaming a value needs a migration."""

from enum import StrEnum


class Role(StrEnum):
    """What a member may do in one tenant; each includes those before it."""

    VIEWER = "viewer"
    REVIEWER = "reviewer"
    ADMIN = "admin"


class Scope(StrEnum):
    """What an API token may be used for."""

    INCIDENTS_WRITE = "incidents:write"
    USAGE_WRITE = "usage:write"
    EVALUATE = "evaluate"
    READ = "read"
    DECIDE = "decide"
    TOOLS_CALL = "tools:call"


class Door(StrEnum):
    """Which way in a change came through."""

    WEB = "web"
    API = "api"
    ADMIN = "admin"
    SYSTEM = "system"
