import { absent, known, unknown } from '../../../lib/audit/facts';
import { volumeTypeOutdated as rule } from '../../../lib/audit/rules/volume-type-outdated';
import { device, nodeGroup, onlyFinding, place, verdict } from '../support/facts';

test.each([
  ['gp2', 'finding warning'],
  ['standard', 'finding warning'],
  ['io1', 'finding warning'],
  ['gp3', 'pass'],
  ['io2', 'pass'],
  ['st1', 'pass'],
  ['constructor', 'pass'],
])('%s: %s', (type, expected) => {
  const root = { volumeType: known(type) };
  expect(verdict(rule, { nodeGroups: [nodeGroup({ root })] })).toBe(expected);
  expect(verdict(rule, { volumes: [{ place: place('Data'), device: device(root) }] })).toBe(expected);
});

test('a single volume is gp2 by default; a root may have the type of its image', () => {
  const none = { volumeType: absent };
  expect(onlyFinding(rule, { volumes: [{ place: place('Data'), device: device(none) }] }).message).toMatch(
    /^The volume Data declares no type and becomes gp2/,
  );
  expect(verdict(rule, { nodeGroups: [nodeGroup({ root: none })] })).toBe('cannot-tell');
});

test('cannot tell of an unknown type or unknown mappings', () => {
  expect(verdict(rule, { nodeGroups: [nodeGroup({ root: { volumeType: unknown('x') } })] })).toBe(
    'cannot-tell',
  );
  expect(verdict(rule, { nodeGroups: [nodeGroup({ blockDevices: unknown('x') })] })).toBe('cannot-tell');
});

test('a group has one outcome', () => {
  const blockDevices = known([
    device(),
    device({ deviceName: known('/dev/sdf'), volumeType: known('gp2') }),
    device({ deviceName: known('/dev/sdg'), volumeType: unknown('x') }),
  ]);
  expect(onlyFinding(rule, { nodeGroups: [nodeGroup({ blockDevices })] }).message).toMatch(
    /^\/dev\/sdf of general is gp2/,
  );
  const gp2 = known([
    device({ volumeType: known('gp2') }),
    device({ deviceName: known('/dev/sdf'), volumeType: known('gp2') }),
  ]);
  const { message } = onlyFinding(rule, { nodeGroups: [nodeGroup({ blockDevices: gp2 })] });
  expect(message).toMatch(/^\/dev\/sda1 and \/dev\/sdf of general are gp2: /);
  expect(message.match(/gp3 costs a fifth less/g)).toHaveLength(1);
});
