"""Fetch files of a model from a hub that speaks Hugging Face's wire, at one commit.

GET /api/models/OWNER/NAME/revision/COMMIT?blobs=true tells the commit and its files (siblings)
with their sizes and digests; GET /OWNER/NAME/resolve/COMMIT/FILE answers with one of them, with
X-Repo-Commit, or with where it lies (https://huggingface.co/docs/hub/api). Files come over HTTPS
by the session of huggingface_hub: its faster way (hf_xet) opens sockets in code of its own, and
could not be kept to what is allowed here.
"""

import hashlib
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urljoin, urlsplit

from domain.shared.values import InvalidValue
from ports.inference import EngineMissing, ModelRefused

HUB = "https://huggingface.co"
# What is fetched at all: nothing of it is code, and nothing is unpickled.
SUFFIXES = (".onnx", ".json", ".txt")
FILES_MAX = 64
_HOPS_MAX = 5
_TIMEOUT_S = 30.0
_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95}")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_NAME = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9._-]{0,127}/){0,4}[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_SHAPE = "OWNER/NAME@COMMIT, the commit by all of its 40 hexadecimal digits"


class HubUnavailable(Exception):
    """The hub does not answer, or not in its format; the message says what was asked."""


@dataclass(frozen=True, slots=True)
class HubModel:
    """A repository at a commit, which cannot change as a branch does."""

    repository: str
    commit: str

    def __str__(self) -> str:
        """As it is written."""
        return f"{self.repository}@{self.commit}"

    @property
    def name(self) -> str:
        """The repository's name without its owner."""
        return self.repository.partition("/")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class HubFile:
    """A file of a commit: its size, and the digests that the hub knows it by.

    sha256 is known of large files (LFS), blob is Git's SHA-1 of the others.
    """

    name: str
    size: int
    sha256: str | None
    blob: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedFile:
    """A file that was fetched; sha256 is of what came."""

    name: str
    path: Path
    size: int
    sha256: str


def hub_model(text: str) -> HubModel:
    """Return what OWNER/NAME@COMMIT names; raises InvalidValue, also for what can change."""
    repository, at, revision = text.partition("@")
    if not _REPOSITORY.fullmatch(repository) or ".." in repository or "--" in repository:
        raise InvalidValue(field="model", problem=f"must be {_SHAPE}, not {text[:200]!r}")
    if not _COMMIT.fullmatch(revision):
        named = f"names {revision[:80]!r}" if at and revision else "names no commit"
        raise InvalidValue(
            field="model",
            problem=(
                f"{named}: branches, tags and short commits can come to mean something else; it"
                f" must be {_SHAPE}"
            ),
        )
    return HubModel(repository, revision)


def is_hub_model(text: str) -> bool:
    """Tell whether a text means a repository at a hub, rightly written or not."""
    return bool(_REPOSITORY.fullmatch(text.partition("@")[0])) and "@" in text


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelHub:
    """A hub: what a commit holds, and those of its files that are asked for.

    endpoint is HTTPS, or on this machine, and then so is everything that it leads to. Its methods
    wait; nothing is fetched that is no JSON, text or ONNX, or more than bytes_max together.
    """

    bytes_max: int
    endpoint: str = HUB
    # For all files together, however slowly they drip.
    whole_s: float = 3_600.0

    def __post_init__(self) -> None:
        """Raise InvalidValue for an endpoint that anybody could stand in for."""
        if not self._may_ask(self.endpoint):
            problem = "must be https://HOST, or http://HOST where the host is this machine"
            raise InvalidValue(field="endpoint", problem=problem)

    def files(self, model: HubModel) -> Sequence[HubFile]:
        """Return all files of the commit, by name.

        Raises ModelRefused where there is no such commit, HubUnavailable, EngineMissing.
        """
        library = _library()
        with _told(model, "its files"):
            found = library.HfApi(endpoint=self.endpoint, token=False).model_info(
                model.repository, revision=model.commit, files_metadata=True, timeout=_TIMEOUT_S
            )
            if found.sha != model.commit:
                raise ModelRefused(f"{model}: the hub means the commit {found.sha} by that")
            listed = [_file(one) for one in found.siblings or ()]
        return sorted(listed, key=lambda one: one.name)

    def fetch(
        self, model: HubModel, files: Iterable[HubFile], *, into: Path
    ) -> Sequence[FetchedFile]:
        """Write files of the commit into a folder, under their names, and return them.

        Each is what the hub's listing says it is, by size and digest. Raises InvalidValue for what
        is not fetched, ModelRefused for what is not as listed, HubUnavailable, EngineMissing.
        """
        asked = _checked(files, bytes_max=self.bytes_max)
        until = time.monotonic() + self.whole_s
        return [self._fetched(model, one, into=into, until=until) for one in asked]

    def _fetched(self, model: HubModel, file: HubFile, *, into: Path, until: float) -> FetchedFile:
        path = into / file.name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # A name that is taken, if by a link, is not written through.
            with path.open("xb") as kept:
                sha256 = self._written(model, file, to=kept, until=until)
        except FileExistsError:
            raise ModelRefused(f"{path} is there already") from None
        except OSError as problem:
            raise ModelRefused(f"{path} cannot be written: {problem.strerror}") from None
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return FetchedFile(name=file.name, path=path, size=file.size, sha256=sha256)

    def _written(self, model: HubModel, file: HubFile, *, to: BinaryIO, until: float) -> str:
        """Write what comes, never more than is listed, and return its SHA-256."""
        whole, blob = hashlib.sha256(), hashlib.sha1(usedforsecurity=False)
        blob.update(f"blob {file.size}\0".encode())
        size = 0
        for chunk in self._chunks(model, file.name):
            size += len(chunk)
            if size > file.size:
                break
            if time.monotonic() > until:
                raise HubUnavailable(f"{model}: is not whole after {self.whole_s:g} s")
            whole.update(chunk)
            blob.update(chunk)
            to.write(chunk)
        sha256 = whole.hexdigest()
        same = blob.hexdigest() == file.blob if file.sha256 is None else sha256 == file.sha256
        if size != file.size or not same:
            raise ModelRefused(f"{model}: {file.name} is not what the hub lists under its name")
        return sha256

    def _chunks(self, model: HubModel, name: str) -> Iterator[bytes]:
        with _told(model, name):
            yield from self._streamed(model, name)

    def _streamed(self, model: HubModel, name: str) -> Iterator[bytes]:
        library = _library()
        url = library.hf_hub_url(
            model.repository, name, revision=model.commit, endpoint=self.endpoint
        )
        headers = library.utils.build_hf_headers(token=False)
        # What was packed for the way could grow beyond all bounds.
        headers["Accept-Encoding"] = "identity"
        for hop in range(_HOPS_MAX):
            with library.get_session().stream(
                "GET", url, headers=headers, timeout=_TIMEOUT_S, follow_redirects=False
            ) as reply:
                library.utils.hf_raise_for_status(reply)
                told = reply.headers.get("X-Repo-Commit")
                # Where a file lies is told by the hub, and only the hub says of which commit.
                if (hop == 0 or told is not None) and told != model.commit:
                    raise ModelRefused(f"{model}: {name} came as of the commit {told}")
                if not reply.has_redirect_location:
                    yield from reply.iter_raw()
                    return
                url = urljoin(url, reply.headers["Location"])
            if not self._may_ask(url):
                raise ModelRefused(
                    f"{model}: {name} lies at {urlsplit(url).hostname}, which is not asked:"
                    " it must be reached by HTTPS"
                )
        raise ModelRefused(f"{model}: {name} is led on more than {_HOPS_MAX} times")

    def _may_ask(self, url: str) -> bool:
        try:
            parts = urlsplit(url)
            host = parts.hostname
        except ValueError:
            return False
        if not host or parts.username is not None:
            return False
        if _is_here(urlsplit(self.endpoint).hostname or ""):
            return parts.scheme in ("http", "https") and _is_here(host)
        return parts.scheme == "https"


