import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import type { DrillReport } from '../../lib/drill/report/drill-report';
import { loadScenario, shippedScenarios } from '../../lib/drill/scenario';

const ROOT = join(__dirname, '..', '..');
/** The first run of a machine builds the image as well. */
const DRILL_MILLISECONDS = 20 * 60_000;

interface Outcome {
  readonly exitCode: number | null;
  readonly printed: string;
  readonly report: DrillReport;
  readonly html: string;
}

/** As a user would: the command line in a process of its own. */
function drill(projectRoot: string, scenario: string): Outcome {
  const folder = mkdtempSync(join(tmpdir(), 'headroom-report-'));
  try {
    const cli = join(projectRoot, 'bin', 'cli.js');
    const run = spawnSync(process.execPath, [cli, 'drill', '--scenario', scenario, '--report', folder], {
      encoding: 'utf8',
      timeout: DRILL_MILLISECONDS,
    });
    const printed = `${run.stdout}\n${run.stderr}`;
    const read = (file: string) => {
      try {
        return readFileSync(join(folder, file), 'utf8');
      } catch (error) {
        throw new Error(`${scenario} wrote no ${file}; it printed:\n${printed}`, { cause: error });
      }
    };
    return {
      exitCode: run.status,
      printed,
      report: JSON.parse(read('report.json')) as DrillReport,
      html: read('report.html'),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A copy of the project whose files were changed; dependencies are shared. */
function mutant(changes: readonly (readonly [file: string, from: RegExp, to: string])[]): string {
  const copy = mkdtempSync(join(tmpdir(), 'headroom-mutant-'));
  const parts = [
    'bin',
    'lib',
    'lambda',
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

const outcomes = new Map<string, Outcome>();
/** Each scenario runs once, whoever asks first. */
const outcomeOf = (name: string): Outcome => {
  const outcome = outcomes.get(name) ?? drill(ROOT, name);
  outcomes.set(name, outcome);
  return outcome;
};

describe('the drill', () => {
  it.each(shippedScenarios())(
    '%s ends as the scenario expects',
    (name) => {
      const { exitCode, printed, report, html } = outcomeOf(name);
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
        expect.arrayContaining(['assess', 'kubelet', 'verify', 'record']),
      );
      expect(report.curve.length).toBeGreaterThan(5);
      expect(html).toContain(`<h1>${scenario.expect.verdict}`);
    },
    DRILL_MILLISECONDS,
  );

  it.each(['disk-full', 'disk-full-xfs'])('%s starts from a truly full disk and grows it', (name) => {
    const { report } = outcomeOf(name);
    expect(report.before.usedPercent).toBe(100);
    // The last partial block of xfs cannot be taken by any file.
    expect(report.before.availableBytes).toBeLessThan(64 * 1024);
    expect(report.after.usedPercent).toBeLessThanOrEqual(75);
    expect(report.after.sizeBytes).toBeGreaterThan(report.before.sizeBytes);
    expect(report.timeToHealSeconds).toBeGreaterThan(0);
    expect(report.steps.find((step) => step.name === 'reclaim')?.bytesFreed).toBeGreaterThan(0);
  });
});

describe('the drill can fail', () => {
  /** growpart makes its temporary directory where it always does: on a full disk. */
  const growpartInTmp = ['lib/heal/scripts/extend-root.sh', /run growpart/, 'TMPDIR= run growpart'] as const;
  /** Nobody looks again: exit codes are ignored, and the verdict trusts. */
  const noSecondMeasurement = [
    ['lib/heal/scripts/extend-root.sh', /\(\(code == 0 \|\| code == 1\)\) \|\| stop/, 'true || stop'],
    ['lib/heal/scripts/extend-root.sh', /if \(\(LEFT_OVER > /, 'if ((0 * LEFT_OVER > '],
    ['lib/heal/scripts/verify-node.sh', /local ok=false/, 'local ok=true'],
    ['lib/domain/verdict.ts', /= verify\.value\.root;/, '= { usedPercent: 10, inodesUsedPercent: 10 };'],
  ] as const;

  it.each<[string, Parameters<typeof mutant>[0], Partial<DrillReport>]>([
    [
      'when growpart gets no temporary directory outside the full disk',
      [growpartInTmp],
      { verdict: 'escalated', claimed: 'escalated' },
    ],
    [
      'when nobody reads the second measurement, and the healing only says that it healed',
      [growpartInTmp, ...noSecondMeasurement],
      { verdict: 'silent', claimed: 'healed' },
    ],
  ])(
    '%s',
    (_, changes, ending) => {
      const copy = mutant(changes);
      try {
        const { exitCode, printed, report } = drill(copy, 'disk-full');
        if (exitCode !== 1) throw new Error(`exit ${String(exitCode)}\n${printed}`);
        expect(report).toMatchObject({ ...ending, asExpected: false, timeToHealSeconds: null });
        expect(report.after.usedPercent).toBeGreaterThan(90);
      } finally {
        rmSync(copy, { recursive: true, force: true });
      }
    },
    DRILL_MILLISECONDS,
  );
});
