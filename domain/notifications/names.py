"""Put names beside ids in what people are told."""

import re
from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from domain.notifications.alert import Alert

_ID = re.compile(r"(user:)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")


def with_names(alert: Alert, *, people: Mapping[UUID, str], accounts: Mapping[UUID, str]) -> Alert:
    """Return an alert that calls people by their names, and accounts by id and name."""

    def named(found: re.Match[str]) -> str:
        id_ = UUID(found[2])
        if id_ in accounts:
            return f"{found[2]} ({accounts[id_]})"
        return people.get(id_, found[0])

    return replace(alert, subject=_ID.sub(named, alert.subject), text=_ID.sub(named, alert.text))
