"""Who failed five times in a row is left alone for half a minute."""

from domain.shared.breaker import FAILURES_MAX, OPEN_S, Breaker


def test_it_opens_with_the_last_failure_in_a_row_and_closes_by_time() -> None:
    breaker = Breaker()
    for _ in range(FAILURES_MAX - 1):
        breaker.failed(now_s=10)
    assert not breaker.is_open(now_s=10)
    breaker.failed(now_s=10)
    assert breaker.is_open(now_s=10)
    assert breaker.is_open(now_s=10 + OPEN_S - 0.001)
    assert not breaker.is_open(now_s=10 + OPEN_S)
    # It counts from the beginning then.
    breaker.failed(now_s=50)
    assert not breaker.is_open(now_s=50)


def test_one_answer_forgets_the_failures_before() -> None:
    breaker = Breaker()
    for _ in range(3):
        for _ in range(FAILURES_MAX - 1):
            breaker.failed(now_s=1)
        breaker.succeeded()
    assert not breaker.is_open(now_s=1)
