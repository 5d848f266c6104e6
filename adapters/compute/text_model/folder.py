"""Read a FinBERT-like model from a folder, as Hugging Face lays one out.

config.json has id2label, max_position_embeddings, vocab_size and model_type; tokenizer_config.json
do_lower_case and model_max_length; tokenizer.json is the tokenizers library's own format and
vocab.txt BERT's list of words, one a line
(https://huggingface.co/docs/transformers/main_classes/configuration,
https://huggingface.co/docs/transformers/model_doc/bert). Only JSON, text and ONNX are read: what
asks for code of its own, or for another format, is refused.
"""

import asyncio
import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.compute.text_model.tokens import LibraryTokens, read_tokens
from domain.sentiment.model_tone import labels_in
from domain.shared.values import InvalidValue
from ports.sentiment import TextModel, TextModelRefused

CONFIG, TOKENIZER, TOKENIZER_CONFIG, VOCABULARY = (
    "config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.txt",
)
GRAPHS = ("model.onnx", "onnx/model.onnx")
_TEXT_BYTES_MAX = 32 * 2**20
_CONFIG_BYTES_MAX = 2**20
# Rows of the shortest model that says anything: a word between two marks.
_TOKENS_MIN = 3
# What asks for code that comes with the model.
_OWN_CODE = ("auto_map", "custom_pipelines", "trust_remote_code")
_OTHERS = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".h5", ".msgpack", ".safetensors")
# These number places from the word that fills up.
_OFFSET_KINDS = frozenset({"roberta", "xlm-roberta", "camembert"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TextModelFolder:
    """A model of tone in a folder (port TextModels); nothing in it leads out of it."""

    folder: Path
    bytes_max: int

    async def read(self) -> TextModel:
        """Return it; raises TextModelRefused, EngineMissing."""
        return await asyncio.to_thread(self._read)

    def _read(self) -> TextModel:
        config = self._json(CONFIG)
        if config is None:
            raise TextModelRefused(f"has no {CONFIG}")
        more = self._json(TOKENIZER_CONFIG) or {}
        self._refuse_code({CONFIG: config, TOKENIZER_CONFIG: more})
        labels = _labels(config)
        content = self._graph()
        tokens = self._tokens(config, more)
        return TextModel(
            name=self.folder.name,
            content=content,
            labels=labels,
            tokens_max=_tokens_max(config, more, pad_id=tokens.pad_id),
            tokens=tokens,
        )

    def _refuse_code(self, said: Mapping[str, Mapping[str, Any]]) -> None:
        for name, one in said.items():
            for key in _OWN_CODE:
                if one.get(key):
                    raise TextModelRefused(f"{name} asks for code of its own ({key})")
        try:
            found = sorted(one.name for one in self.folder.iterdir() if one.suffix == ".py")
        except OSError as problem:
            raise TextModelRefused(f"cannot be read: {problem.strerror}") from None
        if found:
            raise TextModelRefused(f"holds code of its own ({found[0]})")

    def _graph(self) -> bytes:
        for name in GRAPHS:
            content = self._file(name, bytes_max=self.bytes_max)
            if content is not None:
                return content
        others = sorted(one.name for one in self.folder.iterdir() if one.suffix in _OTHERS)
        beside = f", only {others[0]}, which is not read" if others else ""
        raise TextModelRefused(f"has no {GRAPHS[0]}{beside}: export the model to ONNX")

    def _tokens(self, config: Mapping[str, Any], more: Mapping[str, Any]) -> LibraryTokens:
        whole = self._file(TOKENIZER, bytes_max=_TEXT_BYTES_MAX)
        words = self._file(VOCABULARY, bytes_max=_TEXT_BYTES_MAX) if whole is None else None
        if whole is None and words is None:
            raise TextModelRefused(f"has neither {TOKENIZER} nor {VOCABULARY}")
        tokens = read_tokens(whole=whole, words=words, config=more)
        size = config.get("vocab_size")
        if isinstance(size, int) and tokens.size > size:
            raise TextModelRefused(
                f"has {tokens.size} words and a graph for {size} (vocab_size of {CONFIG})"
            )
        return tokens

    def _json(self, name: str) -> dict[str, Any] | None:
        content = self._file(name, bytes_max=_CONFIG_BYTES_MAX)
        if content is None:
            return None
        try:
            said = json.loads(content)
        except (ValueError, RecursionError):
            said = None
        if not isinstance(said, dict):
            raise TextModelRefused(f"{name} is no JSON object")
        return said

    def _file(self, name: str, *, bytes_max: int) -> bytes | None:
        path = self.folder / name
        if path.parent != self.folder and path.parent.is_symlink():
            raise TextModelRefused(f"{path.parent.name} is a link")
        try:
            with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as it:
                if not stat.S_ISREG(os.fstat(it.fileno()).st_mode):
                    raise TextModelRefused(f"{name} is no file")
                content = it.read(bytes_max + 1)
        except FileNotFoundError:
            return None
        except OSError as problem:
            raise TextModelRefused(f"{name} cannot be read: {problem.strerror}") from None
        if len(content) > bytes_max:
            raise TextModelRefused(f"{name} has more than {bytes_max >> 20} MiB")
        return content


def _labels(config: Mapping[str, Any]) -> tuple[Any, ...]:
    told = config.get("id2label")
    try:
        return labels_in(told if isinstance(told, dict) else {})
    except InvalidValue as problem:
        raise TextModelRefused(f"{CONFIG}: {problem.field} {problem.problem}") from None


def _tokens_max(config: Mapping[str, Any], more: Mapping[str, Any], *, pad_id: int) -> int:
    places = config.get("max_position_embeddings")
    if not isinstance(places, int):
        raise TextModelRefused(f"{CONFIG} does not say max_position_embeddings")
    if config.get("model_type") in _OFFSET_KINDS:
        places -= pad_id + 1
    told = more.get("model_max_length")
    # Libraries write 1e30 where nobody said one.
    if isinstance(told, int | float) and told < places:
        places = int(told)
    if places < _TOKENS_MIN:
        raise TextModelRefused(f"takes rows of {places}: it must be {_TOKENS_MIN} at least")
    return places
