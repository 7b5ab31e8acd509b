import { CannotRunError } from '../../lib/drill/cannot-run';
import {
  allUnwitnessed,
  Assembly,
  describeUnwitnessed,
  drawUnwitnessed,
  FunctionModules,
  UNWITNESSED,
  type Unwitnessed,
  type UnwitnessedName,
} from '../../packages/local-aws/src';
import { openEnvironment } from '../../lib/drill/cloud/environment-assembly';
import { PythonWorker } from '../../lib/simulate/python-worker';
import { Random } from '../../lib/simulate/random';
import { brokenInvariants, replayCommand, type SimulationResult } from '../../lib/simulate/result';
import { Simulation } from '../../lib/simulate/simulation';
import type { SimulationOptions } from '../../lib/simulate/simulation-options';
import { bundledAssembly } from '../app/bundled';

const ENVIRONMENT = 'prod';
const SEEDS = 1000;
const python = new PythonWorker();
const modules = new FunctionModules();

let assembly: Assembly;

beforeAll(async () => {
  assembly = openEnvironment(await bundledAssembly(ENVIRONMENT), ENVIRONMENT);
}, 180_000);

afterAll(() => python.stop());

const simulate = (
  options: Pick<
    SimulationOptions,
    'nodes' | 'storm' | 'faults' | 'seed' | 'raised' | 'unwitnessed' | 'bounds'
  >,
): Promise<SimulationResult> =>
  new Simulation({
    ...{ assembly, environmentName: ENVIRONMENT, python, modules, ...options },
  }).run();

test('without faults every node of a storm ends well, and the alarms alone tell of them', async () => {
  const result = await simulate({ nodes: 40, storm: 40, faults: 0, seed: 3 });
  expect(brokenInvariants(result)).toEqual([]);
  expect(result).toMatchObject({ escalated: 0, gone: 0, nodes: 40, storm: 40 });
  expect(result.healed + result.relieved).toBe(40);
  expect(result.alarms).toBeGreaterThanOrEqual(40);
}, 60_000);

describe('whatever AWS does where no witness tells, what holds goes on to hold', () => {
  /** A day bad enough that the behaviours are met: see the next test. */
  const onBadDay = (seed: number, unwitnessed: Unwitnessed): Promise<SimulationResult> =>
    simulate({ nodes: 12, storm: 12, faults: 0.3, seed, unwitnessed });

  test.each(allUnwitnessed().map((one) => [describeUnwitnessed(one), one] as const))(
    '%s',
    async (_, unwitnessed) => {
      const result = await onBadDay(4, unwitnessed);
      expect(brokenInvariants(result)).toEqual([]);
      expect(result.unwitnessed).toEqual(unwitnessed);
    },
    180_000,
  );

  // A wait that is refused, and a failed step whose output is referred to, end in a second look either way.
  test.each<UnwitnessedName>(['lambdaError', 'usedClientToken', 'newModification'])(
    'which way it is shows in the figures of some day: %s',
    async (name) => {
      const [base] = allUnwitnessed() as [Unwitnessed];
      for (let seed = 1; seed <= 40; seed += 1) {
        const figures = new Set<string>();
        for (const value of UNWITNESSED[name])
          figures.add(
            JSON.stringify({ ...(await onBadDay(seed, { ...base, [name]: value })), unwitnessed: undefined }),
          );
        if (figures.size > 1) return;
      }
      throw new Error(`${name} shows in no figures of 40 seeds`);
    },
    180_000,
  );

  test('a seed draws one combination, the same each time, and all come up', () => {
    const drawn = (seed: number) => {
      const random = new Random(seed).stream('unwitnessed');
      return describeUnwitnessed(drawUnwitnessed((values) => Math.floor(random.next() * values)));
    };
    expect(drawn(7)).toBe(drawn(7));
    expect(new Set(Array.from({ length: 200 }, (_, seed) => drawn(seed))).size).toBe(allUnwitnessed().length);
  });
});

test('nothing happens where nothing fills up', async () => {
  const result = await simulate({ nodes: 12, storm: 0, faults: 0.05, seed: 3 });
  expect(result).toMatchObject({ alarms: 0, executions: 0, drainSeconds: 0, lowerBoundSeconds: 0 });
}, 60_000);

