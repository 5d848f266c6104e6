"""Roles that cannot work with the settings are refused with what to do."""

from dataclasses import replace
from pathlib import Path

import pytest

from bootstrap.processes.roles import BACKGROUND, MEANING, Plan, Role, RolesUnfit, check_plan
from bootstrap.settings.brokers import PaperSettings
from bootstrap.settings.sections import (
    CommandSettings,
    KafkaSettings,
    RedisSettings,
    Settings,
)

CLUSTER = Settings(profile="cluster", database_url="postgresql://host/name")
WITH_VENUE = replace(CLUSTER, paper=PaperSettings(url="http://127.0.0.1:8100"))

WITH_KAFKA = replace(CLUSTER, kafka=KafkaSettings(bootstrap="127.0.0.1:9092"))


def plan(*roles: Role) -> Plan:
    return Plan(roles=frozenset(roles))


def test_one_process_may_do_everything_in_every_profile() -> None:
    for profile in ("memory", "embedded"):
        check_plan(Plan(), settings=Settings(profile=profile))


def test_parts_need_a_database_that_others_can_reach() -> None:
    with pytest.raises(RolesUnfit, match="BALLAST_DATABASE_URL"):
        check_plan(plan(Role.API), settings=Settings())


@pytest.mark.parametrize("roles", [(Role.MARKET,), (Role.DISPATCH, Role.WATCH)])
def test_a_venue_of_our_own_is_not_parted_from_its_dispatcher(roles: tuple[Role, ...]) -> None:
    with pytest.raises(RolesUnfit, match=r"paper\.url"):
        check_plan(plan(*roles), settings=CLUSTER)
    check_plan(plan(*roles), settings=WITH_VENUE)


def test_a_relay_alone_needs_somewhere_to_publish_to() -> None:
    with pytest.raises(RolesUnfit, match=r"kafka\.bootstrap or redis\.url"):
        check_plan(plan(Role.RELAY), settings=CLUSTER)
    check_plan(plan(Role.RELAY), settings=WITH_KAFKA)
    check_plan(plan(Role.RELAY), settings=replace(CLUSTER, redis=RedisSettings(url="redis://host")))


def test_commands_alone_need_kafka_and_a_key() -> None:
    keys = CommandSettings(keys="[]")
    for settings in (CLUSTER, WITH_KAFKA, replace(CLUSTER, commands=keys)):
        with pytest.raises(RolesUnfit, match=r"commands\.keys"):
            check_plan(plan(Role.COMMANDS), settings=settings)
    check_plan(plan(Role.COMMANDS), settings=replace(WITH_KAFKA, commands=keys))


def test_what_others_ask_needs_what_they_ask_for(tmp_path: Path) -> None:
    models = Plan(roles=frozenset({Role.INFERENCE}), asked=frozenset({Role.INFERENCE}))
    with pytest.raises(RolesUnfit, match=r"inference\.model_dir"):
        check_plan(models, settings=CLUSTER)
    own = replace(CLUSTER.inference, model_dir=tmp_path)
    check_plan(models, settings=replace(CLUSTER, inference=own))
    tone = Plan(roles=frozenset({Role.FINBERT}), asked=frozenset({Role.FINBERT}))
    with pytest.raises(RolesUnfit, match=r"sentiment\.model"):
        check_plan(tone, settings=CLUSTER)
    scored = replace(CLUSTER.sentiment, model=tmp_path)
    check_plan(tone, settings=replace(CLUSTER, sentiment=scored))


def test_what_a_fleet_starts_is_fit() -> None:
    check_plan(plan(Role.API), settings=CLUSTER)
    check_plan(Plan(roles=BACKGROUND), settings=CLUSTER)
    assert {*MEANING} == {*Role}
