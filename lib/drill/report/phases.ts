import type { DiskSample, DrillReport, DrillStep } from './drill-report';

/** One execution, with its steps on its own time. */
export interface StepRun {
  readonly executionId: string;
  /** Without environment and prefix, e.g. `HealNode`. */
  readonly document: string;
  /** Since the drill's second 0. */
  readonly fromSeconds: number;
  readonly toSeconds: number;
  readonly steps: readonly (DrillStep & { readonly from: number; readonly to: number })[];
}

const MS = 1000;

/** The executions, in the order in which they started. */
export function stepRuns({ steps, zeroAt }: Pick<DrillReport, 'steps' | 'zeroAt'>): readonly StepRun[] {
  const ids = [...new Set(steps.map(({ executionId }) => executionId))];
  return ids
    .map((executionId): StepRun => {
      const own = steps.filter((step) => step.executionId === executionId);
      const starts = own.map(({ startedAt }) => Date.parse(startedAt));
      const zero = Math.min(...starts);
      const timed = own.map((step, index) => {
        const from = ((starts[index] ?? zero) - zero) / MS;
        return { ...step, from, to: from + step.seconds };
      });
      const fromSeconds = (zero - Date.parse(zeroAt)) / MS;
      return {
        executionId,
        document: own[0]?.document.split('-').at(-1) ?? '',
        fromSeconds,
        toSeconds: fromSeconds + Math.max(...timed.map(({ to }) => to)),
        steps: timed,
      };
    })
    .sort((a, b) => a.fromSeconds - b.fromSeconds);
}

/** A pause of the curve from which on the time after it is drawn apart. A reboot is shorter, hours that pass are longer. */
const APART_SECONDS = 600;

/** The curve, cut where hours passed without a sample: in one picture both ends would be lines without a width. */
export function curvePhases(curve: readonly DiskSample[]): readonly (readonly DiskSample[])[] {
  const phases: DiskSample[][] = [];
  for (const sample of curve) {
    const phase = phases.at(-1);
    if (phase === undefined || sample.atSeconds - (phase.at(-1)?.atSeconds ?? 0) > APART_SECONDS)
      phases.push([sample]);
    else phase.push(sample);
  }
  return phases;
}
