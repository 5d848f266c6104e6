"""Offer `ballast models train ridge`: a forecast of returns from a file of daily bars."""

import csv
import math
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from adapters.cli.failures import CommandFailed
from adapters.cli.output import print_fields, print_rows
from bootstrap.cli.environment import loaded_settings
from bootstrap.cli.models_files import done, note_added

_COLUMNS = ("date", "symbol", "close", "volume")
_REPORT = ("days", "rows", "trained_on", "rank_correlation", "hit_rate", "gain")


def register(app: typer.Typer) -> None:
    """Add the group to that of models."""
    for group in app.registered_groups:
        if group.name == "models" and group.typer_instance is not None:
            training = typer.Typer(help="Train a model.", no_args_is_help=True)
            training.callback()(_training)
            training.command()(ridge)
            group.typer_instance.add_typer(training, name="train")


def _training() -> None:
    """Train a model."""


def ridge(
    file: Annotated[Path, typer.Argument(help="CSV with the columns date, symbol, close, volume.")],
    *,
    name: Annotated[str, typer.Option(help="What the model is called.")] = "ridge",
    version: Annotated[str | None, typer.Option(help="Without one, the next number.")] = None,
    horizon: Annotated[int, typer.Option(min=1, max=60, help="Days that are forecast.")] = 5,
    alpha: Annotated[float, typer.Option(help="How strongly weights are held back.")] = 1.0,
    folds: Annotated[int, typer.Option(min=1, max=50, help="Parts of the report.")] = 5,
    lasts: Annotated[int, typer.Option(min=1, help="Days until the model expires.")] = 90,
) -> None:
    """Fit a ridge regression, report it on days that it had not seen, and add the model."""
    settings = loaded_settings().settings
    from bootstrap.inference.local import add_trained
    from domain.inference.training import TrainingTerms, train_ridge
    from domain.shared.values import InvalidValue

    terms = TrainingTerms(horizon_days=horizon, alpha=alpha, folds=folds, lasts_days=lasts)
    try:
        trained = train_ridge(_read(file), by=terms)
    except InvalidValue as problem:
        raise CommandFailed(f"{file}: {problem}", code=2) from problem
    added = done(add_trained(settings.inference, trained, name=name, version=version))
    rows = [*map(_row, trained.folds), {**_row(trained.whole), "days": "all of these"}]
    print_rows(rows, columns=_REPORT, empty="")
    sys.stdout.write("\n")
    print_fields(
        {
            "model": str(added.key),
            "sha256": added.facts.sha256,
            "trained_from": trained.terms.trained_from,
            "trained_to": trained.terms.trained_to,
            "expires_on": trained.terms.expires_on,
            "rows": trained.rows,
        }
    )
    note_added(settings, added)


def _row(one: Any) -> dict[str, Any]:
    figures = {
        name: None if getattr(one, name) is None else f"{getattr(one, name):.4f}"
        for name in ("rank_correlation", "hit_rate", "gain")
    }
    span = f"{date.fromordinal(one.first)} to {date.fromordinal(one.last)}"
    return {"days": span, "rows": one.rows, "trained_on": one.trained_on, **figures}


def _read(file: Path) -> Mapping[str, Any]:
    """Read the bars of a file; raises CommandFailed for the first wrong row."""
    from domain.inference.training import DailyBars
    from domain.shared.values import InvalidValue

    found: dict[str, tuple[list[date], list[float], list[float]]] = {}
    try:
        with file.open(newline="", encoding="utf-8-sig") as source:
            reader = csv.reader(source, strict=True)
            places = _places(next(reader, []))
            try:
                for fields in reader:
                    _take(found, fields, places)
            except (InvalidValue, csv.Error) as problem:
                raise CommandFailed(f"{file}, line {reader.line_num}: {problem}", code=2) from None
    except (OSError, UnicodeDecodeError, InvalidValue, csv.Error) as problem:
        raise CommandFailed(f"{file}: {problem}", code=2) from problem
    return {
        symbol: DailyBars(days=days, closes=closes, volumes=volumes)
        for symbol, (days, closes, volumes) in found.items()
    }


def _places(head: list[str]) -> tuple[int, ...]:
    from domain.shared.values import InvalidValue

    names = [one.strip().lower() for one in head]
    if missing := [one for one in _COLUMNS if names.count(one) != 1]:
        problem = f"must have {', '.join(_COLUMNS)} once each; look at {missing[0]}"
        raise InvalidValue(field="head", problem=problem)
    return tuple(names.index(one) for one in _COLUMNS)


def _take(
    found: dict[str, tuple[list[date], list[float], list[float]]],
    fields: list[str],
    places: tuple[int, ...],
) -> None:
    from domain.shared.values import InvalidValue, checked_symbol

    if len(fields) <= max(places):
        raise InvalidValue(field="row", problem=f"must have {max(places) + 1} fields or more")
    day, symbol, close, volume = (fields[place].strip() for place in places)
    try:
        on = date.fromisoformat(day)
    except ValueError:
        raise InvalidValue(field="date", problem=f"must be as 2026-01-02, not {day!r}") from None
    days, closes, volumes = found.setdefault(checked_symbol(symbol), ([], [], []))
    if days and on <= days[-1]:
        raise InvalidValue(field="date", problem=f"must be after {days[-1]}, {symbol}'s row before")
    days.append(on)
    closes.append(_number(close, field="close", low_open=True))
    volumes.append(_number(volume, field="volume", low_open=False))


def _number(text: str, *, field: str, low_open: bool) -> float:
    from domain.shared.values import InvalidValue

    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or value < 0 or (low_open and value == 0):
        least = "above 0" if low_open else "0 or more"
        raise InvalidValue(field=field, problem=f"must be a number {least}, not {text!r}")
    return value
