/** A refusal of the server, or no answer of it, as what a person can act on. */
export class Problem extends Error {
  /**
   * @param {number} status 0 where no answer came
   * @param {Partial<import("../types/api.js").ProblemBody>} [body]
   * @param {number} [retryAfterS]
   */
  constructor(status, body = {}, retryAfterS) {
    super(body.detail || body.title || `The server answered ${status}.`);
    this.name = "Problem";
    this.status = status;
    this.kind = (body.type ?? "").split("/").pop() ?? "";
    this.title = body.title ?? "";
    this.detail = body.detail ?? "";
    this.errors = body.errors ?? [];
    this.reasons = body.reasons ?? [];
    this.orderId = body.order_id ?? null;
    this.traceId = body.trace_id ?? "";
    this.retryAfterS = retryAfterS ?? 0;
  }

  /** Whether it is unknown if the server did what it was asked. */
  get isLost() {
    return this.status === 0;
  }
}

/** @param {boolean} changes whether the request may have changed something */
export function lost(changes) {
  const detail = changes
    ? "No answer came, so it is not known whether this was done. Trying again is safe: it is done once at most."
    : "The server does not answer.";
  return new Problem(0, { title: "No answer", detail });
}

/**
 * Anything that was thrown, as a problem: a defect in a screen tells no more than that.
 * @param {unknown} error
 */
export function problemOf(error) {
  if (error instanceof Problem) return error;
  console.error(error);
  return new Problem(-1, {
    title: "Something went wrong in this page",
    detail: "Reload the page; what the server keeps is not touched.",
  });
}
