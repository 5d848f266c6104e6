"""Let an httpx client send in one breath with the last question."""

import httpx

from adapters.brokers.sending import NoAnswer, NotSent, Sending


class SendingTransport(httpx.AsyncBaseTransport):
    """Carries an httpx client's requests, each whole, over connections of `Sending`.

    The client signs, encodes and reads as ever; the hooks of a request go with it:
    `client.post(path, json=order, extensions={"leaving": leaving, "written": written})`.
    A connection that could not be made is an httpx.ConnectError: nothing was sent. All else
    that goes wrong is an httpx.ReadError: what came of it is not known.
    """

    def __init__(self, sending: Sending) -> None:
        self._sending = sending

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request, once."""
        body, said = await request.aread(), request.extensions
        try:
            reply = await self._sending.request(
                request.method,
                request.url.raw_path.decode("ascii"),
                body,
                fields=_fields(request),
                **{name: said[name] for name in ("leaving", "written") if name in said},
            )
        except NotSent as problem:
            raise httpx.ConnectError(str(problem), request=request) from problem
        except NoAnswer as problem:
            raise httpx.ReadError(str(problem), request=request) from problem
        kept = {name: value for name, value in reply.fields.items() if name not in _OF_THE_LINE}
        return httpx.Response(reply.status, headers=kept, content=reply.body, request=request)

    async def aclose(self) -> None:
        """Close every connection."""
        self._sending.close()


_OF_THE_LINE = ("host", "content-length", "connection", "transfer-encoding")


def _fields(request: httpx.Request) -> dict[str, str]:
    return {
        name.title(): value for name, value in request.headers.items() if name not in _OF_THE_LINE
    }
