"""Fit a ridge regression on features of any scale."""

from dataclasses import dataclass

import numpy as np

from domain.inference.tensors import Array
from domain.shared.values import InvalidValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Ridge:
    """y = intercept + ((x - mean) / scale) weights; one mean, scale and weight a feature."""

    mean: Array
    scale: Array
    weights: Array
    intercept: float

    def predict(self, rows: Array) -> Array:
        """Return a forecast a row."""
        found: Array = self.intercept + ((rows - self.mean) / self.scale) @ self.weights
        return found


def fit_ridge(rows: Array, wanted: Array, *, alpha: float) -> Ridge:
    """Minimise |y - Zw - b|^2 + alpha |w|^2 of the standardised rows Z; b is not held back.

    Closed form w = (Z'Z + alpha I)^-1 Z'(y - mean y): Hoerl and Kennard, Technometrics 12 (1970).
    rows (n, k), wanted (n). A feature that never changes has scale 1 and no say. Raises
    InvalidValue for fewer than two rows, and for an alpha that is not above 0.
    """
    if not (np.isfinite(alpha) and alpha > 0):
        raise InvalidValue(field="alpha", problem=f"must be above 0, not {alpha}")
    if len(rows) < 2:
        raise InvalidValue(field="rows", problem=f"must be at least 2, not {len(rows)}")
    mean, scale = rows.mean(axis=0), rows.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    standard = (rows - mean) / scale
    intercept = float(wanted.mean())
    held = standard.T @ standard + alpha * np.eye(rows.shape[1])
    weights = np.linalg.solve(held, standard.T @ (wanted - intercept))
    return Ridge(mean=mean, scale=scale, weights=weights, intercept=intercept)
