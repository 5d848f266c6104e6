"""Document what a route can answer, errors included."""

from litestar.openapi.datastructures import ResponseSpec

from adapters.http.problems import MEDIA_TYPE, ProblemBody

_WHAT = {
    400: "malformed or invalid request",
    401: "missing or refused token",
    403: "understood and refused",
    404: "absent, or another tenant's",
    409: "the present state does not allow it",
    412: "If-Match names another version",
    413: "the body is too large",
    422: "the idempotency key was used with another request",
    429: "too many requests",
    503: "cannot answer now",
}


def documented(answers: dict[int, ResponseSpec], *statuses: int) -> dict[int, ResponseSpec]:
    """Return the responses of a route: its own, and problems for the statuses.

    503 is always possible: storage may be away.
    """
    problems = {
        status: ResponseSpec(
            data_container=ProblemBody,
            media_type=MEDIA_TYPE,
            description=_WHAT[status],
            generate_examples=False,
        )
        for status in {*statuses, 503}
    }
    return {**answers, **problems}
