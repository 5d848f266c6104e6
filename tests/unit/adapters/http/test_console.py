"""The console's page and files: what is served, how it is kept, and what it may do."""

import gzip
import hashlib
import re
import tomllib
from pathlib import Path

import httpx
import pytest

from adapters.http.console.files import ScreenUndeclared, console, read
from adapters.http.settings import HttpSettings
from domain.identity.access import Permission
from tests.browser.api_types import TARGET, written
from tests.unit.adapters.http.context import SHARED, Context, open_context

FOLDER = Path("adapters/http/console")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; font-src 'self'; form-action 'none'; object-src 'none'; "
    "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
    "trusted-types 'none'"
)
_ROUTE = re.compile(r'"((?:GET|POST|PUT|PATCH|DELETE) /[^"]*)"')
SCREEN = """/** @type {import("../../core/page.js").Screen} */
export const screen = {
  path: "/tides/:id",
  title: "Tides",
  permission: "market.read",
  view: Tides,
};
"""


@pytest.mark.parametrize("path", ["/", "/login", "/dashboard", "/dashboard/risk/new"])
@SHARED
async def test_whoever_comes_gets_the_page_under_its_policy(calm: Context, path: str) -> None:
    async with calm.client(None) as nobody:
        answer = await nobody.get(path)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in answer.headers["Permissions-Policy"]
    # A data attribute is all that the page is told: no script and no style is inline.
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", answer.text)


@SHARED
async def test_all_that_the_page_names_is_served_and_kept(calm: Context) -> None:
    async with calm.client(None) as nobody:
        for path in ("/login", "/dashboard"):
            named = re.findall(r'(?:src|href)="([^"]+)"', (await nobody.get(path)).text)
            assert len(named) > 5
            for one in named:
                answer = await nobody.get(one)
                assert answer.status_code == 200, one
                assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
                assert answer.headers["Content-Security-Policy"] == POLICY


@SHARED
async def test_files_are_packed_for_who_takes_that(calm: Context) -> None:
    path = f"/console/{console().digest}/app.js"
    plain = (FOLDER / "app.js").read_bytes()
    async with calm.client(None) as nobody:
        for asked, coding in (
            ("gzip", "gzip"),
            ("br, gzip;q=0.5", "gzip"),
            ("*", "gzip"),
            ("gzip;q=0", None),
            ("identity", None),
            ("xgzip", None),
        ):
            answer = await nobody.get(path, headers={"Accept-Encoding": asked})
            assert answer.headers.get("Content-Encoding") == coding, asked
            assert answer.headers["Vary"] == "Accept-Encoding"
            # httpx unpacks what came packed.
            assert answer.content == plain
    assert gzip.decompress(console().files["app.js"].packed) == plain


@pytest.mark.parametrize(
    "path",
    [
        "/console/0000000000000000/app.js",
        "/console/{digest}/nothing.js",
        "/console/{digest}/page.html",
        "/console/{digest}/routes.py",
        "/console/{digest}/vendor/vendor.toml",
    ],
)
@SHARED
async def test_what_is_no_file_of_this_console_is_absent_and_not_kept(
    calm: Context, path: str
) -> None:
    async with calm.client(None) as nobody:
        answer = await nobody.get(path.format(digest=console().digest))
    assert answer.status_code == 404
    assert answer.headers.get_list("Cache-Control") == ["no-store"]


async def test_a_setting_takes_the_console_away() -> None:
    settings = HttpSettings(access_log=False, console=False)
    async with open_context(settings) as context, context.client(None) as nobody:
        for path in ("/", "/login", "/dashboard/risk", f"/console/{console().digest}/app.js"):
            assert (await nobody.get(path)).status_code == 404


@SHARED
async def test_the_page_of_a_screen_loads_it_at_once(calm: Context) -> None:
    async with calm.client(None) as nobody:
        overview = (await nobody.get("/dashboard")).text
        login = (await nobody.get("/login")).text
    assert "areas/overview/overview.js" in re.findall(r'modulepreload" href="([^"]+)"', overview)[2]
    assert "shell/" not in "".join(re.findall(r'href="([^"]+)"', login))


