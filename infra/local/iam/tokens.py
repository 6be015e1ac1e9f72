"""Session tokens: what credentials carry here in place of AWS's opaque ones."""


def session_token(role: str, session: str) -> str:
    """Says whose credentials they are: a role's, taken on by an instance or a function."""
    return f"{role}/{session}"


def read(token: str) -> tuple[str, str] | None:
    """Role and session; none when a token is none of these."""
    role, _, session = token.partition("/")
    return (role, session) if role and session else None
