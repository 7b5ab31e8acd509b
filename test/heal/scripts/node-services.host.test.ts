import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LoopFilesystem } from './loop-filesystem';
import { mustRun, run, runForResult, STAND_INS } from './run-script';
import { SCRIPTS_FOLDER } from '../../../lib/heal/document-source';

/** One file for all that needs the kubelet's and the API server's own ports: Jest runs files side by side. */
const KUBELET_PORT = 10248;
const API_SERVER_PORT = 6443;
jest.setTimeout(60_000);

let disk: LoopFilesystem;
let units: string;
const servers: Server[] = [];

const unit = (name: string, state: string): void => writeFileSync(join(units, name), `${state}\n`);
const calls = (): string[] =>
  existsSync(join(units, 'calls')) ? readFileSync(join(units, 'calls'), 'utf8').trim().split('\n') : [];
const env = (more: Record<string, string> = {}): Record<string, string> => ({
  ...disk.env,
  STAND_IN_UNITS: units,
  HEADROOM_WAIT_SECONDS: '1',
  ...more,
});
const serve = async (port: number, status: () => number): Promise<void> => {
  const server = createServer((_, response) =>
    response.writeHead(status()).end(status() === 200 ? 'ok' : 'not yet'),
  );
  servers.push(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
};

beforeEach(async () => {
  disk = await LoopFilesystem.create({ type: 'ext4', sizeMiB: 256 });
  units = mkdtempSync(join(tmpdir(), 'headroom-units-'));
});
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  rmSync(units, { recursive: true, force: true });
  await disk.destroy();
});

describe('restart-kubelet', () => {
  const restart = (args: string[] = []): ReturnType<typeof runForResult<'restart-kubelet'>> =>
    runForResult('restart-kubelet', { env: env(), args, standIns: true });

  test('a healthy kubelet is left running, even on a full disk', async () => {
    unit('kubelet', 'active');
    await serve(KUBELET_PORT, () => 200);
    await disk.fill();
    expect(await restart()).toMatchObject({
      exitCode: 0,
      result: { ok: true, action: 'left-running', healthz: true },
    });
    expect(calls()).toEqual([]);
  });

  test('an unhealthy one is restarted after its runtime, and waited for', async () => {
    unit('kubelet', 'failed');
    unit('containerd', 'failed');
    await serve(KUBELET_PORT, () => (calls().includes('restart kubelet') ? 200 : 500));
    expect(await restart()).toMatchObject({
      exitCode: 0,
      result: { ok: true, action: 'restarted', healthz: true },
    });
    expect(calls()).toEqual([
      'reset-failed containerd',
      'start containerd',
      'reset-failed kubelet',
      'restart kubelet',
    ]);
  });

  test('one that stays unhealthy is a failure', async () => {
    unit('kubelet', 'active');
    unit('containerd', 'active');
    expect(await restart()).toMatchObject({
      exitCode: 1,
      result: {
        ok: false,
        action: 'restarted',
        healthz: false,
        error: 'kubelet is not healthy 1 s after its restart',
      },
    });
    expect(calls()).toEqual(['reset-failed kubelet', 'restart kubelet']);
  });

  test('one that systemd cannot restart is a failure', async () => {
    unit('kubelet', 'failed');
    writeFileSync(join(units, 'broken'), '');
    expect(await restart()).toMatchObject({
      exitCode: 1,
      result: { ok: false, error: 'systemctl restart kubelet failed' },
    });
  });

  test('with less than 64 MiB available it is refused', async () => {
    unit('kubelet', 'failed');
    await disk.fill();
    expect(await restart()).toMatchObject({
      exitCode: 3,
      result: {
        ok: false,
        action: 'refused',
        healthz: false,
        error: `only 0 MiB available on ${disk.mountPoint}, a kubelet restart needs 64 MiB`,
      },
    });
    expect(calls()).toEqual([]);
  });

  test('without inodes it is refused', async () => {
    await disk.destroy();
    disk = await LoopFilesystem.create({ type: 'ext4', sizeMiB: 256, inodes: 128 });
    unit('kubelet', 'failed');
    expect(await restart()).toMatchObject({
      exitCode: 3,
      result: { action: 'refused', error: expect.stringMatching(/inodes free/) as unknown },
    });
  });

  test('dry run restarts nothing', async () => {
    unit('kubelet', 'failed');
    expect(await restart(['--dry-run'])).toMatchObject({
      exitCode: 0,
      result: { dryRun: true, action: 'would-restart' },
    });
    expect(calls()).toEqual([]);
  });

  test('a node without kubelet has nothing to restart', async () => {
    expect(await restart()).toMatchObject({
      exitCode: 0,
      result: { ok: true, action: 'absent', healthz: false },
    });
  });
});

