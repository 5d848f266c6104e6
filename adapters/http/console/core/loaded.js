import { useCallback, useEffect, useRef, useState } from "../vendor/preact.js";
import { problemOf } from "./problem.js";

/**
 * @template T
 * @typedef {{ data: T | null, problem: import("./problem.js").Problem | null, reload: () => void }} Loaded
 */

const APART_MS = 200;

/**
 * Load something and load it again when asked; what is shown stays until the new is there.
 * Many asks at once become one, and an answer that another one overtook is dropped.
 * @template T
 * @param {(signal: AbortSignal) => Promise<T>} load
 * @param {unknown[]} needs what it depends on: another value loads anew
 * @returns {Loaded<T>}
 */
export function useLoaded(load, needs) {
  const [state, setState] = useState(
    /** @type {{ data: T | null, problem: import("./problem.js").Problem | null }} */ ({ data: null, problem: null }),
  );
  const again = useRef(() => {});
  useEffect(() => {
    const stopped = new AbortController();
    let waiting = 0;
    let busy = false;
    let asked = false;
    setState({ data: null, problem: null });
    const run = async () => {
      busy = true;
      asked = false;
      try {
        const data = await load(stopped.signal);
        if (!stopped.signal.aborted) setState({ data, problem: null });
      } catch (error) {
        if (!stopped.signal.aborted) setState((was) => ({ data: was.data, problem: problemOf(error) }));
      }
      busy = false;
      if (asked && !stopped.signal.aborted) later();
    };
    const later = () => {
      if (busy) asked = true;
      else
        waiting ||= setTimeout(() => {
          waiting = 0;
          void run();
        }, APART_MS);
    };
    again.current = later;
    void run();
    return () => {
      clearTimeout(waiting);
      stopped.abort();
    };
  }, needs);
  return { ...state, reload: useCallback(() => again.current(), []) };
}
