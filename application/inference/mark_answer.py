"""Say beside a model's answer what speaks against believing it."""

from collections.abc import Mapping
from datetime import date

from domain.inference.forecast import ForecastTerms, terms_of
from domain.inference.model import ModelFacts
from domain.inference.tensors import Arrays
from domain.shared.values import InvalidValue


def marks_of(facts: ModelFacts, inputs: Arrays, *, today: date) -> Mapping[str, str | bool]:
    """Return expires_at, expired and outside_training, as far as they are so.

    Nothing is said of a model without terms; one with terms that cannot be read says so.
    """
    try:
        terms = terms_of(dict(facts.metadata))
    except InvalidValue as problem:
        return {"terms": str(problem)}
    if terms is None:
        return {}
    said: dict[str, str | bool] = {
        "expires_at": str(terms.expires_on),
        "expired": today > terms.expires_on,
    }
    if outside := _outside(terms, inputs):
        said["outside_training"] = outside
    return said


def expiry_of(facts: ModelFacts) -> date | None:
    """Return the last day on which a model may be believed, None where none is named."""
    try:
        terms = terms_of(dict(facts.metadata))
    except InvalidValue:
        return None
    return None if terms is None else terms.expires_on


def _outside(terms: ForecastTerms, inputs: Arrays) -> str:
    """Return which features of which rows the training has not seen, the first row of each."""
    for rows in inputs.values():
        if rows.ndim != 2 or rows.shape[1] != len(terms.features) or rows.dtype.kind not in "fiu":
            continue
        found: dict[str, str] = {}
        for place, row in enumerate(rows.tolist()):
            for why in terms.outside(row):
                name = why.partition(" ")[0]
                found.setdefault(name, f"row {place}: {why}")
        return "; ".join(found.values())
    return ""
