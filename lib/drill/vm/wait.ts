export function sleep(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

/**
 * Repeats what fails with one kind of error until it works or the time is over (then the last error is thrown).
 * @param everySeconds pause between two tries, default 0.1
 */
export async function retryUntil<T, E extends Error>(
  timeoutSeconds: number,
  retryable: abstract new (...args: never[]) => E,
  attempt: () => Promise<T>,
  everySeconds = 0.1,
): Promise<T> {
  for (const end = Date.now() + timeoutSeconds * 1000; ; await sleep(everySeconds)) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof retryable) || Date.now() > end) {
        throw error;
      }
    }
  }
}
