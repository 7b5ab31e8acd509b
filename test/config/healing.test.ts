import { healingModes, watchedGroups } from '../../lib/config/node-groups';
import { healing } from '../../lib/config/healing-schema';
import { crossFieldMistakes } from '../../lib/config/cross-field';
import type { Environment } from '../../lib/config/schema';

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

  test('a node group must be there', () => {
    expect(paths({ modes: { nodeGroups: { nope: {} } } })).toEqual(['healing.modes.nodeGroups.nope']);
  });

  test.each([
    [{ modes: { grow: 'maybe' } }],
    [{ modes: { atEmergency: 'ask' } }],
    [{ approvers: ['oncall'] }],
    [{ approvers: [] }],
    [{ askMinutes: 1 }],
  ])('%j is refused', (value) => expect(healing.safeParse(value).success).toBe(false));
});
