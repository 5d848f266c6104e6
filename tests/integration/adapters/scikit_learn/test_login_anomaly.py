"""The forest's score is the paper's, it is bounded in time, and it tells people from strangers."""

import asyncio
import threading
from collections.abc import Iterator
from statistics import fmean
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import IsolationForest

from adapters.memory.login_anomaly import MemoryLoginAnomaly
from adapters.scikit_learn import login_anomaly
from adapters.scikit_learn.forest import POINTS_MAX, SEED, TREES, grow
from adapters.scikit_learn.login_anomaly import (
    FORESTS_KEPT,
    UNSEEN_MIN,
    WAITING_MAX,
    ForestLoginAnomaly,
    unseen_max,
)
from bootstrap.settings.devices import DeviceSettings
from domain.identity.isolation import average_path, isolation_score
from domain.identity.login_background import background
from domain.identity.login_features import LoginFeatures
from domain.identity.login_risk import LOGINS_MIN, ruled_strange
from ports.login_anomaly import Unscored
from tests.logins import Attack, Person, people, score_of

THRESHOLD = DeviceSettings().strange_from


@pytest.fixture
def anomaly() -> Iterator[ForestLoginAnomaly]:
    forest = ForestLoginAnomaly(wait_s=30.0)
    yield forest
    forest.stop()


def settled(seed: int, logins: int) -> Person:
    """Return somebody who logged in so often."""
    person = Person(seed)
    person.live(logins)
    return person


def library_forest(person: Person) -> IsolationForest:
    """Return the forest that scikit-learn itself grows of somebody's log-ins."""
    points = [one.features.vector() for one in person.past]
    points += background(len(points))
    forest = IsolationForest(
        n_estimators=TREES, max_samples=min(POINTS_MAX, len(points)), random_state=SEED
    )
    return forest.fit(points)


def asked_of(person: Person) -> list[LoginFeatures]:
    """Return log-ins of their own, and attacks."""
    attacks = [person.attacked(attack, seed=seed) for attack in Attack for seed in range(3)]
    return [one.features for one in person.past[-10:]] + attacks


@pytest.mark.parametrize("logins", [20, 77, 200])
def test_the_score_is_scikit_learns_own(logins: int) -> None:
    person = settled(3, logins)
    forest, library = grow([one.features for one in person.past]), library_forest(person)
    for now in asked_of(person):
        theirs = -library.score_samples([now.vector()])[0]
        assert forest.score(now) == pytest.approx(theirs, abs=1e-12)


@pytest.mark.parametrize("logins", [20, 200])
def test_the_score_is_the_papers_over_the_forests_own_trees(logins: int) -> None:
    person = settled(3, logins)
    forest, library = grow([one.features for one in person.past]), library_forest(person)
    n = min(POINTS_MAX, logins + len(background(logins)))
    for now in asked_of(person):
        point = np.array([now.vector()], dtype=np.float32)
        depths = []
        for tree in library.estimators_:
            leaf = tree.apply(point)[0]
            passed = tree.decision_path(point).sum() - 1
            depths.append(passed + average_path(int(tree.tree_.n_node_samples[leaf])))
        ours = isolation_score(float(np.mean(depths)), n=n)
        assert forest.score(now) == pytest.approx(ours, abs=1e-9)


def test_more_log_ins_than_a_tree_may_see_are_refused() -> None:
    person = settled(3, 240)
    with pytest.raises(ValueError, match="at most 256 log-ins, got 264"):
        grow([one.features for one in person.past])


async def test_a_forest_in_plain_python_says_nearly_the_same() -> None:
    person = settled(3, 100)
    forest = grow([one.features for one in person.past])
    asked = [one.features for one in person.past[-10:]]
    asked += [person.attacked(attack, seed=2) for attack in Attack]
    ours = [forest.score(one) for one in asked]
    plain = MemoryLoginAnomaly()
    user_id = person.past[0].user_id
    theirs = [await score_of(plain, user_id=user_id, past=person.past, now=one) for one in asked]
    assert [one or 0.0 for one in theirs] == pytest.approx(ours, abs=0.08)
    assert np.corrcoef(ours, [one or 0.0 for one in theirs])[0, 1] > 0.97


