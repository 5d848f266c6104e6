"""A file of places is read whole, or the line that is wrong is named."""

from pathlib import Path

import pytest

from adapters.geo_lookup.networks_file import NetworksFile, UnusableGeoFile
from domain.identity.place import Place

HEADER = "network,lat,lon,label\n"


def started(path: Path, content: str | bytes) -> NetworksFile:
    """Start on a file with that content."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    file = NetworksFile(path)
    file.start()
    return file


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "places.csv"


def test_quotes_spaces_and_other_line_ends_are_taken(path: Path) -> None:
    file = started(path, f'{HEADER}10.0.0.0/8, 1.5 ,-2.5,"Here, there"\r\n10.1.0.0/16,0,0,\r\n')
    assert file.place("10.9.9.9") == Place(lat=1.5, lon=-2.5, label="Here, there")
    assert file.place("10.1.9.9") == Place(lat=0, lon=0)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "line 1: must be network,lat,lon,label"),
        ("network,lat,lon\n", "line 1: must be network,lat,lon,label"),
        (f"{HEADER}10.0.0.0/8,1,2,A\n10.0.0.1/8,1,2,B\n", "line 3: 10.0.0.1/8 has host bits set"),
        (f"{HEADER}10.0.0.0/8,1,2\n", "line 2: must have 4 fields"),
        (f"{HEADER}10.0.0.0/8,1,2,A,B\n", "line 2: must have 4 fields"),
        (f"{HEADER}10.0.0.0/8,north,2,A\n", "line 2: could not convert string to float"),
        (f"{HEADER}10.0.0.0/8,91,2,A\n", "line 2: a latitude is within 90 degrees"),
        (f"{HEADER}10.0.0.0/8,nan,2,A\n", "line 2: a latitude is within 90 degrees"),
        (f"{HEADER}here,1,2,A\n", "line 2: 'here' does not appear to be"),
        (f"{HEADER}10.0.0.0/8,1,2,A\n10.0.0.0/8,1,2,A\n", "line 3: 10.0.0.0/8 was given before"),
        (f"{HEADER}10.0.0.0/8,1,2,{'x' * 101}\n", "line 2: a label has at most 100"),
        (f"{HEADER}10.0.0.0/8,1,2,{'x' * 500}\n", "line 2: is longer than 500 letters"),
        (f'{HEADER}10.0.0.0/8,1,2,"A', "unexpected end of data"),
    ],
)
def test_a_wrong_line_is_named(path: Path, content: str, told: str) -> None:
    with pytest.raises(UnusableGeoFile) as problem:
        started(path, content)
    assert str(problem.value).startswith(f"{path}: ")
    assert told in str(problem.value)


def test_what_is_no_text_or_not_there_is_told(path: Path) -> None:
    with pytest.raises(UnusableGeoFile, match="is not UTF-8"):
        started(path, HEADER.encode() + b"\xff\xfe")
    with pytest.raises(UnusableGeoFile, match="cannot be read: No such file"):
        NetworksFile(path.with_name("none.csv")).start()