def _checked(files: Iterable[HubFile], *, bytes_max: int) -> list[HubFile]:
    asked = list(files)
    if len(asked) > FILES_MAX:
        problem = f"must be at most {FILES_MAX}, not {len(asked)}"
        raise InvalidValue(field="files", problem=problem)
    for one in asked:
        if not _NAME.fullmatch(one.name) or ".." in one.name:
            raise InvalidValue(field="files", problem=f"has a name that is not taken: {one.name!r}")
        if not one.name.endswith(SUFFIXES):
            problem = f"must end in {', '.join(SUFFIXES)}: {one.name} is not fetched"
            raise InvalidValue(field="files", problem=problem)
    size = sum(one.size for one in asked)
    if size > bytes_max:
        problem = f"have {-(-size // 2**20)} MiB: at most {bytes_max >> 20} are fetched"
        raise InvalidValue(field="files", problem=problem)
    return asked


def _file(one: Any) -> HubFile:
    if not isinstance(one.size, int) or one.size < 0 or not isinstance(one.blob_id, str):
        raise ValueError(f"{one.rfilename}: neither size nor digest")
    sha256 = None if one.lfs is None else str(one.lfs.sha256)
    return HubFile(name=one.rfilename, size=one.size, sha256=sha256, blob=one.blob_id)


@contextmanager
def _told(model: HubModel, what: str) -> Iterator[None]:
    """Turn what the library raises into what is wrong, in words."""
    import httpx2
    from huggingface_hub import errors

    try:
        yield
    except (errors.GatedRepoError, errors.DisabledRepoError):
        raise ModelRefused(f"{model}: the hub gives it to nobody without an account") from None
    except errors.RepositoryNotFoundError:
        raise ModelRefused(f"{model}: the hub has no such public repository") from None
    except errors.RevisionNotFoundError:
        raise ModelRefused(f"{model}: the repository has no such commit") from None
    except errors.RemoteEntryNotFoundError:
        raise ModelRefused(f"{model}: has no {what}") from None
    except errors.HfHubHTTPError as problem:
        status = problem.response.status_code
        raise HubUnavailable(f"{model}: asked for {what}, the hub answered {status}") from None
    except (httpx2.HTTPError, httpx2.InvalidURL, ConnectionError) as problem:
        said = str(problem) or type(problem).__name__
        raise HubUnavailable(f"{model}: asked for {what}, the hub did not answer: {said}") from None
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise HubUnavailable(
            f"{model}: asked for {what}, the hub answered in another format: {problem}"
        ) from None


def _library() -> Any:
    if find_spec("huggingface_hub") is None:
        raise EngineMissing("needs huggingface_hub: pip install 'ballast[cpu]'")
    import huggingface_hub

    return huggingface_hub


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
