"""Say of each route of agents how it is asked."""

from collections.abc import Mapping
from types import MappingProxyType

from adapters.http.cases import Case, Cases

_AGENT = {"agent_id": "agent"}

CASES: Mapping[str, Cases] = MappingProxyType(
    {
        "GET /api/v1/agents": Case(),
        "GET /api/v1/agents/{agent_id}": Case(ids=_AGENT),
        "POST /api/v1/agents": Case(
            ids={"/member_id": "machine", "/account_id": "account"},
            body={"agent_id": "momentum"},
            consumes=True,
        ),
        # Nobody but the machine that it is registered as: 409.
        "POST /api/v1/agents/{agent_id}/heartbeat": Case(ids=_AGENT, body={}),
        "POST /api/v1/agents/{agent_id}/pause": Case(ids=_AGENT),
        "POST /api/v1/agents/{agent_id}/resume": Case(ids=_AGENT),
    }
)
