const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const cleanups = new Set<() => void>();
let installed = false;

function cleanUp(): void {
  for (const cleanup of [...cleanups].reverse()) {
    cleanups.delete(cleanup);
    try {
      cleanup();
    } catch (error) {
      // The others still have to run, and nothing is left to catch this.
      process.stderr.write(`while cleaning up: ${String(error)}\n`);
    }
  }
}

function onSignal(signal: NodeJS.Signals): void {
  cleanUp();
  process.removeListener(signal, onSignal);
  // Somebody else's handler decides how to end; without one, die of the signal as if it had not been caught.
  if (process.listenerCount(signal) === 0) {
    process.kill(process.pid, signal);
  }
}

/**
 * Registers something synchronous to be undone when this process ends, by itself or by SIGINT, SIGTERM or SIGHUP.
 * @returns the call that takes the registration back.
 */
export function atExit(cleanup: () => void): () => void {
  if (!installed) {
    installed = true;
    process.on('exit', cleanUp);
    for (const signal of SIGNALS) {
      process.on(signal, onSignal);
    }
  }
  cleanups.add(cleanup);
  return () => cleanups.delete(cleanup);
}
