import type { Execution, VolumeModification } from '../../packages/local-aws/src';
import type { NodeInstance } from '../../lib/drill/cloud/node-fleet';
import {
  capViolations,
  duplicateExecutions,
  repeatedEscalations,
  overlappingHealings,
} from '../../lib/simulate/invariants';
import { lowerBoundSeconds } from '../../lib/simulate/lower-bound';
import { brokenInvariants, replayCommand } from '../../lib/simulate/result';
import { simulationTable } from '../../lib/simulate/simulation-table';
import { sampleResult } from './sample-simulation';

const at = (seconds: number): Date => new Date(Date.UTC(2026, 10, 20) + seconds * 1000);
const execution = (instanceId: string, from: number, to: number, trigger = `${from}`): Execution =>
  ({
    parameters: { InstanceId: [instanceId], Trigger: ['alarm'], TriggeredAt: [trigger] },
    startedAt: at(from),
    endedAt: at(to),
  }) as unknown as Execution;

test('the same node healed twice at a time is a duplicate, one after the other is none', () => {
  expect(duplicateExecutions([execution('i-1', 0, 10), execution('i-1', 10, 20)])).toBe(0);
  expect(duplicateExecutions([execution('i-1', 0, 10), execution('i-1', 9, 20)])).toBe(1);
  expect(duplicateExecutions([execution('i-1', 0, 10), execution('i-2', 5, 20)])).toBe(0);
});

test('so is one alarm transition that is answered twice', () => {
  expect(duplicateExecutions([execution('i-1', 0, 10, 't'), execution('i-1', 50, 60, 't')])).toBe(1);
});

test('two control-plane nodes at a time break the quorum rule, workers do not', () => {
  const both = [execution('i-1', 0, 10), execution('i-2', 9, 20), execution('i-3', 0, 30)];
  expect(overlappingHealings(both, new Set(['i-1', 'i-2']))).toBe(1);
  expect(overlappingHealings(both, new Set(['i-1', 'i-9']))).toBe(0);
});

test('the sweep may heal a node four times in an hour, once for each level and once more; alarms do not count', () => {
  const swept = (minutes: number, trigger = 'sweep:half-healed'): Execution =>
    ({
      parameters: { InstanceId: ['i-1'], Trigger: [trigger] },
      startedAt: at(minutes * 60),
    }) as unknown as Execution;
  const four = [0, 5, 10, 15].map((minutes) => swept(minutes));
  expect(repeatedEscalations(four)).toBe(0);
  expect(repeatedEscalations([...four, swept(20)])).toBe(1);
  expect(repeatedEscalations([...four, swept(60)])).toBe(0);
  expect(repeatedEscalations([...four, swept(20, 'headroom-prod-control-plane-1-disk-critical')])).toBe(0);
});

describe('the cap', () => {
  const PERFORMANCE = { volumeType: 'gp3', iops: 3000, throughput: 125 };
  const policy = { general: { maxSizeGiB: 100 } } as unknown as Parameters<typeof capViolations>[1];
  const grown = (...steps: readonly (readonly [number, number, number])[]): NodeInstance => {
    const modifications = steps.map(([originalSizeGiB, targetSizeGiB, hours]): VolumeModification => ({
      ...{ original: PERFORMANCE, target: PERFORMANCE },
      ...{ originalSizeGiB, targetSizeGiB, startedAt: at(hours * 3600), state: 'completed' },
    }));
    return { nodeGroup: 'general', volume: { modifications } } as unknown as NodeInstance;
  };
  test.each([
    ['none above, none smaller', grown([20, 40, 0], [40, 100, 7]), 0],
    ['above the cap', grown([20, 101, 0]), 1],
    ['smaller', grown([40, 20, 0]), 1],
    ['a fifth in a day', grown([1, 2, 0], [2, 3, 1], [3, 4, 2], [4, 5, 3], [5, 6, 4]), 1],
    ['a fifth on the next day', grown([1, 2, 0], [2, 3, 1], [3, 4, 2], [4, 5, 3], [5, 6, 25]), 0],
  ])('%s', (_, instance, violations) => expect(capViolations(instance, policy)).toBe(violations));
});

describe('the lower bound', () => {
  const limits = { startsPerSecond: 1, concurrent: 100 };
  test('nothing to heal takes no time', () => expect(lowerBoundSeconds([], limits)).toBe(0));
  test('short executions are bound by the starts', () =>
    expect(lowerBoundSeconds(Array<number>(1000).fill(30), limits)).toBe(1029));
  test('long ones by how many run at a time', () =>
    expect(lowerBoundSeconds(Array<number>(1000).fill(300), limits)).toBe(3000));
  test('one alone by itself', () => expect(lowerBoundSeconds([70], limits)).toBe(70));
});

describe('the result', () => {
  const result = sampleResult();
  test('all well at 1.2 times the lower bound, not above', () => {
    expect(brokenInvariants(result)).toEqual([]);
    expect(brokenInvariants({ ...result, drainSeconds: 6001 })).toEqual([
      'drainSeconds must be at most 1.2 × lowerBoundSeconds = 6000, got 6001',
    ]);
    expect(brokenInvariants({ ...result, storm: 12, drainSeconds: 6001 })).toEqual([]);
  });
  test.each([
    'lost',
    'duplicateExecutions',
    'quorumViolations',
    'capViolations',
    'boundViolations',
    'repeatedEscalations',
  ] as const)('%s must be 0', (name) => {
    const broken = { ...result, [name]: 1 };
    expect(brokenInvariants(broken)).toEqual([`${name} must be 0, got 1`]);
    expect(simulationTable(broken)).toContain(`BROKEN: ${name} must be 0`);
  });
  test('a run that does not come to rest is broken, whatever else it came to', () => {
    expect(brokenInvariants({ ...result, cameToRest: false })).toEqual([
      'it did not come to rest in 24 hours',
    ]);
  });
  test('the table says how to run it again', () => {
    const command = 'npm run simulate -- --env prod --nodes 5000 --storm 5000 --faults 0.05 --seed 7';
    expect(replayCommand(result)).toBe(command);
    expect(simulationTable(result)).toContain(`All invariants hold.\nAgain: ${command}`);
  });
});
