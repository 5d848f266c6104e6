"""Every word by which a secret is known, and every limit of a suspicion, is held by itself."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

import pytest

from domain.audit import suspicion
from domain.audit.entry import AuditEntry
from domain.audit.masking import masked
from domain.audit.suspicion import Suspicion, network_of, suspicions

AT = datetime(2026, 3, 2, 14, tzinfo=UTC)
TICK = timedelta(microseconds=1)
_ids = count(1)


@pytest.mark.parametrize(
    "word",
    [
        *("password", "passcode", "passphrase", "secret", "token", "otp", "totp", "pin", "seed"),
        *("hash", "cookie", "authorization", "credential", "credentials", "private", "mnemonic"),
    ],
)
@pytest.mark.parametrize("form", ["{}", "old_{}", "{}_text", "the{}", "{}Text"])
def test_each_word_hides_what_is_called_by_it(word: str, form: str) -> None:
    name = form.format(word.capitalize() if form == "the{}" else word)
    assert masked([(name, "value")]) == {name: "***"}
    loud = f"OLD_{word.upper()}"
    assert masked([(loud, "value")]) == {loud: "***"}


@pytest.mark.parametrize("kind", ["api", "signing", "access", "encryption", "private", "command"])
def test_a_key_of_each_kind_is_hidden(kind: str) -> None:
    assert masked([(f"{kind}_key", "value")]) == {f"{kind}_key": "***"}
    assert masked([(f"old_{kind}_key", "value")]) == {f"old_{kind}_key": "***"}
    if kind != "private":
        plain = f"{kind}_keyhole"
        assert masked([(plain, "value")]) == {plain: "value"}


@pytest.mark.parametrize("end", ["id", "at", "set", "count", "version", "kind", "name"])
def test_each_harmless_end_is_shown(end: str) -> None:
    for name in (f"token_{end}", f"api_key_{end}", f"password{end.capitalize()}"):
        assert masked([(name, "value")]) == {name: "value"}


@pytest.mark.parametrize(
    ("value", "is_hidden"),
    [
        ("eyJabcdefgh.x.", True),
        ("eyJabcdefg.x.", False),
        ("eyJabcdefgh.x", False),
        ("-----BEGIN PRIVATE KEY", True),  # pragma: allowlist secret - a header alone
        ("-----BEGIN EC PRIVATE KEY", True),  # pragma: allowlist secret - a header alone
        ("-----BEGIN PUBLIC KEY", False),
        ("x $argon2id$", True),
        ("$2a$10", True),
        ("$2b$10", True),
        ("$2y$10", True),
        ("$2c$10", False),
        ("s://u:p@h", True),
        ("s://:p@h", True),
        ("s://u@h", False),
        ("s://h:1/u:p@", False),
        ("", False),
    ],
)
def test_a_secret_is_known_by_its_form(value: str, is_hidden: bool) -> None:
    assert masked([("note", value)]) == {"note": "***" if is_hidden else value}


def test_what_has_no_word_is_no_secret() -> None:
    assert masked([("___", "value"), ("", "value")]) == {"___": "value", "": "value"}


def did(action: str, *, after: timedelta = timedelta(0), ip: str = "") -> AuditEntry:
    return AuditEntry(
        id=UUID(int=next(_ids)),
        tenant_id=UUID(int=7),
        actor="user:a",
        action=action,
        subject="s",
        at=AT + after,
        ip=ip,
        user_agent="",
    )


def kinds(entries: list[AuditEntry]) -> list[Suspicion]:
    found = suspicions(entries)
    return [one for entry in entries for one in found.get(entry.id, ())]


def test_the_names_that_readers_know_stay() -> None:
    assert [one.value for one in Suspicion] == [
        *("guessed_password", "new_place", "odd_hour"),
        *("mass_denials", "mass_cancels", "rapid_changes"),
    ]
    assert (suspicion.LOGIN_OK, suspicion.LOGIN_FAILED) == (
        "identity.login",
        "identity.login_failed",
    )
    limits = (suspicion.FAILURES, suspicion.PLACES_KNOWN_FROM, suspicion.HOURS_KNOWN_FROM)
    assert (*limits, suspicion.HOURS_AWAY) == (5, 5, 50, 3)
    assert (suspicion.MANY_ORDERS, suspicion.CHANGES) == (20, 5)
    assert suspicion.HOURS_KNOWN_OVER.days == 7


@pytest.mark.parametrize(("late", "is_told"), [(timedelta(0), True), (TICK, False)])
def test_failures_count_for_fifteen_minutes(late: timedelta, is_told: bool) -> None:
    entries = [did("identity.login_failed") for _ in range(5)]
    entries.append(did("identity.login", after=timedelta(minutes=15) + late))
    assert kinds(entries) == ([Suspicion.GUESSED_PASSWORD] if is_told else [])
    # A log-in that was told clears what was counted before.
    assert kinds([*entries, did("identity.login", after=timedelta(minutes=15) + late)]) == (
        [Suspicion.GUESSED_PASSWORD] if is_told else []
    )


@pytest.mark.parametrize(
    "action",
    [
        *("risk_rule.created", "api_key.create", "role.x", "permission.x", "member.change"),
        *("secret.x", "kill_switch.set_passcode"),
    ],
)
@pytest.mark.parametrize(("late", "is_told"), [(timedelta(0), True), (TICK, False)])
def test_five_changes_within_five_minutes_stand_out(
    action: str, late: timedelta, is_told: bool
) -> None:
    entries = [did(action) for _ in range(4)]
    entries.append(did(action, after=timedelta(minutes=5) + late))
    assert kinds(entries) == ([Suspicion.RAPID_CHANGES] if is_told else [])


@pytest.mark.parametrize("action", ["order.cancel", "order.cancel_all"])
@pytest.mark.parametrize(("late", "is_told"), [(timedelta(0), True), (TICK, False)])
def test_twenty_cancels_within_a_minute_stand_out(
    action: str, late: timedelta, is_told: bool
) -> None:
    entries = [did(action) for _ in range(19)]
    entries.append(did(action, after=timedelta(minutes=1) + late))
    assert kinds(entries) == ([Suspicion.MASS_CANCELS] if is_told else [])


@pytest.mark.parametrize(("late", "is_told"), [(timedelta(0), True), (TICK, False)])
def test_twenty_denials_within_a_minute_stand_out(late: timedelta, is_told: bool) -> None:
    denied = replace(did("order.submit"), detail=(("state", "denied"),))
    entries = [replace(denied, id=UUID(int=next(_ids))) for _ in range(20)]
    entries[-1] = replace(entries[-1], at=AT + timedelta(minutes=1) + late)
    assert kinds(entries) == ([Suspicion.MASS_DENIALS] if is_told else [])
    other = [replace(one, action="order.replace") for one in entries]
    assert kinds(other) == []


def test_what_comes_from_nowhere_is_no_place() -> None:
    known = [did("x", ip=f"192.0.{number}.1") for number in range(5)]
    assert kinds([*known, did("x", ip="")]) == []
    away = replace(did("x", ip="198.51.100.1"), user_agent="other")
    assert kinds([*known, away]) == [Suspicion.NEW_PLACE]
    # It is known from then on.
    again = replace(away, id=UUID(int=next(_ids)))
    assert kinds([*known, away, again]) == [Suspicion.NEW_PLACE]


def test_hours_are_known_after_a_week_and_around_midnight() -> None:
    def at(hour: int, *, day: int) -> AuditEntry:
        return replace(did("x"), at=AT.replace(hour=hour) + timedelta(days=day))

    week = [at(23, day=number % 8) for number in range(50)]
    week.sort(key=lambda one: one.at)
    assert kinds([*week, at(2, day=9)]) == []
    assert kinds([*week, at(3, day=9)]) == [Suspicion.ODD_HOUR]
    assert kinds([*week, at(20, day=9)]) == []
    assert kinds([*week, at(19, day=9)]) == [Suspicion.ODD_HOUR]
    # Fifty within less than a week are not enough.
    few = [at(0, day=0) for _ in range(50)]
    assert kinds([*few, replace(at(12, day=6), at=few[0].at + timedelta(days=7) - TICK)]) == []
    noon = replace(at(12, day=7), at=AT.replace(hour=12) + timedelta(days=7))
    assert kinds([*few, noon]) == [Suspicion.ODD_HOUR]


def test_networks_are_a_24_or_a_48() -> None:
    assert network_of("192.0.2.255") == "192.0.2.0/24"
    assert network_of("2001:db8:1:ffff::1") == "2001:db8:1::/48"