@pytest.mark.parametrize(("logins", "unseen"), [(20, 4), (40, 4), (50, 5), (200, 20)])
async def test_a_forest_is_grown_again_when_enough_is_new(
    anomaly: ForestLoginAnomaly, logins: int, unseen: int
) -> None:
    assert unseen_max(logins) == unseen >= UNSEEN_MIN
    person = settled(5, logins + unseen + 1)
    user_id, stranger = person.past[0].user_id, person.attacked(Attack.NEAR, seed=1)

    async def score(logins: int) -> float | None:
        return await score_of(anomaly, user_id=user_id, past=person.past[:logins], now=stranger)

    first = await score(logins)
    assert await score(logins + unseen) == first
    anew = await score(logins + unseen + 1)
    assert anew == grow([one.features for one in person.past]).score(stranger) != first


async def test_the_forests_asked_for_last_are_kept(
    anomaly: ForestLoginAnomaly, monkeypatch: pytest.MonkeyPatch
) -> None:
    grown = []

    def counted(habits: Any) -> object:
        grown.append(1)
        return grow(habits)

    monkeypatch.setattr(login_anomaly, "grow", counted)
    crowd = [settled(seed, 20) for seed in range(1, FORESTS_KEPT + 2)]
    for person in (*crowd, *crowd[1:], crowd[0]):
        now = person.past[-1].features
        await score_of(anomaly, user_id=person.past[0].user_id, past=person.past, now=now)
    assert len(grown) == len(crowd) + 1


async def test_a_score_that_takes_too_long_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()
    monkeypatch.setattr(login_anomaly, "grow", lambda _: go_on.wait(30))
    slow = ForestLoginAnomaly(wait_s=0.02)
    person = settled(1, 20)
    now, user_id = person.past[-1].features, person.past[0].user_id
    try:
        with pytest.raises(Unscored, match="took too long"):
            await score_of(slow, user_id=user_id, past=person.past, now=now)
        # Those that wait behind it are bounded, as long as it goes on.
        waiting = [score_of(slow, user_id=user_id, past=person.past, now=now) for _ in range(20)]
        told = [str(one) for one in await asyncio.gather(*waiting, return_exceptions=True)]
        assert told.count("too many log-ins wait for their score") == 20 - (WAITING_MAX - 1)
    finally:
        go_on.set()
        slow.stop()


async def test_a_score_that_fails_is_none(
    anomaly: ForestLoginAnomaly, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise ValueError("x")

    monkeypatch.setattr(login_anomaly, "grow", fail)
    person = settled(1, 20)
    with pytest.raises(Unscored, match="ValueError"):
        await score_of(
            anomaly, user_id=person.past[0].user_id, past=person.past, now=person.past[-1].features
        )


class Rates:
    """How often log-ins were taken for strange, by the score and the rules together."""

    def __init__(self, *, logins: int, located: bool) -> None:
        own: list[bool] = []
        caught: dict[Attack, list[bool]] = {attack: [] for attack in Attack}
        for person in people(30, located=located):
            person.live(logins)
            forest = grow([one.features for one in person.past[-200:]])
            attacks = [(attack, number) for attack in Attack for number in range(5)]
            asked = [
                person.attacked(attack, seed=number * 1_000 + person.seed)
                for attack, number in attacks
            ]
            asked += person.live(25)
            strange = [forest.score(one) >= THRESHOLD for one in asked]
            for (attack, _), found, now in zip(attacks, strange, asked, strict=False):
                caught[attack].append(found or bool(ruled_strange(now)))
            own += [
                found or bool(ruled_strange(now))
                for found, now in zip(strange[len(attacks) :], asked[len(attacks) :], strict=True)
            ]
        self.false_alarms = fmean(own)
        self.caught = {attack: fmean(found) for attack, found in caught.items()}


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("logins", "located", "false", "token", "night"),
    [
        # The rates that docs/devices.md tells.
        (LOGINS_MIN, True, 0.017, 0.97, 0.03),
        (200, True, 0.019, 0.99, 0.20),
        (LOGINS_MIN, False, 0.0, 0.53, 0.0),
        (200, False, 0.013, 0.81, 0.43),
    ],
)
def test_people_are_told_from_those_with_their_password(
    logins: int, located: bool, false: float, token: float, night: float
) -> None:
    rates = Rates(logins=logins, located=located)
    assert rates.false_alarms == pytest.approx(false, abs=0.015)
    assert rates.caught[Attack.FAR] == 1.0
    assert rates.caught[Attack.NEAR] == 1.0
    assert rates.caught[Attack.TOKEN_ELSEWHERE] == pytest.approx(token, abs=0.05)
    assert rates.caught[Attack.DEVICE_AT_NIGHT] == pytest.approx(night, abs=0.1)
