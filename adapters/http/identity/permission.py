"""Say which permission a route needs."""

from typing import Any

PERMISSION = "permission"


def needing(permission: str | None, made: dict[str, Any]) -> dict[str, Any]:
    """Return what `described` made with the route's permission; None for an open route."""
    return {**made, "opt": {**made["opt"], PERMISSION: permission}}
