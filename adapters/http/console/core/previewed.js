import { useEffect, useState } from "../vendor/preact.js";
import { problemOf } from "./problem.js";

const AFTER_MS = 150;

/**
 * What the server would say of something that is still being typed: asked a moment after the last
 * key, and again while it stands. Whatever is on its way when another key is pressed is dropped.
 * @template T
 * @param {string} text what is asked about; nothing is asked while it is empty
 * @param {(text: string, signal: AbortSignal) => Promise<T>} load
 * @param {number} againMs
 * @returns {{ data: T | null, problem: import("./problem.js").Problem | null }}
 */
export function usePreview(text, load, againMs) {
  const [data, setData] = useState(/** @type {T | null} */ (null));
  const [problem, setProblem] = useState(/** @type {import("./problem.js").Problem | null} */ (null));
  useEffect(() => {
    setData(null);
    setProblem(null);
    if (!text) return;
    const stopped = new AbortController();
    let timer = setTimeout(look, AFTER_MS);
    async function look() {
      try {
        const found = await load(text, stopped.signal);
        if (stopped.signal.aborted) return;
        setData(found);
        setProblem(null);
      } catch (error) {
        if (stopped.signal.aborted) return;
        setData(null);
        setProblem(problemOf(error));
      }
      timer = setTimeout(look, againMs);
    }
    return () => {
      clearTimeout(timer);
      stopped.abort();
    };
  }, [text]);
  return { data, problem };
}
