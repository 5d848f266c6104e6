"""What every adapter promises that scores log-ins."""

from abc import abstractmethod

import pytest

from ports.login_anomaly import LoginAnomaly
from tests.contracts.contract import Contract
from tests.logins import Attack, Person, score_of


class LoginAnomalyContract(Contract):
    """Subclasses give `anomaly`."""

    @pytest.fixture
    @abstractmethod
    def anomaly(self) -> LoginAnomaly: ...

    async def test_the_same_past_gives_the_same_score(self, anomaly: LoginAnomaly) -> None:
        person = Person(1)
        person.live(60)
        past, other = person.past, person.attacked(Attack.FAR, seed=1)
        user_id = past[0].user_id
        first = await score_of(anomaly, user_id=user_id, past=past, now=other)
        assert first is not None
        assert await score_of(anomaly, user_id=user_id, past=past, now=other) == first
        assert 0 < first <= 1

    async def test_what_is_unlike_all_before_scores_higher(self, anomaly: LoginAnomaly) -> None:
        for seed in range(1, 4):
            person = Person(seed)
            person.live(100)
            past = list(person.past)
            user_id = past[0].user_id
            usual = [
                await score_of(anomaly, user_id=user_id, past=past, now=one.features)
                for one in past[-9:]
            ]
            stranger = person.attacked(Attack.FAR, seed=seed)
            odd = await score_of(anomaly, user_id=user_id, past=past, now=stranger)
            assert odd is not None
            assert odd > 0.6
            assert sorted(one or 0.0 for one in usual)[4] < 0.5

    async def test_a_device_that_was_always_the_same_is_missed(self, anomaly: LoginAnomaly) -> None:
        # Nothing but the device differs, and in the past it never did.
        person = Person(2)
        person.live(100)
        ordinary = [one for one in person.past if not one.features.new_device]
        last = ordinary[-1].features
        user_id = ordinary[0].user_id
        same = await score_of(anomaly, user_id=user_id, past=ordinary, now=last)
        elsewhere = person.attacked(Attack.NEAR, seed=4)
        other = await score_of(anomaly, user_id=user_id, past=ordinary, now=elsewhere)
        assert same is not None
        assert other is not None
        assert other > same + 0.05

    async def test_users_do_not_share_their_habits(self, anomaly: LoginAnomaly) -> None:
        one, other = Person(1), Person(2)
        one.live(40)
        other.live(40)
        now = one.past[-1].features
        own = await score_of(anomaly, user_id=one.past[0].user_id, past=one.past, now=now)
        theirs = await score_of(anomaly, user_id=other.past[0].user_id, past=other.past, now=now)
        assert own != theirs
        again = await score_of(anomaly, user_id=one.past[0].user_id, past=one.past, now=now)
        assert again == own
