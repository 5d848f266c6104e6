"""Secrets stay in their rows, survive killed rotations, and stand nowhere in plain."""

import base64
from pathlib import Path
from random import Random

import pytest

from tests.torture import bound, canaries, rotation
from tests.torture.canary_search import hits, writings

SEED = 7


def say(_: str) -> None:
    """Keep quiet: pytest shows what is wrong."""


async def test_what_is_sealed_opens_in_its_own_row_only(database_url: str, tmp_path: Path) -> None:
    swaps = 3 * len(bound.KINDS)
    done = await bound.torture(database_url, tmp_path, swaps=swaps, random=Random(SEED), say=say)
    assert done.wrongs == []
    assert set(done.swaps) == set(bound.KINDS)
    assert done.opened_again == swaps


@pytest.mark.timeout(900)
async def test_killed_rotations_leave_every_secret_readable(
    database_url: str, tmp_path: Path
) -> None:
    done = await rotation.torture(database_url, tmp_path, kills=3, random=Random(SEED), say=say)
    assert done.wrongs == []
    assert done.kills.total() == 3
    assert done.opened > 3 * rotation.ROWS


@pytest.mark.timeout(900)
async def test_no_secret_stands_anywhere_in_plain(redis_url: str, kafka_bootstrap: str) -> None:
    done = await canaries.torture(
        redis_url=redis_url,
        kafka=kafka_bootstrap,
        count=30,
        random=Random(SEED),
        say=say,
        commands=canaries.FEW,
    )
    assert done.wrongs == []
    assert done.canaries >= 30


@pytest.mark.parametrize("offset", range(3))
def test_the_search_finds_a_secret_however_it_is_written(offset: int) -> None:
    secret = "canary0123456789abcdef"
    around = b"x" * offset + secret.encode() + b"yy"
    for content in (
        around,
        around.hex().encode(),
        around.hex().upper().encode(),
        base64.b64encode(around),
    ):
        (found,) = hits({"a log": b"..." + content}, [secret])
        assert "a log" in found
        assert secret not in found
    assert hits({"a log": around[::-1]}, [secret]) == []
    assert len(set(writings(secret))) == 6
