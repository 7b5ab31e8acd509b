import { audit, type AuditInput, type AuditPieces, type Found } from '../../lib/audit/audit';
import { absent, known, type Facts, type NodeGroupFacts, type Suppression } from '../../lib/audit/facts';
import type { Outcome } from '../../lib/audit/rule';
import { fails } from '../../lib/audit/severity';
import { figures, place } from './report/sample-report';
import { testRule } from './support/facts';

const NOW = Date.parse('2026-11-21T04:00:00Z');

const group = (name: string, sizeGiB: number, more: Partial<NodeGroupFacts> = {}): NodeGroupFacts => ({
  id: `${name}-id`,
  name,
  kind: 'auto-scaling-group',
  place: place(name, { declaredIn: { file: 'environments/prod.yaml', path: `workerGroups.${name}` } }),
  role: 'worker',
  nodes: { min: known(1), desired: absent, max: known(3) },
  instances: [],
  instanceTypes: known(['m7i.large']),
  image: { family: known('ubuntu'), id: absent },
  blockDevices: absent,
  rootVolume: absent,
  imdsV2Required: known(true),
  userData: absent,
  policy: { sizeGiB },
  tags: {},
  region: known('eu-central-1'),
  ...more,
});

const facts = (nodeGroups: readonly NodeGroupFacts[], more: Partial<Facts> = {}): Facts => ({
  ...{ stacks: [], volumes: [], alarms: [], agents: [], eventRules: [], topics: [] },
  ...{ suppressions: [], unreadable: [], nodeGroups },
  ...more,
});

/** Finds groups under 64 GiB, passes others, cannot tell where no size is declared. */
const tooSmall = testRule({
  id: 'too-small',
  severity: 'warning',
  check: ({ head }) =>
    head.nodeGroups.map((one): Outcome => {
      const subject = { place: one.place, nodeGroup: one.id, name: one.name };
      const { sizeGiB } = one.policy;
      if (sizeGiB === undefined) return { kind: 'cannot-tell', subject, why: 'no size' };
      return sizeGiB < 64
        ? { kind: 'finding', subject, message: `${sizeGiB} GiB` }
        : { kind: 'pass', subject };
    }),
});

/** Speaks only where there is a base. */
const shrinks = testRule({
  id: 'shrinks',
  check: ({ head, base }) =>
    base === undefined
      ? []
      : head.nodeGroups.flatMap((one): Outcome[] => {
          const old = base.nodeGroups.find(({ id }) => id === one.id)?.policy.sizeGiB ?? 0;
          return old > (one.policy.sizeGiB ?? 0)
            ? [
                {
                  ...{ kind: 'finding', message: 'shrinks', severity: 'note', remediation: 'Write 64.' },
                  subject: { place: one.place, nodeGroup: one.id, name: one.name },
                  fix: {
                    file: 'environments/prod.yaml',
                    path: `workerGroups.${one.name}.rootVolume.sizeGiB`,
                    value: 64,
                  },
                },
              ]
            : [];
        }),
});

const pieces: AuditPieces = {
  rules: [tooSmall, shrinks],
  suppress: (found, suppressions) => {
    const by = ({ rule }: Found) => suppressions.find((one) => one.rule === rule.id);
    return {
      kept: found.filter((one) => !by(one)),
      suppressed: found.flatMap((one) => {
        const suppression = by(one);
        return suppression ? [{ found: one, suppression }] : [];
      }),
      about: [],
    };
  },
  figuresOf: ({ policy }) => figures(policy.sizeGiB ?? 0, 200),
  lineOf: (file, path) => (file === 'environments/prod.yaml' ? path.length : undefined),
  pricesFor: (regions) => ({ date: '2026-11-01', source: 'test', unknownRegions: [...regions] }),
};

const run = (
  head: readonly NodeGroupFacts[],
  more: Partial<AuditInput> = {},
  with_: Partial<AuditPieces> = {},
) =>
  audit(
    {
      ...{ head: facts(head), suppressions: [], nowMs: NOW, audited: 'x', failOn: 'error' as const },
      ...more,
    },
    { ...pieces, ...with_ },
  );

