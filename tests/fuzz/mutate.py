"""Make nonsense of something sensible: bytes that nearly parse find more than noise."""

from collections.abc import Callable
from random import Random

_NASTY = (
    b"NaN",
    b"1e400",
    b"-1e-400",
    b"9" * 400,
    b"-0",
    b"null",
    b"true",
    b"[]",
    b"{}",
    b'""',
    b'"\\ud800"',
    b'"\\u0000"',
    b"\x00",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"[" * 3_000,
    b'{"a":' * 3_000,
    b"'''",
    b'"""',
    b"[[",
    b"]]",
    b"\r\n\r\n",
    b"\n" * 300,
    b" " * 2_000,
    b"a." * 1_000,
    b"=" * 50,
    b"Infinity",
    b"2026-02-30T00:00:00Z",
    b"0001-01-01T00:00:00+23:59",
    b"9999-12-31T23:59:59-23:59",
)


def mutated(sample: bytes, *, random: Random) -> bytes:
    """Return the sample after one to four accidents."""
    data = sample
    for _ in range(random.randint(1, 4)):
        data = random.choice(_ACCIDENTS)(data, random)
    return data


def _flip(data: bytes, random: Random) -> bytes:
    if not data:
        return data
    at = random.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << random.randrange(8))]) + data[at + 1 :]


def _cut(data: bytes, random: Random) -> bytes:
    return data[: random.randint(0, len(data))]


def _drop(data: bytes, random: Random) -> bytes:
    begin, end = _span(data, random)
    return data[:begin] + data[end:]


def _repeat(data: bytes, random: Random) -> bytes:
    begin, end = _span(data, random)
    return data[:end] + data[begin:end] * random.randint(1, 20) + data[end:]


def _insert(data: bytes, random: Random) -> bytes:
    at = random.randint(0, len(data))
    return data[:at] + random.choice(_NASTY) + data[at:]


def _overwrite(data: bytes, random: Random) -> bytes:
    begin, end = _span(data, random)
    return data[:begin] + random.choice(_NASTY) + data[end:]


def _value(data: bytes, random: Random) -> bytes:
    """Put something nasty where a value stands: behind a colon or an equals sign."""
    places = [at for at, byte in enumerate(data) if byte in b":="]
    if not places:
        return _insert(data, random)
    begin = random.choice(places) + 1
    end = begin
    while end < len(data) and data[end] not in b",}]\n":
        end += 1
    return data[:begin] + random.choice(_NASTY) + data[end:]


def _noise(data: bytes, random: Random) -> bytes:
    at = random.randint(0, len(data))
    return data[:at] + random.randbytes(random.randint(1, 40)) + data[at:]


def _span(data: bytes, random: Random) -> tuple[int, int]:
    begin = random.randint(0, len(data))
    return begin, min(len(data), begin + random.randint(0, 30))


_ACCIDENTS: tuple[Callable[[bytes, Random], bytes], ...] = (
    _flip,
    _cut,
    _drop,
    _repeat,
    _insert,
    _overwrite,
    _value,
    _value,
    _noise,
)
