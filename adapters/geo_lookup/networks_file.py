"""Read where networks are from a file of the user's own."""

import csv
from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from pathlib import Path

from domain.identity.place import Place

HEADER = ["network", "lat", "lon", "label"]
NETWORKS_MAX = 1_000_000
_LINE_MAX = 500


class UnusableGeoFile(Exception):
    """The file cannot be read or a line of it is wrong; the message names the line."""


class NetworksFile:
    """Places by network: a CSV of `network,lat,lon,label`, or none (port GeoLookup).

    UTF-8, with that header; networks in CIDR notation, degrees with a point, one a line. Where
    networks lie in one another the narrowest counts; none stands there twice.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        # By version and length of the prefix, the longest first; then by the network's number.
        self._found: dict[tuple[int, int], dict[int, Place]] = {}

    def start(self) -> None:
        """Read the file; raises UnusableGeoFile."""
        if self._path is None:
            return
        found: dict[tuple[int, int], dict[int, Place]] = {}
        try:
            with self._path.open(encoding="utf-8", newline="") as file:
                for line, network, place in _rows(file):
                    within = found.setdefault((network.version, network.prefixlen), {})
                    number = int(network.network_address) >> _rest(network)
                    if number in within:
                        raise UnusableGeoFile(f"line {line}: {network} was given before")
                    within[number] = place
        except OSError as problem:
            raise UnusableGeoFile(f"{self._path} cannot be read: {problem.strerror}") from problem
        except UnicodeDecodeError as problem:
            raise UnusableGeoFile(f"{self._path} is not UTF-8") from problem
        except (csv.Error, UnusableGeoFile) as problem:
            raise UnusableGeoFile(f"{self._path}: {problem}") from problem
        self._found = dict(sorted(found.items(), reverse=True))

    def place(self, ip: str) -> Place | None:
        """Return where an address is, by the narrowest network that holds it."""
        if not self._found:
            return None
        try:
            address = ip_address(ip)
        except ValueError:
            return None
        if isinstance(address, IPv6Address):
            address = address.ipv4_mapped or address
        number = int(address)
        for (version, length), within in self._found.items():
            if version == address.version:
                place = within.get(number >> (address.max_prefixlen - length))
                if place is not None:
                    return place
        return None


def _rows(file: Iterator[str]) -> Iterator[tuple[int, IPv4Network | IPv6Network, Place]]:
    # Without this a quote that is never closed reads the whole file as one field.
    reader = csv.reader(_short(file), strict=True)
    if next(reader, None) != HEADER:
        raise UnusableGeoFile(f"line 1: must be {','.join(HEADER)}")
    for count, fields in enumerate(reader, start=1):
        line = reader.line_num
        if count > NETWORKS_MAX:
            raise UnusableGeoFile(f"line {line}: at most {NETWORKS_MAX} networks are read")
        if len(fields) != len(HEADER):
            raise UnusableGeoFile(f"line {line}: must have {len(HEADER)} fields")
        network, lat, lon, label = (field.strip() for field in fields)
        try:
            yield line, ip_network(network), Place(lat=float(lat), lon=float(lon), label=label)
        except ValueError as problem:
            raise UnusableGeoFile(f"line {line}: {problem}") from problem


def _short(file: Iterator[str]) -> Iterator[str]:
    for number, line in enumerate(file, start=1):
        if len(line) > _LINE_MAX:
            raise UnusableGeoFile(f"line {number}: is longer than {_LINE_MAX} letters")
        yield line


def _rest(network: IPv4Network | IPv6Network) -> int:
    return network.max_prefixlen - network.prefixlen
