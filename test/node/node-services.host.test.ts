import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { LoopFilesystem } from './loop-filesystem';
import { mustRun, run, runForResult, STAND_INS } from './run-script';
import { nodeFilePath } from '../../lib/node/node-files';

/** One file for all that needs the kubelet's and the API server's own ports: Jest runs files side by side. */
const KUBELET_PORT = 10248;
const API_SERVER_PORT = 6443;
const ETCD_PORT = 2381;
/** Above the longest grace below, so that what the script printed is shown and not a timeout. */
jest.setTimeout(120_000);

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
const serve = async (port: number, status: () => number, body = 'ok'): Promise<void> => {
  const server = createServer((_, response) =>
    response.writeHead(status()).end(status() === 200 ? body : 'not yet'),
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

  test('leaves a healthy kubelet running, even on a full disk', async () => {
    unit('kubelet', 'active');
    await serve(KUBELET_PORT, () => 200);
    await disk.fill();
    expect(await restart()).toMatchObject({
      exitCode: 0,
      result: { ok: true, action: 'left-running', healthz: true },
    });
    expect(calls()).toEqual([]);
  });

  test('restarts an unhealthy kubelet after its runtime, and waits for it', async () => {
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

  test('starts a runtime that is down, even if the kubelet still answers', async () => {
    unit('kubelet', 'active');
    unit('containerd', 'failed');
    await serve(KUBELET_PORT, () => 200);
    expect(await restart()).toMatchObject({
      exitCode: 0,
      result: { ok: true, action: 'left-running', healthz: true },
    });
    expect(calls()).toEqual(['reset-failed containerd', 'start containerd']);
  });

  test('starts no runtime on a full disk', async () => {
    unit('kubelet', 'active');
    unit('containerd', 'failed');
    await serve(KUBELET_PORT, () => 200);
    await disk.fill();
    expect(await restart()).toMatchObject({ exitCode: 3, result: { ok: false, action: 'refused' } });
    expect(calls()).toEqual([]);
  });

  test('fails with the last error of a kubelet that stays unhealthy', async () => {
    unit('kubelet', 'active');
    unit('containerd', 'active');
    writeFileSync(
      join(units, 'journal'),
      'I1121 all is well\nE1121 03:00:00.000000    1 run.go:74] "command failed" err="unknown flag: --node-labls"\n',
    );
    expect(await restart()).toMatchObject({
      exitCode: 1,
      result: {
        ok: false,
        action: 'restarted',
        healthz: false,
        error:
          'kubelet is not healthy 1 s after its restart: 03:00:00 command failed: unknown flag: --node-labls',
      },
    });
    expect(calls()).toEqual(['reset-failed kubelet', 'restart kubelet']);
  });

  test('fails when systemd cannot restart it', async () => {
    unit('kubelet', 'failed');
    writeFileSync(join(units, 'broken'), '');
    expect(await restart()).toMatchObject({
      exitCode: 1,
      result: { ok: false, error: 'systemctl restart kubelet failed' },
    });
  });

  test('refuses with less than 64 MiB available', async () => {
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

  test('refuses without free inodes', async () => {
    await disk.destroy();
    disk = await LoopFilesystem.create({ type: 'ext4', sizeMiB: 256, inodes: 128 });
    unit('kubelet', 'failed');
    expect(await restart()).toMatchObject({
      exitCode: 3,
      result: { action: 'refused', error: expect.stringMatching(/inodes free/) as unknown },
    });
  });

  test('restarts nothing in a dry run', async () => {
    unit('kubelet', 'failed');
    expect(await restart(['--dry-run'])).toMatchObject({
      exitCode: 0,
      result: { dryRun: true, action: 'would-restart' },
    });
    expect(calls()).toEqual([]);
  });

  describe('static pods', () => {
    let cri: string;
    beforeEach(async () => {
      cri = mkdtempSync(join(tmpdir(), 'headroom-cri-'));
      mkdirSync(join(cri, 'containers'));
      mkdirSync(disk.path('etc/kubernetes/manifests'), { recursive: true });
      manifest('etcd.yaml', 'etcd');
      // kops' suffix, and a name that the kubelet does not read.
      manifest('kube-apiserver.manifest', 'kube-apiserver');
      manifest('.kube-proxy.yaml', 'kube-proxy');
      unit('kubelet', 'active');
      unit('containerd', 'active');
      await serve(KUBELET_PORT, () => 200);
    });
    afterEach(() => rmSync(cri, { recursive: true, force: true }));

    /** As kubeadm writes it: keys in the alphabet's order, ports and mounts with names of their own. */
    const manifest = (file: string, name: string): void =>
      writeFileSync(
        disk.path('etc/kubernetes/manifests', file),
        `apiVersion: v1\nkind: Pod\nmetadata:\n  labels:\n    component: ${name}\n  name: ${name}\n  namespace: kube-system\nspec:\n  containers:\n  - command:\n    - ${name}\n    image: registry.k8s.io/${name}:1\n    livenessProbe:\n      httpGet:\n        port: probe-port\n    name: ${name}\n    ports:\n    - containerPort: 2381\n      name: probe-port\n    volumeMounts:\n    - mountPath: /var/lib/x\n      name: data\n  hostNetwork: true\n  volumes:\n  - hostPath:\n      path: /var/lib/x\n    name: data\n`,
      );
    const write = (name: string, state: 'RUNNING' | 'EXITED', cgroup: string | undefined): void => {
      const pid = 100 + name.length;
      const folder = disk.path('proc', String(pid));
      rmSync(folder, { recursive: true, force: true });
      if (cgroup !== undefined) {
        mkdirSync(folder, { recursive: true });
        writeFileSync(join(folder, 'cgroup'), `0::${cgroup}\n`);
      }
      writeFileSync(
        join(cri, 'containers', name),
        `pod ${name} 7 CONTAINER_${state} 2026-11-29T15:11:57Z i n ${pid}\n`,
      );
    };
    /** With a process in the cgroup that containerd makes for it. */
    const container = (name: string, state: 'RUNNING' | 'EXITED'): void =>
      write(name, state, `/kubepods.slice/kubepods-pod7.slice/cri-containerd-${name}.scope`);
    /** The runtime calls it running. @param cgroup of what has its pid now; undefined: nothing has it */
    const ended = (name: string, cgroup: string | undefined): void => write(name, 'RUNNING', cgroup);
    /** Who has the pid of a container that ended and was not recorded. */
    const SINCE_IT_ENDED: readonly [who: string, cgroup: string | undefined][] = [
      ['no process', undefined],
      ['a thread of another pod', '/kubepods.slice/kubepods-pod9.slice/cri-containerd-0f0f.scope'],
      ['a service', '/system.slice/ssh.service'],
    ];
    const restartWith = (more: Record<string, string> = {}): ReturnType<typeof restart> =>
      runForResult('restart-kubelet', {
        env: env({ STAND_IN_CRI: cri, HEADROOM_GRACE_SECONDS: '1', ...more }),
        standIns: true,
      });

    test('does nothing when all of them run', async () => {
      for (const name of ['etcd', 'kube-apiserver']) container(name, 'RUNNING');
      expect(await restartWith()).toMatchObject({
        exitCode: 0,
        result: { ok: true, action: 'left-running', healthz: true },
      });
      expect(calls()).toEqual([]);
    });

    test('does not restart for a container that is allowed to exit', async () => {
      for (const name of ['etcd', 'kube-apiserver']) container(name, 'RUNNING');
      const file = disk.path('etc/kubernetes/manifests/prepare.yaml');
      manifest('prepare.yaml', 'prepare');
      appendFileSync(file, '  restartPolicy: OnFailure\n');
      container('prepare', 'EXITED');
      expect((await restartWith()).result).toMatchObject({ ok: true, action: 'left-running' });
      expect(calls()).toEqual([]);
    });

    test('does not restart when the disk fills during the grace period', async () => {
      container('etcd', 'RUNNING');
      setTimeout(() => void disk.fill(), 2_000);
      expect(await restartWith({ HEADROOM_GRACE_SECONDS: '15' })).toMatchObject({
        exitCode: 3,
        result: { ok: false, action: 'refused' },
      });
      expect(calls()).toEqual([]);
    });

    test('restarts a healthy kubelet whose static pod waits for its back-off, and waits for the pod', async () => {
      container('etcd', 'EXITED');
      container('kube-apiserver', 'EXITED');
      const timer = setInterval(() => {
        if (!calls().includes('restart kubelet')) return;
        for (const name of ['etcd', 'kube-apiserver']) container(name, 'RUNNING');
      }, 200);
      const outcome = await restartWith({ HEADROOM_WAIT_SECONDS: '60' });
      clearInterval(timer);
      expect(outcome).toMatchObject({
        exitCode: 0,
        result: {
          ok: true,
          action: 'restarted',
          healthz: true,
          why: 'etcd, kube-apiserver not running',
        },
      });
      expect(calls()).toEqual(['reset-failed kubelet', 'restart kubelet']);
    });

    test.each(SINCE_IT_ENDED)(
      'one that has ended, unrecorded, whose pid %s has: containerd is restarted',
      async (_, cgroup) => {
        container('etcd', 'RUNNING');
        ended('kube-apiserver', cgroup);
        const timer = setInterval(() => {
          if (calls().includes('restart containerd')) container('kube-apiserver', 'RUNNING');
        }, 200);
        const { result } = await restartWith({ HEADROOM_GRACE_SECONDS: '60' });
        clearInterval(timer);
        expect(result).toMatchObject({ ok: true, action: 'left-running' });
        expect(calls()).toEqual(['reset-failed containerd', 'restart containerd']);
      },
    );

    test.each(SINCE_IT_ENDED)(
      'verify: fails for one that exited unrecorded, whose pid %s has',
      async (_, cgroup) => {
        container('etcd', 'RUNNING');
        ended('kube-apiserver', cgroup);
        await serve(API_SERVER_PORT, () => 200);
        await serve(ETCD_PORT, () => 200, '{"health":"true"}');
        const { result } = await runForResult('verify-node', {
          env: env({ STAND_IN_CRI: cri }),
          standIns: true,
        });
        expect(result.checks.filter(({ ok }) => !ok)).toEqual([
          {
            name: 'static-pods',
            ok: false,
            detail: 'kube-apiserver is not running: it exited, unnoticed by the runtime',
          },
        ]);
      },
    );

    test('does not restart when the pod comes back within the grace period', async () => {
      container('etcd', 'RUNNING');
      setTimeout(() => container('kube-apiserver', 'RUNNING'), 2_000);
      const { result } = await restartWith({ HEADROOM_GRACE_SECONDS: '60' });
      expect(result).toMatchObject({ ok: true, action: 'left-running' });
      expect(calls()).toEqual([]);
    });

    test('names a pod that does not come back, with its exit and the kubelet’s error', async () => {
      container('etcd', 'RUNNING');
      container('kube-apiserver', 'EXITED');
      writeFileSync(
        join(units, 'journal'),
        'E1129 15:12:00.000000    1 pod_workers.go:1301] "Error syncing pod, skipping" err="failed to \\"StartContainer\\" for \\"kube-apiserver\\" with CrashLoopBackOff: \\"back-off 5m0s restarting failed container\\"" pod="kube-system/kube-apiserver-n"\n' +
          'E1129 15:12:01.000000    1 x.go:1] "Something else" err="of another pod"\n',
      );
      const { exitCode, result } = await restartWith();
      expect(exitCode).toBe(1);
      expect(result.action).toBe('restarted');
      expect(result.error).toMatch(
        /^kube-apiserver is not running 1 s after the kubelet restart: exit code 1 \(Error\) at 15:11:57; kubelet: .*back-off 5m0s/,
      );
    });

    test('refuses on a full disk, and names what is not running', async () => {
      container('etcd', 'RUNNING');
      await disk.fill();
      expect(await restartWith()).toMatchObject({
        exitCode: 3,
        result: { ok: false, action: 'refused', why: 'kube-apiserver not running' },
      });
      expect(calls()).toEqual([]);
    });

    test('reports a runtime that does not answer, and judges the kubelet by its healthz', async () => {
      const { result } = await restart();
      expect(result).toMatchObject({
        action: 'left-running',
        why: 'static pods not checked: crictl does not answer',
      });
    });

    test('verify: fails when the controller manager is not running', async () => {
      manifest('kube-controller-manager.yaml', 'kube-controller-manager');
      for (const name of ['etcd', 'kube-apiserver']) container(name, 'RUNNING');
      await serve(API_SERVER_PORT, () => 200);
      await serve(ETCD_PORT, () => 200, '{"health":"true"}');
      const { exitCode, result } = await runForResult('verify-node', {
        env: env({ STAND_IN_CRI: cri }),
        standIns: true,
      });
      expect(exitCode).toBe(1);
      expect(result.checks.filter(({ ok }) => !ok)).toEqual([
        {
          name: 'static-pods',
          ok: false,
          detail: 'kube-controller-manager is not running: it has no container',
        },
      ]);
    });

    test('verify: extends its wait for an etcd that runs and is not ready yet', async () => {
      for (const name of ['etcd', 'kube-apiserver']) container(name, 'RUNNING');
      await serve(API_SERVER_PORT, () => 200);
      const ready = Date.now() + 6_000;
      await serve(ETCD_PORT, () => (Date.now() > ready ? 200 : 503), '{"health":"true"}');
      const { exitCode } = await runForResult('verify-node', {
        env: env({ STAND_IN_CRI: cri, HEADROOM_TRANSITION_SECONDS: '120' }),
        standIns: true,
      });
      expect(exitCode).toBe(0);
    });
  });

  test('restarts nothing on a node without a kubelet', async () => {
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

  test('passes a control plane whose disk, inodes, kubelet and API server are healthy', async () => {
    unit('kubelet', 'active');
    controlPlane();
    await serve(KUBELET_PORT, () => 200);
    await serve(API_SERVER_PORT, () => 200);
    const { exitCode, result } = await verify();
    expect({ exitCode, ok: result.ok }).toEqual({ exitCode: 0, ok: true });
    expect(result.checks.map(({ name, ok }) => [name, ok])).toEqual([
      ['disk-below-ceiling', true],
      ['inodes-below-ceiling', true],
      ['node-ready', true],
      ['kubelet-healthz', true],
      ['api-server-readyz', true],
    ]);
    expect(result.root.device).toMatch(/^\/dev\/loop\d+$/);
  });

  test('checks again until the API server is ready', async () => {
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

  test('fails when the runtime is down, even if the kubelet answers', async () => {
    unit('kubelet', 'active');
    unit('containerd', 'failed');
    await serve(KUBELET_PORT, () => 200);
    const { exitCode, result } = await verify();
    expect(exitCode).toBe(1);
    expect(result.error).toBe('not healthy after 1 s: container-runtime');
    unit('containerd', 'active');
    expect((await verify()).exitCode).toBe(0);
  });

  test('fails when the API server does not answer', async () => {
    controlPlane();
    expect(await verify()).toMatchObject({
      exitCode: 1,
      result: { ok: false, error: 'not healthy after 1 s: api-server-readyz' },
    });
  });

  test('asks the API server at the port and with the identity of its flags, which differ on kops', async () => {
    const folder = disk.path('srv/kubernetes/kube-apiserver');
    for (const path of [folder, disk.path('etc/kubernetes/manifests')]) mkdirSync(path, { recursive: true });
    const pair = join(folder, 'kubelet-api');
    await mustRun(
      'openssl',
      ...'req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=kubelet-api'.split(' '),
      ...['-keyout', `${pair}.key`, '-out', `${pair}.crt`],
    );
    writeFileSync(
      disk.path('etc/kubernetes/manifests/kube-apiserver.manifest'),
      'spec:\n  containers:\n  - args:\n    - --anonymous-auth=false\n' +
        '    - --kubelet-client-certificate=/srv/kubernetes/kube-apiserver/kubelet-api.crt\n' +
        '    - --kubelet-client-key=/srv/kubernetes/kube-apiserver/kubelet-api.key\n    - --secure-port=6444\n',
    );
    const server = createTlsServer(
      {
        key: readFileSync(join(folder, 'kubelet-api.key')),
        cert: readFileSync(join(folder, 'kubelet-api.crt')),
        ...{ requestCert: true, rejectUnauthorized: false },
      },
      (request, response) => {
        const { subject } = (request.socket as TLSSocket).getPeerCertificate();
        response
          .writeHead((subject as { CN?: string } | undefined)?.CN === 'kubelet-api' ? 200 : 401)
          .end('ok');
      },
    );
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(6444, '127.0.0.1', resolve));
    const { result } = await verify();
    expect(result.checks.at(-1)).toEqual({ name: 'api-server-readyz', ok: true, detail: 'ready' });
  });

  test('does not take an API server that hides its readiness for ready', async () => {
    controlPlane();
    await serve(API_SERVER_PORT, () => 401);
    const { result } = await verify();
    expect(result.checks.at(-1)).toMatchObject({
      name: 'api-server-readyz',
      ok: false,
      detail: expect.stringContaining('401') as unknown,
    });
  });

  test('expects no API server on a worker, and fails when its kubelet does not answer', async () => {
    unit('kubelet', 'activating');
    const { exitCode, result } = await verify();
    expect(exitCode).toBe(1);
    expect(result.checks.at(-1)).toEqual({
      name: 'kubelet-healthz',
      ok: false,
      detail: 'no answer on port 10248, unit activating',
    });
  });

  test('passes a node without a kubelet', async () => {
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
  ])('%s: requires usage below the ceiling', async (_, below, exitCode) => {
    const { result } = await verify();
    const wanted = Math.floor((result.root.availableBytes * 60) / 100);
    await mustRun('fallocate', '-l', String(wanted), disk.path('load'));
    const used = (await verify()).result.root.usedPercent;
    const ceiling = below > 0 ? Math.floor(used) + 1 : Math.floor(used);
    expect(
      (await verify({ HEADROOM_CEILING_PERCENT: String(ceiling), HEADROOM_TARGET_PERCENT: '50' })).exitCode,
    ).toBe(exitCode);
  });

  test('reads healthz without curl', async () => {
    unit('kubelet', 'active');
    await serve(KUBELET_PORT, () => 200);
    const command = 'mount --bind /dev/null "$(command -v curl)" && exec bash "$0"';
    const path = `${STAND_INS}:${process.env['PATH'] ?? ''}`;
    const script = nodeFilePath('verify-node.sh');
    const { stdout } = await run('unshare', ['--mount', 'sh', '-c', command, script], {
      PATH: path,
      ...env(),
    });
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      checks: [{}, {}, {}, { name: 'kubelet-healthz', detail: 'healthz ok, unit active' }],
    });
  });

  describe('what the cluster says of the node', () => {
    beforeEach(async () => {
      unit('kubelet', 'active');
      await serve(KUBELET_PORT, () => 200);
    });
    const conditions = (ready: string, pressure: string): void => {
      mkdirSync(disk.path('etc/kubernetes'), { recursive: true });
      writeFileSync(disk.path('etc/kubernetes/kubelet.conf'), '');
      writeFileSync(
        join(units, 'conditions'),
        `MemoryPressure=False DiskPressure=${pressure} PIDPressure=False Ready=${ready} \n`,
      );
    };
    const nodeChecks = (result: { readonly checks: readonly { readonly name: string }[] }) =>
      result.checks.filter(({ name }) => ['node-ready', 'disk-pressure-cleared'].includes(name));

    test('passes when Ready and without DiskPressure', async () => {
      conditions('True', 'False');
      const { exitCode, result } = await verify();
      expect({ exitCode, checks: nodeChecks(result) }).toEqual({
        exitCode: 0,
        checks: [
          {
            name: 'node-ready',
            ok: true,
            detail: expect.stringMatching(/^Ready is True \(.+\)$/) as unknown,
          },
          { name: 'disk-pressure-cleared', ok: true, detail: 'DiskPressure is False' },
        ],
      });
    });

    test.each([
      ['False', 'False', 'node-ready'],
      ['Unknown', 'False', 'node-ready'],
      ['True', 'True', 'disk-pressure-cleared'],
      ['True', 'Unknown', 'disk-pressure-cleared'],
    ])('fails with Ready=%s DiskPressure=%s', async (ready, pressure, check) => {
      conditions(ready, pressure);
      const { exitCode, result } = await verify({ HEADROOM_TRANSITION_SECONDS: '1' });
      expect({ exitCode, error: result.error }).toEqual({
        exitCode: 1,
        error: expect.stringMatching(`${check}$`) as unknown,
      });
    });

    test('extends its wait when only DiskPressure is left', async () => {
      conditions('True', 'True');
      setTimeout(() => conditions('True', 'False'), 4_000);
      expect((await verify({ HEADROOM_TRANSITION_SECONDS: '30' })).exitCode).toBe(0);
    });

    test('fails with the reason when the cluster does not answer', async () => {
      conditions('True', 'False');
      writeFileSync(join(units, 'refused'), 'The connection to the server 10.0.0.1:6443 was refused\n');
      const { result } = await verify();
      expect(nodeChecks(result)).toEqual([
        {
          name: 'node-ready',
          ok: false,
          detail: expect.stringMatching(/^kubectl get node .+refused$/) as unknown,
        },
      ]);
    });

    test('reports the conditions as not checked without kubelet.conf', async () => {
      const { exitCode, result } = await verify();
      expect({ exitCode, checks: nodeChecks(result) }).toEqual({
        exitCode: 0,
        checks: [{ name: 'node-ready', ok: true, detail: 'not checked: no kubeconfig of the kubelet' }],
      });
    });
  });

  describe('etcd', () => {
    beforeEach(() => {
      mkdirSync(disk.path('etc/kubernetes/manifests'), { recursive: true });
      writeFileSync(disk.path('etc/kubernetes/manifests/etcd.yaml'), '');
    });

    test('passes a healthy member', async () => {
      await serve(ETCD_PORT, () => 200, '{"health":"true","reason":""}');
      const { exitCode, result } = await verify();
      expect(exitCode).toBe(0);
      expect(result.checks.at(-1)).toEqual({ name: 'etcd-health', ok: true, detail: 'member is healthy' });
    });

    test.each([
      [
        200,
        '{"health":"false","reason":"ALARM NOSPACE"}',
        /^alarm NOSPACE, .*compact, defrag, alarm disarm$/,
      ],
      [503, '', /^answered 503/],
    ])('fails on the answer %d %s', async (status, body, detail) => {
      await serve(ETCD_PORT, () => status, body);
      const { exitCode, result } = await verify();
      expect(exitCode).toBe(1);
      expect(result.checks.at(-1)).toMatchObject({
        name: 'etcd-health',
        ok: false,
        detail: expect.stringMatching(detail) as unknown,
      });
    });

    test('fails without an answer', async () => {
      expect((await verify()).result.error).toBe('not healthy after 1 s: etcd-health');
    });
  });

  describe('the ballast, where the guard is installed', () => {
    beforeEach(() => {
      mkdirSync(disk.path('usr/local/lib/headroom'), { recursive: true });
      writeFileSync(disk.path('usr/local/lib/headroom/guard.sh'), '');
      mkdirSync(disk.path('var/lib/headroom'), { recursive: true });
      unit('headroom-guard.timer', 'active');
    });

    test.each(['inactive', 'failed'])('fails when the guard’s timer is %s', async (state) => {
      writeFileSync(disk.path('var/lib/headroom/ballast'), 'x');
      expect((await verify()).exitCode).toBe(0);
      unit('headroom-guard.timer', state);
      const { exitCode, result } = await verify();
      expect(exitCode).toBe(1);
      expect(result.checks.filter(({ ok }) => !ok)).toEqual([
        { name: 'guard-ticks', ok: false, detail: `headroom-guard.timer is ${state}` },
      ]);
    });

    const ballastCheck = async (more?: Record<string, string>) =>
      (await verify(more)).result.checks.find(({ name }) => name === 'ballast-restored');

    test('is waited for', async () => {
      setTimeout(
        () => writeFileSync(disk.path('var/lib/headroom/ballast'), Buffer.alloc(2 * 1024 ** 2)),
        2_000,
      );
      expect(await ballastCheck({ HEADROOM_WAIT_SECONDS: '20' })).toEqual({
        name: 'ballast-restored',
        ok: true,
        detail: '2 MiB',
      });
    });

    test('fails the check when it is not recreated', async () => {
      expect(await ballastCheck()).toEqual({
        name: 'ballast-restored',
        ok: false,
        detail: 'not there yet: is headroom-guard.timer active?',
      });
    });

    test('does not fail the check when there is no room for it', async () => {
      await disk.fill();
      expect(await ballastCheck()).toEqual({
        name: 'ballast-restored',
        ok: true,
        detail: 'no room for it: 0 MiB available',
      });
    });
  });

  test('fits the line when every check fails', async () => {
    unit('kubelet', 'active');
    unit('containerd', 'failed');
    controlPlane();
    for (const path of ['etc/kubernetes/manifests', 'usr/local/lib/headroom'])
      mkdirSync(disk.path(path), { recursive: true });
    for (const path of [
      'etc/kubernetes/manifests/etcd.yaml',
      'etc/kubernetes/kubelet.conf',
      'usr/local/lib/headroom/guard.sh',
    ])
      writeFileSync(disk.path(path), '');
    const long = '"\\x'.repeat(500);
    writeFileSync(join(units, 'refused'), long);
    await serve(KUBELET_PORT, () => 200, long);
    await serve(ETCD_PORT, () => 200, long);
    await serve(API_SERVER_PORT, () => 200, long);
    const { result } = await verify({ HEADROOM_CEILING_PERCENT: '1', HEADROOM_TARGET_PERCENT: '1' });
    expect(result.checks.map(({ name }) => name)).toEqual([
      'disk-below-ceiling',
      'inodes-below-ceiling',
      'guard-ticks',
      'ballast-restored',
      'container-runtime',
      'node-ready',
      'kubelet-healthz',
      'etcd-health',
      'api-server-readyz',
    ]);
  });
});
