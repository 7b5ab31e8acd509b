import { absent, known, unknown, type BlockDevice } from '../../../lib/audit/facts';
import { volumeUnencrypted as rule } from '../../../lib/audit/rules/volume-unencrypted';
import { device, nodeGroup, onlyFinding, place, verdicts } from '../support/facts';

test.each<[string, Partial<BlockDevice>, string[]]>([
  ['encrypted', { encrypted: known(true) }, ['pass']],
  ['not encrypted', { encrypted: known(false) }, ['finding error']],
  ['not declared', { encrypted: absent }, ['finding error']],
  ['from a snapshot', { encrypted: absent, snapshotId: known('snap-1') }, ['cannot-tell']],
  ['unknown', { encrypted: unknown('x') }, ['cannot-tell']],
  ['instance store', { encrypted: absent, ebs: false }, []],
])('%s', (_, more, expected) => {
  expect(verdicts(rule, { nodeGroups: [nodeGroup({ blockDevices: known([device(more)]) })] })).toEqual(
    expected,
  );
  const volumes = more.ebs === false ? [] : [{ place: place('Data'), device: device(more) }];
  expect(verdicts(rule, { volumes })).toEqual(expected);
});

test('each volume counts, and the finding names it', () => {
  const devices = [device(), device({ deviceName: known('/dev/sdf'), encrypted: known(false) })];
  const nodeGroups = [nodeGroup({ blockDevices: known(devices) })];
  expect(verdicts(rule, { nodeGroups })).toEqual(['pass', 'finding error']);
  expect(
    onlyFinding(rule, { nodeGroups: [nodeGroup({ blockDevices: known(devices.slice(1)) })] }).message,
  ).toBe('/dev/sdf of general is declared as not encrypted.');
});

test('mappings that cannot be read', () => {
  expect(verdicts(rule, { nodeGroups: [nodeGroup({ blockDevices: unknown('x') })] })).toEqual([
    'cannot-tell',
  ]);
});
