"""Find the servers' programs, and fetch those that this machine lacks.

Looking never changes anything. Fetching puts Redis and Kafka's files into a cache of this user;
installing (root on Debian only, and only when asked to) adds Java and Maven by apt-get.
"""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.services.service import Unavailable

HERE = Path(__file__).parent
REDIS_VARIABLE = "BALLAST_TEST_REDIS_SERVER"
JAVA_VARIABLE = "BALLAST_TEST_JAVA"
JAVA_MIN = 17

_POM = HERE / "kafka.pom.xml"
_CHECKSUMS = HERE / "kafka.sha256"
_COPY_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
# The server, the tools that hold its program, and what a bare Debian lacks of their libraries.
_REDIS_PACKAGES = ("redis-server", "redis-tools", "libatomic1", "libjemalloc2", "liblzf1")
_FETCH_S = 300
_ASK_S = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program and what it needs in its environment."""

    path: Path
    environment: Mapping[str, str] = field(default_factory=dict)


def redis_program() -> Program:
    """Return the Redis or Valkey server: the one named, the PATH's, the fetched one."""
    named = os.environ.get(REDIS_VARIABLE)
    if named:
        if not os.access(named, os.X_OK):
            raise Unavailable(f"redis: {REDIS_VARIABLE}={named} is no program")
        return Program(path=Path(named))
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return Program(path=Path(found))
    root = cache() / "redis"
    fetched = root / "usr/bin/redis-server"
    if not fetched.exists():
        raise Unavailable(
            "redis: neither redis-server nor valkey-server is on the PATH; `make services-up` "
            f"fetches Debian's, or name one with {REDIS_VARIABLE}"
        )
    libraries = [str(path) for path in (root / "usr/lib").glob("*-linux-gnu*")]
    return Program(path=fetched, environment={"LD_LIBRARY_PATH": os.pathsep.join(libraries)})


def java_program() -> Path:
    """Return a Java that is new enough for Kafka: the one named, JAVA_HOME's, the PATH's."""
    named = os.environ.get(JAVA_VARIABLE)
    home = os.environ.get("JAVA_HOME")
    looked = [named] if named else [f"{home}/bin/java" if home else None, shutil.which("java")]
    for path in looked:
        if path is not None and _java_version(path) >= JAVA_MIN:
            return Path(path)
    raise Unavailable(
        f"kafka: no Java {JAVA_MIN} or newer (looked at: {', '.join(filter(None, looked)) or '-'})"
        f"; install one, or name it with {JAVA_VARIABLE}"
    )


def kafka_jars() -> Path:
    """Return the folder of Kafka's libraries, each of them as its checksum says."""
    folder = jars_folder()
    if not folder.is_dir():
        raise Unavailable("kafka: its libraries are not here; `make services-up` fetches them")
    _check_jars(folder)
    return folder


def fetch_redis(*, install: bool) -> None:
    """Bring Redis where it is missing: Debian's packages, unpacked beside the system's."""
    try:
        redis_program()
    except Unavailable:
        if os.environ.get(REDIS_VARIABLE) or not _has("apt-get", "dpkg-deb"):
            raise
        fresh = _fresh_folder("redis")
        try:
            _download(_REDIS_PACKAGES, folder=fresh, refresh=install)
            for package in sorted(fresh.glob("*.deb")):
                _run(["dpkg-deb", "-x", str(package), str(fresh)], what="redis")
                package.unlink()
            _put(fresh, at=cache() / "redis")
        finally:
            shutil.rmtree(fresh, ignore_errors=True)


def fetch_kafka(*, install: bool) -> None:
    """Bring Kafka where it is missing: its libraries by Maven, each checked."""
    try:
        java_program()
    except Unavailable:
        if not install:
            raise
        # Its package's scripts expect the folder, which slim images leave out.
        Path("/usr/share/man/man1").mkdir(parents=True, exist_ok=True)
        _install("default-jre-headless", what="kafka")
        java_program()
    if jars_folder().is_dir():
        return
    if not _has("mvn"):
        if not install:
            raise Unavailable("kafka: mvn is not installed; it fetches Kafka's libraries")
        _install("maven", what="kafka")
    fresh = _fresh_folder("kafka")
    try:
        command = ["mvn", "-q", "-B", "-f", str(_POM), _COPY_PLUGIN, "-DincludeScope=runtime"]
        _run([*command, f"-DoutputDirectory={fresh}"], what="kafka")
        _check_jars(fresh)
        _put(fresh, at=jars_folder())
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def cache() -> Path:
    """Return the folder where fetched programs are kept, for all checkouts of this user."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home, "ballast", "services")


def jars_folder() -> Path:
    """Return where Kafka's libraries are kept; another list of them is another folder."""
    return cache() / f"kafka-{hashlib.sha256(_CHECKSUMS.read_bytes()).hexdigest()[:12]}"


def _check_jars(folder: Path) -> None:
    lines = [line.split() for line in _CHECKSUMS.read_text().splitlines()]
    wanted = {name: checksum for checksum, name in lines}
    given = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.jar")
    }
    if given != wanted:
        wrong = sorted(dict(given.items() ^ wanted.items()))
        raise Unavailable(
            f"kafka: {', '.join(wrong)} in {folder} are not what {_CHECKSUMS.name} says; "
            "remove the folder to fetch them again"
        )


def _java_version(path: str) -> int:
    try:
        told = subprocess.run(
            [path, "-version"], capture_output=True, text=True, timeout=_ASK_S, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return 0
    found = re.search(r'version "(\d+)', told.stderr)
    return int(found[1]) if found else 0


def _download(packages: tuple[str, ...], *, folder: Path, refresh: bool) -> None:
    """Download Debian packages, with newer lists when the present ones do not lead to them."""
    command = ["apt-get", "download", "-qq", *packages]
    try:
        _run(command, what="redis", folder=folder)
    except Unavailable:
        if not refresh or os.geteuid() != 0:
            raise
        _run(["apt-get", "update", "-qq"], what="redis")
        _run(command, what="redis", folder=folder)


def _install(package: str, *, what: str) -> None:
    if os.geteuid() != 0 or not _has("apt-get"):
        raise Unavailable(f"{what}: {package} is missing; only root on Debian can install it here")
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", package]
    try:
        _run(command, what=what)
    except Unavailable:
        _run(["apt-get", "update", "-qq"], what=what)
        _run(command, what=what)


def _run(command: list[str], *, what: str, folder: Path | None = None) -> None:
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_FETCH_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"{what}: {command[0]} did not end within {_FETCH_S} s") from error
    if done.returncode != 0:
        raise Unavailable(f"{what}: {' '.join(command[:3])} failed: {done.stdout.strip()[-800:]}")


def _has(*programs: str) -> bool:
    return all(shutil.which(name) is not None for name in programs)


def _fresh_folder(name: str) -> Path:
    cache().mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix=f".{name}-", dir=cache()))


def _put(fresh: Path, *, at: Path) -> None:
    """Let a whole folder appear at once; another process may have been quicker."""
    try:
        fresh.rename(at)
    except OSError:
        if not at.is_dir():
            raise
