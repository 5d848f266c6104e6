"""The forests of scikit-learn and of plain Python keep the promises of the port."""

from collections.abc import Iterator

import pytest

from adapters.memory.login_anomaly import MemoryLoginAnomaly, RulesAlone
from adapters.scikit_learn.login_anomaly import ForestLoginAnomaly
from ports.login_anomaly import LoginAnomaly
from tests.contracts.identity.anomaly import LoginAnomalyContract
from tests.logins import Person, score_of


class TestMemoryLoginAnomaly(LoginAnomalyContract):
    @pytest.fixture
    def anomaly(self) -> LoginAnomaly:
        return MemoryLoginAnomaly()


class TestForestLoginAnomaly(LoginAnomalyContract):
    @pytest.fixture
    def anomaly(self) -> Iterator[LoginAnomaly]:
        forest = ForestLoginAnomaly(wait_s=30.0)
        yield forest
        forest.stop()


async def test_the_rules_alone_give_no_score() -> None:
    person = Person(1)
    person.live(3)
    now = person.past[-1].features
    assert (
        await score_of(RulesAlone(), user_id=person.past[0].user_id, past=person.past, now=now)
        is None
    )
