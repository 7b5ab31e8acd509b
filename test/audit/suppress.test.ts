import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Facts, Suppression } from '../../lib/audit/facts';
import type { Outcome } from '../../lib/audit/rule';
import { instanceReplaced } from '../../lib/audit/rules/instance-replaced';
import { volumeUnencrypted } from '../../lib/audit/rules/volume-unencrypted';
import {
  SuppressionFileError,
  applySuppressions,
  loadSuppressions,
  type Found,
  type SuppressionContext,
} from '../../lib/audit/suppress';
import { NOW_MS, controlPlane, facts, nodeGroup, place } from './support/facts';

const RULE = volumeUnencrypted.id;
const FILE = '.headroom-audit.yaml';

const found = (logicalId = 'general', more: Partial<Found['outcome']['subject']> = {}): Found => ({
  rule: volumeUnencrypted,
  outcome: {
    kind: 'finding',
    subject: { place: place(logicalId), name: logicalId, ...more },
    message: 'It is not encrypted.',
  },
});
const inFile = (more: Partial<Suppression> = {}): Suppression => ({
  rule: RULE,
  reason: 'a test cluster without secrets',
  place: { file: FILE, line: 2 },
  ...more,
});
const inTemplate = (logicalId: string, more: Partial<Suppression> = {}): Suppression =>
  inFile({ place: { file: 'prod.template.json', logicalId }, ...more });

const apply = (one: readonly Found[], suppressions: readonly Suppression[], context?: SuppressionContext) => {
  const { kept, suppressed, about } = applySuppressions(one, suppressions, NOW_MS, context);
  return {
    kept: kept.map(({ outcome }) => outcome.subject.name),
    suppressed: suppressed.map((each) => each.found.outcome.subject.name),
    about: about.map(({ rule }) => rule.id),
  };
};

describe('what a suppression covers', () => {
  const two = [
    found('general'),
    found('memory', { place: place('Memory', { constructPath: 'prod/memory' }) }),
  ];

  test.each<[string, Suppression, string[]]>([
    ['a file, without a subject: everything', inFile(), ['general', 'memory']],
    ['by name', inFile({ subject: 'memory' }), ['memory']],
    ['by logical id', inFile({ subject: 'Memory' }), ['memory']],
    ['by construct path', inFile({ subject: 'prod/memory' }), ['memory']],
    ['the resource that declares it', inTemplate('general'), ['general']],
    [
      'a resource of another template',
      inFile({ place: { file: 'dev.template.json', logicalId: 'general' } }),
      [],
    ],
    ['another rule', inFile({ rule: 'volume-type-outdated' }), []],
  ])('%s', (_, suppression, expected) => {
    const { kept, suppressed } = apply(two, [suppression]);
    expect(suppressed).toEqual(expected);
    expect(kept).toEqual(['general', 'memory'].filter((name) => !expected.includes(name)));
  });

  test('a node group by its launch template', () => {
    const group = nodeGroup({ launchTemplate: place('Template') });
    const head: Facts = facts({ nodeGroups: [group] });
    const one = [found('general', { nodeGroup: group.id })];
    expect(apply(one, [inTemplate('Template')], { head }).suppressed).toEqual(['general']);
    expect(apply(one, [inTemplate('Template')]).kept).toEqual(['general']);
  });

  test('one of several instances by its own, or by what they have in common', () => {
    const group = controlPlane({ place: place('Node1'), launchTemplate: place('Template') });
    const context = { head: facts({ nodeGroups: [group] }) };
    const second = [found('Node2', { nodeGroup: group.id })];
    expect(apply(second, [inTemplate('Node2')], context).suppressed).toEqual(['Node2']);
    expect(apply(second, [inTemplate('Template')], context).suppressed).toEqual(['Node2']);
    expect(apply(second, [inTemplate('Node1')], context).kept).toEqual(['Node2']);
    expect(apply(second, [inFile({ subject: 'control-plane' })], context).suppressed).toEqual(['Node2']);
  });
});

