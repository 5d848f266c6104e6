"""Back-ups that somebody else wrote or changed run nothing, and do not pass for ours."""

import asyncio
import contextlib
import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from adapters.postgres.backup.archive import DUMP, MANIFEST
from adapters.postgres.backup.loading import _harmless
from adapters.postgres.backup.seal import HEAD_BYTES
from adapters.postgres.migrations.run import revisions
from tests.integration.backup.test_given import UNPROVEN, _pg_dump, copy_of, fetch, restored
from tests.integration.backup.trading import key_of, unpacked
from tests.integration.bootstrap.processes import ballast
from tests.postgres_server import TestServer, execute

pytestmark = pytest.mark.timeout(900)

# Each runs as whoever restores, where a restore takes more than rows.
_PLANTED = {
    "trigger": """
        CREATE FUNCTION planted() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN COPY (SELECT 1) TO PROGRAM 'touch {mark}'; RETURN NEW; END $$;
        CREATE TRIGGER planted BEFORE INSERT ON tenants FOR EACH ROW EXECUTE FUNCTION planted();
        ALTER TABLE tenants ENABLE ALWAYS TRIGGER planted""",
    "our function": """
        CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN COPY (SELECT 1) TO PROGRAM 'touch {mark}'; RETURN NULL; END $$;
        CREATE TRIGGER planted AFTER INSERT ON audit FOR EACH STATEMENT
            EXECUTE FUNCTION refuse_change();
        ALTER TABLE audit ENABLE ALWAYS TRIGGER planted""",
    "default": """
        CREATE FUNCTION planted() RETURNS text LANGUAGE plpgsql AS $$
            BEGIN COPY (SELECT 1) TO PROGRAM 'touch {mark}'; RETURN ''; END $$;
        ALTER TABLE audit ALTER COLUMN trace_id SET DEFAULT planted()""",
    "operator": """
        CREATE FUNCTION planted(text, text) RETURNS boolean LANGUAGE plpgsql AS $$
            BEGIN COPY (SELECT 1) TO PROGRAM 'touch {mark}'; RETURN true; END $$;
        CREATE OPERATOR public.= (LEFTARG = text, RIGHTARG = text, FUNCTION = planted)""",
    "check": """
        CREATE FUNCTION planted(text) RETURNS boolean LANGUAGE plpgsql AS $$
            BEGIN COPY (SELECT 1) TO PROGRAM 'touch {mark}'; RETURN true; END $$;
        ALTER TABLE tenants ADD CHECK (planted(name)) NOT VALID""",
    "event trigger": """
        CREATE FUNCTION planted() RETURNS event_trigger LANGUAGE plpgsql AS $$
            BEGIN COPY (SELECT 1) TO PROGRAM 'touch {mark}'; END $$;
        CREATE EVENT TRIGGER planted_{name} ON ddl_command_end EXECUTE FUNCTION planted()""",
}
_NOT_OURS = (
    "SELECT 1 FROM pg_proc WHERE proname = 'planted' UNION ALL"
    " SELECT 1 FROM pg_trigger WHERE tgname = 'planted' UNION ALL"
    " SELECT 1 FROM pg_event_trigger WHERE evtname LIKE 'planted%' UNION ALL"
    " SELECT 1 FROM pg_operator WHERE oprnamespace = 'public'::regnamespace UNION ALL"
    " SELECT 1 FROM pg_proc WHERE prosrc LIKE '%TO PROGRAM%'"
)


