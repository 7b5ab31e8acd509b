const KIB = 1024;

/**
 * What becomes of a command on a disk that is nearly full:
 * `silent`: the script is not run, and the answer is empty; `worker-dies`: not run, and the answer says so;
 * `unreported`: it runs to its end, and is reported as failed a minute later; `works`: as ever.
 */
export type AgentFate = 'silent' | 'worker-dies' | 'unreported' | 'works';

/**
 * Bytes that must be free, measured with a script of 20 KiB in blocks of 4 KiB: at 72 KiB the answer was empty, at 80 and 84
 * the worker died, from 88 to 96 the end was not reported, from 100 on all was well. What was not measured counts as worse.
 */
const MEASURED_SCRIPT_BYTES = 20 * KIB;
const MINIMUM_FREE_BYTES = { 'worker-dies': 80 * KIB, unreported: 88 * KIB, works: 100 * KIB } as const;
/** A script of 48 KiB needed 200 KiB: it lies on the disk more than once. */
const BYTES_PER_SCRIPT_BYTE = (200 - 100) / (48 - 20);

/**
 * A real agent's run on small filesystems, ext4 and xfs, with its folders on them (after 3.3.987, observed on 2026-11-29).
 * @param freeBytes root's reserve included: the agent is root
 * @param freeInodes undefined where the filesystem makes them as it needs them
 */
export function agentFate(freeBytes: number, freeInodes: number | undefined, scriptBytes: number): AgentFate {
  if (freeInodes === 0) return 'silent';
  const comparable = freeBytes - (scriptBytes - MEASURED_SCRIPT_BYTES) * BYTES_PER_SCRIPT_BYTE;
  const reached = (fate: keyof typeof MINIMUM_FREE_BYTES) => comparable >= MINIMUM_FREE_BYTES[fate];
  return (['works', 'unreported', 'worker-dies'] as const).find(reached) ?? 'silent';
}
