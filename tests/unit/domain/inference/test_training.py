"""A forecast is fitted as scikit-learn fits it, and judged only on what it had not seen."""

import math
from datetime import date, timedelta
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge as SklearnRidge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from domain.inference.bar_features import BARS_NEEDED, FEATURES, bar_features, outcomes
from domain.inference.forecast import TERMS, agreed, direction, terms_of
from domain.inference.ridge import fit_ridge
from domain.inference.training import DailyBars, TrainingTerms, train_ridge
from domain.inference.walk_forward import TrainingRows, rank_correlation, walk_forward
from domain.shared.values import InvalidValue

# scikit-learn brings it, and nobody its types.
spearmanr: Any = import_module("scipy.stats").spearmanr


def walked(seed: int, *, days: int = 300, echo: float = 0.0) -> DailyBars:
    """Return bars whose returns repeat a share of the day before."""
    random = np.random.default_rng(seed)
    moves = random.normal(0, 0.01, days)
    for place in range(1, days):
        moves[place] += echo * moves[place - 1]
    first = date(2024, 1, 1)
    return DailyBars(
        days=[first + timedelta(days=one) for one in range(days)],
        closes=(100 * np.exp(np.cumsum(moves))).tolist(),
        volumes=random.uniform(1e5, 2e5, days).tolist(),
    )


@given(st.integers(0, 10_000), st.floats(1e-3, 1e3), st.integers(5, 60), st.integers(1, 6))
def test_ridge_is_that_of_scikit_learn(seed: int, alpha: float, count: int, width: int) -> None:
    random = np.random.default_rng(seed)
    rows = random.normal(0, 1, (count, width)) * 10 ** random.uniform(-3, 3, width)
    rows[:, 0] = rows[0, 0] if seed % 3 == 0 else rows[:, 0]
    wanted = random.normal(1, 2, count)
    theirs: Any = make_pipeline(StandardScaler(), SklearnRidge(alpha=alpha)).fit(rows, wanted)
    ours = fit_ridge(rows, wanted, alpha=alpha)
    np.testing.assert_allclose(ours.predict(rows), theirs.predict(rows), rtol=1e-7, atol=1e-7)


@given(st.lists(st.tuples(st.integers(-5, 5), st.integers(-5, 5)), min_size=3, max_size=50))
def test_the_rank_correlation_is_that_of_scipy(pairs: list[tuple[int, int]]) -> None:
    one, other = (np.array(side, dtype=float) for side in zip(*pairs, strict=True))
    found = rank_correlation(one, other)
    if len(set(one)) == 1 or len(set(other)) == 1:
        assert found is None
    else:
        assert found == pytest.approx(spearmanr(one, other).statistic, abs=1e-12)


def test_features_are_what_they_say() -> None:
    bars = walked(3, days=60)
    found = bar_features(bars.closes, bars.volumes)
    assert not np.isfinite(found[: BARS_NEEDED - 1]).all(axis=1).any()
    logs = [math.log(one) for one in bars.closes]
    for place in (BARS_NEEDED - 1, 40, 59):
        row = dict(zip(FEATURES, found[place], strict=True))
        assert row["return_5"] == pytest.approx(logs[place] - logs[place - 5])
        daily = np.diff(logs)[place - 20 : place]
        assert row["sigma_20"] == pytest.approx(float(np.std(daily, ddof=1)))
        usual = sum(bars.volumes[place - 19 : place + 1]) / 20
        assert row["volume_ratio_20"] == pytest.approx(math.log(bars.volumes[place] / usual))
    # The latest row needs so many bars, and no more.
    short = bar_features(bars.closes[-BARS_NEEDED:], bars.volumes[-BARS_NEEDED:])
    np.testing.assert_allclose(short[-1], found[-1])
    after = outcomes(bars.closes, horizon_days=5)
    assert after[10] == pytest.approx(logs[15] - logs[10])
    assert np.isnan(after[-5:]).all()


def test_what_stands_still_or_has_no_volume_tells_nothing() -> None:
    still = bar_features([100.0] * 30, [1.0] * 29 + [0.0])
    assert np.isnan(still[:, FEATURES.index("sigma_20")]).all()
    assert np.isnan(still[-1, -1])


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 10), st.integers(1, 5))
def test_a_fold_sees_nothing_that_overlaps_it(seed: int, horizon: int, folds: int) -> None:
    random = np.random.default_rng(seed)
    days = np.repeat(np.arange(120), 2)
    rows = TrainingRows(
        features=random.normal(0, 1, (240, 3)),
        outcomes=random.normal(0, 1, 240),
        days=days,
        over=days + horizon,
    )
    before, _ = walk_forward(rows, alpha=1.0, folds=folds)
    first = before[-1].first
    changed = rows.outcomes.copy()
    # All that is not over before the last fold begins.
    changed[rows.over >= first] += random.normal(0, 100, int((rows.over >= first).sum()))
    other = TrainingRows(features=rows.features, outcomes=changed, days=rows.days, over=rows.over)
    after, _ = walk_forward(other, alpha=1.0, folds=folds)
    assert after[-1].trained_on == before[-1].trained_on == int((rows.over < first).sum())
    seen = rows.over < first
    ours = fit_ridge(rows.features[seen], rows.outcomes[seen], alpha=1.0)
    test = rows.days >= first
    expected = rank_correlation(ours.predict(rows.features[test]), changed[test])
    assert after[-1].rank_correlation == pytest.approx(expected)
    assert sum(one.rows for one in before) == int((days >= before[0].first).sum())


