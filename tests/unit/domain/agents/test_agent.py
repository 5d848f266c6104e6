"""Agents move between their states as the table says, and by no repetition."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.agents.agent import (
    DEAD_AFTER_S,
    LATE_AFTER_S,
    TRANSITIONS,
    Agent,
    AgentState,
    Heartbeat,
    HeartbeatRefusal,
    ReportedState,
    after_silence,
    awaited,
    caught_up,
    ended,
    hear,
    is_legal,
)
from domain.shared.values import InvalidValue

AT = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
TENANT = UUID(int=1)


def beat(
    *, seconds: float = 0, state: ReportedState = ReportedState.RUNNING, sequence: int = 1
) -> Heartbeat:
    return Heartbeat(
        tenant_id=TENANT,
        agent_id="momentum",
        account_id=None,
        kind="strategy",
        at=AT + timedelta(seconds=seconds),
        sequence=sequence,
        state=state,
        version="1.0",
    )


def unknown() -> Agent:
    return awaited(id=UUID(int=7), tenant_id=TENANT, name="momentum", account_id=None, now=AT)


def heard() -> Agent:
    agent = hear(unknown(), beat(), now=AT)
    assert isinstance(agent, Agent)
    return agent


def after(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


def test_a_first_heartbeat_makes_an_agent_as_it_says_to_be() -> None:
    assert heard().state is AgentState.ALIVE
    paused = hear(unknown(), beat(state=ReportedState.PAUSED), now=AT)
    assert isinstance(paused, Agent)
    assert paused.state is AgentState.PAUSED


@pytest.mark.parametrize(
    ("silent_s", "state"),
    [
        (LATE_AFTER_S - 0.01, AgentState.ALIVE),
        (LATE_AFTER_S, AgentState.LATE),
        (DEAD_AFTER_S - 0.01, AgentState.LATE),
        (DEAD_AFTER_S, AgentState.DEAD),
    ],
)
def test_silence_makes_late_and_then_dead(silent_s: float, state: AgentState) -> None:
    assert after_silence(heard(), silent_s=silent_s, now=after(silent_s)).state is state


def test_the_dead_come_back_by_a_heartbeat_only() -> None:
    dead = after_silence(heard(), silent_s=5, now=after(5))
    assert after_silence(dead, silent_s=3, now=after(6)) is dead
    back = hear(dead, beat(seconds=7), now=after(7))
    assert isinstance(back, Agent)
    assert (back.state, back.since) == (AgentState.ALIVE, after(7))


@pytest.mark.parametrize("seconds", [0, -1])
def test_a_heartbeat_not_later_than_the_last_shows_nothing(seconds: float) -> None:
    dead = after_silence(heard(), silent_s=5, now=after(5))
    assert isinstance(hear(dead, beat(seconds=seconds, sequence=9), now=after(6)), HeartbeatRefusal)


def test_a_heartbeat_that_is_old_or_far_ahead_shows_nothing() -> None:
    assert isinstance(hear(unknown(), beat(), now=after(30.1)), HeartbeatRefusal)
    assert isinstance(hear(unknown(), beat(), now=after(30)), Agent)
    assert isinstance(hear(unknown(), beat(seconds=5.1), now=AT), HeartbeatRefusal)


def test_an_agent_that_began_to_count_anew_is_heard() -> None:
    restarted = hear(replace(heard(), last_sequence=900), beat(seconds=1), now=after(1))
    assert isinstance(restarted, Agent)
    assert restarted.last_sequence == 1


def test_what_is_stored_of_a_later_heartbeat_or_was_registered_since_stays() -> None:
    spoke = hear(heard(), beat(seconds=9, sequence=9), now=after(9))
    assert isinstance(spoke, Agent)
    dead = after_silence(heard(), silent_s=5, now=after(10))
    late = caught_up(spoke, dead)
    assert late == replace(spoke, version=2, state=AgentState.DEAD, since=after(10))
    # Registered for an account meanwhile: whoever concludes has not heard of it.
    registered = replace(heard(), account_id=UUID(int=5), member_id=UUID(int=6), version=2)
    concluded = caught_up(registered, dead)
    assert (concluded.account_id, concluded.member_id) == (UUID(int=5), UUID(int=6))
    assert (concluded.state, concluded.version) == (AgentState.DEAD, 3)
    assert caught_up(heard(), spoke) == replace(spoke, version=2)


def test_the_first_that_is_heard_of_whom_somebody_awaits_counts_by_its_own_clock() -> None:
    behind = hear(unknown(), beat(seconds=-3), now=AT)
    assert isinstance(behind, Agent)
    stored = caught_up(replace(unknown(), member_id=UUID(int=6)), behind)
    assert (stored.last_at, stored.state) == (after(-3), AgentState.ALIVE)
    assert stored.member_id == UUID(int=6)


def test_the_table_is_what_it_should_be() -> None:
    illegal = {pair for pair in product(AgentState, AgentState) if not is_legal(*pair)}
    assert illegal == {(state, state) for state in AgentState} | {
        (AgentState.DEAD, AgentState.LATE),
        # Registered comes first, and whoever was never heard cannot fall silent.
        *((state, AgentState.AWAITED) for state in AgentState),
        (AgentState.AWAITED, AgentState.LATE),
        (AgentState.AWAITED, AgentState.DEAD),
        # What is gone is missed by nobody.
        (AgentState.ENDED, AgentState.LATE),
        (AgentState.ENDED, AgentState.DEAD),
    }
    assert len(TRANSITIONS) + len(illegal) == len(AgentState) ** 2


events = st.one_of(
    st.tuples(st.just("beat"), st.sampled_from(ReportedState), st.floats(0.01, 20)),
    st.tuples(st.just("silence"), st.floats(0, 20), st.floats(0.01, 20)),
)


@given(st.lists(events, max_size=20))
def test_whatever_happens_only_legal_moves_are_made(
    happened: list[tuple[str, object, float]],
) -> None:
    agent, passed = heard(), 0.0
    for what, how, seconds in happened:
        passed += seconds
        before = agent
        if what == "beat":
            assert isinstance(how, ReportedState)
            found = hear(agent, beat(seconds=passed, state=how), now=after(passed))
            assert isinstance(found, Agent)
            agent = found
        else:
            assert isinstance(how, float)
            agent = after_silence(agent, silent_s=how, now=after(passed))
        assert before.state is agent.state or is_legal(before.state, agent.state)
        assert (before.state is agent.state) == (before.since == agent.since)


@pytest.mark.parametrize("name", ["", "-a", "a b", "a/b", "é", "a" * 65, "a\n"])
def test_an_id_that_could_not_be_written_in_a_path_is_refused(name: str) -> None:
    with pytest.raises(InvalidValue):
        replace(beat(), agent_id=name)


def test_one_that_ended_is_missed_by_nobody_and_no_old_heartbeat_brings_it_back() -> None:
    gone = ended(heard(), now=after(3))
    assert (gone.state, gone.since, gone.version) == (AgentState.ENDED, after(3), 2)
    assert after_silence(gone, silent_s=1_000, now=after(1_003)) is gone
    late = beat(seconds=3)
    assert isinstance(hear(gone, late, now=after(3.5)), HeartbeatRefusal)
    back = hear(gone, replace(late, at=after(3.1)), now=after(3.5))
    assert isinstance(back, Agent)
    assert back.state is AgentState.ALIVE
