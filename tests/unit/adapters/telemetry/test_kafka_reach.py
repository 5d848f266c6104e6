"""What needs Kafka is degraded as soon as no broker answers, whoever notices first."""

import pytest

from adapters.memory.time import ManualClock
from adapters.telemetry.health import HealthBoard
from adapters.telemetry.kafka_reach import KafkaReach
from ports.health import ComponentState
from tests import builders

UP, DEGRADED, STARTING = ComponentState.UP, ComponentState.DEGRADED, ComponentState.STARTING


@pytest.fixture
def board() -> HealthBoard:
    return HealthBoard(clock=ManualClock(builders.AT))


@pytest.fixture
def reach(board: HealthBoard) -> KafkaReach:
    reach = KafkaReach(health=board)
    for name in ("kafka_commands", "kafka_events"):
        reach.declare(name)
    return reach


def _shown(board: HealthBoard) -> dict[str, tuple[ComponentState, str]]:
    return {one.name: (one.state, one.detail) for one in board.components()}


def test_all_are_degraded_while_no_broker_answers_and_as_before_after_it(
    board: HealthBoard, reach: KafkaReach
) -> None:
    reach.tell("kafka_events", UP)
    reach.looked(None)
    assert _shown(board) == {"kafka_commands": (STARTING, ""), "kafka_events": (UP, "")}
    reach.looked("Kafka: refused")
    waiting = (DEGRADED, "waiting: Kafka: refused")
    assert _shown(board) == {"kafka_commands": waiting, "kafka_events": waiting}
    # With nothing to send it has nothing to complain of.
    reach.tell("kafka_events", UP)
    assert _shown(board)["kafka_events"] == waiting
    reach.looked(None)
    assert _shown(board) == {"kafka_commands": (STARTING, ""), "kafka_events": (UP, "")}
    assert not any(one.required for one in board.components())


def test_a_parts_own_trouble_is_told_in_its_own_words(
    board: HealthBoard, reach: KafkaReach
) -> None:
    reach.tell("kafka_commands", DEGRADED, detail="no topic ballast.commands.v1")
    reach.looked("Kafka: refused")
    reach.looked(None)
    assert _shown(board)["kafka_commands"] == (DEGRADED, "no topic ballast.commands.v1")


def test_a_part_of_another_process_is_not_told_of(board: HealthBoard, reach: KafkaReach) -> None:
    reach.tell("heartbeats", DEGRADED, detail="deaf")
    assert "heartbeats" not in _shown(board)