@pytest.fixture(scope="module")
def whole(
    postgres_server: TestServer, backed_up: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Give the URL of a database that the back-up was restored into."""
    with postgres_server.fresh_database(migrated=False) as url:
        folder = tmp_path_factory.mktemp("attacked")
        done = restored(url, backed_up, folder=folder, proof=key_of(backed_up.parent / "var"))
        assert done.returncode == 0, done.stdout + done.stderr
        yield url


def packed(path: Path, parts: dict[str, bytes], *, members: Sequence[tarfile.TarInfo] = ()) -> Path:
    """Write a back-up as one without proof was written, with a manifest that fits its parts."""
    digests = {name: hashlib.sha256(part).hexdigest() for name, part in parts.items()}
    manifest = {"format": 1, "made_at": "2026-01-02T00:00:00+00:00", "sha256": digests}
    with tarfile.open(path, "w") as tar:
        for name, part in {MANIFEST: json.dumps(manifest).encode(), **parts}.items():
            info = tarfile.TarInfo(name)
            info.size = len(part)
            tar.addfile(info, io.BytesIO(part))
        for member in members:
            tar.addfile(member)
    return path


@pytest.mark.parametrize("name", _PLANTED)
def test_code_in_a_copy_is_not_taken_and_never_runs(
    postgres_server: TestServer, whole: str, tmp_path: Path, name: str
) -> None:
    mark = tmp_path / "ran"
    tmp_path.chmod(0o777)
    planted = _PLANTED[name].replace("{mark}", str(mark)).replace("{name}", tmp_path.name[-6:])
    with copy_of(whole, server=postgres_server) as source:
        asyncio.run(execute(url=source, statement=planted.replace("-", "_")))
        asyncio.run(_pg_dump(source, to=tmp_path / "dump"))
        people = fetch(source, "SELECT id, email FROM users")
    mark.unlink(missing_ok=True)
    file = packed(tmp_path / "planted.tar", {DUMP: (tmp_path / "dump").read_bytes()})
    with postgres_server.fresh_database(migrated=False) as url:
        refused = restored(url, file, folder=tmp_path / "var", proof=())
        assert refused.returncode == 5
        assert "bears no proof that it is ours" in refused.stderr
        assert fetch(url, "SELECT 1 FROM pg_tables WHERE schemaname = 'public'") == []
        done = restored(url, file, folder=tmp_path / "var", proof=UNPROVEN)
        assert done.returncode == 0, done.stdout + done.stderr
        assert fetch(url, _NOT_OURS) == []
        assert fetch(url, "SELECT id, email FROM users") == people
        with pytest.raises(Exception, match="immutable"):
            asyncio.run(execute(url=url, statement="DELETE FROM ledger"))
        roles = fetch(url, "SELECT 1 FROM pg_roles WHERE rolname LIKE 'ballast_restore_%'")
        assert roles == []
    assert not mark.exists()


def test_a_table_of_contents_whose_commands_were_swapped_runs_none(
    postgres_server: TestServer, whole: str, tmp_path: Path
) -> None:
    """What an entry says of how its rows go in is a command of whoever wrote the file."""
    mark = tmp_path / "ran"
    tmp_path.chmod(0o777)
    asyncio.run(_pg_dump(whole, to=tmp_path / "dump"))
    before = (tmp_path / "dump").read_bytes()
    place = before.index(b"COPY public.audit (")
    length = before.index(b"\n", place) + 1 - place
    # Of the same length, so that the file's own places of rows still hold.
    command = f"COPY (SELECT 1) TO PROGRAM 'touch {mark}'; --".encode().ljust(length - 1) + b"\n"
    assert len(command) == length
    (tmp_path / "swapped").write_bytes(before[:place] + command + before[place + length :])
    with postgres_server.fresh_database(migrated=False) as url:
        done = restored(url, tmp_path / "swapped", folder=tmp_path / "var")
        assert done.returncode == 5, done.stdout
        # pg_restore took the file for sound, and wrote the command out for us to read.
        assert "holds rows where none belong" in done.stderr
        assert fetch(url, "SELECT 1 FROM pg_tables WHERE schemaname = 'public'") == []
    assert not mark.exists()


def test_moves_of_orders_come_from_the_code_and_not_from_a_copy(
    postgres_server: TestServer, whole: str, tmp_path: Path
) -> None:
    ours = fetch(whole, "SELECT before, after FROM order_transitions ORDER BY 1, 2")
    with copy_of(whole, server=postgres_server) as source:
        move = "INSERT INTO order_transitions VALUES ('denied', 'filled')"
        asyncio.run(execute(url=source, statement=move))
        asyncio.run(_pg_dump(source, to=tmp_path / "dump"))
    with postgres_server.fresh_database(migrated=False) as url:
        assert restored(url, tmp_path / "dump", folder=tmp_path / "var").returncode == 0
        assert fetch(url, "SELECT before, after FROM order_transitions ORDER BY 1, 2") == ours


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        ("DROP TABLE audit_links CASCADE", "lacks the table"),
        ("ALTER TABLE tenants ADD COLUMN planted text", "not that of its revision"),
        (
            "SET session_replication_role = replica; DELETE FROM tenants",
            "could not be restored, and nothing was",
        ),
        ("UPDATE alembic_version SET version_num = '0002'", "older than this Ballast can carry on"),
        ("UPDATE alembic_version SET version_num = '0102'", "which this Ballast does not know"),
    ],
)
def test_a_copy_that_lacks_or_adds_something_is_refused_and_leaves_nothing(
    postgres_server: TestServer, whole: str, tmp_path: Path, harm: str, said: str
) -> None:
    with copy_of(whole, server=postgres_server) as source:
        asyncio.run(execute(url=source, statement=harm))
        asyncio.run(_pg_dump(source, to=tmp_path / "dump"))
    with postgres_server.fresh_database(migrated=False) as url:
        done = restored(url, tmp_path / "dump", folder=tmp_path / "var")
        assert done.returncode == 5, done.stdout
        assert said in done.stderr
        assert fetch(url, "SELECT 1 FROM pg_tables WHERE schemaname = 'public'") == []


def test_a_login_that_may_run_programs_restores_nothing(
    postgres_server: TestServer, whole: str, tmp_path: Path
) -> None:
    asyncio.run(_pg_dump(whole, to=tmp_path / "dump"))
    name = f"mighty_{tmp_path.name[-6:]}".replace("-", "_")
    with postgres_server.fresh_database(migrated=False) as url:
        make = (
            f"CREATE ROLE {name} LOGIN PASSWORD 'x';"
            f" GRANT pg_execute_server_program TO {name}; GRANT ALL ON SCHEMA public TO {name}"
        )
        asyncio.run(execute(url=url, statement=make))
        try:
            place = url.rpartition("@")[2] if "@" in url else url.split("//")[1]
            as_mighty = f"postgresql://{name}:x@{place}"
            done = restored(as_mighty, tmp_path / "dump", folder=tmp_path / "var")
            assert done.returncode == 5, done.stderr
            assert "may run programs" in done.stderr
            assert fetch(url, "SELECT 1 FROM pg_tables WHERE schemaname = 'public'") == []
        finally:
            asyncio.run(execute(url=url, statement=f"DROP OWNED BY {name}; DROP ROLE {name}"))


def _flipped(whole: bytes, place: int) -> bytes:
    return whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]


@dataclass(frozen=True, slots=True)
class _Change:
    to: Callable[[bytes], bytes]
    said: str
    # With --accept-unproven as well: it says that it is ours, and is not.
    always: bool = True


_CHANGES = {
    "a bit of the dump": _Change(
        lambda file: _flipped(file, len(file) // 2), "not what was written"
    ),
    "a bit of the padding": _Change(
        lambda file: _flipped(file, len(file) - 1), "not what was written"
    ),
    "cut": _Change(lambda file: file[:-10_240], "not what was written"),
    "cut to the head": _Change(lambda file: file[:HEAD_BYTES], "not what was written"),
    "longer": _Change(lambda file: file + b"\0" * 512, "not what was written"),
    "a bit of the proof": _Change(
        lambda file: file.replace(file[HEAD_BYTES - 65 : HEAD_BYTES - 1], b"0" * 64),
        "not what was written",
    ),
    "another salt": _Change(lambda file: file[:46] + b"1" * 32 + file[78:], "not what was written"),
    "the proof cut off": _Change(lambda file: file[HEAD_BYTES:], "bears no proof", always=False),
    "half a head": _Change(lambda file: file[100:], "torn one"),
}


@pytest.mark.parametrize("change", _CHANGES)
def test_a_changed_backup_is_refused_before_anything_is_read_of_it(
    backed_up: Path, tmp_path: Path, change: str
) -> None:
    before, wanted = backed_up.read_bytes(), _CHANGES[change]
    file = tmp_path / "changed"
    file.write_bytes(wanted.to(before))
    assert file.read_bytes() != before
    for options in ((), UNPROVEN) if wanted.always else ((),):
        proof = key_of(backed_up.parent / "var")
        done = ballast(tmp_path / "var", "restore", str(file), *proof, *options)
        assert done.returncode == 5
        assert wanted.said in done.stderr
        assert "Traceback" not in done.stderr
        assert not (tmp_path / "var" / "postgres").exists()


def test_another_installations_backup_is_refused_with_the_key_that_it_needs(
    backed_up: Path, tmp_path: Path
) -> None:
    key = tmp_path / "var" / "keys" / "backup.key"
    key.parent.mkdir(parents=True)
    key.write_text("ab" * 32)
    key.chmod(0o600)
    refused = ballast(tmp_path / "var", "restore", str(backed_up))
    assert refused.returncode == 5
    assert "which is not here: name its copy with --key-file" in refused.stderr
    key.chmod(0o644)
    open_to_others = ballast(tmp_path / "var", "restore", str(backed_up))
    assert open_to_others.returncode == 1
    assert f"chmod 600 {key}" in open_to_others.stderr
    assert not (tmp_path / "var" / "postgres").exists()


def _link(name: str, to: str) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = tarfile.SYMTYPE, to
    return info


@pytest.mark.parametrize(
    "name", ["../escaped", "/tmp/escaped", "paper-venue/../escaped", "paper-venue/venue-1.jsonl/x"]
)
def test_names_that_lead_elsewhere_are_refused(backed_up: Path, tmp_path: Path, name: str) -> None:
    with unpacked(backed_up) as found:
        dump = found.dump.read_bytes()
    file = packed(tmp_path / "b.tar", {DUMP: dump, name: b"x"})
    done = ballast(tmp_path / "var", "restore", str(file), *UNPROVEN)
    assert done.returncode == 5
    assert "a part that no back-up has" in done.stderr
    assert not (tmp_path / "var").exists()


def test_links_more_than_is_said_and_holes_are_refused(backed_up: Path, tmp_path: Path) -> None:
    with unpacked(backed_up) as found:
        dump = found.dump.read_bytes()
    secret = tmp_path / "secret"
    secret.write_bytes(b"x")
    more = packed(tmp_path / "more.tar", {DUMP: dump}, members=[_link("x", str(secret))])
    venue = "paper-venue/venue-1.jsonl"
    linked = packed(tmp_path / "linked.tar", {})
    manifest = {
        "format": 1,
        "made_at": "2026-01-02T00:00:00+00:00",
        "sha256": {venue: hashlib.sha256(b"x").hexdigest(), DUMP: "0"},
    }
    hole = tmp_path / "hole.tar"
    for path, member in ((linked, _link(venue, str(secret))), (hole, tarfile.TarInfo(venue))):
        said = json.dumps(manifest).encode()
        info = tarfile.TarInfo(MANIFEST)
        info.size = len(said)
        if path == hole:
            # A petabyte, of which not a byte is there.
            member.size = 2**50
        with path.open("wb") as file:
            with tarfile.open(fileobj=file, mode="w") as tar:
                tar.addfile(info, io.BytesIO(said))
            # Where the archive would end.
            file.seek(tarfile.BLOCKSIZE * 2)
            file.write(member.tobuf(format=tarfile.GNU_FORMAT))
    for path, said_of in (
        (more, "more than it says"),
        (linked, "no plain file"),
        (hole, "larger than it can be"),
    ):
        done = ballast(tmp_path / "var", "restore", str(path), *UNPROVEN)
        assert done.returncode == 5, path
        assert said_of in done.stderr
        assert "Traceback" not in done.stderr


def test_a_backup_by_passphrase_is_restored_where_nothing_but_it_is_known(
    postgres_server: TestServer, whole: str, tmp_path: Path
) -> None:
    out = tmp_path / "by-passphrase"
    known = {"BALLAST_BACKUP_PASSPHRASE": "correct horse battery"}
    made = ballast(
        tmp_path / "here", "backup", "--out", str(out), BALLAST_DATABASE_URL=whole, **known
    )
    assert made.returncode == 0, made.stderr
    assert not (tmp_path / "here" / "keys" / "backup.key").exists()
    with postgres_server.fresh_database(migrated=False) as url:
        for given in ({}, {"BALLAST_BACKUP_PASSPHRASE": "correct horse batterz"}):
            wrong = ballast(
                tmp_path / "there", "restore", str(out), BALLAST_DATABASE_URL=url, **given
            )
            assert wrong.returncode == 5
            assert "is proven by a passphrase" in wrong.stderr
        done = ballast(tmp_path / "there", "restore", str(out), BALLAST_DATABASE_URL=url, **known)
        assert done.returncode == 0, done.stdout + done.stderr
        assert f"restored at revision {revisions()[-1]}" in done.stdout


def test_rows_are_written_by_a_role_that_can_do_nothing_else(postgres_server: TestServer) -> None:
    async def refusals(url: str) -> list[str]:
        connection = await asyncpg.connect(url)
        told = []
        try:
            for statement in (
                "COPY (SELECT 1) TO PROGRAM 'true'",
                "COPY (SELECT 1) TO '/tmp/written'",
                "SELECT pg_read_file('/etc/hostname')",
                "CREATE TABLE planted (id int)",
                "ALTER TABLE tenants ENABLE TRIGGER ALL",
                "SELECT * FROM users",
            ):
                transaction = connection.transaction()
                await transaction.start()
                with contextlib.suppress(asyncpg.PostgresError):
                    async with _harmless(connection, ["tenants"]):
                        try:
                            await connection.execute(statement)
                        except asyncpg.InsufficientPrivilegeError:
                            told.append(statement)
                            raise
                await transaction.rollback()
            return told
        finally:
            await connection.close()

    with postgres_server.fresh_database() as url:
        assert len(asyncio.run(refusals(url))) == 6
