"""Put an area's routes under one path."""

from typing import Any

from litestar import Router


class AreaRoutes(Router):
    """The routes of one area, built for one application.

    The framework would register a deep copy, so that a router can stand in two places. An
    area's routes stand in one: the copying was a third of what building an application costs.
    """

    def __deepcopy__(self, memo: dict[int, Any]) -> "AreaRoutes":
        """Return this one; the application that registers it owns it."""
        return self
