import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { nodeFilePath } from '../../lib/node/node-files';
import { LoopFilesystem } from './loop-filesystem';
import { expectOneLine, LINE_LIMIT, run, runScript } from './run-script';

jest.setTimeout(240_000);

/** What Run Command leaves whole of standard error beside a line of `LINE_LIMIT` (amazon-ssm-agent, iohandler.go). */
const STDERR_LIMIT = 1_238;

/** A control plane's tools, each of which talks without end. */
const TOOLS = [
  ...[
    'apt-get',
    'apt-mark',
    'dnf',
    'yum',
    'rpm',
    'snap',
    'journalctl',
    'systemctl',
    'systemd-tmpfiles',
    'systemd-run',
  ],
  ...[
    'crictl',
    'ctr',
    'kubectl',
    'kubeadm',
    'kubelet',
    'aws',
    'etcdctl',
    'etcdutl',
    'curl',
    'openssl',
    'chronyc',
  ],
  ...['growpart', 'resize2fs', 'lvs'],
];
const LINE = `E1129 03:14:57.688607 9096 x.go:1] "${'x\\"\\\\'.repeat(150)}" err="${'é\t'.repeat(100)} /var/lib/${'d/'.repeat(90)}f: no space left on device"`;
const NODES = JSON.stringify({
  items: Array.from({ length: 9 }, (_, index) => ({
    metadata: {
      name: `ip-10-0-0-${index}.${'a'.repeat(200)}`,
      labels: { 'node-role.kubernetes.io/control-plane': '' },
    },
    spec: { providerID: `aws:///z/i-0123456789abcdef${index}`, unschedulable: true },
    status: {
      nodeInfo: { kubeletVersion: `v1.36.3${LINE}` },
      conditions: [{ type: 'Ready', status: 'False', reason: LINE, message: LINE }],
    },
  })),
});

let folder: string;
let disk: LoopFilesystem;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-flood-'));
  disk = await LoopFilesystem.create({ type: 'ext4', sizeMiB: 256 });
});
afterEach(async () => {
  rmSync(folder, { recursive: true, force: true });
  await disk.destroy();
});

const tools = (exitCode: number): void => {
  writeFileSync(join(folder, 'line'), `${LINE}\n`);
  writeFileSync(join(folder, 'nodes'), `${NODES}\n`);
  for (const tool of TOOLS) {
    const nodes =
      tool === 'kubectl'
        ? `case "$*" in *nodes*) cat ${folder}/nodes && cat ${folder}/line >&2 && exit ;; *pods*) echo '{}' && exit ;; esac\n`
        : '';
    const flood = `for ((n = 0; n < 200; n++)); do cat ${folder}/line; cat ${folder}/line >&2; done\n`;
    writeFileSync(join(folder, tool), `#!/usr/bin/env bash\n${nodes}${flood}exit ${exitCode}\n`);
    chmodSync(join(folder, tool), 0o755);
  }
};

/** Long and hostile names wherever a script lists what it finds. */
const clutter = async (): Promise<void> => {
  for (const path of [
    'etc/kubernetes/manifests',
    'etc/kubernetes/pki',
    'var/lib/headroom',
    'var/log/journal',
  ])
    mkdirSync(disk.path(path), { recursive: true });
  for (const name of ['etcd', 'kube-apiserver']) {
    const flags = ['name=a', 'data-dir=/var/lib/etcd', 'initial-advertise-peer-urls=https://10.0.0.1:2380'];
    const command = [...flags, 'listen-client-urls=https://127.0.0.1:2379'].map(
      (flag) => `    - --${flag}\n`,
    );
    writeFileSync(
      disk.path(`etc/kubernetes/manifests/${name}.yaml`),
      `metadata:\n  namespace: kube-system\nspec:\n  containers:\n  - command:\n${command.join('')}    image: i\n    name: ${name}\n`,
    );
  }
  for (const name of ['admin', 'kubelet']) writeFileSync(disk.path(`etc/kubernetes/${name}.conf`), '');
  writeFileSync(
    disk.path('var/lib/headroom/manifest'),
    Array.from({ length: 30 }, (_, index) => `directory /opt/${'d'.repeat(180)}${index}\n`).join(''),
  );
  for (let index = 0; index < 6; index += 1) {
    const name = disk.path(`\\"\n${'é'.repeat(100)}${index}`);
    mkdirSync(name);
    await run('fallocate', ['-l', '17MiB', join(name, '"'.repeat(200))]);
  }
};

