"""Plant one bug per promise, and say which seed finds it.

`python -m tests.integration.simulation.planted --seeds 1000` looks from seed 0 on, prints the
first seed that finds each, and ends with 1 when one is not found.
"""

import argparse
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pytest

from tests.integration.simulation import bugs_of_books, bugs_of_sending, bugs_of_succession
from tests.simulation.run import simulate

SEEDS_MAX = 1_000
Patch = pytest.MonkeyPatch


@dataclass(frozen=True, slots=True)
class Planted:
    """A bug, the promises it breaks (any of which may show first), and a seed that shows it."""

    name: str
    breaks: tuple[str, ...]
    seed: int
    plant: Callable[[Patch], None]


def find(planted: Planted, *, seeds: Iterable[int]) -> int | None:
    """Return the first of the seeds that finds the bug, None when none does."""
    with Patch.context() as patch:
        planted.plant(patch)
        for seed in seeds:
            failure = simulate(seed).failure
            if failure is not None and any(f"[{kind}]" in str(failure) for kind in planted.breaks):
                return seed
    return None


PLANTED = (
    Planted("resend when unsure", ("twice",), 1, bugs_of_sending.resend_when_unsure),
    Planted("send without a stored intent", ("intent",), 0, bugs_of_sending.send_without_intent),
    Planted("check the latch, then send", ("kill",), 52, bugs_of_sending.check_then_send),
    Planted(
        "acknowledge before the barrier",
        ("kill",),
        52,
        bugs_of_sending.acknowledge_before_the_barrier,
    ),
    Planted("open in a silence", ("market",), 2, bugs_of_sending.open_in_a_silence),
    Planted("send although killed", ("kill",), 0, bugs_of_sending.send_while_killed),
    Planted("book a repeated fill again", ("fills",), 0, bugs_of_books.book_repeated_fills),
    Planted("forget a fill's postings", ("ledger",), 0, bugs_of_books.forget_postings),
    Planted("ignore resting orders", ("limit",), 3, bugs_of_books.ignore_resting_orders),
    Planted("decide on old rules", ("limit",), 6, bugs_of_books.ignore_newer_rules),
    Planted("let a child go whole", ("limit",), 35, bugs_of_books.let_children_go_whole),
    Planted("take any transition", ("transition",), 0, bugs_of_books.take_any_transition),
    Planted("save the cursor first", ("relay",), 0, bugs_of_sending.save_cursor_before_publishing),
    Planted("hear past gaps", ("heard",), 6, bugs_of_books.hear_past_gaps),
    Planted("mark what is in work", ("heard",), 218, bugs_of_books.mark_what_is_in_work),
    Planted("apply again after a crash", ("heard",), 77, bugs_of_books.apply_again_after_a_crash),
    Planted(
        "look for the key beforehand",
        ("idempotency",),
        29,
        bugs_of_books.look_for_the_key_beforehand,
    ),
    Planted(
        "write without comparing", ("version", "ledger"), 0, bugs_of_books.write_without_comparing
    ),
    Planted("answer before the commit", ("lost",), 5, bugs_of_books.answer_before_the_commit),
    Planted(
        "call an unsure order rejected",
        ("anomaly", "open"),
        0,
        bugs_of_sending.call_unsure_rejected,
    ),
    Planted(
        "call an unseen order canceled",
        ("open", "fills"),
        10,
        bugs_of_sending.call_unseen_canceled,
    ),
    Planted("send terms that were replaced", ("gate",), 77, bugs_of_sending.send_old_terms),
    Planted("overwrite a latch's progress", ("latch",), 276, bugs_of_sending.overwrite_latches),
    Planted("number notices twice", ("journal",), 0, bugs_of_sending.number_notices_twice),
    Planted("round a split up", ("positions",), 11, bugs_of_books.round_splits_up),
    Planted(
        "leave parked orders parked", ("parked",), 37, bugs_of_books.leave_parked_orders_parked
    ),
    Planted("keep closed orders live", ("book",), 0, bugs_of_books.keep_closed_orders_live),
    Planted("forget the gate's decisions", ("surprise",), 0, bugs_of_sending.forget_decisions),
    Planted(
        "find mismatches everywhere", ("reconcile",), 0, bugs_of_books.find_mismatches_everywhere
    ),
    Planted("leave on old approvals", ("stale",), 6, bugs_of_sending.leave_on_old_approvals),
    Planted("overfill the venue", ("full",), 43, bugs_of_sending.overfill_the_venue),
    Planted("count what did not run", ("silence",), 0, bugs_of_succession.count_what_did_not_run),
    Planted("release without a word", ("silence",), 1, bugs_of_succession.release_without_a_word),
    Planted(
        "keep words after the owner is heard",
        ("silence",),
        4,
        bugs_of_succession.keep_words_after_the_owner_is_heard,
    ),
    Planted("veto for ever", ("silence",), 0, bugs_of_succession.veto_for_ever),
    Planted("leave trading as it is", ("silence",), 0, bugs_of_succession.leave_trading_as_it_is),
    Planted("drop late fills", ("heard", "rest"), 302, bugs_of_books.drop_late_fills),
)


def main(arguments: list[str]) -> int:
    """Print the first seed that finds each planted bug; 1 when one is not found."""
    parser = argparse.ArgumentParser(prog="planted", description="Find the planted bugs.")
    parser.add_argument("--seeds", type=int, default=SEEDS_MAX)
    parser.add_argument("--only", default="", help="part of a name")
    options = parser.parse_args(arguments)
    missed = 0
    for planted in PLANTED:
        if options.only in planted.name:
            seed = find(planted, seeds=range(options.seeds))
            missed += seed is None
            said = "NOT FOUND" if seed is None else f"seed {seed}"
            print(f"{planted.name:<32} {'/'.join(planted.breaks):<16} {said}", flush=True)  # noqa: T201 - its report
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
