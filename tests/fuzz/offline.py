"""Parsers that need no server: the settings file and every request body."""

import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import msgspec

from adapters.http.accounts.schemas import DepositBody, OpenAccountBody, PortfolioBody
from adapters.http.orders.schemas import (
    CancelAllBody,
    GroupBody,
    OrderBody,
    ReplaceBody,
    ResolveBody,
)
from adapters.http.problems import problem_of
from adapters.http.reading import decoder_of
from adapters.http.streams.messages import DECODER as MESSAGES
from adapters.http.wire import decode
from adapters.http.workspaces.schemas import save_command
from adapters.settings.faults import InvalidSettings
from application.orders.commands import Asker
from bootstrap.settings.load import load_settings
from tests.fuzz.found import Found
from tests.fuzz.mutate import mutated

_SETTINGS = b"""
profile = "embedded"
data_dir = "var"  # here

[http]
host = "127.0.0.1"
port = 8000
allowed_origins = ["https://desk.example.com"]
docs = true

[replay]
seconds_per_day = 1.5
start = 2005-01-03

[paper]
participation = 0.1
lost_requests = 0.01
dedup = "full"

[owner]
email = "owner@localhost"
name = '''Home'''
"""
_ID = "0198f1c2-7b3a-7d4e-9f50-3c6d1a2b4e5f"
_LEG = (
    b'{"symbol":"IBM","side":"buy","type":"stop_limit","quantity":"10","limit_price":95.5,'
    b'"stop_price":"96","time_in_force":"gtd","expires_at":"2027-01-01T00:00:00Z",'
    b'"client_order_id":"one","display_quantity":1'
)
_ORDER = _LEG + f',"account_id":"{_ID}","strategy_id":"ema"}}'.encode()
_BODIES: tuple[tuple[msgspec.json.Decoder[Any], bytes], ...] = (
    (decoder_of(OrderBody), _ORDER),
    (
        decoder_of(GroupBody),
        f'{{"account_id":"{_ID}","group":"oco","orders":['.encode() + _LEG + b"}," + _LEG + b"}]}",
    ),
    (decoder_of(ReplaceBody), b'{"quantity":"5","limit_price":94.5,"trail":null}'),
    (msgspec.json.Decoder(CancelAllBody), f'{{"account_id":"{_ID}","symbol":"IBM"}}'.encode()),
    (msgspec.json.Decoder(ResolveBody), b'{"reason":"asked the broker"}'),
    (
        decoder_of(OpenAccountBody),
        f'{{"portfolio_id":"{_ID}","name":"Two","kind":"margin","leverage":"2"}}'.encode(),
    ),
    (decoder_of(DepositBody), b'{"amount":"1000","reference":"first"}'),
    (msgspec.json.Decoder(PortfolioBody), b'{"name":"Home"}'),
    (
        MESSAGES,
        f'{{"op":"subscribe","id":"1","channel":"orders","account_id":"{_ID}"}}'.encode(),
    ),
)
_ASKER = Asker(tenant_id=UUID(int=1), actor="fuzz")


def fuzz_settings(*, seconds: float, random: Random) -> Found:
    """Load files of nonsense: settings, or every fault told."""
    found = Found(name="settings TOML")
    with tempfile.TemporaryDirectory(prefix="ballast-fuzz-") as folder:
        path = Path(folder) / "ballast.toml"

        def load(data: bytes) -> None:
            path.write_bytes(data)
            try:
                load_settings(environment={"BALLAST_CONFIG": str(path)})
                found.taken += 1
            except InvalidSettings as refusal:
                if not refusal.faults:
                    raise

        _feed(found, [_SETTINGS], load, seconds=seconds, random=random)
    return found


def fuzz_bodies(*, seconds: float, random: Random) -> Found:
    """Read bodies of nonsense as the routes do: a command, or a problem."""
    found = Found(name="JSON bodies")
    for take, sample in _TAKEN:

        def read(data: bytes, take: Callable[[bytes], object] = take) -> None:
            try:
                take(data)
                found.taken += 1
            except Exception as refusal:
                problem = problem_of(refusal)
                if problem is None:
                    raise
                assert problem.status == 400
                assert problem.detail

        _feed(found, [sample], read, seconds=seconds / len(_TAKEN), random=random)
    return found


def _take(data: bytes, *, decoder: msgspec.json.Decoder[Any]) -> None:
    _commanded(decode(data, decoder=decoder))


_TAKEN: tuple[tuple[Callable[[bytes], object], bytes], ...] = (
    *((partial(_take, decoder=decoder), sample) for decoder, sample in _BODIES),
    (
        partial(save_command, expected=None),
        b'{"name":"Morning","layout":{"panels":[{"x":1.50,"\\u00e9":null}]},"make_default":true}',
    ),
)


def _commanded(body: Any) -> None:
    """Go on as the route does: terms check themselves when they are made."""
    match body:
        case OrderBody() | GroupBody() | OpenAccountBody():
            body.command(_ASKER)
        case ReplaceBody():
            body.command(_ASKER, order_id=UUID(int=2))
        case DepositBody():
            body.command(_ASKER, account_id=UUID(int=3))
        case _:
            # The others are commands as they stand.
            return


def _feed(
    found: Found,
    samples: list[bytes],
    parse: Callable[[bytes], None],
    *,
    seconds: float,
    random: Random,
) -> None:
    until = time.monotonic() + seconds
    for sample in samples:
        taken = found.taken
        parse(sample)
        assert found.taken == taken + 1, f"the sample itself must be taken: {sample!r}"
    while time.monotonic() < until:
        data = mutated(random.choice(samples), random=random)
        with found.feeding(data):
            parse(data)
