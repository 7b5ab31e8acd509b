import { absent, known, unknown, type BlockDevice } from '../../../lib/audit/facts';
import { volumeUnencrypted as rule } from '../../../lib/audit/rules/volume-unencrypted';
import { check, device, nodeGroup, onlyFinding, place, verdicts } from '../support/facts';

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

test('a group has one outcome, which names each of its volumes', () => {
  const plain = (name: string) => device({ deviceName: known(name), encrypted: known(false) });
  const of = (...devices: BlockDevice[]) => ({ nodeGroups: [nodeGroup({ blockDevices: known(devices) })] });
  expect(onlyFinding(rule, of(device(), plain('/dev/sdf'), plain('/dev/sdg'))).message).toBe(
    '/dev/sdf and /dev/sdg of general are declared as not encrypted.',
  );
  const silent = device({ deviceName: known('/dev/sdh'), encrypted: absent });
  expect(onlyFinding(rule, of(plain('/dev/sdf'), silent, plain('/dev/sdg'))).message).toBe(
    '/dev/sdf and /dev/sdg of general are declared as not encrypted; /dev/sdh of general does not declare Encrypted (encrypted only where the account or the image sees to it).',
  );
  const fromSnapshot = device({ encrypted: absent, snapshotId: known('snap-1') });
  expect(verdicts(rule, of(device(), fromSnapshot))).toEqual(['cannot-tell']);
  expect(verdicts(rule, of(fromSnapshot, plain('/dev/sdf')))).toEqual(['finding error']);
});

test('a volume on its own is named in a sentence as such', () => {
  const data = (encrypted: BlockDevice['encrypted']) => ({
    volumes: [{ place: place('Data'), device: device({ encrypted }) }],
  });
  expect(onlyFinding(rule, data(known(false))).message).toBe('The volume Data is declared as not encrypted.');
  expect(check(rule, data(unknown('x')))).toMatchObject([
    { why: 'whether the volume Data is encrypted is unknown: x' },
  ]);
});

test('mappings that cannot be read', () => {
  expect(verdicts(rule, { nodeGroups: [nodeGroup({ blockDevices: unknown('x') })] })).toEqual([
    'cannot-tell',
  ]);
});
