"""Who looks for an agent that is not heard is told why, and nothing of other tenants."""

import json
from collections import Counter

import pytest

from bootstrap.areas.agents import KEYS_MISSING, _hint
from bootstrap.settings.sections import CommandSettings, KafkaSettings, Settings
from tests.unit.adapters.kafka.test_heartbeat_wire import SECRET, TENANT

KEYS = json.dumps([{"id": "k", "secret": SECRET, "tenant": str(TENANT), "actor": "a"}])
KAFKA = KafkaSettings(bootstrap="127.0.0.1:9")
KEYED = Settings(kafka=KAFKA, commands=CommandSettings(keys=KEYS))


@pytest.mark.parametrize(
    ("settings", "unheard", "told"),
    [
        (Settings(), {}, ""),
        (Settings(kafka=KAFKA), {"malformed": 1}, KEYS_MISSING),
        (Settings(kafka=KAFKA, commands=CommandSettings(keys="[]")), {}, KEYS_MISSING),
        (KEYED, {}, ""),
        # Of these a key says whose they were.
        (KEYED, {"wrong_tenant": 9, "wrong_account": 9, "stale": 9, "storage": 9}, ""),
        (
            KEYED,
            {"unsigned": 3, "malformed": 2, "wrong_tenant": 9},
            (
                "heartbeats over Kafka that were nobody's since this process started:"
                " 2 malformed, 3 unsigned"
            ),
        ),
    ],
)
def test_the_hint_says_why_heartbeats_are_not_heard(
    settings: Settings, unheard: dict[str, int], told: str
) -> None:
    assert _hint(settings, Counter(unheard)) == told