describe('the audit', () => {
  it('counts what each rule looked at, and reports what it could not tell', () => {
    const report = run([group('a', 32), group('b', 64), group('c', 0, { policy: {} })]);
    expect(report).toMatchObject({
      ...{ schema: 1, at: '2026-11-21T04:00:00.000Z', verdict: 'findings', failed: false },
      rules: [
        { id: 'too-small', passed: 1, looked: 3 },
        { id: 'shrinks', passed: 0, looked: 0 },
      ],
      cannotTell: [{ rule: 'too-small', why: 'no size' }],
      prices: { unknownRegions: ['eu-central-1'] },
    });
    expect(report.findings).toHaveLength(1);
    expect(report.findings[0]).not.toHaveProperty('isNew');
    expect(report.nodeGroups.map(({ change }) => change)).toEqual(Array(3).fill('not-compared'));
  });

  it('is clean where nothing is found', () =>
    expect(run([group('a', 64)])).toMatchObject({ verdict: 'clean', failed: false, findings: [] }));

  it('tells new findings from those of the base, new and worse first', () => {
    const report = run([group('a', 16), group('b', 32)], {
      base: facts([group('a', 16), group('b', 64)]),
      baseName: '../main/cdk.out',
    });
    expect(report.base).toBe('../main/cdk.out');
    expect(
      report.findings.map(({ rule, subject, isNew, severity }) => [rule, subject.name, isNew, severity]),
    ).toEqual([
      ['too-small', 'b', true, 'warning'],
      ['shrinks', 'b', true, 'note'],
      ['too-small', 'a', false, 'warning'],
    ]);
  });

  it('counts a second finding alike as new when the base has one', () => {
    const twice: typeof tooSmall = {
      ...tooSmall,
      check: (audited) => [...tooSmall.check(audited), ...(audited.base ? tooSmall.check(audited) : [])],
    };
    const { findings } = run([group('a', 16)], { base: facts([group('a', 16)]) }, { rules: [twice] });
    expect(findings.map(({ isNew }) => isNew)).toEqual([true, false]);
  });

  it('stands at the line of its fix, of its declaration, or in the template', () => {
    const { findings } = run([group('b', 32)], { base: facts([group('b', 64)]) });
    const at = Object.fromEntries(findings.map(({ rule, at: one }) => [rule, one]));
    expect(at).toEqual({
      'too-small': { file: 'environments/prod.yaml', line: 'workerGroups.b'.length },
      shrinks: { file: 'environments/prod.yaml', line: 'workerGroups.b.rootVolume.sizeGiB'.length },
    });
    expect(run([group('b', 32)], {}, { lineOf: () => undefined }).findings[0]?.at).toEqual({
      file: 'assembly-headroom-prod/cluster.template.json',
      line: 120,
    });
  });

  it.each([
    ['unchanged', [group('a', 64)], [group('a', 64)], ['unchanged']],
    ['other figures', [group('a', 64)], [group('a', 128)], ['changed']],
    [
      'another image',
      [group('a', 64)],
      [group('a', 64, { image: { family: known('debian'), id: absent } })],
      ['changed'],
    ],
    [
      'moved in the template',
      [group('a', 64)],
      [group('a', 64, { place: place('a', { line: 7 }) })],
      ['unchanged'],
    ],
    ['added', [], [group('a', 64)], ['added']],
    ['removed', [group('a', 64)], [], ['removed']],
  ])('%s', (_name, base, head, changes) => {
    const { nodeGroups } = run(head, { base: facts(base) });
    expect(nodeGroups.map(({ change }) => change)).toEqual(changes);
    for (const { change, before, after } of nodeGroups)
      expect([before !== undefined, after !== undefined]).toEqual([change !== 'added', change !== 'removed']);
  });

  it('parts what its owner accepts, by metadata and by file, and fails by the rest alone', () => {
    const suppression = (rule: string): Suppression => ({ rule, reason: 'r', place: { file: 'f' } });
    const strict = { failOn: 'warning' as const };
    expect(run([group('a', 16)], strict)).toMatchObject({ failed: true });
    for (const more of [
      { suppressions: [suppression('too-small')] },
      { head: facts([group('a', 16)], { suppressions: [suppression('too-small')] }) },
    ])
      expect(run([group('a', 16)], { ...strict, ...more })).toMatchObject({
        ...{ failed: false, verdict: 'clean', findings: [] },
        suppressed: [{ rule: 'too-small', suppression: { reason: 'r' } }],
      });
  });

  it('gives both revisions the measured growth of the account', () => {
    const live = [{ id: 'a-id', volumes: [], samples: [] }];
    const seen: unknown[] = [];
    run(
      [group('a', 64)],
      { base: facts([group('a', 32)]), live },
      {
        figuresOf: (one, own) => {
          seen.push(own?.id);
          return figures(one.policy.sizeGiB ?? 0, 200);
        },
      },
    );
    expect(seen).toEqual(['a-id', 'a-id']);
  });
});

it.each([
  ['error', 'error', true],
  ['warning', 'error', false],
  ['note', 'warning', false],
  ['warning', 'note', true],
  ['error', 'never', false],
] as const)('%s fails at --fail-on %s: %s', (severity, failOn, expected) =>
  expect(fails(severity, failOn)).toBe(expected),
);
