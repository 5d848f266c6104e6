"""Read a database URL."""

from urllib.parse import urlsplit

_SCHEMES = {"postgresql", "postgres", "postgresql+asyncpg"}


class AddressInvalid(Exception):
    """The database URL cannot be understood."""


def plain_url(url: str) -> str:
    """Return the URL as the driver takes it, `postgresql://…`; raises AddressInvalid."""
    scheme, mark, rest = url.partition("://")
    if not mark or scheme not in _SCHEMES:
        raise AddressInvalid(
            "the database URL must begin with postgresql:// "
            "(postgresql://user:password@host:port/database)"
        )
    plain = f"postgresql://{rest}"
    try:
        parts = urlsplit(plain)
        _ = parts.port
    except ValueError as error:
        raise AddressInvalid(f"the database URL has a bad host or port: {error}") from error
    if not parts.path.strip("/"):
        raise AddressInvalid("the database URL names no database (…@host:port/database)")
    return plain


def without_secrets(url: str) -> str:
    """Return host, port and database only: fit for logs and messages."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2] or "(default host)"
    return f"{place}{parts.path}"