describe('suppressions that are findings', () => {
  test.each<[string, Partial<Suppression>, string[], string[]]>([
    ['a valid one', {}, [], []],
    ['no reason', { reason: '' }, ['suppression-without-reason'], ['general']],
    ['a reason of spaces', { reason: ' \n' }, ['suppression-without-reason'], ['general']],
    ['its last day', { expires: '2026-11-21' }, [], []],
    ['the day after', { expires: '2026-11-20' }, ['suppression-expired'], ['general']],
    ['no day', { expires: 'next year' }, ['suppression-expired'], ['general']],
    ['a day that there is not', { expires: '2027-02-31' }, ['suppression-expired'], ['general']],
    [
      'neither reason nor day',
      { reason: '', expires: '2020-01-01' },
      ['suppression-without-reason', 'suppression-expired'],
      ['general'],
    ],
    ['another subject', { subject: 'memory' }, ['suppression-unused'], ['general']],
    ['no such rule', { rule: 'volume-encrypted' }, ['suppression-unused'], ['general']],
  ])('%s', (_, more, about, kept) => {
    expect(apply([found()], [inFile(more)])).toMatchObject({ about, kept });
  });

  test.each([
    ['2026-11-21T23:59:59.999Z', []],
    ['2026-11-22T00:00:00.000Z', ['suppression-expired']],
  ])('days are UTC: at %s', (now, expected) => {
    const { about } = applySuppressions([found()], [inFile({ expires: '2026-11-21' })], Date.parse(now));
    expect(about.map(({ rule }) => rule.id)).toEqual(expected);
  });

  test('an expired one beside a valid one takes nothing away', () => {
    const { kept, about } = apply([found()], [inFile({ expires: '2020-01-01' }), inFile()]);
    expect(kept).toEqual([]);
    expect(about).toEqual(['suppression-expired']);
  });

  test('the finding stands where the suppression does, and says what it was for', () => {
    const [unused] = applySuppressions([], [inFile({ subject: 'general' })], NOW_MS).about;
    expect(unused?.outcome).toMatchObject({
      subject: { name: 'suppression of volume-unencrypted for general', place: { file: FILE, line: 2 } },
      message:
        'Suppression of volume-unencrypted for general suppresses nothing: the rule finds nothing there.',
    });
  });
});

describe('unused only where the rule looked', () => {
  const outcome = (kind: 'pass' | 'cannot-tell', rule = volumeUnencrypted) => ({
    rule,
    outcome: { kind, subject: found().outcome.subject, why: 'x' } as Outcome,
  });
  const ofReplaced = inFile({ rule: instanceReplaced.id });

  test.each<[string, Suppression, SuppressionContext, string[]]>([
    ['it passed', inFile(), { outcomes: [outcome('pass')] }, ['suppression-unused']],
    ['it could not tell', inFile(), { outcomes: [outcome('cannot-tell')] }, []],
    [
      'it could not tell elsewhere',
      inFile({ subject: 'memory' }),
      { outcomes: [outcome('cannot-tell')] },
      ['suppression-unused'],
    ],
    ['it needs a base, and there was none', ofReplaced, { outcomes: [] }, []],
    ['its rule needs a base, and what ran is unknown', ofReplaced, {}, []],
    [
      'it had a base, and passed',
      ofReplaced,
      { outcomes: [outcome('pass', instanceReplaced)] },
      ['suppression-unused'],
    ],
  ])('%s', (_, suppression, context, expected) => {
    expect(apply([], [suppression], context).about).toEqual(expected);
  });
});

describe('the file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'headroom-suppress-'));
  const file = (text: string): string => {
    const path = join(folder, FILE);
    writeFileSync(path, text);
    return path;
  };

  test('is read with its lines; a missing reason is left to the finding', () => {
    const path = file(
      'suppressions:\n  - rule: volume-unencrypted\n    reason: a test\n    subject: general\n    expires: 2027-01-31\n  - rule: instance-metadata-v1\n',
    );
    expect(loadSuppressions(path)).toEqual([
      {
        rule: RULE,
        reason: 'a test',
        subject: 'general',
        expires: '2027-01-31',
        place: { file: path, line: 2 },
      },
      { rule: 'instance-metadata-v1', reason: '', place: { file: path, line: 6 } },
    ]);
  });

  test.each(['', '# nothing yet\n', 'suppressions:\n', 'suppressions: []\n'])('%j has none', (text) => {
    expect(loadSuppressions(file(text))).toEqual([]);
  });

  test.each([
    ['no YAML', 'suppressions: [', /is not valid YAML/],
    ['an unknown key', 'suppressions: [{rule: a, reason: b, subjects: c}]', /suppressions\.0.*subjects/],
    ['no rule', 'suppressions: [{reason: b}]', /suppressions\.0\.rule/],
    ['a reason that is not text', 'suppressions: [{rule: a, reason: 7}]', /suppressions\.0\.reason/],
    ['another list', 'ignore: []', /ignore/],
    [
      'a bomb',
      `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nsuppressions: [*c,*c,*c,*c,*c,*c]`,
      /without aliases/,
    ],
    ['too much', `# ${'x'.repeat(1_048_576)}`, /at most 1048576 bytes/],
  ])('%s: an error that names the file and what to do', (_, text, expected) => {
    const path = file(text);
    expect(() => loadSuppressions(path)).toThrow(SuppressionFileError);
    expect(() => loadSuppressions(path)).toThrow(expected);
    expect(() => loadSuppressions(path)).toThrow(FILE);
  });

  test('that is not there', () => {
    expect(() => loadSuppressions(join(folder, 'none.yaml'))).toThrow(/none\.yaml: cannot be read/);
  });
});