def test_what_repeats_is_found_out_of_sample_and_chance_is_not() -> None:
    by = TrainingTerms(horizon_days=1)
    echoing = train_ridge({str(one): walked(one, echo=0.5) for one in range(6)}, by=by)
    assert echoing.whole.rank_correlation is not None
    assert echoing.whole.gain is not None
    assert echoing.whole.hit_rate is not None
    # An echo of 0.5 explains 0.5^2 of what comes next.
    assert echoing.whole.gain == pytest.approx(0.25, abs=0.06)
    assert echoing.whole.rank_correlation > 0.4
    assert echoing.whole.hit_rate > 0.6
    chance = train_ridge({str(one): walked(one) for one in range(6)}, by=by)
    assert chance.whole.gain is not None
    assert chance.whole.gain < 0.02


def test_terms_say_from_when_to_when_and_out_of_what() -> None:
    bars = walked(1)
    trained = train_ridge({"QX": bars}, by=TrainingTerms(horizon_days=5, lasts_days=30))
    terms = trained.terms
    assert terms.trained_from == bars.days[BARS_NEEDED - 1]
    assert terms.trained_to == bars.days[-1]
    assert terms.expires_on == bars.days[-1] + timedelta(days=30)
    assert terms_of({TERMS: terms.metadata()}) == terms
    assert terms_of({"other": "x"}) is None
    row = [(one.low + one.high) / 2 for one in terms.features]
    day = timedelta(days=1)
    assert terms.why_absent(row, today=terms.trained_to + day) == ""
    assert terms.why_absent(row, today=terms.expires_on) == ""
    assert "expired on" in terms.why_absent(row, today=terms.expires_on + day)
    # It has seen that day: a forecast of then would be hindsight.
    assert "has seen what came by" in terms.why_absent(row, today=terms.trained_to)
    for place, one in enumerate(terms.features):
        wild = [*row]
        wild[place] = math.nextafter(one.high, math.inf)
        assert f"{one.name} " in terms.why_absent(wild, today=terms.expires_on)
        wild[place] = math.nan
        assert "cannot be told" in terms.why_absent(wild, today=terms.expires_on)
        wild[place] = one.low
        assert terms.why_absent(wild, today=terms.expires_on) == ""


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"horizon_days": 0}',
        "nul",
        '{"horizon_days": 5, "features": [["x", 0, 1]]}',
    ],
)
def test_terms_that_cannot_be_read_are_refused(text: str) -> None:
    with pytest.raises(InvalidValue, match=TERMS):
        terms_of({TERMS: text})


@pytest.mark.parametrize(
    ("by", "days", "said"),
    [
        (TrainingTerms(), 60, "days: must be 60 or more"),
        (TrainingTerms(), 10, "must have a symbol of more days"),
        (TrainingTerms(alpha=0), 300, "alpha: must be above 0"),
        (TrainingTerms(alpha=math.nan), 300, "alpha"),
        (TrainingTerms(horizon_days=0), 300, "horizon_days"),
        (TrainingTerms(lasts_days=0), 300, "lasts_days"),
    ],
)
def test_what_cannot_be_trained_is_refused(by: TrainingTerms, days: int, said: str) -> None:
    with pytest.raises(InvalidValue, match=said):
        train_ridge({"QX": walked(1, days=days)}, by=by)


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=8))
def test_models_that_differ_say_less_together(values: list[float]) -> None:
    found = agreed(values)
    mean = math.fsum(values) / len(values)
    assert abs(found) <= abs(mean) + 1e-12
    assert agreed([values[0]]) == values[0]
    assert agreed([values[0]] * 3) == pytest.approx(values[0])
    assert -1 <= found <= 1


def test_a_wider_spread_around_the_same_mean_lowers_what_is_said() -> None:
    said = [agreed([0.5 - one, 0.5 + one]) for one in (0, 0.1, 0.3, 0.5)]
    assert said == pytest.approx([0.5, 0.45, 0.35, 0.25])
    assert agreed([-1, 1]) == 0


def test_a_direction_is_the_forecast_in_deviations() -> None:
    assert direction(0.02, sigma=0.01, horizon_days=4) == pytest.approx(math.tanh(1))
    assert direction(0, sigma=0.01, horizon_days=4) == 0
