"""The heartbeat that the example signs is heard."""

import json

from adapters.kafka.heartbeat_wire import read_heartbeat
from adapters.security.command_keys import read_command_keys
from domain.agents.agent import ReportedState
from examples.heartbeat import KIND, VERSION, signed_heartbeat
from tests import builders

SECRET = "a-secret-of-32-characters-or-more"


def test_a_heartbeat_of_the_example_is_one() -> None:
    tenant, account = str(builders.new_id()), str(builders.new_id())
    key = {"id": "momentum-1", "secret": SECRET, "tenant": tenant, "actor": "producer:momentum"}
    value = signed_heartbeat(
        agent="momentum",
        tenant=tenant,
        account=account,
        sequence=7,
        state="paused",
        key_id="momentum-1",
        secret=SECRET,
    )
    heard = read_heartbeat(value, keys=read_command_keys(json.dumps([key])))
    assert (heard.agent_id, str(heard.tenant_id), str(heard.account_id)) == (
        "momentum",
        tenant,
        account,
    )
    assert (heard.kind, heard.version, heard.sequence) == (KIND, VERSION, 7)
    assert heard.state is ReportedState.PAUSED
