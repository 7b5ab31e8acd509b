/** A place of a run where something may die. */
export interface CrashPlace {
  /** From 1, in the order in which the run comes to them. */
  readonly number: number;
  readonly kind: CrashKind;
  /** e.g. `ssm:SendCommand by headroom-prod-HealNode`. */
  readonly what: string;
}

export const CRASH_KINDS = ['call', 'step', 'command'] as const;
/**
 * What dies there. `call`: a function, whose call is not carried out or never answered until its timeout; for Automation
 * itself the call fails. `step`: the execution is stopped. `command`: the node loses its power.
 */
export type CrashKind = (typeof CRASH_KINDS)[number];

export const CRASH_TIMES = ['before', 'after'] as const;
export type CrashTime = (typeof CRASH_TIMES)[number];

/** One crash of a run. */
export interface Crash {
  /** Number of the place. */
  readonly place: number;
  readonly when: CrashTime;
}

/** As `--crash` takes it, e.g. `17:before`. */
export const crashName = ({ place, when }: Crash): string => `${place}:${when}`;

/** What {@link crashName} wrote; undefined for anything else. */
export function readCrash(text: string): Crash | undefined {
  const [, place, time] = /^([1-9]\d{0,8}):(\w+)$/.exec(text) ?? [];
  const when = CRASH_TIMES.find((each) => each === time);
  return when && { place: Number(place), when };
}

/**
 * Counts the places of one run, and says where it crashes. A run is deterministic: with a crash and without, it is the same
 * up to there.
 */
export class CrashPoints {
  private readonly met: CrashPlace[] = [];

  constructor(
    /** @default - the run only lists its places */
    private readonly crash?: Crash,
  ) {}

  /** So far. */
  get places(): readonly CrashPlace[] {
    return this.met;
  }

  /** The run is at the next place. @returns when the crash comes; undefined: not here */
  meet(kind: CrashKind, what: string): CrashTime | undefined {
    const number = this.met.length + 1;
    this.met.push({ number, kind, what });
    return this.crash?.place === number ? this.crash.when : undefined;
  }
}
