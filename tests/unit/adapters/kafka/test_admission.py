"""What is malformed, unsigned, another's or out of time is put aside, and its sender is told."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from adapters.kafka.admission import VALUE_BYTES_MAX
from adapters.memory.commands import MemoryTopics
from tests.unit.adapters.kafka.counter import ACTOR, ORDER, SECRET, Counter, command_id

Bad = Callable[[Counter], tuple[bytes | None, bytes | None]]


def _changed(**fields: Any) -> Bad:
    """Change fields after the signature was made."""

    def bad(counter: Counter) -> tuple[bytes | None, bytes | None]:
        key, value = counter.signed()
        return key, json.dumps(json.loads(value) | fields).encode()

    return bad


def _signed(*arguments: Any, **given: Any) -> Bad:
    return lambda counter: counter.signed(*arguments, **given)


def _other_tenant(counter: Counter) -> tuple[bytes | None, bytes | None]:
    return counter.signed(tenant=command_id("another tenant"))


def _other_key(counter: Counter) -> tuple[bytes | None, bytes | None]:
    return b"elsewhere", counter.signed()[1]


def _late(counter: Counter) -> tuple[bytes | None, bytes | None]:
    issued = counter.now - timedelta(seconds=31)
    return counter.signed(issued_at=issued)


def _ahead(counter: Counter) -> tuple[bytes | None, bytes | None]:
    return counter.signed(issued_at=counter.now + timedelta(seconds=6))


def _twice(counter: Counter) -> tuple[bytes | None, bytes | None]:
    key, value = counter.signed()
    return key, value.replace(b'{"', b'{"actor":"somebody","', 1)


# What is wrong, why it is put aside, and whether the reply may name the command: only if a
# key of the tenant signed it.
BAD: dict[str, tuple[Bad, str, bool]] = {
    "nothing": (lambda _: (None, None), "malformed", False),
    "no JSON": (lambda _: (b"k", b"\xff{"), "malformed", False),
    "deep nesting": (lambda _: (b"k", b"[" * 50_000), "malformed", False),
    "an unknown field": (_changed(extra=1), "malformed", False),
    "too many bytes": (lambda _: (b"k", b" " * (VALUE_BYTES_MAX + 1)), "too_large", False),
    "no signature": (_changed(signature=None), "unsigned", False),
    "an unknown key": (_signed(key_id="nobody"), "unsigned", False),
    "another secret": (_signed(secret=SECRET + "x"), "unsigned", False),
    "a changed payload": (_changed(payload=ORDER | {"quantity": "11"}), "unsigned", False),
    "a changed account": (_changed(account=command_id("x")), "unsigned", False),
    "a changed expiry": (_changed(expires_at="2030-01-01T00:00:00Z"), "unsigned", False),
    "a changed type": (_changed(type="order.cancel"), "unsigned", False),
    "another tenant": (_other_tenant, "wrong_tenant", False),
    "another actor": (_signed(actor="user:owner"), "wrong_actor", True),
    "another message key": (_other_key, "wrong_key", True),
    "an unknown type": (_signed("order.conjure", {}), "unknown_type", True),
    "a later version": (_signed(version=2), "unknown_version", True),
    "an unknown field of the payload": (_signed(payload=ORDER | {"x": 1}), "malformed", True),
    "a number for an amount": (_signed(payload=ORDER | {"quantity": 10}), "malformed", True),
    "an amount that only Python reads": (
        _signed(payload=ORDER | {"quantity": "1_0"}),
        "malformed",
        True,
    ),
    "an amount with a line end": (_signed(payload=ORDER | {"quantity": "10\n"}), "invalid", True),
    "a name twice": (_twice, "malformed", True),
    "a reason that turns round": (
        _signed("kill_switch.activate", {"reason": "a\u202eb"}),
        "malformed",
        True,
    ),
    "no account": (_signed(account=None), "malformed", True),
    "too long a life": (_signed(lives_for=timedelta(hours=2)), "malformed", True),
    "no life": (_signed(lives_for=timedelta(0)), "malformed", True),
    "past its expiry": (_late, "expired", True),
    "from the future": (_ahead, "too_early", True),
    "no limit price": (_signed(payload=ORDER | {"limit_price": None}), "invalid", True),
}


async def test_what_is_wrong_is_put_aside_whole_with_its_reason(counter: Counter) -> None:
    for name, (bad, reason, named) in BAD.items():
        counter.topics, counter.naming = MemoryTopics(), name
        key, value = bad(counter)
        put = counter.put((key, value))
        await counter.work()
        (letter,) = counter.letters()
        assert counter.reasons() == [reason], name
        assert (letter.key, letter.value) == (key, value), name
        headers = dict(letter.headers)
        assert headers["trace"] == b"t-1", name
        assert headers["ballast-dlq-offset"] == str(put.offset).encode(), name
        assert headers["ballast-dlq-partition"] == str(put.partition.number).encode(), name
        reply = counter.reply()
        assert reply["answer"]["outcome"] == "dead_lettered", name
        assert reply["answer"]["code"] == reason, name
        assert (reply["command_id"] is not None) == named, name
        assert (reply["tenant"] is not None) == named, name
    assert await counter.orders() == []


async def test_a_key_for_some_accounts_reaches_no_others(counter: Counter) -> None:
    mine = command_id("an account")
    counter.keys = [
        {
            "id": "narrow",
            "secret": SECRET,
            "tenant": counter.tenant,
            "actor": ACTOR,
            "accounts": [mine],
        }
    ]
    counter.send(key_id="narrow", name="other")
    counter.send("orders.cancel_all", {}, key_id="narrow", account=None)
    counter.send("risk_rule.delete", {"rule_id": mine}, key_id="narrow", account=None)
    await counter.work()
    assert counter.reasons() == ["wrong_account"] * 3


async def test_an_order_of_another_account_is_out_of_reach(counter: Counter) -> None:
    counter.send(name="mine")
    await counter.work()
    (order,) = await counter.orders()
    other = command_id("an account")
    counter.send("order.cancel", {"order_id": str(order.id)}, account=other)
    counter.send("order.replace", {"order_id": str(order.id), "quantity": "1"}, account=other)
    await counter.work()
    codes = [one["answer"]["code"] for one in counter.replies() if one["account"] == other]
    assert codes == ["not_found", "not_found"]
    (after,) = await counter.orders()
    assert after == order


async def test_a_clock_slightly_ahead_is_tolerated_and_an_expiry_is_not(counter: Counter) -> None:
    counter.send(issued_at=counter.now + timedelta(seconds=5), name="ahead")
    counter.send(issued_at=counter.now - timedelta(seconds=30), name="last moment")
    await counter.work()
    assert counter.reasons() == []
    assert len(await counter.orders()) == 2


async def test_what_was_told_as_expired_stays_undone_whatever_the_clock_says(
    counter: Counter,
) -> None:
    message = counter.signed(issued_at=counter.now - timedelta(seconds=31))
    counter.put(message)
    await counter.work()
    counter.context.clock.set_wall(counter.now - timedelta(seconds=20))
    counter.put(message)
    await counter.work()
    assert counter.reasons() == ["expired", "expired"]
    assert await counter.orders() == []
