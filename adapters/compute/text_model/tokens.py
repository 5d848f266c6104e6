"""Turn texts into a model's numbers by the tokenizers library."""

import asyncio
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Any

from ports.inference import EngineMissing
from ports.sentiment import TextModelRefused, TokenRow

_UNKNOWN, _FIRST, _LAST, _PAD = "[UNK]", "[CLS]", "[SEP]", "[PAD]"
_PADS = (_PAD, "<pad>")


class LibraryTokens:
    """A tokenizer of the library (port TextTokens); it reads texts whole, and fills none up."""

    def __init__(self, tokenizer: Any, *, pad_id: int) -> None:
        self._tokenizer = tokenizer
        self._pad_id = pad_id

    @property
    def pad_id(self) -> int:
        """What fills a row up."""
        return self._pad_id

    @property
    def size(self) -> int:
        """How many words it knows."""
        return int(self._tokenizer.get_vocab_size(with_added_tokens=True))

    async def rows(self, texts: Sequence[str]) -> Sequence[TokenRow]:
        """Return a row of each text."""
        return await asyncio.to_thread(self._rows, list(texts))

    def _rows(self, texts: list[str]) -> list[TokenRow]:
        found = self._tokenizer.encode_batch(texts, add_special_tokens=True)
        return [TokenRow(tuple(one.ids), tuple(one.type_ids)) for one in found]


def read_tokens(
    *, whole: bytes | None, words: bytes | None, config: Mapping[str, Any]
) -> LibraryTokens:
    """Return the tokenizer of a tokenizer.json, or of a vocab.txt alone.

    config is tokenizer_config.json, {} where there is none. Raises TextModelRefused,
    EngineMissing.
    """
    if find_spec("tokenizers") is None:
        raise EngineMissing("needs tokenizers: pip install 'ballast[cpu]'")
    if whole is not None:
        tokenizer = _read_whole(whole)
    else:
        tokenizer = _of_words(_listed(words or b""), config)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    pads = [tokenizer.token_to_id(one) for one in _PADS]
    pad_id = next((one for one in pads if one is not None), None)
    if pad_id is None:
        raise TextModelRefused(f"its tokenizer has no word that fills up ({' or '.join(_PADS)})")
    return LibraryTokens(tokenizer, pad_id=pad_id)


def _read_whole(content: bytes) -> Any:
    from tokenizers import Tokenizer

    try:
        return Tokenizer.from_str(content.decode())
    except Exception as problem:  # noqa: BLE001 - the library raises plain exceptions
        raise TextModelRefused(f"tokenizer.json is none: {str(problem)[:200]}") from None


def _listed(content: bytes) -> dict[str, int]:
    try:
        lines = content.decode("utf-8-sig").removesuffix("\n").split("\n")
    except UnicodeDecodeError:
        raise TextModelRefused("vocab.txt is not UTF-8") from None
    words = {line.rstrip("\r"): place for place, line in enumerate(lines)}
    if missing := [one for one in (_UNKNOWN, _FIRST, _LAST, _PAD) if one not in words]:
        raise TextModelRefused(f"vocab.txt has no {missing[0]}")
    return words


def _of_words(words: dict[str, int], config: Mapping[str, Any]) -> Any:
    """Return BERT's own tokenizer of a list of words."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordPiece
    from tokenizers.normalizers import BertNormalizer
    from tokenizers.pre_tokenizers import BertPreTokenizer
    from tokenizers.processors import BertProcessing

    tokenizer = Tokenizer(WordPiece(words, unk_token=_UNKNOWN, max_input_chars_per_word=100))
    tokenizer.normalizer = BertNormalizer(
        clean_text=True,
        handle_chinese_chars=bool(config.get("tokenize_chinese_chars", True)),
        strip_accents=config.get("strip_accents"),
        lowercase=bool(config.get("do_lower_case", True)),
    )
    tokenizer.pre_tokenizer = BertPreTokenizer()
    tokenizer.post_processor = BertProcessing((_LAST, words[_LAST]), (_FIRST, words[_FIRST]))
    return tokenizer
