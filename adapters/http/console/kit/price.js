import { html, useEffect, useState } from "../vendor/preact.js";
import { shown } from "../core/decimal.js";
import { followQuote } from "../core/live.js";

/**
 * A symbol's last price as it comes; grey while nothing is heard.
 * @param {{ symbol: string, fallback?: string | null }} props
 */
export function LivePrice({ symbol, fallback }) {
  const quote = useQuote(symbol);
  const text = quote?.last ?? fallback;
  return html`<span class="price figure">${text === null || text === undefined ? "–" : shown(text, 2)}</span>`;
}

/** @param {string} symbol */
export function useQuote(symbol) {
  const [quote, setQuote] = useState(/** @type {import("../core/live.js").Quote | null} */ (null));
  useEffect(() => {
    setQuote(null);
    if (!symbol) return;
    const [told, leave] = followQuote(symbol);
    const stop = told.subscribe(setQuote);
    return () => {
      stop();
      leave();
    };
  }, [symbol]);
  return quote;
}
