import type { SimulationOptions } from './simulation-options';

/** A run whose every place is tried. */
export interface CrashCase {
  readonly name: string;
  /** What it has in it, for people. */
  readonly about: string;
  readonly environmentName: string;
  readonly options: Pick<SimulationOptions, 'nodes' | 'storm' | 'faults' | 'seed' | 'raised' | 'bounds'>;
}

/** The smallest fleets that come to every kind of place; each takes two runs a place. */
export const CRASH_CASES: readonly CrashCase[] = [
  {
    name: 'control-plane',
    about: 'two nodes of the control plane fill up within a minute, and one waits for the other',
    environmentName: 'prod',
    options: { nodes: 5, storm: 2, faults: 0, seed: 13 },
  },
  {
    name: 'raised-size',
    about: 'no disk fills up; a deploy has raised the size of the control plane, and its volume grows',
    environmentName: 'dev',
    options: {
      ...{ nodes: 2, storm: 0, faults: 0, seed: 2 },
      raised: { nodeGroup: 'control-plane', sizeGiB: 64 },
    },
  },
  {
    name: 'tight-bounds',
    about: 'a budget of 2 GiB, and one healing of a node a day: a person is notified',
    environmentName: 'prod',
    options: {
      ...{ nodes: 5, storm: 1, faults: 0, seed: 6 },
      bounds: { growthGiB: 2, controlPlaneGiB: 1, healingsPerNodePerDay: 1, nodesAtOnce: 1 },
    },
  },
  {
    name: 'out-of-band',
    about:
      'on a bad day (--faults 0.2) a full control-plane node does not run commands: it is drained and rebooted',
    environmentName: 'prod',
    options: { nodes: 5, storm: 1, faults: 0.2, seed: 498 },
  },
];

/** Wider than a unit test has time for; `npm run proof` tries them as well. */
export const WIDE_CRASH_CASES: readonly CrashCase[] = [
  {
    name: 'storm',
    about: 'all five nodes of the smallest fleet with a quorum fill up within a minute',
    environmentName: 'prod',
    options: { nodes: 5, storm: 5, faults: 0, seed: 1 },
  },
  {
    name: 'raised-quorum',
    about: 'a raised size of a control plane of three nodes',
    environmentName: 'prod',
    options: {
      ...{ nodes: 5, storm: 0, faults: 0, seed: 1 },
      raised: { nodeGroup: 'control-plane', sizeGiB: 64 },
    },
  },
];
