import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { etcdPrograms } from '../../../lib/drill/vm/etcd';
import { BUCKET, EtcdNode } from './etcd-node';

/** The first run builds etcd. */
jest.setTimeout(600_000);

test('saves an etcd that has reached its quota but still serves reads', async () => {
  const member = { name: 'cp1', clientPort: 23991, peerPort: 23981 };
  const bucketHome = mkdtempSync(join(tmpdir(), 'headroom-bucket-'));
  mkdirSync(join(bucketHome, BUCKET), { recursive: true });
  const quota = ['--quota-backend-bytes=8388608'];
  const node = new EtcdNode(member, [member], await etcdPrograms(), bucketHome, 'i-0123456789abcdef0', quota);
  try {
    await node.start();
    await node.untilHealthy();
    const value = 'x'.repeat(100_000);
    for (let index = 0; index < 200; index += 1)
      if ((await node.etcdctl('put', `/filling/${index}`, value)).exitCode !== 0) break;
    expect((await node.etcdctl('alarm', 'list')).stdout).toContain('NOSPACE');
    const { exitCode, result } = await node.save();
    expect([exitCode, result]).toEqual([0, expect.objectContaining({ ok: true })]);
  } finally {
    await node.stop();
    rmSync(bucketHome, { recursive: true });
  }
});
