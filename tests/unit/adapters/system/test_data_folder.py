"""Notes in the data folder are read back whole, or refused."""

import stat
from pathlib import Path
from uuid import UUID

import pytest

from adapters.system.data_folder import (
    DataFolderCorrupt,
    OwnerNote,
    ServerNote,
    forget_server,
    read_owner,
    read_server,
    write_owner,
    write_server,
)

OWNER = OwnerNote(user_id=UUID(int=1), tenant_id=UUID(int=2), email="owner@example.com")
SERVER = ServerNote(url="http://127.0.0.1:8000", pid=7)


def test_what_was_written_is_read_by_us_alone(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    assert read_owner(folder) is None
    assert read_server(folder) is None
    write_owner(folder, OWNER)
    write_server(folder, SERVER)
    assert (read_owner(folder), read_server(folder)) == (OWNER, SERVER)
    for path in folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    forget_server(folder)
    forget_server(folder)
    assert read_server(folder) is None


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"user_id": 1}',
        "\x00",
        "[" * 100_000,
        '{"user_id": "x", "tenant_id": "y", "email": "z", "url": "u", "pid": "p"}',
    ],
)
def test_a_broken_note_says_which_file_and_what_to_do(tmp_path: Path, content: str) -> None:
    for name in ("owner.json", "server.json"):
        (tmp_path / name).write_text(content)
    with pytest.raises(DataFolderCorrupt, match=r"owner\.json .* start the server again"):
        read_owner(tmp_path)
    with pytest.raises(DataFolderCorrupt, match=r"server\.json"):
        read_server(tmp_path)
