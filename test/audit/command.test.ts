import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { Command } from 'commander';
import { addAuditCommand } from '../../bin/audit-command';
import { runCommandLine } from '../../bin/command-line';
import { AuditCommandError, type AuditParts } from '../../bin/audit/audit-parts';
import { explain, listRules, ruleNamed } from '../../bin/audit/explain';
import { chooseFixes } from '../../bin/audit/fixes';
import { runAudit, type AuditFlags } from '../../bin/audit/run-audit';
import { absent, known, type Facts, type NodeGroupFacts } from '../../lib/audit/facts';
import type { AuditReport } from '../../lib/audit/report-model';
import type { Fix, Outcome } from '../../lib/audit/rule';
import { figures, finding, place } from './report/sample-report';
import { testRule } from './support/facts';

/** A template of these tests is the size of one group. */
const groupOf = (file: string, sizeGiB: number): NodeGroupFacts => ({
  ...{ id: 'general-id', name: 'general', kind: 'auto-scaling-group', role: 'worker' },
  place: place('General', {
    file,
    declaredIn: { file: 'environments/prod.yaml', path: 'workerGroups.general' },
  }),
  nodes: { min: known(1), desired: absent, max: known(3) },
  instances: [],
  instanceTypes: absent,
  image: { family: absent, id: absent },
  ...{ blockDevices: absent, rootVolume: absent, imdsV2Required: absent, userData: absent },
  ...{ policy: { sizeGiB }, tags: {}, region: absent },
});

/** One group for each template of a directory, as the reader names their files. */
const factsOf = (path: string): Facts => {
  const files = statSync(path).isDirectory()
    ? readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.template'))
    : [''];
  return {
    ...{ stacks: [], volumes: [], alarms: [], agents: [], eventRules: [], topics: [], suppressions: [] },
    unreadable: [],
    nodeGroups: files.map((file) =>
      groupOf(file || basename(path), Number(readFileSync(join(path, file), 'utf8'))),
    ),
  };
};

const tooSmall = testRule({
  id: 'too-small',
  check: ({ head }) =>
    head.nodeGroups.map((group): Outcome => {
      const subject = { place: group.place, nodeGroup: group.id, name: group.name };
      const sizeGiB = group.policy.sizeGiB ?? 0;
      if (sizeGiB >= 64) return { kind: 'pass', subject };
      const fix = {
        file: 'environments/prod.yaml',
        path: 'workerGroups.general.rootVolume.sizeGiB',
        value: 64,
      };
      return { kind: 'finding', subject, message: `${sizeGiB} GiB`, fix };
    }),
});

let cwd: string;
let printed: string;
let said: string[];
let synthesized: (string | undefined)[];
let edits: Fix[];
let declaredGiB: number;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'headroom-audit-test-'));
  [printed, said, synthesized, edits, declaredGiB] = ['', [], [], [], 32];
});
afterEach(() => rmSync(cwd, { recursive: true }));

const write = (file: string, text: string): void => {
  mkdirSync(dirname(join(cwd, file)), { recursive: true });
  writeFileSync(join(cwd, file), text);
};