const SETTINGS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'cordon-drain-node': { HEADROOM_INSTANCE_ID: 'i-0123456789abcdef0', HEADROOM_TIMEOUT_SECONDS: '10' },
  'upgrade-node': { HEADROOM_TARGET_VERSION: '1.36.3', HEADROOM_WAIT_SECONDS: '10' },
  'etcd-snapshot': {
    HEADROOM_BUCKET: 'bucket',
    HEADROOM_BUCKET_OWNER: '123456789012',
    HEADROOM_INSTANCE_ID: 'i-0123456789abcdef0',
  },
  'restore-etcd': {
    HEADROOM_BUCKET: 'bucket',
    HEADROOM_BUCKET_OWNER: '123456789012',
    HEADROOM_WAIT_SECONDS: '10',
  },
  'prepare-etcd-snapshots': { HEADROOM_BUCKET: 'bucket', HEADROOM_BUCKET_OWNER: '123456789012' },
  'verify-node': {
    HEADROOM_TRANSITION_SECONDS: '1',
    HEADROOM_CEILING_PERCENT: '1',
    HEADROOM_TARGET_PERCENT: '1',
  },
  'restart-kubelet': { HEADROOM_GRACE_SECONDS: '0' },
  'reclaim-disk': {
    HEADROOM_TARGET_PERCENT: '1',
    HEADROOM_STEP_TIMEOUT_SECONDS: '5',
    CONTAINER_RUNTIME_ENDPOINT: 'tcp://x',
  },
};

/** What the line must carry, however little room there is: the figures that decide. */
const FIGURES: Readonly<Record<string, object>> = {
  'assess-node': { root: { usedPercent: expect.any(Number) as unknown }, deletedOpenBytes: 0 },
  'reclaim-disk': {
    before: { usedPercent: expect.any(Number) as unknown },
    after: { sizeBytes: expect.any(Number) as unknown },
  },
  'verify-node': { ok: false, error: expect.stringContaining('disk-below-ceiling') as unknown },
};

describe.each([0, 1])('tools that talk without end and exit with %d', (exitCode) => {
  test.each([
    ...[
      'assess-node',
      'reclaim-disk',
      'extend-root',
      'restart-kubelet',
      'verify-node',
      'prepare-node',
      'remove-headroom',
    ],
    ...[
      'cordon-drain-node',
      'diagnose-node',
      'cluster-facts',
      'upgrade-node',
      'drill-disk',
      'issue-client-certificate',
    ],
    ...['etcd-snapshot', 'restore-etcd', 'prepare-etcd-snapshots'],
  ])('%s: one short line, and little on standard error', async (script) => {
    tools(exitCode);
    await clutter();
    const env = {
      ...disk.env,
      PATH: `${folder}:${process.env['PATH'] ?? ''}`,
      HEADROOM_WAIT_SECONDS: '1',
      ...SETTINGS[script],
    };
    const outcome = await runScript(`${script}.sh`, { env });
    expect(expectOneLine(outcome)).toMatchObject({ headroom: 1, script, ...FIGURES[script] });
    // What DiagnoseNode says there is for people, and may be cut.
    const said = script === 'diagnose-node' ? '' : outcome.stderr;
    expect(Buffer.byteLength(said) > STDERR_LIMIT ? said : '').toBe('');
  });
});

/** `emit_result` with a function that lists texts, and with members given as text. */
const emit = async (texts: readonly Buffer[], error: string): Promise<string[]> => {
  const octal = texts.map((text) =>
    [...text].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join(''),
  );
  const script = `source "$0"; error=$1; shift; LIST=(); for v; do LIST+=("$(printf "$v")"); done
    members() { printf '"figure":%d,"list":%s,"other":%s' 123456789012 "$(json_list 160 "\${LIST[@]}")" "$(json_list 90 "\${LIST[@]}")"; }
    emit_result false "$error" members
    TEXT_LIMIT=160 ROWS=12
    emit_result false "$error" "$(members)"`;
  const { stdout } = await run('bash', ['-c', script, nodeFilePath('common.sh'), error, ...octal]);
  return stdout.split('\n').slice(0, -1);
};

test('any texts, any number of them: the line fits, is JSON, and has its figures', async () => {
  const bytes = fc.uint8Array({ min: 1, max: 255, maxLength: 300 }).map((array) => Buffer.from(array));
  const samples = fc.sample(fc.tuple(fc.array(bytes, { maxLength: 14 }), fc.string({ maxLength: 400 })), {
    numRuns: 40,
    seed: 7,
  });
  for (const [texts, error] of samples) {
    const lines = await emit(texts, error);
    expect(lines).toHaveLength(2);
    for (const line of lines) expect(Buffer.byteLength(`${line}\n`)).toBeLessThanOrEqual(LINE_LIMIT);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ headroom: 1, ok: false, figure: 123456789012 });
    expect(JSON.parse(lines[1] ?? '')).toMatchObject({ headroom: 1, ok: false });
  }
});
