"""Choose what a model of tone needs of a repository's files, as Hugging Face lays them out."""

from collections.abc import Sequence

from adapters.compute.hub import HubFile
from adapters.compute.text_model.folder import (
    CONFIG,
    GRAPHS,
    TOKENIZER,
    TOKENIZER_CONFIG,
    VOCABULARY,
)
from ports.sentiment import TextModelRefused


def text_model_files(files: Sequence[HubFile]) -> Sequence[HubFile]:
    """Return those that are read of it; raises TextModelRefused where one is lacking."""
    named = {one.name: one for one in files}
    wanted = [
        _first(named, CONFIG),
        _first(named, *GRAPHS, more=": take a repository that carries an ONNX file"),
        _first(named, TOKENIZER, VOCABULARY),
    ]
    if TOKENIZER_CONFIG in named:
        wanted.append(named[TOKENIZER_CONFIG])
    return wanted


def _first(named: dict[str, HubFile], *names: str, more: str = "") -> HubFile:
    for name in names:
        if name in named:
            return named[name]
    raise TextModelRefused(f"has no {' and no '.join(names)}{more}")