const parts: AuditParts = {
  readFacts: factsOf,
  loadSuppressions: (file) => [
    { rule: readFileSync(file, 'utf8').trim(), reason: 'accepted', place: { file, line: 2 } },
  ],
  readLive: () => Promise.reject(new Error('no account')),
  synthesize: (environmentName, outputDirectory) => {
    synthesized.push(environmentName);
    const folder = join(outputDirectory, `assembly-headroom-${environmentName ?? 'all'}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'cluster.template'), String(declaredGiB));
    return Promise.resolve();
  },
  editFile: (_file, own) => {
    edits.push(...own);
    declaredGiB = Number(own[0]?.value);
  },
  pieces: {
    rules: [tooSmall],
    suppress: (found, suppressions) => {
      const accepted = suppressions.find(({ rule }) => rule === 'too-small');
      return {
        kept: accepted ? [] : found,
        suppressed: accepted ? found.map((one) => ({ found: one, suppression: accepted })) : [],
        about: [],
      };
    },
    figuresOf: ({ policy }) => figures(policy.sizeGiB ?? 0, 200),
    lineOf: () => 12,
    pricesFor: () => ({ date: '2026-11-01', source: 'test', unknownRegions: [] }),
  },
};

const run = (
  path: string | undefined,
  flags: Partial<AuditFlags> = {},
  used: AuditParts = parts,
): Promise<number> => {
  const world = {
    cwd,
    nowMs: () => Date.parse('2026-11-21T04:00:00Z'),
    stdout: { write: (text: string) => (printed += text) },
    say: (line: string) => said.push(line),
    ...{ version: '0.1.0', isTextWanted: true },
  };
  return runAudit(path, { format: [], output: [], failOn: 'error', ...flags }, used, world).then(
    ({ exitCode }) => exitCode,
  );
};
const json = async (path: string | undefined, flags: Partial<AuditFlags> = {}): Promise<AuditReport> => {
  await run(path, { ...flags, format: ['json'] });
  return JSON.parse(printed) as AuditReport;
};

describe('exit codes', () => {
  beforeEach(() => write('a.template', '32'));

  it.each([
    ['32', 'error', 1],
    ['32', 'never', 0],
    ['64', 'error', 0],
    ['64', 'note', 0],
  ] as const)('%s GiB with --fail-on %s: %d', async (size, failOn, exitCode) => {
    write('a.template', size);
    expect(await run('a.template', { failOn })).toBe(exitCode);
    expect(printed).toMatch(exitCode === 1 ? /^Failed/ : /^Passed/);
  });

  it('rejects a path that is not there', () =>
    expect(run('b.template')).rejects.toThrow(/b\.template is not there\. Give a cdk\.out/));
  it('rejects a base that is not there, before anything is synthesized', async () => {
    await expect(run(undefined, { base: 'gone' })).rejects.toThrow(AuditCommandError);
    expect(synthesized).toEqual([]);
  });
});

describe('what is audited', () => {
  it('is synthesized without a path, one environment or all', async () => {
    expect((await json(undefined, { env: 'prod' })).audited).toBe('environment prod');
    expect(synthesized).toEqual(['prod']);
    expect(said).toEqual(['synthesizing environment prod']);
  });

  it('is one environment of a cloud assembly, against the same one of the base', async () => {
    for (const [file, size] of [
      ['head/assembly-headroom-prod/cluster.template', '32'],
      ['base/assembly-headroom-prod/cluster.template', '64'],
      ['base/assembly-headroom-dev/cluster.template', '16'],
    ] as const)
      write(file, size);
    const report = await json('head', { base: 'base', env: 'prod' });
    expect(report.nodeGroups[0]).toMatchObject({
      change: 'changed',
      before: { sizeGiB: { value: 64 } },
      after: { sizeGiB: { value: 32 } },
    });
    expect(report.nodeGroups).toHaveLength(1);
    expect(report.findings[0]?.isNew).toBe(true);
  });

  it('takes two files for two revisions of one template, whatever they are called', async () => {
    write('new.template', '32');
    write('old.template', '64');
    const stackNames: (string | undefined)[] = [];
    const readFacts: AuditParts['readFacts'] = (path, { stackName }) => {
      stackNames.push(stackName);
      return factsOf(path);
    };
    await run('new.template', { base: 'old.template' }, { ...parts, readFacts });
    expect(stackNames).toEqual(['new', undefined]);
  });

  it('is all new where the base has no such environment', async () => {
    write('base/assembly-headroom-dev/cluster.template', '16');
    const report = await json(undefined, { base: 'base', env: 'prod' });
    expect(report.nodeGroups.map(({ change }) => change)).toEqual(['added']);
    expect(said).toContain('base has no environment prod: all of it is new.');
  });

  it('must have the environment that is asked for', async () => {
    write('head/assembly-headroom-dev/cluster.template', '16');
    await expect(run('head', { env: 'prod' })).rejects.toThrow(/no environment prod.*assembly-headroom-dev/);
  });
});

describe('formats and outputs', () => {
  beforeEach(() => write('infra/a.template', '32'));

  it('belong together by position; the last may go to stdout', async () => {
    await run('infra/a.template', {
      format: ['markdown', 'sarif', 'text'],
      output: ['out/comment.md', 'out/audit.sarif'],
    });
    expect(readFileSync(join(cwd, 'out/comment.md'), 'utf8')).toMatch(/^<!-- headroom-audit:default -->/);
    expect(readFileSync(join(cwd, 'out/audit.sarif'), 'utf8')).toContain('"environments/prod.yaml"');
    expect(printed).toMatch(/^Failed: 1 error/);
  });

  it.each([
    [{ format: ['json', 'text'] as const, output: [] }, /Only one format can go to stdout, and json, text/],
    [{ format: ['json'] as const, output: ['a', 'b'] }, /--output is given 2 times and --format 1 times/],
  ])('%j cannot be', async (flags, message) => {
    await expect(run('infra/a.template', flags)).rejects.toThrow(message);
  });

  it('places templates relative to the working directory', async () => {
    await runAudit(
      'infra/a.template',
      { format: ['sarif'], output: [], failOn: 'error' },
      { ...parts, pieces: { ...parts.pieces, lineOf: () => undefined } },
      {
        cwd,
        nowMs: () => 0,
        stdout: { write: (text) => (printed += text) },
        say: () => undefined,
        ...{ version: '0', isTextWanted: true },
      },
    );
    expect(printed).toContain('"uri": "infra/a.template"');
  });
});

describe('accepted findings', () => {
  it.each(['.headroom-audit.yaml', 'environments/.headroom-audit.yaml'])('of %s are found', async (file) => {
    write(file, 'too-small');
    const report = await json(undefined, { env: 'prod' });
    expect(report.findings).toEqual([]);
    expect(report.suppressed[0]?.suppression.place).toEqual({ file, line: 2 });
  });

  it('are those of the given file alone', async () => {
    write('environments/.headroom-audit.yaml', 'too-small');
    write('other.yaml', 'another-rule');
    expect((await json(undefined, { env: 'prod', suppressions: 'other.yaml' })).findings).toHaveLength(1);
  });

  it.each(['suppressions', 'ssmParameters'])(
    '%s must be there, before anything is synthesized',
    async (flag) => {
      await expect(run(undefined, { [flag]: 'gone.yaml' })).rejects.toThrow(/gone\.yaml is not there/);
      expect(synthesized).toEqual([]);
    },
  );
});

describe('--fix', () => {
  it('edits, says each change, and audits again', async () => {
    expect(await run(undefined, { env: 'prod', fix: true })).toBe(0);
    expect(edits).toHaveLength(1);
    expect(said).toContain(
      'environments/prod.yaml: workerGroups.general.rootVolume.sizeGiB is now 64 (too-small)',
    );
    expect(synthesized).toEqual(['prod', 'prod']);
    expect(printed).toMatch(/^Passed: no findings/);
  });

  it('says so where there is nothing to fix, and audits once', async () => {
    declaredGiB = 64;
    expect(await run(undefined, { env: 'prod', fix: true })).toBe(0);
    expect(said.at(-1)).toContain('--fix: no finding');
    expect(synthesized).toEqual(['prod']);
  });

  it('takes no path', () => expect(run('a', { fix: true })).rejects.toThrow(/takes no path/));

  it('takes the worse finding’s value, and the larger of alike', () => {
    const fix = (value: number, severity: 'error' | 'warning') =>
      finding({ severity, fix: { file: 'f', path: 'p', value } });
    const chosen = (...findings: Parameters<typeof chooseFixes>[0]) =>
      chooseFixes(findings).map(({ fix }) => fix.value);
    expect(chosen(fix(20, 'warning'), fix(64, 'warning'))).toEqual([64]);
    expect(chosen(fix(64, 'warning'), fix(20, 'error'))).toEqual([20]);
    expect(chosen(fix(64, 'warning'), fix(20, 'warning'))).toEqual([64]);
  });
});

describe('--ssm-parameters', () => {
  it.each([
    ['names to values', '/my/ami: ami-1'],
    [
      'what AWS prints',
      '{"Parameters": [{"Name": "/my/ami", "Value": "ami-1", "Version": 2}], "InvalidParameters": []}',
    ],
  ])('takes %s', async (_name, text) => {
    write('ssm.yaml', text);
    write('a.template', '64');
    const readFacts = jest.fn(factsOf);
    await runAudit(
      'a.template',
      { format: [], output: [], failOn: 'error', ssmParameters: 'ssm.yaml' },
      { ...parts, readFacts },
      {
        ...{ cwd, nowMs: () => 0, stdout: { write: () => true }, say: () => undefined },
        ...{ version: '0', isTextWanted: true },
      },
    );
    expect(readFacts).toHaveBeenCalledWith(join(cwd, 'a.template'), {
      ssmParameters: { '/my/ami': 'ami-1' },
    });
  });

  it.each(['', '- a', 'a: 1', 'a: [', 'x: &x [1]\ny: [*x, *x]'])(
    'refuses %j, and says what to write',
    async (text) => {
      write('ssm.yaml', text);
      write('a.template', '64');
      await expect(run('a.template', { ssmParameters: 'ssm.yaml' })).rejects.toThrow(
        /--ssm-parameters ssm\.yaml must be a map[^]*found: [^]*fix: write/,
      );
    },
  );
});

describe('rules', () => {
  it('are listed and explained', () => {
    expect(listRules([tooSmall])).toContain('too-small');
    expect(explain(ruleNamed([tooSmall], 'too-small'))).toContain(
      'Why:  Fills.\n\nFix:  Grow it.\n\nPage: docs/audit/too-small.md',
    );
    expect(() => ruleNamed([tooSmall], 'too-smal')).toThrow('Did you mean "too-small"?');
  });
});

describe('the command line', () => {
  const parse = (...args: string[]): Promise<number> =>
    runCommandLine(['node', 'headroom', 'audit', ...args], new Command('headroom'), (cli, run) =>
      addAuditCommand(cli, run, () => parts),
    );
  const stderr = jest.spyOn(process.stderr, 'write');
  beforeEach(() => stderr.mockImplementation((text) => Boolean((printed += String(text)))));
  afterAll(() => stderr.mockRestore());

  it('pairs formats with outputs and gives the exit code', async () => {
    write('a.template', '32');
    const [md, sarif] = [join(cwd, 'a.md'), join(cwd, 'a.sarif')];
    const formats = ['--format', 'markdown', '--output', md, '--format', 'sarif', '--output', sarif];
    expect(await parse(join(cwd, 'a.template'), ...formats)).toBe(1);
    expect(await parse(join(cwd, 'a.template'), ...formats, '--fail-on', 'never')).toBe(0);
    expect(readFileSync(md, 'utf8')).toContain('Headroom audit');
    expect(readFileSync(sarif, 'utf8')).toContain('"semanticVersion": "0.1.0"');
  });

  it('could not run: 2, with what to remediation and no stack', async () => {
    expect(await parse(join(cwd, 'gone'))).toBe(2);
    expect(printed).toMatch(/is not there/);
    expect(printed).not.toMatch(/\n\s+at /);
  });

  it('an output that cannot be written is named, without a stack', async () => {
    write('a.template', '32');
    expect(await parse(join(cwd, 'a.template'), '--output', join(cwd, 'a.template', 'x.txt'))).toBe(2);
    expect(printed).toMatch(/--output .*x\.txt cannot be written/);
  });

  it.each([
    [['--format', 'pdf'], /one of text, markdown, json, sarif, html/],
    [['--fail-on', 'fatal'], /Allowed choices are error, warning, note, never/],
  ])('%j is refused', async (args, message) => {
    expect(await parse(...args)).toBe(2);
    expect(printed).toMatch(message);
  });
});
