import { join } from 'node:path';
import { hasFailed } from '../../../lib/domain/doctor/check';
import { known, unknown } from '../../../lib/domain/known';
import {
  CACHE_NEEDS_MIB,
  MEMORY_NEEDS_MIB,
  OVERLAY_NEEDS_MIB,
  machineChecks,
  type MachineFacts,
} from '../../../lib/drill/host/machine-checks';
import { readMachine } from '../../../lib/drill/host/read-machine';
import { MACHINE } from '../../../lib/drill/vm/qemu';

const cache = (mib: number) => ({ directory: '/cache', freeMiB: known(mib) });
const WELL: MachineFacts = {
  ...{ platform: 'linux', architecture: 'x64', node: 'v20.20.2', supportedNode: '>=18' },
  ...{ missingPackages: [], mayBecomeRoot: true, hasLoopDevices: true, cache: cache(CACHE_NEEDS_MIB) },
  availableMemoryMiB: MEMORY_NEEDS_MIB,
  accelerator: { wanted: '', mayUseKvm: true, measured: undefined },
  ...{ hasGo: true, hasPythonVenv: true },
};

test('a machine that can drill passes every check', () =>
  expect(machineChecks(WELL).map(({ standing, next }) => [standing, next])).toEqual(
    Array.from({ length: 9 }, () => ['ok', null]),
  ));

test.each([
  ['node', { node: 'v16.20.0' }, 'failed', /v16\.20\.0, needed: >=18/, /nodejs/],
  ['node', { node: 'v18.0.0' }, 'ok', /v18/, null],
  ['operating system', { platform: 'darwin' }, 'failed', /darwin/, /Linux/],
  ['operating system', { architecture: 'arm64' }, 'failed', /arm64/, /Linux/],
  [
    ...(['programs', { missingPackages: ['qemu-utils', 'lvm2'] }, 'failed', /qemu-utils, lvm2/] as const),
    /^sudo apt-get install --no-install-recommends qemu-utils lvm2$/,
  ],
  ['root', { mayBecomeRoot: false }, 'failed', /neither/, /--image/],
  ['loop devices', { hasLoopDevices: false }, 'failed', /loop-control/, /--privileged/],
  ['disk space', { cache: cache(CACHE_NEEDS_MIB - 1) }, 'warning', /needed: 5\.0 GiB/, /HEADROOM_CACHE_DIR/],
  ['disk space', { cache: cache(OVERLAY_NEEDS_MIB - 1) }, 'failed', /needed/, /HEADROOM_CACHE_DIR/],
  [
    ...(['disk space', { cache: { directory: '/x', freeMiB: unknown('EACCES') } }, 'not checked'] as const),
    ...([/EACCES/, null] as const),
  ],
  ['memory', { availableMemoryMiB: MEMORY_NEEDS_MIB - 1 }, 'warning', /needed/, /larger machine/],
  ['memory', { availableMemoryMiB: MACHINE.memoryMiB - 1 }, 'failed', /needed/, /larger machine/],
  [
    'accelerator',
    { accelerator: { wanted: 'xen', mayUseKvm: true, measured: undefined } },
    'failed',
    /got xen/,
    /unset/,
  ],
  [
    'accelerator',
    { accelerator: { wanted: 'kvm', mayUseKvm: false, measured: undefined } },
    'failed',
    /cannot be used/,
    /kvm/,
  ],
  [
    'accelerator',
    { accelerator: { wanted: 'tcg', mayUseKvm: false, measured: undefined } },
    'ok',
    /^tcg/,
    null,
  ],
  [
    'accelerator',
    { accelerator: { wanted: '', mayUseKvm: false, measured: undefined } },
    'ok',
    /emulation/,
    null,
  ],
  [
    'accelerator',
    { accelerator: { wanted: '', mayUseKvm: true, measured: 'tcg' } },
    'ok',
    /^tcg: the faster/,
    null,
  ],
  ['Go', { hasGo: false }, 'ok', /PyPI/, null],
  ['Go', { hasGo: false, hasPythonVenv: false }, 'failed', /no Go/, /python3-venv/],
] as const)('the check of %s says of %j: %s', (name, more, standing, found, next) => {
  const checks = machineChecks({ ...WELL, ...more });
  const one = checks.find((each) => each.name === name);
  expect(one?.standing).toBe(standing);
  expect(one?.found).toMatch(found);
  if (next === null) expect(one?.next).toBe(null);
  else expect(one?.next).toMatch(next);
  expect(hasFailed(checks)).toBe(standing === 'failed');
});

test('this machine can be read', async () => {
  const read = await readMachine(join(__dirname, '..', '..', '..'));
  expect(read).toMatchObject({ platform: process.platform, node: process.version, supportedNode: '>=18' });
  expect(read.availableMemoryMiB).toBeGreaterThan(0);
  expect(read.cache.freeMiB).toMatchObject({ known: true });
});
