import { unwitnessed } from '../../packages/local-aws/src';
import type { CrashReport } from '../../lib/simulate/crash-runs';
import type { SimulationResult } from '../../lib/simulate/result';

/** A storm of 5,000 nodes, all of it well. */
export const sampleResult = (more: Partial<SimulationResult> = {}): SimulationResult => ({
  nodes: 5000,
  alarms: 9000,
  healed: 4000,
  relieved: 500,
  waiting: 0,
  escalated: 500,
  lost: 0,
  duplicateExecutions: 0,
  quorumViolations: 0,
  capViolations: 0,
  boundViolations: 0,
  repeatedEscalations: 0,
  belowDeclaredSize: 0,
  drainSeconds: 6000,
  settledAfterSeconds: Array.from({ length: 5000 }, (_, index) =>
    Math.round(90 + 4900 * (index / 4999) + 1010 * (index / 4999) ** 12),
  ),
  executionSeconds: 9000,
  lowerBoundSeconds: 5000,
  gone: 0,
  executions: 5100,
  sweepsFailed: 0,
  sweepFindings: {
    'half-healed': 1,
    'alarm-without-execution': 2,
    'over-level': 90,
    silent: 7,
    'below-declared-size': 1,
  },
  cameToRest: true,
  storm: 5000,
  faults: 0.05,
  seed: 7,
  environment: 'prod',
  unwitnessed: unwitnessed(),
  ...more,
});

/** 60 places, one of whose crashes was not survived. */
export const sampleCrashes = (): CrashReport => {
  const uncrashed = sampleResult({
    nodes: 5,
    storm: 1,
    faults: 0,
    drainSeconds: 84,
    settledAfterSeconds: [84],
  });
  const places = Array.from({ length: 60 }, (_, index) => ({
    number: index + 1,
    kind: (['call', 'step', 'command'] as const)[index % 3] ?? 'call',
    what:
      ['ssm:SendCommand by headroom-prod-HealNode', 'reclaim', 'headroom-prod-ReclaimDisk'][index % 3] ?? '',
  }));
  const [, place] = places;
  return {
    ...{ uncrashed, places, tried: 2 * places.length },
    violated:
      place === undefined
        ? []
        : [
            {
              crash: { place: place.number, when: 'after' },
              place,
              result: { ...uncrashed, lost: 1 },
              broken: ['lost must be 0, got 1'],
            },
          ],
  };
};
