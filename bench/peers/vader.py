"""Score seeded sentences by VADER (vaderSentiment, MIT), and print how many a second.

Run `python -m bench.peers.vader` from the repository's root with an interpreter that has
requirements/bench.txt installed. It takes the same sentences as our row, none of them twice.
"""

import argparse
import json
import time

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from bench.sentences import sentences


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    options = parser.parse_args()
    scorer = SentimentIntensityAnalyzer()
    scorer.polarity_scores("Profit rose.")
    texts = sentences(options.count, seed=options.seed)
    begun = time.perf_counter()
    scores = [scorer.polarity_scores(one)["compound"] for one in texts]
    seconds = time.perf_counter() - begun
    scored = sum(one != 0 for one in scores)
    print(json.dumps({"per_s": len(texts) / seconds, "scored": scored}))


if __name__ == "__main__":
    main()
