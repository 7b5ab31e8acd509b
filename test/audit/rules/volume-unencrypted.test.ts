import { absent, known, unknown, type BlockDevice } from '../../../lib/audit/facts';
import { volumeUnencrypted as rule } from '../../../lib/audit/rules/volume-unencrypted';
import { check, device, nodeGroup, onlyFinding, place, verdict } from '../support/facts';

test.each<[string, Partial<BlockDevice>, string]>([
  ['encrypted', { encrypted: known(true) }, 'pass'],
  ['not encrypted', { encrypted: known(false) }, 'finding error'],
  ['not declared', { encrypted: absent }, 'finding error'],
  ['from a snapshot', { encrypted: absent, snapshotId: known('snap-1') }, 'cannot-tell'],
  ['unknown', { encrypted: unknown('x') }, 'cannot-tell'],
  ['instance store', { encrypted: absent, ebs: false }, 'nothing'],
])('judges %s', (_, more, expected) => {
  expect(verdict(rule, { nodeGroups: [nodeGroup({ blockDevices: known([device(more)]) })] })).toEqual(
    expected,
  );
  const volumes = more.ebs === false ? [] : [{ place: place('Data'), device: device(more) }];
  expect(verdict(rule, { volumes })).toBe(expected);
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
  expect(verdict(rule, of(device(), fromSnapshot))).toBe('cannot-tell');
  expect(verdict(rule, of(fromSnapshot, plain('/dev/sdf')))).toBe('finding error');
});

test('names a single volume by its logical id', () => {
  const data = (encrypted: BlockDevice['encrypted']) => ({
    volumes: [{ place: place('Data'), device: device({ encrypted }) }],
  });
  expect(onlyFinding(rule, data(known(false))).message).toBe('The volume Data is declared as not encrypted.');
  expect(check(rule, data(unknown('x')))).toMatchObject([
    { why: 'whether the volume Data is encrypted is unknown: x' },
  ]);
});

test('cannot tell of mappings that cannot be read', () => {
  expect(verdict(rule, { nodeGroups: [nodeGroup({ blockDevices: unknown('x') })] })).toBe('cannot-tell');
});
