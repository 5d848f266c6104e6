"""`ballast succession letters` against the application: list, download, a share replaced."""

import asyncio
import base64
from collections.abc import Callable
from pathlib import Path

import httpx
import pyrage
import pytest
from typer.testing import CliRunner

from adapters.cli import succession_letters, succession_sealing
from adapters.cli.age.sealing import joined_identity
from adapters.cli.failures import CommandFailed
from adapters.http.succession.letters import PATH
from bootstrap.cli import app
from tests.unit.adapters.http.context import Context
from tests.unit.adapters.http.test_letters import TRUSTEES, Bridge, words_of

OWNER = pyrage.x25519.Identity.generate()
TEXTS = {"will.txt": b"All to the library.", "deed.pdf": b"%PDF the house"}
Ballast = Callable[..., str]


@pytest.fixture
async def ballast(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> Ballast:
    """Run a command of the owner's against the application."""
    bridge = Bridge(client)
    for module in (succession_letters, succession_sealing):
        monkeypatch.setattr(module, "connect", lambda: bridge)

    def run(*arguments: str) -> str:
        asked = ["succession", *arguments]
        done = CliRunner().invoke(app, asked, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.stdout

    return run


@pytest.fixture
async def sealed(ballast: Ballast, tmp_path: Path) -> Path:
    """Have the server keep two letters, and return the folder with the owner's files."""
    for name, text in TEXTS.items():
        (tmp_path / name).write_bytes(text)
    (tmp_path / "my-age-key.txt").write_text(f"# public key: x\n{OWNER}\n")
    key = ["--owner", str(OWNER.to_public()), *TRUSTEES, "--threshold", "2"]
    files = [str(tmp_path / name) for name in TEXTS]
    pages = ["--shares", str(tmp_path / "old"), "--when", "at_once"]
    await asyncio.to_thread(ballast, "seal", *files, *key, *pages)
    return tmp_path


def shares(folder: Path) -> list[str]:
    return [words_of(page) for page in sorted(folder.glob("share-*.txt"))]


def identity_of(some: list[str]) -> pyrage.x25519.Identity:
    return pyrage.x25519.Identity.from_str(joined_identity(some))


async def test_letters_are_listed_and_downloaded_as_they_were_sealed(
    ballast: Ballast, sealed: Path, context: Context
) -> None:
    listed = await asyncio.to_thread(ballast, "letters", "list")
    assert all(name in listed for name in TEXTS)
    out = sealed / "mine"
    told = await asyncio.to_thread(ballast, "letters", "download", "--out", str(out))
    assert sorted(told.split()) == sorted(str(out / f"{name}.age") for name in TEXTS)
    assert out.stat().st_mode & 0o777 == 0o700
    for name, text in TEXTS.items():
        file = out / f"{name}.age"
        assert file.stat().st_mode & 0o777 == 0o600
        assert pyrage.decrypt(file.read_bytes(), [OWNER]) == text
    one = sealed / "one"
    await asyncio.to_thread(ballast, "letters", "download", "will.txt", "--out", str(one))
    assert [file.name for file in one.iterdir()] == ["will.txt.age"]
    with pytest.raises(CommandFailed, match="there already"):
        await asyncio.to_thread(ballast, "letters", "download", "--out", str(out))
    with pytest.raises(CommandFailed, match=r"no letter will\.doc"):
        await asyncio.to_thread(ballast, "letters", "download", "will.doc", "--out", str(one))


async def test_a_name_leads_out_of_no_folder(
    ballast: Ballast, sealed: Path, client: httpx.AsyncClient
) -> None:
    (key,) = {one["sealed_for"] for one in (await client.get(PATH)).json()["items"]}
    recipients = [OWNER.to_public(), pyrage.x25519.Recipient.from_str(key)]
    content = base64.b64encode(pyrage.encrypt(b"x", recipients)).decode()
    body = {"name": "../../evil", "sealed_for": key, "when": "at_once", "content": content}
    made = (await client.post(PATH, json=body)).json()["id"]
    out = sealed / "deep" / "mine"
    await asyncio.to_thread(ballast, "letters", "download", "../../evil", "--out", str(out))
    assert [file.name for file in out.iterdir()] == [f"{made}.age"]


async def test_a_lost_share_is_replaced_and_the_old_ones_open_nothing_that_is_kept(
    ballast: Ballast, sealed: Path, client: httpx.AsyncClient
) -> None:
    before = {one["id"]: one for one in (await client.get(PATH)).json()["items"]}
    told = await asyncio.to_thread(
        ballast,
        *("letters", "reseal", str(sealed / "my-age-key.txt")),
        *("--shares", str(sealed / "new")),
    )
    after = (await client.get(PATH)).json()["items"]
    assert {one["name"] for one in after} == set(TEXTS)
    assert {one["when"] for one in after} == {"at_once"}
    # The old ciphertexts are gone.
    assert not before.keys() & {one["id"] for one in after}
    for gone in before:
        assert (await client.get(f"{PATH}/{gone}")).status_code == 404
    key = (await client.get(f"{PATH}/key")).json()
    assert (key["threshold"], key["trustees"]) == (2, ["Ann", "Ben", "Cleo"])
    old, new = shares(sealed / "old"), shares(sealed / "new")
    assert len(new) == 3
    for one in after:
        kept = (await client.get(f"{PATH}/{one['id']}")).json()["content"]
        content = base64.b64decode(kept)
        for who in (OWNER, identity_of(new[:2]), identity_of(new[1:])):
            assert pyrage.decrypt(content, [who]) == TEXTS[one["name"]]
        with pytest.raises(pyrage.DecryptError):
            pyrage.decrypt(content, [identity_of(old[:2])])
        assert one["sealed_for"] == key["recipient"]
    assert not any(" ".join(one.split()[4:7]) in told for one in new)
    assert str(OWNER) not in told


async def test_others_trustees_may_be_named_and_what_is_not_ours_to_open_changes_nothing(
    ballast: Ballast, sealed: Path, client: httpx.AsyncClient
) -> None:
    before = (await client.get(PATH)).json()
    stranger = sealed / "stranger.txt"
    stranger.write_text(str(pyrage.x25519.Identity.generate()))
    empty = sealed / "empty.txt"
    empty.write_text("# nothing\n")
    reseal = ["letters", "reseal"]
    for file, pages, said in (
        (stranger, "new", "does not open with this identity: nothing was changed"),
        (empty, "new", "must hold one identity"),
        (sealed / "my-age-key.txt", "old", "must name a new folder"),
    ):
        with pytest.raises(CommandFailed, match=said):
            await asyncio.to_thread(ballast, *reseal, str(file), "--shares", str(sealed / pages))
    assert (await client.get(PATH)).json() == before
    assert not (sealed / "new").exists()
    who = [part for name in ("Dan", "Eve") for part in ("--trustee", name)]
    own = [str(sealed / "my-age-key.txt"), "--shares", str(sealed / "new")]
    await asyncio.to_thread(ballast, *reseal, *own, *who, "--threshold", "2")
    assert (await client.get(f"{PATH}/key")).json()["trustees"] == ["Dan", "Eve"]
