"""Route what is asked of letters: age files that the server cannot read."""

import base64
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import delete, get, post, put
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta

from adapters.http.area import AreaRoutes
from adapters.http.cases import Case, Thing
from adapters.http.documented import described
from adapters.http.idempotency import first_or_again, once_of
from adapters.http.paging import LIMIT_DEFAULT, Cursor, Limit, after_of, paged
from adapters.http.reading import decoder_of
from adapters.http.wire import (
    Answer,
    HttpRequest,
    PathId,
    answer,
    asker_of,
    body_of,
    decode,
    encode,
    moment,
    principal_of,
)
from application.shared.change import Once
from application.succession.keep_letters import KeepLetters, LetterFields, Reader
from domain.identity.access import Permission
from domain.succession.age_file import AGE_FILE_BYTES_MAX
from domain.succession.letter import READERS_MAX, Handover, Letter, LetterKey
from domain.succession.plan import TRUSTEES_MAX

PATH = "/api/v1/succession/letters"
# Base64, and what is said beside it.
BODY_BYTES_MAX = 4 * -(-AGE_FILE_BYTES_MAX // 3) + 65_536
_WRITE, _READ = Permission.LETTERS_WRITE, Permission.LETTERS_READ
# By form alone: nobody has its keys.
_STANZA = f"-> X25519 {'A' * 43}\n{'A' * 43}\n"
_FILE = f"age-encryption.org/v1\n{2 * _STANZA}--- {'A' * 43}\n".encode() + bytes(16 + 1 + 16)
_RECIPIENT = "age1" + "q" * 52 + "5cu47z"
LETTER = {
    "name": "To the children.txt",
    "sealed_for": _RECIPIENT,
    "when": "on_release",
    "content": base64.b64encode(_FILE).decode(),
}
KEY = {"recipient": _RECIPIENT, "threshold": 2, "trustees": ["Ann", "Ben", "Cleo"]}


class LetterBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A letter as it was sealed: an age v1 file of at most 10 MiB in Base64.

    It is for exactly two X25519 recipients, the owner's own and sealed_for, the shared key's.
    readers are the ids of those who may have it, when: at once, or once succession is released.
    """

    name: str
    sealed_for: str
    content: bytes
    when: Handover
    readers: Annotated[list[UUID], Meta(max_length=READERS_MAX)] = []


class LetterView(msgspec.Struct, kw_only=True):
    """What is known of a letter; sha256 is that of the age file, size its bytes."""

    id: str
    name: str
    sealed_for: str
    when: Handover
    readers: list[str]
    size: int
    sha256: str
    created_at: str


class LetterPage(msgspec.Struct):
    """A page of letters, in the order they were made."""

    items: list[LetterView]
    next_cursor: str | None


class SealedLetterView(LetterView, kw_only=True):
    """A letter with its age file in Base64."""

    content: bytes


class LetterKeyBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The recipient of a shared key, how many shares open it, and who has one each."""

    recipient: str
    threshold: int
    trustees: Annotated[list[str], Meta(max_length=TRUSTEES_MAX)]


class LetterKeyView(msgspec.Struct, kw_only=True):
    """The key in use."""

    recipient: str
    threshold: int
    trustees: list[str]
    set_at: str


_LETTER = decoder_of(LetterBody)
_KEY = decoder_of(LetterKeyBody)


def letter_routes(letters: KeepLetters) -> AreaRoutes:
    """Return the routes under /api/v1/succession/letters."""
    handlers = [*_all(letters), *_one(letters), *_key(letters)]
    return AreaRoutes(path=PATH, tags=["succession"], route_handlers=handlers)


def _all(letters: KeepLetters) -> list[HTTPRouteHandler]:
    def kept(letter: Letter) -> tuple[int, bytes]:
        return 201, encode(_view(letter))

    def made(letter: Letter) -> Answer:
        return answer(_view(letter), status=201, headers={"Location": f"{PATH}/{letter.id}"})

    @post(
        "/",
        **described(
            "Keep a letter that was sealed on the owner's machine",
            permission=_WRITE,
            body=LetterBody,
            answers={201: LetterView},
            problems=(409,),
            example=LETTER,
            idempotent=True,
        ),
    )
    async def add(request: HttpRequest) -> Answer:
        body = await body_of(request, limit=BODY_BYTES_MAX)
        said = decode(body, decoder=_LETTER)
        fields = LetterFields(
            name=said.name,
            sealed_for=said.sealed_for,
            content=said.content,
            handover=said.when,
            readers=tuple(said.readers),
        )
        once: Once[Letter] | None = once_of(request, body, render=kept)
        return first_or_again(await letters.add(fields, by=asker_of(request), once=once), made)

    @get(
        "/",
        **described(
            "List the letters that are yours to read now; the owner's are all of them",
            permission=_READ,
            answers={200: LetterPage},
            problems=(400,),
        ),
    )
    async def list_letters(
        request: HttpRequest, limit: Limit = LIMIT_DEFAULT, cursor: Cursor = None
    ) -> Answer:
        after = after_of(cursor)
        found = await letters.list(by=_reader(request))
        rest = [one for one in found if after is None or one.id > after]
        return paged(rest[: limit + 1], limit=limit, shown=_view, page=LetterPage)

    return [add, list_letters]


def _one(letters: KeepLetters) -> list[HTTPRouteHandler]:
    @get(
        "/{letter_id:uuid}",
        **described(
            "Hand over a letter as it was sealed; who has read it stands in the audit trail",
            permission=_READ,
            answers={200: SealedLetterView},
            problems=(404,),
        ),
    )
    async def show(request: HttpRequest, letter_id: PathId) -> Answer:
        letter, content = await letters.read(
            letter_id, by=_reader(request), asked_by=asker_of(request)
        )
        said = msgspec.structs.asdict(_view(letter))
        return answer(SealedLetterView(**said, content=content))

    @delete(
        "/{letter_id:uuid}",
        **described(
            "Destroy a letter",
            permission=_WRITE,
            answers={204: None},
            problems=(404,),
            step_up=True,
        ),
    )
    async def remove(request: HttpRequest, letter_id: PathId) -> None:
        await letters.remove(letter_id, by=asker_of(request))

    return [show, remove]


def _key(letters: KeepLetters) -> list[HTTPRouteHandler]:
    @get(
        "/key",
        **described(
            "Show the shared key that letters are sealed for",
            permission=_READ,
            answers={200: LetterKeyView},
            problems=(404,),
        ),
    )
    async def show_key(request: HttpRequest) -> Answer:
        return answer(_key_view(await letters.key(tenant_id=principal_of(request).tenant_id)))

    @put(
        "/key",
        **described(
            "Use a new shared key and destroy all letters that are for another",
            permission=_WRITE,
            body=LetterKeyBody,
            answers={200: LetterKeyView},
            problems=(409,),
            example=KEY,
            step_up=True,
        ),
    )
    async def set_key(request: HttpRequest) -> Answer:
        said = decode(await body_of(request), decoder=_KEY)
        key = await letters.set_key(
            recipient=said.recipient,
            threshold=said.threshold,
            trustees=tuple(said.trustees),
            by=asker_of(request),
        )
        return answer(_key_view(key))

    return [show_key, set_key]


def _reader(request: HttpRequest) -> Reader:
    principal = principal_of(request)
    owns = principal.access.may(_WRITE)
    return Reader(principal.tenant_id, principal.user_id, owns)


def _view(letter: Letter) -> LetterView:
    return LetterView(
        id=str(letter.id),
        name=letter.name,
        sealed_for=letter.sealed_for,
        when=letter.handover,
        readers=[str(one) for one in letter.readers],
        size=letter.size,
        sha256=letter.sha256,
        created_at=moment(letter.created_at),
    )


def _key_view(key: LetterKey) -> LetterKeyView:
    return LetterKeyView(
        recipient=key.recipient,
        threshold=key.threshold,
        trustees=list(key.trustees),
        set_at=moment(key.set_at),
    )


_ONE = f"{PATH}/{{letter_id}}"
_ID = {"letter_id": "letter"}
LETTER_THINGS = {"letter": Thing(made_by=f"POST {PATH}", body=LETTER, unique="name")}
LETTER_CASES = {
    f"GET {PATH}": Case(),
    f"POST {PATH}": Case(
        ids={"/readers/0": "trustee"},
        body={**LETTER, "readers": [""]},
        absent=400,
        action="letter.created",
        unique="name",
    ),
    # Whoever is not named as a reader is not told that there is a letter.
    f"GET {_ONE}": Case(ids=_ID, may_lack=True),
    f"DELETE {_ONE}": Case(ids=_ID, consumes=True, action="letter.deleted"),
    f"GET {PATH}/key": Case(may_lack=True),
    f"PUT {PATH}/key": Case(body=KEY, action="letter_key.set"),
}
