import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { healingModes, watchedGroups } from '../../lib/config/node-groups';
import { healing } from '../../lib/config/healing-schema';
import { crossFieldMistakes } from '../../lib/config/checks';
import { parseEnvironment } from '../../lib/config/parse';
import type { Environment } from '../../lib/config/schema';
import { environmentWith } from './valid-environment';

const environment = (modes: object): Environment =>
  ({
    controlPlane: {},
    cluster: {},
    workerGroups: { general: {}, batch: {} },
    healing: healing.parse({ modes }),
  }) as unknown as Environment;

test('a group, then an action, then the default, then act', () => {
  const file = environment({
    default: 'ask',
    reboot: 'observe',
    atEmergency: 'act',
    nodeGroups: { batch: { default: 'observe', grow: 'act' } },
  });
  expect(healingModes(file, 'general')).toEqual({
    ...{ reclaim: 'ask', grow: 'ask', reboot: 'observe', drain: 'ask', atEmergency: 'act' },
  });
  expect(healingModes(file, 'batch')).toEqual({
    ...{ reclaim: 'observe', grow: 'act', reboot: 'observe', drain: 'observe', atEmergency: 'act' },
  });
  expect(healingModes({}, 'general')).toEqual({ reclaim: 'act', grow: 'act', reboot: 'act', drain: 'act' });
});

test('the examples of docs/modes.md are valid, in the text as well', () => {
  const page = readFileSync(join(__dirname, '..', '..', 'docs', 'modes.md'), 'utf8');
  const examples = [...page.matchAll(/```yaml\n([^]*?)```|`(\w+: \{[^`]*\})`/g)];
  expect(examples).toHaveLength(4);
  for (const [, block, inline] of examples) {
    const change = parse(block ?? inline ?? '') as Record<string, unknown>;
    expect(parseEnvironment('x.yaml', environmentWith(change)).mistakes).toBeUndefined();
  }
});

test('a snapshot before the first growth is an option', () => {
  expect(healing.parse({})).toEqual({ snapshotBeforeFirstGrowth: false });
  expect(healing.parse({ snapshotBeforeFirstGrowth: true })).toEqual({ snapshotBeforeFirstGrowth: true });
});

test('the groups that are not only acted on', () => {
  expect(watchedGroups(environment({ nodeGroups: { batch: { grow: 'ask' } } }))).toEqual(['batch']);
  expect(watchedGroups(environment({}))).toEqual([]);
});

describe('mistakes', () => {
  const paths = (value: object): unknown[] =>
    crossFieldMistakes({ controlPlane: {}, workerGroups: { general: {} }, healing: value }).map(({ path }) =>
      path.join('.'),
    );

  test('ask needs approvers', () => {
    expect(paths({ modes: { grow: 'ask' } })).toContain('healing.approvers');
    expect(paths({ modes: { nodeGroups: { general: { grow: 'ask' } } } })).toContain('healing.approvers');
    expect(paths({ modes: { grow: 'ask' }, approvers: ['x'] })).toEqual([]);
    expect(paths({ modes: { grow: 'observe' } })).toEqual([]);
  });

  test.each([
    ['arn:aws:iam::111122223333:role/oncall', 'eu-central-1', true],
    ['arn:aws:iam::444455556666:role/oncall', 'eu-central-1', false],
    ['arn:aws-cn:iam::111122223333:role/oncall', 'eu-central-1', false],
    ['arn:aws-cn:iam::111122223333:user/ana', 'cn-north-1', true],
    ['arn:aws:iam::111122223333:user/ana', 'us-gov-west-1', false],
  ])('%s may approve in 111122223333 of %s: %s', (arn, region, may) => {
    const mistakes = crossFieldMistakes({ account: '111122223333', region, healing: { approvers: [arn] } });
    expect(mistakes.map(({ path }) => path.join('.'))).toEqual(may ? [] : ['healing.approvers.0']);
  });

  test('an approver of another account: field, rule, value and what to write', () => {
    const [mistake] = crossFieldMistakes({
      ...{ account: '111122223333', region: 'eu-central-1' },
      healing: { approvers: ['arn:aws:iam::111122223333:role/a', 'arn:aws:iam::444455556666:role/b'] },
    });
    expect(mistake).toEqual({
      path: ['healing', 'approvers', 1],
      rule: "be of the environment's account (arn:aws:iam::111122223333:…), since no other account can answer",
      found: 'arn:aws:iam::444455556666:role/b',
      fix: 'write e.g. arn:aws:iam::111122223333:role/oncall; people of another account assume that role',
    });
  });

  test('a node group must be there', () => {
    const healing = { modes: { nodeGroups: { genreal: {} } } };
    expect(crossFieldMistakes({ controlPlane: {}, workerGroups: { general: {} }, healing })).toMatchObject([
      { fix: 'did you mean "general"? Otherwise write e.g. general', atKey: true },
    ]);
    expect(paths({ modes: { nodeGroups: { nope: {} } } })).toEqual(['healing.modes.nodeGroups.nope']);
  });

  test.each([
    [{ modes: { grow: 'maybe' } }],
    [{ modes: { atEmergency: 'ask' } }],
    [{ approvers: ['oncall'] }],
    [{ approvers: [] }],
    [{ askMinutes: 1 }],
    [{ snapshotBeforeFirstGrowth: 'yes' }],
  ])('%j is refused', (value) => expect(healing.safeParse(value).success).toBe(false));
});
