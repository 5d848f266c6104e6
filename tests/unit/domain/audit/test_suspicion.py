"""Each suspicion begins exactly at its limit, and is told once per burst."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

import pytest

from domain.audit.entry import AuditEntry
from domain.audit.suspicion import (
    CHANGES,
    FAILURES,
    HOURS_KNOWN_FROM,
    LOGIN_FAILED,
    LOGIN_OK,
    MANY_ORDERS,
    PLACES_KNOWN_FROM,
    Suspicion,
    network_of,
    suspicions,
)

AT = datetime(2026, 3, 2, 14, tzinfo=UTC)
_ids = count(1)


def did(action: str, *, after_s: float = 0, ip: str = "", agent: str = "") -> AuditEntry:
    return AuditEntry(
        id=UUID(int=next(_ids)),
        tenant_id=UUID(int=7),
        actor="user:a",
        action=action,
        subject="s",
        at=AT + timedelta(seconds=after_s),
        ip=ip,
        user_agent=agent,
    )


def told(entries: list[AuditEntry]) -> list[tuple[int, Suspicion]]:
    found = suspicions(entries)
    return [(place, one) for place, entry in enumerate(entries) for one in found.get(entry.id, ())]


@pytest.mark.parametrize(("failures", "stands_out"), [(FAILURES - 1, False), (FAILURES, True)])
def test_a_log_in_after_many_failures_is_a_guessed_password(
    failures: int, stands_out: bool
) -> None:
    entries = [did(LOGIN_FAILED, after_s=n) for n in range(failures)]
    entries.append(did(LOGIN_OK, after_s=failures))
    expected = [(failures, Suspicion.GUESSED_PASSWORD)] if stands_out else []
    assert told(entries) == expected
    late = [*entries[:-1], did(LOGIN_OK, after_s=16 * 60 + failures)]
    assert told(late) == []


def test_a_network_and_a_program_that_are_both_new_are_a_new_place() -> None:
    known = [
        did("agent.pause", after_s=n, ip="192.0.2.1", agent="desk")
        for n in range(PLACES_KNOWN_FROM)
    ]
    later = float(PLACES_KNOWN_FROM)
    assert told([*known, did("agent.pause", after_s=later, ip="192.0.2.77", agent="other")]) == []
    assert told([*known, did("agent.pause", after_s=later, ip="198.51.100.1", agent="desk")]) == []
    away = did("agent.pause", after_s=later, ip="198.51.100.1", agent="other")
    assert told([*known, away]) == [(PLACES_KNOWN_FROM, Suspicion.NEW_PLACE)]
    assert told([*known[1:], away]) == []


def test_an_hour_far_from_all_others_is_odd() -> None:
    days = [did("agent.pause", after_s=n * 86_400 / 5) for n in range(HOURS_KNOWN_FROM)]
    usual = [replace(entry, at=entry.at.replace(hour=14)) for entry in days]
    end = usual[-1].at
    near = replace(did("agent.pause"), at=end.replace(hour=17))
    odd = replace(did("agent.pause"), at=end.replace(hour=18))
    assert told([*usual, near]) == []
    assert told([*usual, odd]) == [(HOURS_KNOWN_FROM, Suspicion.ODD_HOUR)]
    assert told([*usual[1:], odd]) == []


@pytest.mark.parametrize(
    ("entry", "many", "suspicion"),
    [
        (did("order.cancel"), MANY_ORDERS, Suspicion.MASS_CANCELS),
        (
            replace(did("order.submit"), detail=(("state", "denied"),)),
            MANY_ORDERS,
            Suspicion.MASS_DENIALS,
        ),
        (did("risk_rule.updated"), CHANGES, Suspicion.RAPID_CHANGES),
    ],
)
def test_many_at_once_are_told_once(entry: AuditEntry, many: int, suspicion: Suspicion) -> None:
    burst = [
        replace(entry, id=UUID(int=next(_ids)), at=AT + timedelta(seconds=n))
        for n in range(many + 5)
    ]
    assert told(burst[: many - 1]) == []
    assert told(burst) == [(many - 1, suspicion)]
    again = [replace(one, id=UUID(int=next(_ids)), at=one.at + timedelta(hours=1)) for one in burst]
    assert [one for _, one in told([*burst, *again])] == [suspicion, suspicion]


def test_accepted_orders_are_no_denials() -> None:
    fine = [
        replace(did("order.submit", after_s=n / 10), detail=(("state", "accepted"),))
        for n in range(3 * MANY_ORDERS)
    ]
    assert told(fine) == []


def test_addresses_are_known_by_their_networks() -> None:
    assert network_of("192.0.2.9") == "192.0.2.0/24"
    assert network_of("2001:db8:1:2::3") == "2001:db8:1::/48"
    assert network_of("a name") == "a name"
