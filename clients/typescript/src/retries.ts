/** Which answers are worth another try, and when. */

/** How often and how long to try. */
export interface RetryOptions {
  /** Tries of a request altogether; 1 for no repeat. */
  attempts: number;
  /** The first pause in milliseconds, which doubles with each try. */
  baseMs: number;
  /** The longest pause that the client chooses itself, in milliseconds. */
  longestMs: number;
}

export const RETRIES: RetryOptions = { attempts: 6, baseMs: 200, longestMs: 10_000 };

/**
 * Whether an answer says that the same request may do better in a moment.
 *
 * 409 does with `Retry-After`: another try with the same Idempotency-Key is still on its way.
 */
export function isPassing(response: Response): boolean {
  const { status, headers } = response;
  return status === 429 || status === 503 || (status === 409 && headers.has("retry-after"));
}

/**
 * The pause before another try, in milliseconds.
 *
 * It is a random part of a time that doubles, so that clients which failed together do not come
 * back together. `Retry-After` comes on top of it (RFC 9110, section 10.2.3).
 */
export function pauseMs(
  tried: number,
  options: RetryOptions,
  retryAfter: string | null = null,
  random: () => number = Math.random,
): number {
  const ceiling = Math.min(options.longestMs, options.baseMs * 2 ** (tried - 1));
  return asked(retryAfter) + random() * ceiling;
}

/** Wait, unless a signal ends the wait by its reason. */
export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error);
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener("abort", aborted, { once: true });
    function done(): void {
      signal?.removeEventListener("abort", aborted);
      resolve();
    }
    function aborted(): void {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    }
  });
}

function asked(retryAfter: string | null): number {
  if (retryAfter === null) return 0;
  const seconds = Number(retryAfter);
  const found = Number.isNaN(seconds) ? Date.parse(retryAfter) - Date.now() : seconds * 1000;
  return Number.isFinite(found) ? Math.max(0, found) : 0;
}
