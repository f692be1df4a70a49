"""Sessions, as Django keeps them in the database."""

from django.contrib.sessions.backends import db


class SessionStore(db.SessionStore):
    """A cookie that cannot be one of our keys is no session: PostgreSQL could not look it up."""

    def __init__(self, session_key: str | None = None) -> None:
        can_be_one = session_key is not None and session_key.isascii() and session_key.isalnum()
        super().__init__(session_key if can_be_one else None)