test('a raised size reaches the whole control plane, one node at a time, and no worker that did not ask', async () => {
  const raised = { nodeGroup: 'control-plane', sizeGiB: 64 };
  const result = await simulate({ nodes: 12, storm: 0, faults: 0, seed: 3, raised });
  expect(brokenInvariants(result)).toEqual([]);
  expect(result).toMatchObject({ executions: 3, healed: 3, belowDeclaredSize: 0, alarms: 0 });
  expect(result.sweepFindings['below-declared-size']).toBeGreaterThanOrEqual(3);
}, 60_000);

test('a size that is raised on a bad day: in the storm and with faults, what holds goes on to hold', async () => {
  const raised = { nodeGroup: 'control-plane', sizeGiB: 64 };
  for (let seed = 1; seed <= 20; seed += 1) {
    const result = await simulate({ nodes: 12, storm: 12, faults: 0.2, seed, raised });
    expect({ seed, broken: brokenInvariants(result) }).toEqual({ seed, broken: [] });
  }
}, 120_000);

test('bounds on a bad day: nothing beyond them, and whoever is not healed is told of', async () => {
  let [escalated, healed] = [0, 0];
  for (let seed = 1; seed <= 10; seed += 1) {
    const result = await simulate({
      ...{ nodes: 12, storm: 12, faults: 0.3, seed },
      bounds: { growthGiB: 60, controlPlaneGiB: 20, healingsPerNodePerDay: 2, nodesAtOnce: 3 },
    });
    expect({ seed, broken: brokenInvariants(result) }).toEqual({ seed, broken: [] });
    [escalated, healed] = [escalated + result.escalated, healed + result.healed];
  }
  expect(escalated).toBeGreaterThan(0);
  expect(healed).toBeGreaterThan(0);
}, 120_000);

test('the same seed gives the same run, another one another', async () => {
  const options = { nodes: 30, storm: 25, faults: 0.1, seed: 11 };
  const first = await simulate(options);
  expect(await simulate(options)).toEqual(first);
  expect(await simulate({ ...options, seed: 12 })).not.toEqual({ ...first, seed: 12 });
}, 60_000);

test('a fleet that the environment cannot have is refused in words', () => {
  const options = { assembly, environmentName: ENVIRONMENT, python, faults: 0, seed: 1 };
  expect(() => new Simulation({ ...options, nodes: 2, storm: 0 })).toThrow(
    new CannotRunError('the environment has 3 control-plane nodes and 2 worker groups, got 2 nodes'),
  );
  expect(() => new Simulation({ ...options, nodes: 12, storm: 13 })).toThrow(
    '--storm must be at most --nodes, got 13 of 12',
  );
});

/** Runs the seeds one after the other. @returns what does not hold with the command that shows it, and sums */
async function simulateSeeds(seeds: number, faults: number) {
  const failed: string[] = [];
  const sums = {
    ...{ healed: 0, relieved: 0, escalated: 0, gone: 0, sweepsFailed: 0 },
    ...{ 'half-healed': 0, 'alarm-without-execution': 0, 'over-level': 0, silent: 0 },
  };
  for (let seed = 1; seed <= seeds; seed += 1) {
    const result = await simulate({ nodes: 12, storm: 12, faults, seed });
    const counts = { ...result, ...result.sweepFindings };
    for (const name of Object.keys(sums) as (keyof typeof sums)[]) sums[name] += counts[name];
    const broken = brokenInvariants(result);
    if (broken.length > 0) failed.push(`${broken.join('; ')}: ${replayCommand(result)}`);
  }
  return { failed, sums };
}

test('a bad day: the faults reach the system, every outcome comes about, and the sweep finds every kind of trouble', async () => {
  const { failed, sums } = await simulateSeeds(30, 0.3);
  expect(failed).toEqual([]);
  for (const count of Object.values(sums)) expect(count).toBeGreaterThan(0);
}, 120_000);

test(`${SEEDS} seeds of a small fleet: nothing is lost, nothing is done twice, quorum and caps hold`, async () => {
  const { failed, sums } = await simulateSeeds(SEEDS, 0.05);
  expect(failed).toEqual([]);
  const { healed, relieved, escalated, gone } = sums;
  for (const count of [healed, relieved, escalated, gone]) expect(count).toBeGreaterThan(0);
}, 1_200_000);