describe('verify-node', () => {
  const verify = (more: Record<string, string> = {}): ReturnType<typeof runForResult<'verify-node'>> =>
    runForResult('verify-node', { env: env(more), standIns: true });
  const controlPlane = (): void => {
    mkdirSync(disk.path('etc/kubernetes/manifests'), { recursive: true });
    writeFileSync(disk.path('etc/kubernetes/manifests/kube-apiserver.yaml'), '');
  };

  test('a control plane is well when disk, inodes, kubelet and API server are', async () => {
    unit('kubelet', 'active');
    controlPlane();
    await serve(KUBELET_PORT, () => 200);
    await serve(API_SERVER_PORT, () => 200);
    const { exitCode, result } = await verify();
    expect({ exitCode, ok: result.ok }).toEqual({ exitCode: 0, ok: true });
    expect(result.checks.map(({ name, ok }) => [name, ok])).toEqual([
      ['disk-below-ceiling', true],
      ['inodes-below-ceiling', true],
      ['kubelet-healthz', true],
      ['api-server-readyz', true],
    ]);
    expect(result.root.device).toMatch(/^\/dev\/loop\d+$/);
  });

  test('it looks again until the API server is ready', async () => {
    unit('kubelet', 'active');
    controlPlane();
    const ready = Date.now() + 2_000;
    await serve(KUBELET_PORT, () => 200);
    await serve(API_SERVER_PORT, () => (Date.now() > ready ? 200 : 500));
    expect(await verify({ HEADROOM_WAIT_SECONDS: '20' })).toMatchObject({
      exitCode: 0,
      result: { ok: true },
    });
  });

  test('an API server that does not answer is not well', async () => {
    controlPlane();
    expect(await verify()).toMatchObject({
      exitCode: 1,
      result: { ok: false, error: 'not well after 1 s: api-server-readyz' },
    });
  });

  test('an API server that hides its readiness is not taken for ready', async () => {
    controlPlane();
    await serve(API_SERVER_PORT, () => 401);
    const { result } = await verify();
    expect(result.checks.at(-1)).toMatchObject({
      name: 'api-server-readyz',
      ok: false,
      detail: expect.stringContaining('401') as unknown,
    });
  });

  test('a worker is not asked for an API server; a kubelet that does not answer is not well', async () => {
    unit('kubelet', 'activating');
    const { exitCode, result } = await verify();
    expect(exitCode).toBe(1);
    expect(result.checks.at(-1)).toEqual({
      name: 'kubelet-healthz',
      ok: false,
      detail: 'no answer on port 10248, unit activating',
    });
  });

  test('no kubelet on this node', async () => {
    const { exitCode, result } = await verify();
    expect(exitCode).toBe(0);
    expect(result.checks.at(-1)).toEqual({
      name: 'kubelet-healthz',
      ok: true,
      detail: 'no kubelet on this node',
    });
  });

  test.each([
    ['just below', 0.1, 0],
    ['at the ceiling', 0, 1],
  ])('%s: used must be below the ceiling', async (_, below, exitCode) => {
    const { result } = await verify();
    const wanted = Math.floor((result.root.availableBytes * 60) / 100);
    await mustRun('fallocate', '-l', String(wanted), disk.path('load'));
    const used = (await verify()).result.root.usedPercent;
    const ceiling = below > 0 ? Math.floor(used) + 1 : Math.floor(used);
    expect(
      (await verify({ HEADROOM_CEILING_PERCENT: String(ceiling), HEADROOM_TARGET_PERCENT: '50' })).exitCode,
    ).toBe(exitCode);
  });

  test('without curl it still hears the kubelet', async () => {
    unit('kubelet', 'active');
    await serve(KUBELET_PORT, () => 200);
    const command = 'mount --bind /dev/null "$(command -v curl)" && exec bash "$0"';
    const path = `${STAND_INS}:${process.env['PATH'] ?? ''}`;
    const script = join(SCRIPTS_FOLDER, 'verify-node.sh');
    const { stdout } = await run('unshare', ['--mount', 'sh', '-c', command, script], {
      PATH: path,
      ...env(),
    });
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      checks: [{}, {}, { name: 'kubelet-healthz', detail: 'healthz ok, unit active' }],
    });
  });
});
