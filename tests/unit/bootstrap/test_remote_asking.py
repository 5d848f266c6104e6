"""Who runs models elsewhere is shown a token of ours only as a part of ours, and proves itself."""

import ssl
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.compute.remote.server import RemoteServer, Unanswered
from adapters.memory.time import ManualClock
from adapters.security.key_ring import FolderKeys
from adapters.security.part_tokens import PartTokens
from adapters.security.statements import SignedStatements
from bootstrap.inference.engines import build_remote
from bootstrap.settings.inference import InferenceSettings
from tests import builders, certificates
from tests.fakes.oip import OipServer


@pytest.fixture
def tokens(tmp_path: Path) -> PartTokens:
    """Give the tokens of an installation."""
    clock = ManualClock(builders.AT)
    keys = FolderKeys(tmp_path / "key.pem")
    return PartTokens(statements=SignedStatements(keys=keys, clock=clock), clock=clock)


def remote(own: InferenceSettings, tokens: PartTokens) -> RemoteServer:
    """Build what asks the server."""
    built = build_remote(own, tokens=tokens, clock=ManualClock(builders.AT))
    assert built is not None
    return built


async def shown(own: InferenceSettings, tokens: PartTokens) -> str:
    """Return what the server was shown, without a word for none."""
    async with OipServer() as fake:
        server = remote(replace(own, remote=fake.url), tokens)
        await server.get("/v2")
        await server.stop()
        (told,) = fake.tokens
        return told.removeprefix("bearer ")


async def test_a_server_of_others_never_sees_a_token_of_ours(tokens: PartTokens) -> None:
    assert await shown(InferenceSettings(), tokens) == ""
    theirs = "theirs"
    assert await shown(InferenceSettings(remote_token=theirs), tokens) == theirs


async def test_a_part_of_ours_is_shown_one_for_itself(tokens: PartTokens) -> None:
    told = await shown(InferenceSettings(remote_own=True), tokens)
    # The wire's words are lower here; a signature is not.
    assert told == tokens.draw("inference").lower()


async def test_one_that_a_named_authority_vouches_for_is_asked_and_no_other(
    tokens: PartTokens, tmp_path: Path
) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        certificates.make(tmp_path / name)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(tmp_path / "one" / "server.pem", tmp_path / "one" / "server.key")
    async with OipServer(tls=tls) as fake:
        trusting = InferenceSettings(remote=fake.url, remote_ca=tmp_path / "one" / "server.pem")
        server = remote(trusting, tokens)
        assert b"others" in await server.get("/v2")
        await server.stop()
        for ca in (None, tmp_path / "other" / "server.pem"):
            doubting = remote(replace(trusting, remote_ca=ca, remote_own=True), tokens)
            with pytest.raises(Unanswered):
                await doubting.get("/v2")
            await doubting.stop()
        # Nobody who did not prove themselves was shown anything.
        assert fake.tokens == [""]
