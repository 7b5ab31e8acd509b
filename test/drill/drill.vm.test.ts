import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, freemem, tmpdir } from 'node:os';
import { join } from 'node:path';
import { chooseEnvironment } from '../../bin/choose-environment';
import type { DrillReport } from '../../lib/drill/report/drill-report';
import { drillRow } from '../../lib/drill/report/drill-table';
import { loadScenario, shippedScenarios } from '../../lib/drill/scenario';
import { synthesize } from '../../lib/drill/synthesize';
import { Pool } from './pool';

const ROOT = join(__dirname, '..', '..');
/** One drill; the first run of a machine builds the image as well. */
const DRILL_MILLISECONDS = 20 * 60_000;
/** A test may wait for every drill that was queued before its own. */
const SUITE_MILLISECONDS = 90 * 60_000;
/**
 * Machines at a time, more than processors: some scenarios wait for minutes, e.g. for a command that no agent takes. A machine
 * with its drill takes less than 3 GiB.
 */
const JOBS = Number(
  process.env['HEADROOM_DRILL_JOBS'] ??
    Math.max(1, Math.min(2 * availableParallelism(), Math.floor(freemem() / (3 * 1024 ** 3)))),
);

interface Printed {
  readonly exitCode: number | null;
  readonly printed: string;
}

interface Ended extends Printed {
  readonly folder: string;
}

interface Outcome extends Printed {
  readonly report: DrillReport;
  readonly html: string;
}

const scratch = mkdtempSync(join(tmpdir(), 'headroom-drills-'));
const pool = new Pool(JOBS);
const stop = new AbortController();

/**
 * As a user would: the command line in a process of its own. A drill that could not run (exit 2) proves nothing either
 * way, e.g. a virtual processor that hung: it is run once more. One that did not go as expected (exit 1) is not.
 */
async function drill(projectRoot: string, scenario: string, more: readonly string[] = []): Promise<Outcome> {
  const first = await drillOnce(projectRoot, scenario, more);
  if (first.exitCode !== 2 || stop.signal.aborted) return withReport(scenario, first);
  console.warn(`${scenario} could not run and is run once more; it printed:\n${first.printed.slice(-3000)}`);
  return withReport(scenario, await drillOnce(projectRoot, scenario, more));
}

async function drillOnce(projectRoot: string, scenario: string, more: readonly string[]): Promise<Ended> {
  const folder = mkdtempSync(join(scratch, 'report-'));
  const cli = join(projectRoot, 'bin', 'cli.js');
  const ended = await run([cli, 'drill', '--scenario', scenario, '--report', folder, ...more]);
  return { ...ended, folder };
}

function withReport(scenario: string, { exitCode, printed, folder }: Ended): Outcome {
  const read = (file: string) => {
    try {
      return readFileSync(join(folder, file), 'utf8');
    } catch (error) {
      throw new Error(`${scenario} wrote no ${file}; it printed:\n${printed}`, { cause: error });
    }
  };
  const report = JSON.parse(read('report.json')) as DrillReport;
  return { exitCode, printed, report, html: read('report.html') };
}

function run(args: readonly string[]): Promise<Printed> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: DRILL_MILLISECONDS,
      signal: stop.signal,
    });
    let printed = '';
    const keep = (chunk: Buffer) => (printed += chunk.toString('utf8'));
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', reject);
    child.on('close', (exitCode) => resolve({ exitCode, printed }));
  });
}

/** One synth serves all scenarios of an environment, as they have it. */
const assemblies = new Map<string, Promise<string>>();
const assemblyOf = (scenario: string): Promise<string> => {
  const { name, text } = chooseEnvironment(loadScenario(scenario), ROOT);
  const key = text ?? name;
  const outputDirectory = join(scratch, `cdk.out-${assemblies.size}`);
  const made =
    assemblies.get(key) ??
    synthesize({
      ...{ projectRoot: ROOT, environmentName: name, environmentText: text },
      ...{ outputDirectory, signal: stop.signal },
    }).then(() => outputDirectory);
  assemblies.set(key, made);
  return made;
};

