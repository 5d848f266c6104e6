"""Serve records that people keep: the plain routes of one kind, which every such area has alike."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

import msgspec
from litestar import delete, get, post, put
from litestar.handlers import HTTPRouteHandler
from litestar.params import PathParameter

from adapters.http.documented import described
from adapters.http.idempotency import first_or_again, once_of
from adapters.http.paging import LIMIT_DEFAULT, Cursor, Limit, after_of, paged
from adapters.http.reading import decoder_of
from adapters.http.versions import etag_of, seen_of
from adapters.http.wire import (
    Answer,
    HttpRequest,
    answer,
    asker_of,
    body_of,
    decode,
    encode,
    moment,
    principal_of,
    text_of,
)
from application.shared.asker import Asker
from application.shared.change import Once
from application.shared.keeper import Keeper
from domain.identity.access import Permission
from ports.work import Record

R = TypeVar("R", bound=Record)
B = TypeVar("B", bound=msgspec.Struct)
V = TypeVar("V", bound=msgspec.Struct)


def shown_as(view: type[V], record: object, **more: object) -> V:
    """Fill a view from a record's fields of the same names; more names those that it has not."""
    wanted = (one.name for one in msgspec.structs.fields(view) if one.name not in more)
    return view(**{name: _on_wire(getattr(record, name)) for name in wanted}, **more)


def _on_wire(value: object) -> object:
    match value:
        case Decimal():
            return text_of(value)
        case datetime():
            return moment(value)
        case date():
            return value.isoformat()
        case UUID():
            return str(value)
        case _:
            return value


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRoutes(Generic[R, B]):
    """How records of one kind are asked for, and who may ask.

    one is what one of them is called, `an asset`; a path names it by `{asset_id}`. made returns
    the record that a body asks for: new, as if there were none before. shown is its view, page a
    struct of `items` and `next_cursor`.
    """

    path: str
    one: str
    keeper: Keeper[R]
    body: type[B]
    made: Callable[[B, Asker], R]
    view: type[msgspec.Struct]
    shown: Callable[[R], msgspec.Struct]
    page: type[msgspec.Struct]
    read: Permission
    write: Permission
    example: Mapping[str, Any] | None = None

    @property
    def handlers(self) -> list[HTTPRouteHandler]:
        """The routes to add, list, show, replace and delete."""
        return [self._add(), self._list(), self._show(), self._replace(), self._remove()]

    @property
    def _noun(self) -> str:
        return self.one.partition(" ")[2]

    def _one_path(self) -> str:
        return f"/{{{self._noun}_id:uuid}}"

    @property
    def _id(self) -> PathParameter:
        return PathParameter(name=f"{self._noun}_id")

    def _answer(self, record: R) -> Answer:
        return answer(self.shown(record), headers={"ETag": etag_of(record.version)})

    def _add(self) -> HTTPRouteHandler:
        decoder = decoder_of(self.body)

        def first(record: R) -> Answer:
            headers = {"ETag": etag_of(record.version), "Location": f"{self.path}/{record.id}"}
            return answer(self.shown(record), status=201, headers=headers)

        def kept(record: R) -> tuple[int, bytes]:
            return 201, encode(self.shown(record))

        @post(
            "/",
            **described(
                f"Add {self.one}",
                permission=self.write,
                body=self.body,
                answers={201: self.view},
                problems=(409,),
                example=self.example,
                idempotent=True,
            ),
        )
        async def add(request: HttpRequest) -> Answer:
            body, by = await body_of(request), asker_of(request)
            record = self.made(decode(body, decoder=decoder), by)
            once: Once[R] | None = once_of(request, body, render=kept)
            return first_or_again(await self.keeper.add(record, by=by, once=once), first)

        return add

    def _list(self) -> HTTPRouteHandler:
        name = self.path.rpartition("/")[2]

        async def found(
            request: HttpRequest, limit: Limit = LIMIT_DEFAULT, cursor: Cursor = None
        ) -> Answer:
            records = await self.keeper.list(
                tenant_id=principal_of(request).tenant_id, limit=limit + 1, after=after_of(cursor)
            )
            return paged(records, limit=limit, shown=self.shown, page=self.page)

        # By it the operation is named in the OpenAPI document.
        found.__name__ = f"list_{name}"
        said = described(
            f"List {name} in the order they were made",
            permission=self.read,
            answers={200: self.page},
            problems=(400,),
        )
        return get("/", **said)(found)

    def _show(self) -> HTTPRouteHandler:
        given = self._id

        @get(
            self._one_path(),
            **described(
                f"Show {self.one}; its version is in ETag",
                permission=self.read,
                answers={200: self.view},
                problems=(404,),
            ),
        )
        async def show(request: HttpRequest, id: Annotated[UUID, given]) -> Answer:
            tenant_id = principal_of(request).tenant_id
            return self._answer(await self.keeper.get(id, tenant_id=tenant_id))

        return show

    def _replace(self) -> HTTPRouteHandler:
        decoder, given = decoder_of(self.body), self._id

        @put(
            self._one_path(),
            **described(
                f"Replace {self.one}; with If-Match only if nobody changed it since",
                permission=self.write,
                body=self.body,
                answers={200: self.view},
                problems=(404, 409),
                example=self.example,
                if_match=True,
            ),
        )
        async def change(request: HttpRequest, id: Annotated[UUID, given]) -> Answer:
            seen, by = seen_of(request, what=self._noun), asker_of(request)
            written = self.made(decode(await body_of(request), decoder=decoder), by)
            changed = await self.keeper.replace(id, written, by=by, expected=seen)
            return self._answer(changed)

        return change

    def _remove(self) -> HTTPRouteHandler:
        given = self._id

        @delete(
            self._one_path(),
            **described(
                f"Delete {self.one}",
                permission=self.write,
                answers={204: None},
                problems=(404, 409),
                if_match=True,
            ),
        )
        async def remove(request: HttpRequest, id: Annotated[UUID, given]) -> None:
            seen = seen_of(request, what=self._noun)
            await self.keeper.remove(id, by=asker_of(request), expected=seen)

        return remove
