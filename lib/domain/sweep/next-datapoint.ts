import type { UsageSample } from '../sizing/growth-forecast';
import type { Known } from '../known';
import { formatPercent } from '../units';

/**
 * What the node's own metric says after verification. `not-seen` is not a verdict: the agent reports once a
 * minute, and the sweep looks at every node's newest datapoint every five minutes.
 */
export type NextDatapoint =
  | { readonly state: 'below' | 'over'; readonly usedPercent: number; readonly at: string }
  | { readonly state: 'not-seen' | 'unknown'; readonly why: string };

/**
 * The latest datapoint that was certainly measured after `verifiedAtMs`. CloudWatch names a datapoint by the start of
 * its period, so one of the period in which verification ended may be older than the healing and does not count.
 */
export const nextDatapoint = (
  samples: Known<readonly UsageSample[]>,
  verifiedAtMs: number,
  warningPercent: number,
): NextDatapoint => {
  if (!samples.known) return { state: 'unknown', why: samples.why };
  const latest = samples.value
    .filter(({ atMs, usedPercent }) => atMs >= verifiedAtMs && usedPercent >= 0 && usedPercent <= 100)
    .reduce<UsageSample | undefined>(
      (best, each) => (best === undefined || each.atMs > best.atMs ? each : best),
      undefined,
    );
  if (latest === undefined) return { state: 'not-seen', why: 'no datapoint is newer than verification yet' };
  return {
    state: latest.usedPercent < warningPercent ? 'below' : 'over',
    usedPercent: latest.usedPercent,
    at: new Date(latest.atMs).toISOString(),
  };
};

/** One line for a message. */
export const describeNextDatapoint = (next: NextDatapoint): string => {
  switch (next.state) {
    case 'below':
      return `${formatPercent(next.usedPercent)} at ${next.at}, below the warning level`;
    case 'over':
      return `${formatPercent(next.usedPercent)} at ${next.at}, at or above the warning level`;
    case 'not-seen':
      return `no datapoint yet; the sweep checks again within 5 minutes`;
    case 'unknown':
      return `could not be read (${next.why}); the sweep checks again within 5 minutes`;
  }
};