/** A copy of the project whose files were changed; dependencies are shared. */
function mutant(changes: readonly (readonly [file: string, from: RegExp, to: string])[]): string {
  const copy = mkdtempSync(join(scratch, 'mutant-'));
  const parts = [
    'bin',
    'lib',
    'lambda',
    'packages',
    'environments',
    'cdk.json',
    'package.json',
    'package-lock.json',
    'tsconfig.json',
  ];
  for (const part of parts) cpSync(join(ROOT, part), join(copy, part), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  for (const [file, from, to] of changes) {
    const path = join(copy, file);
    const text = readFileSync(path, 'utf8');
    const changed = text.replace(from, to);
    if (changed === text) throw new Error(`${String(from)} stands nowhere in ${file}`);
    writeFileSync(path, changed);
  }
  return copy;
}

/** growpart makes its temporary directory where it always does: on a full disk. */
const growpartInTmp = ['lib/node/extend-root.sh', /run growpart/, 'TMPDIR= run growpart'] as const;
/** Nobody looks again: exit codes are ignored, and the verdict trusts. */
const noSecondMeasurement = [
  ['lib/node/extend-root.sh', /\(\(code <= 1 \|\| PART_GROWABLE_BYTES < MIB\)\) \|\| stop/, 'true || stop'],
  ['lib/node/extend-root.sh', /\njudge\nemit_result/, '\nemit_result'],
  ['lib/node/verify-node.sh', /local ok=false/, 'local ok=true'],
  ['lib/domain/outcome/verdict.ts', /facts\.missingGrowth !== undefined/, 'false'],
  [
    'lib/domain/outcome/verdict.ts',
    /= verify\.value\.root;/,
    '= { usedPercent: 10, inodesUsedPercent: 10 };',
  ],
] as const;
const MUTANTS: Readonly<Record<string, Parameters<typeof mutant>[0]>> = {
  'when growpart gets no temporary directory outside the full disk': [growpartInTmp],
  'when nobody reads the second measurement, and the healing only says that it healed': [
    growpartInTmp,
    ...noSecondMeasurement,
  ],
};

/** It waits for minutes: begun first, so that the others do not wait for it at the end. */
const LONGEST = 'volume-stalls';
const SCENARIOS = [LONGEST, ...shippedScenarios('stand-in').filter((name) => name !== LONGEST)];
/** Everything that is drilled, in the order of the tests below. */
const DRILLS: Readonly<Record<string, () => Promise<Outcome>>> = {
  ...Object.fromEntries(
    SCENARIOS.map((name) => [name, async () => drill(ROOT, name, ['--assembly', await assemblyOf(name)])]),
  ),
  ...Object.fromEntries(
    Object.entries(MUTANTS).map(([name, changes]) => [name, () => drill(mutant(changes), 'disk-full')]),
  ),
};
/** Drills that are queued behind the one that a test waits for, so that no machine stands idle. With one machine none would. */
const AHEAD = JOBS === 1 ? 0 : 2 * JOBS;

const outcomes = new Map<string, Promise<Outcome>>();
/** Each drill runs once, whoever asks first. */
function outcomeOf(name: string): Promise<Outcome> {
  const names = Object.keys(DRILLS);
  const at = names.indexOf(name);
  for (const next of names.slice(at, at + 1 + AHEAD)) {
    if (outcomes.has(next)) continue;
    const outcome = pool.run(DRILLS[next] as () => Promise<Outcome>);
    // A failure is told by the test that awaits it.
    outcome.catch(() => undefined);
    outcomes.set(next, outcome);
  }
  return outcomes.get(name) as Promise<Outcome>;
}

/** Of a whole run, for `npm run proof`: the table that `drill --all` writes. */
async function writeTable(): Promise<void> {
  const ended = await Promise.allSettled(SCENARIOS.flatMap((name) => outcomes.get(name) ?? []));
  const rows = ended.flatMap((one) => (one.status === 'fulfilled' ? [drillRow(one.value.report)] : []));
  if (rows.length < SCENARIOS.length) return;
  mkdirSync(join(ROOT, 'drill-report'), { recursive: true });
  writeFileSync(join(ROOT, 'drill-report', 'drills.json'), `${JSON.stringify(rows, null, 2)}\n`);
}

afterAll(async () => {
  stop.abort();
  // Drills that a filter of tests left in the queue still begin, and end at once.
  await Promise.allSettled(outcomes.values());
  await writeTable();
  rmSync(scratch, { recursive: true, force: true });
}, 60_000);

describe('the drill', () => {
  it.each(SCENARIOS)(
    '%s ends as the scenario expects',
    async (name) => {
      const { exitCode, printed, report, html } = await outcomeOf(name);
      const scenario = loadScenario(name);
      if (exitCode !== 0) throw new Error(printed);
      expect(report).toMatchObject({
        scenario: name,
        verdict: scenario.expect.verdict,
        claimed: scenario.expect.verdict,
        asExpected: true,
        differences: [],
        node: { role: scenario.node.role, rootFs: scenario.node.rootFs },
      });
      expect(report.steps.map((step) => step.name)).toEqual(
        expect.arrayContaining(['assess', scenario.expect.verdict === 'escalated' ? 'escalate' : 'record']),
      );
      // Looks come every four seconds, and a quick machine heals in a few of them: the first, and the one at rest, are always there.
      expect(report.curve.length).toBeGreaterThan(1);
      expect(report.curve.at(-1)!.atSeconds).toBeGreaterThan(report.curve[0]!.atSeconds);
      expect(html).toContain(`<h1>${scenario.expect.verdict}`);
    },
    SUITE_MILLISECONDS,
  );

  it(
    'shows each question and its answer',
    async () => {
      const { printed, report, html } = await outcomeOf('ask-approved');
      const question = expect.stringContaining('APPROVAL NEEDED') as string;
      const command = expect.stringMatching(/^aws ssm .* Approve --region \S+$/) as string;
      const approval = { answer: 'approve', question, command };
      expect(report.answers).toMatchObject([approval, approval]);
      expect(html).toContain('What operators answered');
      expect(printed).toMatch(/person +approve: aws ssm send-automation-signal/);
    },
    SUITE_MILLISECONDS,
  );

  it.each(['disk-full', 'disk-full-xfs'])(
    '%s starts from a truly full disk and grows it',
    async (name) => {
      const { report } = await outcomeOf(name);
      expect(report.before.usedPercent).toBe(100);
      // The last partial block of xfs cannot be taken by any file.
      expect(report.before.availableBytes).toBeLessThan(64 * 1024);
      expect(report.after.usedPercent).toBeLessThanOrEqual(75);
      expect(report.after.sizeBytes).toBeGreaterThan(report.before.sizeBytes);
      expect(report.timeToHealSeconds).toBeGreaterThan(0);
      expect(report.steps.find((step) => step.name === 'reclaim')?.bytesFreed).toBeGreaterThan(0);
    },
    SUITE_MILLISECONDS,
  );
});

describe('the drill can fail', () => {
  it.each<[keyof typeof MUTANTS, Partial<DrillReport>]>([
    [
      'when growpart gets no temporary directory outside the full disk',
      { verdict: 'escalated', claimed: 'escalated' },
    ],
    [
      'when nobody reads the second measurement, and the healing only says that it healed',
      { verdict: 'silent', claimed: 'healed' },
    ],
  ])(
    '%s',
    async (name, ending) => {
      const { exitCode, printed, report } = await outcomeOf(name);
      if (exitCode !== 1) throw new Error(`exit ${String(exitCode)}\n${printed}`);
      expect(report).toMatchObject({ ...ending, asExpected: false, timeToHealSeconds: null });
      expect(report.after.usedPercent).toBeGreaterThan(90);
    },
    SUITE_MILLISECONDS,
  );
});
