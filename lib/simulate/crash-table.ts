import { CRASH_KINDS, crashName, type CrashKind } from './crash-points';
import type { CrashReport, CrashRun } from './crash-runs';
import { replayCommand } from './result';

/** Places, runs and violations of one kind. */
export interface CrashCounts {
  readonly places: number;
  readonly tried: number;
  readonly violated: number;
}

export const crashCounts = ({ places, violated }: CrashReport, kind: CrashKind): CrashCounts => {
  const own = places.filter((place) => place.kind === kind).length;
  return {
    places: own,
    tried: 2 * own,
    violated: violated.filter(({ place }) => place.kind === kind).length,
  };
};

/** The command line that does this run again. */
export const replayCrash = ({ result, crash }: CrashRun): string =>
  `${replayCommand(result)} --crash ${crashName(crash)}`;

/** e.g. `17:before, step reclaim`. */
export const describeCrash = ({ crash, place }: CrashRun): string =>
  `${crashName(crash)}, ${place.kind} ${place.what}`;

/** For people: what was tried, by kind, and each crash that something did not survive. */
export function crashTable(report: CrashReport): string {
  const { places, tried, violated } = report;
  const rows = [
    ['kind', 'places', 'tried', 'violated'],
    ...CRASH_KINDS.map((kind) => [kind, ...Object.values(crashCounts(report, kind)).map(String)]),
    ['all', places.length, tried, violated.length].map(String),
  ];
  const lines = rows.map(([kind = '', ...counts]) =>
    [kind.padEnd(7), ...counts.map((count) => count.padStart(8))].join('  '),
  );
  const verdict =
    violated.length === 0
      ? ['All invariants hold after every crash.']
      : violated.flatMap((run) => [
          `BROKEN: ${run.broken.join('; ')}, after ${describeCrash(run)}`,
          `Again: ${replayCrash(run)}`,
        ]);
  return [...lines, '', ...verdict].join('\n');
}

/** For machines. */
export const crashJson = (report: CrashReport): object => ({
  places: report.places.length,
  tried: report.tried,
  kinds: Object.fromEntries(CRASH_KINDS.map((kind) => [kind, crashCounts(report, kind)])),
  violated: report.violated.map((run) => ({
    ...{ crash: crashName(run.crash), place: run.place, broken: run.broken },
    again: replayCrash(run),
  })),
});
