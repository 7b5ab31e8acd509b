import { LocalAws } from '../src/api/local-aws';
import type { ModelledInstance, ModelledVolume } from '../src/fleet/instances';
import { ec2Service } from '../src/services/ec2';
import { DEFAULT_VOLUME_TIMING } from '../src/services/ec2-state';
import { addPastModifications, type PastModification } from '../src/fleet/volume-past';
import { PLACE } from './support/resources';
import { VirtualClock } from '../src/time/virtual-clock';

const VOLUME = 'vol-0123456789abcdef0';

function account(past: readonly PastModification[]) {
  const clock = new VirtualClock();
  const volume: ModelledVolume = {
    volumeId: VOLUME,
    tags: {},
    createdAt: clock.now(),
    sizeGiB: 20,
    volumeType: 'gp3',
    iops: undefined,
    throughput: undefined,
    modifications: [],
  };
  addPastModifications(volume, past, clock.now());
  const instance = { instanceId: 'i-0123456789abcdef0', rootDeviceName: '/dev/sda1', volume };
  const ec2 = ec2Service({
    clock,
    place: PLACE,
    instances: [instance as ModelledInstance],
    timing: DEFAULT_VOLUME_TIMING,
    resize: () => Promise.resolve(),
    reboot: () => Promise.resolve(),
    inBackground: () => undefined,
  });
  const aws = new LocalAws({ clock, services: { ec2 } });
  const modify = () => aws.call('ec2', 'ModifyVolume', { VolumeId: VOLUME, Size: 30 });
  const describeLast = async () =>
    (await aws.call('ec2', 'DescribeVolumesModifications', { VolumeIds: [VOLUME] })).VolumesModifications;
  return { clock, modify, describeLast };
}

describe('modifications from before the drill', () => {
  it('count for the four of a rolling day, in whatever order they are written', async () => {
    const { clock, modify } = account([8, 23, 12, 10].map((hoursAgo) => ({ hoursAgo })));
    await expect(modify()).rejects.toHaveProperty('name', 'VolumeModificationRateExceeded');
    clock.advance(3600 + 1);
    await expect(modify()).resolves.toHaveProperty('VolumeModification.TargetSize', 30);
  });

  it('hold up the next one while they optimize, and then no more', async () => {
    const { clock, modify, describeLast } = account([{ hoursAgo: 1 }]);
    expect(await describeLast()).toMatchObject([{ ModificationState: 'optimizing', TargetSize: 20 }]);
    await expect(modify()).rejects.toHaveProperty('name', 'IncorrectModificationState');
    clock.advance(5 * 3600 + 2);
    expect(await describeLast()).toMatchObject([{ ModificationState: 'completed', Progress: 100 }]);
    await expect(modify()).resolves.toBeDefined();
  });

  it('are the newest one in the answer', async () => {
    const { describeLast } = account([{ hoursAgo: 2, state: 'failed' }, { hoursAgo: 30 }]);
    expect(await describeLast()).toMatchObject([{ ModificationState: 'failed' }]);
  });
});
