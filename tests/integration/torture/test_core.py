"""The invariants of books and orders hold in small; the commands hold them at their goals."""

from tests.torture import fills, idempotency, ledger, overspend, transitions


def test_the_ledger_is_what_a_simple_model_says() -> None:
    done = ledger.run(runs=15)
    assert all(done[name] for name in ("cash", "trades", "repeats refused", "unbalanced refused"))


def test_orders_move_only_as_they_may() -> None:
    done = transitions.run(runs=15)
    assert all(done[name] for name in ("submits", "dispatches", "reports", "cancels", "replaces"))


async def test_fills_shuffled_repeated_and_lost_end_as_the_venues() -> None:
    told = await fills.run(streams=fills.STREAMS_PER_ROOM, seed=0)
    assert min(told.reports, told.repeated, told.lost) > 0


async def test_one_key_has_one_effect_and_one_answer() -> None:
    assert await idempotency.run(keys=20, seed=0) == 20 * (idempotency.AT_ONCE + 1)


async def test_no_race_overspends_a_limit_or_leaves_it_unspent() -> None:
    races = [overspend.draw_race(seed=seed) for seed in range(15)]
    passed = [await overspend.run(race) for race in races]
    assert passed == [race.winners for race in races]
    assert {race.units_max is None for race in races} == {True, False}
    assert any(0 < winners < overspend.AT_ONCE for winners in passed)
