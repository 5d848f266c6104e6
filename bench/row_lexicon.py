"""Sentences a second by our lexicon, beside VADER in the same run.

Each turn takes other sentences from a seed, so that no word's entry was looked up before for a
text that comes again; VADER runs in the peers' interpreter (bench/peers/vader.py).
"""

from collections.abc import Iterator
from itertools import count
from time import perf_counter

from bench.peers.nautilus import PeerError, run_peer
from bench.rows import Better, Row, compare
from bench.sentences import sentences
from bench.stats import interleave
from domain.sentiment.lexicon import tone_of

TURNS = 5
SENTENCES = 10_000
OVER_VADER = 2.0
_SEEN_MIN = SENTENCES // 2


def measure() -> list[Row]:
    """Measure sentences per second beside VADER."""
    ours_seeds, its_seeds = count(1), count(1)
    ours, vader = interleave(lambda: _ours(ours_seeds), lambda: _vader(its_seeds), repeats=TURNS)
    return [
        compare(
            name="lexicon",
            unit="1/s",
            better=Better.HIGHER,
            ours=ours,
            reference=vader,
            reference_name="vaderSentiment",
            goal=OVER_VADER,
        )
    ]


def _ours(seeds: Iterator[int]) -> float:
    texts = sentences(SENTENCES, seed=next(seeds))
    begun = perf_counter()
    scores = [tone_of(one).score for one in texts]
    seconds = perf_counter() - begun
    _check(sum(one != 0 for one in scores), whose="our lexicon")
    return len(texts) / seconds


def _vader(seeds: Iterator[int]) -> float:
    arguments = (f"--count={SENTENCES}", f"--seed={next(seeds)}")
    told = run_peer(module="bench.peers.vader", arguments=arguments)
    _check(int(told["scored"]), whose="VADER")
    return float(told["per_s"])


def _check(scored: int, *, whose: str) -> None:
    """Raise PeerError where most sentences said nothing: that would be measured as fast."""
    if scored < _SEEN_MIN:
        raise PeerError(f"{whose} found a tone in {scored} of {SENTENCES} sentences only")
