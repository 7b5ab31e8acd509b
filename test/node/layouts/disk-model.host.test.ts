import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeFilePath } from '../../../lib/node/node-files';
import { readScriptResult } from '../../../lib/domain/node/run-command-output';
import { mustRun, run } from '../run-script';

/**
 * Disks that no loop device can be, in a mount namespace whose sysfs says so: the folder of the loop device is bound over
 * with a copy that has more in it.
 */
jest.setTimeout(60_000);

const layout = (...args: readonly string[]): Promise<string> =>
  mustRun('bash', join(__dirname, 'disk-layout.sh'), ...args);

let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-model-'));
  await layout('make', folder, 'bare', 'xfs');
});
afterEach(() => layout('destroy', folder));

/** @param change shell text; `$1` is the copy of the device's folder in sysfs */
const rootWith = async (change: string): Promise<unknown> => {
  const name = (await mustRun('sh', '-c', `basename "$(cat ${folder}/loops)"`)).trim();
  const script = `set -e
    copy=$(mktemp --directory --tmpdir=${folder})
    sys=$(readlink --canonicalize /sys/class/block/${name})
    mkdir "$copy/slaves" "$copy/queue"
    cp "$sys/size" "$sys/dev" "$copy" && cp "$sys/queue/logical_block_size" "$copy/queue"
    set -- "$copy"
    ${change}
    mount --bind "$copy" "$sys"
    exec bash ${nodeFilePath('assess-node.sh')}`;
  const { stdout, stderr } = await run('unshare', ['--mount', 'sh', '-c', script], {
    PATH: process.env['PATH'],
    HEADROOM_MOUNT_POINT: join(folder, 'mnt'),
    HEADROOM_TIME_BUDGET_SECONDS: '1',
  });
  const reading = readScriptResult(stdout, 'assess-node');
  if (!reading.ok) throw new Error(`${reading.why}\n${stderr}`);
  return reading.value.root.growthBlocked;
};

test('reports that an instance store is not an EBS volume', async () => {
  expect(
    await rootWith('mkdir "$1/device" && echo "Amazon EC2 NVMe Instance Storage        " >"$1/device/model"'),
  ).toEqual({
    kind: 'not-ebs',
    detail: expect.stringMatching(/^\/dev\/loop\d+ is an instance store, not an EBS volume$/) as unknown,
  });
});

test.each(['Amazon Elastic Block Store', 'QEMU NVMe Ctrl'])(
  'a disk of the model %s may grow',
  async (model) => {
    expect(await rootWith(`mkdir "$1/device" && echo "${model}" >"$1/device/model"`)).toBeUndefined();
  },
);

test('names an md array with its level', async () => {
  expect(await rootWith('mkdir "$1/md" && echo raid1 >"$1/md/level"')).toEqual({
    kind: 'unsupported-layer',
    detail: expect.stringMatching(/^root is on loop\d+ \(md raid1\), which cannot be grown$/) as unknown,
  });
});

test('names a multipath device', async () => {
  expect(
    await rootWith('mkdir "$1/dm" && echo mpatha >"$1/dm/name" && echo mpath-36001405 >"$1/dm/uuid"'),
  ).toEqual({
    kind: 'unsupported-layer',
    detail: 'root is on mpatha (multipath), which cannot be grown',
  });
});
