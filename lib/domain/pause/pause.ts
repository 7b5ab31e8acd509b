import { z } from 'zod';

/** What the pause parameter holds while nothing is paused: a parameter cannot be empty. */
export const NO_PAUSE = 'none';
/** No pause is longer. Milliseconds. */
export const MAX_PAUSE_MS = 30 * 24 * 3_600_000;
/** The clock of who paused may be ahead. Milliseconds. */
const CLOCK_SKEW_MS = 86_400_000;
/** Of `why`, characters. Several pauses must fit into a standard parameter. */
const MAX_WHY_LENGTH = 200;
/** A standard parameter holds 4 KB. https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html */
export const MAX_PAUSES_BYTES = 4_096;

/** Printable, and not blank: it is shown in terminals and messages. */
const line = (maxLength: number) =>
  z
    .string()
    .regex(
      new RegExp(`^(?=.*\\S)[^\\p{C}\\p{Zl}\\p{Zp}\\p{Default_Ignorable_Code_Point}]{1,${maxLength}}$`, 'u'),
    );

const reason = line(MAX_WHY_LENGTH);

const pause = z
  .strictObject({
    /** null: every node of the environment. */
    nodeGroup: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,40}$/)
      .nullable(),
    since: z.iso.datetime(),
    until: z.iso.datetime(),
    why: reason,
    /** ARN of the caller. */
    by: line(300),
  })
  .refine(({ since, until }) => Date.parse(until) - Date.parse(since) <= MAX_PAUSE_MS, {
    error: `until must be at most ${MAX_PAUSE_MS / 86_400_000} days after since`,
  });
export type Pause = z.infer<typeof pause>;

const pauses = z.strictObject({ schema: z.literal(1), pauses: z.array(pause) });

export type PauseReading =
  { readonly ok: true; readonly pauses: readonly Pause[] } | { readonly ok: false; readonly why: string };

/** What is wrong with the reason of a pause, completing "must …"; undefined: nothing. */
export const whyMistake = (why: string): string | undefined =>
  reason.safeParse(why).success
    ? undefined
    : `be one line of 1 to ${MAX_WHY_LENGTH} printable characters, not all of them blank`;

/** What {@link pausesText} wrote. Never throws. */
export const readPauses = (text: string): PauseReading => {
  if (text.trim() === NO_PAUSE) return { ok: true, pauses: [] };
  try {
    const parsed = pauses.safeParse(JSON.parse(text));
    if (parsed.success) return { ok: true, pauses: parsed.data.pauses };
    const issues = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    return { ok: false, why: issues.join('; ') };
  } catch {
    return { ok: false, why: 'it is neither "none" nor JSON' };
  }
};

export const pausesText = (all: readonly Pause[]): string =>
  all.length === 0 ? NO_PAUSE : JSON.stringify({ schema: 1, pauses: all });

/**
 * Those that have not ended. One that ends later than any command writes is none: nothing stops healing for good.
 * @param nowMs milliseconds since the epoch
 */
export const activePauses = (all: readonly Pause[], nowMs: number): readonly Pause[] =>
  all.filter(({ until }) => {
    const leftMs = Date.parse(until) - nowMs;
    return leftMs > 0 && leftMs <= MAX_PAUSE_MS + CLOCK_SKEW_MS;
  });

/**
 * The pause that a node of the group is under, the one that ends last; undefined: none.
 * @param nodeGroup undefined: unknown, so that only a pause of the whole environment counts
 * @param nowMs milliseconds since the epoch
 */
export const pauseOf = (
  all: readonly Pause[],
  nodeGroup: string | undefined,
  nowMs: number,
): Pause | undefined =>
  activePauses(all, nowMs)
    .filter((each) => each.nodeGroup === null || each.nodeGroup === nodeGroup)
    .reduce<Pause | undefined>(
      (last, each) => (last === undefined || Date.parse(each.until) > Date.parse(last.until) ? each : last),
      undefined,
    );

/** With this one in place of an earlier one of the same scope, and without those that have ended. */
export const withPause = (all: readonly Pause[], added: Pause, nowMs: number): readonly Pause[] => [
  ...activePauses(all, nowMs).filter(({ nodeGroup }) => nodeGroup !== added.nodeGroup),
  added,
];

/**
 * Without the group's pause, or without any.
 * @param nodeGroup null: every pause of the environment
 */
export const withoutPause = (
  all: readonly Pause[],
  nodeGroup: string | null,
  nowMs: number,
): readonly Pause[] =>
  nodeGroup === null ? [] : activePauses(all, nowMs).filter((each) => each.nodeGroup !== nodeGroup);

/** e.g. `healing of control-plane is paused until 2026-11-29T22:00:00Z by arn:…: maintenance`. */
export const describePause = ({ nodeGroup, until, why, by }: Pause): string =>
  `healing of ${nodeGroup ?? 'every node group'} is paused until ${until} by ${by}: ${why}`;
