import { CannotRunError } from '../drill/cannot-run';
import { CRASH_TIMES, CrashPoints, crashName, type Crash, type CrashPlace } from './crash-points';
import { brokenInvariants, type SimulationResult } from './result';

/** One run with one crash. */
export interface CrashRun {
  readonly crash: Crash;
  readonly place: CrashPlace;
  readonly result: SimulationResult;
  /** In words; empty: all is well. */
  readonly broken: readonly string[];
}

/** What came of a crash at every place. */
export interface CrashReport {
  /** Of the run without a crash. */
  readonly uncrashed: SimulationResult;
  readonly places: readonly CrashPlace[];
  /** Runs with a crash: two a place. */
  readonly tried: number;
  readonly violated: readonly CrashRun[];
}

/** The run, with this crash or with none. */
export type RunWithCrash = (points: CrashPoints) => Promise<SimulationResult>;

/** @throws CannotRunError when the run has no such place */
export async function runCrash(run: RunWithCrash, crash: Crash): Promise<CrashRun> {
  const points = new CrashPoints(crash);
  const result = await run(points);
  const place = points.places[crash.place - 1];
  if (!place) {
    throw new CannotRunError(
      `--crash must name a place of the run, 1 to ${points.places.length}, got ${crashName(crash)}`,
    );
  }
  return { crash, place, result, broken: brokenInvariants(result) };
}

/**
 * Runs once to list the places, then once with a crash before and once after each of them. Two crashes of one run are not tried.
 * @throws Error when a run goes another way than the listed one before its crash: then the numbers mean nothing
 */
export async function tryCrashPoints(
  run: RunWithCrash,
  onTried: (tried: number, of: number, violated: number) => void = () => undefined,
): Promise<CrashReport> {
  const listed = new CrashPoints();
  const uncrashed = await run(listed);
  const { places } = listed;
  const crashes = places.flatMap(({ number }) => CRASH_TIMES.map((when) => ({ place: number, when })));
  const violated: CrashRun[] = [];
  for (const [index, crash] of crashes.entries()) {
    const tried = await runCrash(run, crash);
    const expected = places[crash.place - 1];
    if (tried.place.kind !== expected?.kind || tried.place.what !== expected.what)
      throw new Error(
        `place ${crash.place} was ${expected?.what ?? 'none'}, and is ${tried.place.what} in another run`,
      );
    if (tried.broken.length > 0) violated.push(tried);
    onTried(index + 1, crashes.length, violated.length);
  }
  return { uncrashed, places, tried: crashes.length, violated };
}
