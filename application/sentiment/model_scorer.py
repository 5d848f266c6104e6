"""Score texts by a model that the operator put into a folder."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from application.inference.chain import EngineChain
from application.inference.observer import ModelObserver
from application.sentiment.text_rows import Filler, filler_of, first_and_last
from domain.inference.batches import differing
from domain.inference.limits import ROWS_MAX
from domain.inference.model import ModelFacts, ModelKey
from domain.sentiment.lexicon import ToneScore
from domain.sentiment.model_tone import by_length, sentences_in, shares_of, tone_in
from ports.inference import (
    Engine,
    EngineMissing,
    Examiner,
    ModelRefused,
    RunFailed,
    RunOverdue,
)
from ports.sentiment import ScorerUnavailable, TextModel, TextModelRefused, TextModels, TokenRow
from ports.time import Clock

SENTENCES_MAX = 256
# A model that could not be loaded is not looked at again before.
RETRY_S = 60.0
_KEY = ModelKey("sentiment")
# Texts of several lengths: rows that change with those beside them show in their scores.
_PROBES = ("Profit rose.", "Costs fell while sales grew at the factory.", "Loss", "A meeting.")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ready:
    """A model that can be asked; rows_max is 1 where its rows change with those beside them."""

    model: TextModel
    chain: EngineChain
    filler: Filler
    rows_max: int


class ModelScorer:
    """A FinBERT-like model of three labels (port Scorer); loaded with the first question.

    Long texts are scored by sentence, all sentences of a question in batches by their length.
    Where the model cannot be loaded or run there is no score, and no other scorer steps in.
    """

    def __init__(
        self,
        *,
        name: str,
        models: TextModels,
        examiner: Examiner,
        engines: Sequence[Engine],
        run_s_max: float,
        clock: Clock,
        observer: ModelObserver,
    ) -> None:
        self.name = name
        self._models = models
        self._examiner = examiner
        self._engines = engines
        self._run_s_max = run_s_max
        self._clock = clock
        self._observer = observer
        self._ready: _Ready | None = None
        self._version = ""
        self._problem = ""
        self._again_at = 0.0
        self._turn = asyncio.Lock()

    async def score(self, texts: Sequence[str]) -> Sequence[ToneScore]:
        """Return the tone of each text, in their order; raises ScorerUnavailable."""
        ready = await self.load()
        pieces = await self._pieces(texts, ready.model)
        rows = [row for one in pieces for row in one.rows]
        shares = await self._shares(rows, ready)
        scored, at = [], 0
        for one in pieces:
            many = len(one.rows)
            scored.append(
                tone_in(
                    shares[at : at + many],
                    labels=ready.model.labels,
                    lengths=[len(row.ids) for row in one.rows],
                    truncated=one.truncated,
                )
            )
            at += many
        return scored

    @property
    def version(self) -> str:
        """The graph's SHA-256, once it was loaded."""
        return self._version

    async def load(self) -> "_Ready":
        """Make the model ready, once; raises ScorerUnavailable with what is wrong with it."""
        async with self._turn:
            if self._ready is not None:
                return self._ready
            if self._problem and self._clock.monotonic() < self._again_at:
                raise ScorerUnavailable(self._problem)
            try:
                self._ready = await self._loaded()
            except (TextModelRefused, ModelRefused, EngineMissing) as problem:
                self._problem = f"the model of sentiment.model is not served: {problem}"
                self._again_at = self._clock.monotonic() + RETRY_S
                raise ScorerUnavailable(self._problem) from None
            self._problem = ""
            return self._ready

    async def stop(self) -> None:
        """Give back what the model holds."""
        if self._ready is not None:
            await self._ready.chain.close()
            self._ready = None

    async def _loaded(self) -> _Ready:
        model = await self._models.read()
        examined = await self._examiner.examine(model.content)
        filler = filler_of(examined.facts, model)
        chain = EngineChain(
            _KEY,
            examined,
            engines=_allowed(examined.facts, self._engines),
            run_s_max=self._run_s_max,
            told=self._observer,
        )
        await chain.start()
        ready = _Ready(model=model, chain=chain, filler=filler, rows_max=1)
        try:
            tried = await self._tried(ready)
            self._version = f"sha256:{examined.facts.sha256}"
            return tried
        except ScorerUnavailable as problem:
            await chain.close()
            raise ModelRefused(str(problem)) from None

    async def _tried(self, ready: _Ready) -> _Ready:
        """Ask it for rows alone and together: batches only where that is the same."""
        rows = [
            first_and_last(row, ready.model.tokens_max)
            for row in await ready.model.tokens.rows(_PROBES)
        ]
        alone = await self._shares(rows, ready)
        together = _Ready(
            model=ready.model, chain=ready.chain, filler=ready.filler, rows_max=ROWS_MAX
        )
        if not ready.filler.can_batch:
            return ready
        try:
            beside = await self._shares(rows, together)
        except ScorerUnavailable:
            return ready
        mixed = list(differing({"shares": alone}, {"shares": beside}))
        return ready if mixed else together

    async def _pieces(self, texts: Sequence[str], model: TextModel) -> "list[_Pieces]":
        whole = await model.tokens.rows(texts)
        made = []
        for text, row in zip(texts, whole, strict=True):
            if len(row.ids) <= model.tokens_max:
                made.append(_Pieces([row], truncated=False))
                continue
            parts = sentences_in(text) or [text]
            read = await model.tokens.rows(parts[:SENTENCES_MAX])
            cut = len(parts) > SENTENCES_MAX or any(len(one.ids) > model.tokens_max for one in read)
            rows = [first_and_last(one, model.tokens_max) for one in read]
            made.append(_Pieces(rows, truncated=cut))
        return made

    async def _shares(self, rows: Sequence[TokenRow], ready: _Ready) -> NDArray[np.float64]:
        shares = np.empty((len(rows), len(ready.model.labels)))
        for places in by_length([len(one.ids) for one in rows], rows_max=ready.rows_max):
            inputs = ready.filler.arrays([rows[place] for place in places])
            try:
                outputs = await ready.chain.run(inputs)
            except (RunFailed, RunOverdue) as problem:
                raise ScorerUnavailable(f"the model failed: {problem}") from None
            found = outputs[ready.filler.output]
            if (
                found.shape != (len(places), len(ready.model.labels))
                or not np.isfinite(found).all()
            ):
                raise ScorerUnavailable("the model gave no finite number for each label")
            shares[places] = shares_of(found)
        return shares


@dataclass(frozen=True, slots=True)
class _Pieces:
    """The rows of a text: one, or one a sentence."""

    rows: list[TokenRow]
    truncated: bool


def _allowed(facts: ModelFacts, engines: Sequence[Engine]) -> Sequence[Engine]:
    """Return the engines from the first that can run it on."""
    names = [one.name for one in engines]
    return engines[names.index(facts.engine) if facts.engine in names else 0 :]
