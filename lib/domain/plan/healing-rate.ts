import type { HealingBounds } from './healing-bounds';

/** The bound is on any so many milliseconds. */
export const RATE_WINDOW_MS = 24 * 3_600_000;

/** At the emergency level the bound does not let a node die: it is healed beyond it, once in so many milliseconds. */
export const EMERGENCY_INTERVAL_MS = 3_600_000;

/** An execution of HealNode for one node, that an alarm or the sweep started. */
export interface HealingStart {
  readonly startedAtMs: number;
  /** It only cleaned the disk, and notified operators that the node had reached its limit. */
  readonly onlyNotified: boolean;
}

export type HealingPurpose = 'heal' | 'notify' | 'by-hand';

/** @param parameters of HealNode's execution. Any principal that may start one chooses them, so a time that is not valid counts as none. */
export const healingPurpose = (
  parameters: Readonly<Record<string, readonly string[] | undefined>>,
  startedAtMs: number | undefined,
): HealingPurpose => {
  const trigger = parameters['Trigger']?.[0] ?? '';
  if (trigger === '' || trigger === 'manual' || trigger.startsWith('deploy:')) return 'by-hand';
  const until = parameters['RestUntil']?.[0] ?? '';
  return startedAtMs !== undefined && restsUntilMs(until, startedAtMs) !== undefined ? 'notify' : 'heal';
};

/** The end of a rest, milliseconds since the epoch; undefined: the text is not a time, or not within the coming 24 hours. */
export const restsUntilMs = (until: string, nowMs: number): number | undefined => {
  const untilMs = Date.parse(until);
  return untilMs > nowMs && untilMs <= nowMs + RATE_WINDOW_MS ? untilMs : undefined;
};

export type HealingRate =
  | { readonly kind: 'heal' }
  /** The node has reached its limit: operators are notified once, and until then nothing is started. */
  | { readonly kind: 'notify'; readonly untilMs: number }
  /** Operators were already notified. */
  | { readonly kind: 'rest'; readonly untilMs: number };

/**
 * @param starts of the node, of the last {@link RATE_WINDOW_MS} at least, in any order
 * @param emergency it was measured at the emergency level
 */
export const healingRate = (
  starts: readonly HealingStart[],
  { healingsPerNodePerDay }: Pick<HealingBounds, 'healingsPerNodePerDay'>,
  nowMs: number,
  emergency = false,
): HealingRate => {
  const lately = starts
    .filter(({ startedAtMs }) => startedAtMs > nowMs - RATE_WINDOW_MS)
    .sort((a, b) => a.startedAtMs - b.startedAtMs);
  const healed = lately.filter(({ onlyNotified }) => !onlyNotified);
  // The last one that must be a day old before the next healing.
  const awaited = healed[healed.length - healingsPerNodePerDay];
  if (awaited === undefined) return { kind: 'heal' };
  const last = healed.at(-1) ?? awaited;
  if (emergency && last.startedAtMs <= nowMs - EMERGENCY_INTERVAL_MS) return { kind: 'heal' };
  const untilMs = awaited.startedAtMs + RATE_WINDOW_MS;
  return { kind: lately.some(({ onlyNotified }) => onlyNotified) ? 'rest' : 'notify', untilMs };
};