def test_the_digest_is_of_every_byte(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("{base}")
    (tmp_path / "app.js").write_text("let a;")
    before = read(tmp_path).digest
    (tmp_path / "app.js").write_text("let b;")
    assert read(tmp_path).digest != before


def test_a_screen_is_found_by_what_it_declares(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("{preloads}")
    place = tmp_path / "areas/tides"
    place.mkdir(parents=True)
    (place / "tides.js").write_text(f'import {{ html }} from "./kit.js";\n{SCREEN}')
    (place / "kit.js").write_text("export const html = 1;")
    (found,) = read(tmp_path).screens
    assert (found.path, found.title, found.permission, found.place) == (
        "/tides/:id",
        "Tides",
        "market.read",
        None,
    )
    page = read(tmp_path).page("/dashboard/tides/7")
    assert "areas/tides/tides.js" in page
    assert "areas/tides/kit.js" in page
    assert "areas/tides" not in read(tmp_path).page("/dashboard/tides")


@pytest.mark.parametrize("left_out", ["path", "title", "permission"])
def test_a_screen_that_keeps_something_back_is_refused(tmp_path: Path, left_out: str) -> None:
    (tmp_path / "page.html").write_text("")
    place = tmp_path / "areas/tides"
    place.mkdir(parents=True)
    kept = "".join(line for line in SCREEN.splitlines(True) if not line.startswith(f"  {left_out}"))
    (place / "tides.js").write_text(kept)
    with pytest.raises(ScreenUndeclared, match=left_out):
        read(tmp_path)


def test_every_screen_is_small_and_asks_for_a_permission_that_there_is() -> None:
    assert console().screens
    paths = [one.path for one in console().screens]
    assert len(set(paths)) == len(paths)
    for one in console().screens:
        assert Permission(one.permission)
        assert len((FOLDER / one.module).read_text().splitlines()) < 150, one.module


def test_everything_imported_is_there_and_ours() -> None:
    for name, imported in console().imports.items():
        for one in imported:
            assert one in console().files, f"{name} imports {one}"
    for path in FOLDER.rglob("*.js"):
        if "vendor" not in path.parts:
            text = path.read_text()
            assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(", text)
            assert not re.search(r"(?:fetch|WebSocket|import)\(\s*[\"'`]\w+:", text)


def test_vendored_files_are_what_is_written_of_them() -> None:
    said = tomllib.loads((FOLDER / "vendor/vendor.toml").read_text())["file"]
    for one in said:
        body = (FOLDER / "vendor" / one["name"]).read_bytes()
        assert hashlib.sha256(body).hexdigest() == one["sha256"], one["name"]
        assert all({"name", "licence", "source"} <= set(package) for package in one["packages"])
    served = {path.name for path in (FOLDER / "vendor").iterdir() if path.suffix in {".js", ".css"}}
    assert served == {one["name"] for one in said}
    licences = (FOLDER / "vendor/LICENSES.txt").read_text()
    assert all(package["name"] in licences for one in said for package in one["packages"])


@SHARED
async def test_what_the_console_asks_is_in_the_document(calm_client: httpx.AsyncClient) -> None:
    """The types it is checked with are of this document, and each route it names is there."""

    document = (await calm_client.get("/openapi.json")).json()
    assert TARGET.read_text() == written(document), "run: python -m tests.browser.api_types"
    routes = {
        f"{method.upper()} {path}"
        for path, operations in document["paths"].items()
        for method in operations
    }
    asked = set()
    for one in console().files.values():
        if one.media_type == "text/javascript":
            asked |= set(_ROUTE.findall(one.body.decode()))
    assert len(asked) > 5
    assert asked <= routes


@pytest.mark.parametrize(
    ("path", "more", "kib"),
    [
        ("/login", (), 40),
        ("/dashboard", (), 90),
        ("/dashboard/trade", ("vendor/lightweight-charts.js",), 160),
    ],
)
def test_a_page_weighs_little(path: str, more: tuple[str, ...], kib: int) -> None:
    """Packed, with its style and what it loads when it is there."""
    named = re.findall(r'(?:src|href)="/console/\w+/([^"]+)"', console().page(path))
    packed = sum(len(console().files[name].packed) for name in {*named, *more})
    assert packed <= kib * 1_024
