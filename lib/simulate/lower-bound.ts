import type { AutomationLimits } from '../../packages/local-aws/src';

/**
 * No system that heals each of these nodes by an Automation execution of its own can be done sooner, in seconds: SSM
 * starts so many a second, and the last one started still has to run; and it runs so many at a time.
 * @param durations seconds that the execution of each healed node took
 */
export function lowerBoundSeconds(
  durations: readonly number[],
  limits: Pick<AutomationLimits, 'startsPerSecond' | 'concurrent'>,
): number {
  if (durations.length === 0) return 0;
  const shortest = durations.reduce((least, seconds) => Math.min(least, seconds));
  const byStarts = (durations.length - 1) / limits.startsPerSecond + shortest;
  const work = durations.reduce((sum, seconds) => sum + seconds, 0);
  const longest = durations.reduce((most, seconds) => Math.max(most, seconds));
  return Math.max(byStarts, work / limits.concurrent, longest);
}
