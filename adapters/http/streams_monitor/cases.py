"""Say of each route of streams and their consumers how it is asked."""

from collections.abc import Mapping
from types import MappingProxyType

from adapters.http.cases import Case, Cases

CASES: Mapping[str, Cases] = MappingProxyType(
    {
        "GET /api/v1/streams": Case(),
        "GET /api/v1/streams/consumers": Case(),
        "POST /api/v1/streams/consumers/{group}/restart": Case(
            plain={"group": "ballast.commands"}, whole_tenant=True, action="consumer.restart"
        ),
    }
)
