import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Token } from 'aws-cdk-lib';
import { packed, z85 } from '../../../lib/stacks/cluster/bootstrap/archive';
import { USER_DATA_LIMIT_BYTES, nodeUserData } from '../../../lib/stacks/cluster/user-data';
import { controlPlaneGroup, workerGroups } from '../../../lib/config/node-groups';
import { NODE_ROLES } from '../../../lib/domain/names/naming';
import { nodeFile, nodeFilePath } from '../../../lib/node/node-files';
import { ENVIRONMENTS, ROOT, environmentOf } from '../../app/environments';
import { DEPLOYED, userDataOf } from '../../node/bootstrap/user-data-of';

const token = (name: string): string => Token.asString({ Ref: name });
const TOKENS = {
  apiEndpoint: token('Endpoint'),
  joinParameters: `/headroom/prod/join/${token('Creation')}`,
  signalUrl: token('Signal'),
  cniManifest: token('Cni'),
  metricsServerManifest: token('Metrics'),
};

const unpacked = (text: string, look: (folder: string) => void): void => {
  const folder = mkdtempSync(join(tmpdir(), 'headroom-bundle-'));
  try {
    const script = text.replace(/^files=.*$/m, `files=${folder}`).replace(/^exec .*$/m, '');
    execFileSync('bash', [], { input: script });
    look(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

describe('EC2’s limit', () => {
  const groups = ENVIRONMENTS.flatMap(({ name, environment }) =>
    [controlPlaneGroup(environment), ...workerGroups(environment)].map((group) => ({
      environmentName: name,
      environment,
      group,
    })),
  );

  test.each(groups)('$environmentName $group.name', (props) => {
    const { text } = nodeUserData({ ...props, deployed: TOKENS });
    expect(Buffer.byteLength(text)).toBeLessThan(USER_DATA_LIMIT_BYTES);
  });

  test.each(NODE_ROLES)('the longest names and values, on a %s', (role) => {
    const environmentName = 'e'.repeat(20);
    const environment = environmentOf('prod');
    const [first] = Object.values(environment.workerGroups);
    environment.region = 'ap-southeast-1';
    environment.kubernetesVersion = '1.36.99';
    environment.cluster.podCidr = '100.100.100.0/10';
    environment.cluster.serviceCidr = '172.100.100.0/12';
    environment.workerGroups = { [`g${'-0'.repeat(14)}x`]: first! };
    environment.controlPlane.instanceType = 'u7inh-32tb.480xlarge';
    const manifest = `https://${'m'.repeat(120)}/m.yaml#sha256=${'0'.repeat(64)}`;
    const deployed = { ...TOKENS, cniManifest: manifest, metricsServerManifest: manifest };
    expect(() => userDataOf(role, environmentName, environment, deployed)).not.toThrow();
  });

  test('is an error that tells the size of each part', () => {
    const deployed = { ...DEPLOYED, cniManifest: 'x'.repeat(USER_DATA_LIMIT_BYTES) };
    expect(() => userDataOf('control-plane', 'prod', environmentOf('prod'), deployed)).toThrow(
      /^User data of control-plane in prod must have at most 16384 bytes, got \d{5}; .*header \d+, .*guard\.sh \d+/,
    );
  });
});

test.each(NODE_ROLES)('the settings of a %s stand in plain lines', (role) => {
  const { text, header } = userDataOf(role);
  const lines = header.split('\n').filter((line) => line.startsWith('HEADROOM_'));
  expect(lines).toEqual([
    "HEADROOM_ENVIRONMENT='dev'",
    "HEADROOM_REGION='eu-central-1'",
    `HEADROOM_ROLE='${role}'`,
    `HEADROOM_NODE_GROUP='${role === 'worker' ? 'general' : role}'`,
    "HEADROOM_KUBERNETES_VERSION='1.36.3'",
    `HEADROOM_API_ENDPOINT='${DEPLOYED.apiEndpoint}'`,
    "HEADROOM_SIGNAL_URL=''",
    ...(role === 'worker' ? [] : ["HEADROOM_CNI_MANIFEST=''", "HEADROOM_METRICS_SERVER_MANIFEST=''"]),
    "HEADROOM_CONTAINERD_AT_LEAST='1.7'",
    "HEADROOM_READY_SECONDS='600'",
    `HEADROOM_JOIN_PARAMETERS='${DEPLOYED.joinParameters}'`,
    "HEADROOM_KMS_KEY_ID='alias/headroom-dev'",
  ]);
  for (const line of lines) expect(text).toContain(`\n${line}\n`);
  execFileSync('bash', ['-n'], { input: text });
});

test('a value that would end its quotes is refused', () => {
  expect(() =>
    userDataOf('worker', 'dev', environmentOf('dev'), { ...DEPLOYED, signalUrl: "x'; reboot" }),
  ).toThrow('HEADROOM_SIGNAL_URL must have no quote');
});

test.each(NODE_ROLES)('the files of a %s come out of it byte for byte, with their modes', (role) => {
  const { text, files } = userDataOf(role);
  unpacked(text, (folder) => {
    expect(readdirSync(folder).sort()).toEqual(files.map(({ name }) => name));
    for (const { name, text: expected, isExecutable } of files) {
      expect([name, readFileSync(join(folder, name), 'utf8')]).toEqual([name, expected]);
      expect([name, statSync(join(folder, name)).mode & 0o777]).toEqual([name, isExecutable ? 0o755 : 0o644]);
    }
  });
});

test('carries every script of lib/node/bootstrap, and the healing’s as PrepareNode installs them', () => {
  const names = userDataOf('worker').files.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(readdirSync(join(ROOT, 'lib/node/bootstrap'))));
  const guard = userDataOf('worker').files.find(({ name }) => name === 'guard.sh');
  expect(guard?.text).toBe(nodeFile('guard.sh'));
  expect(guard?.isExecutable).toBe(true);
});

test('a node gets kubeadm’s files of its own role only', () => {
  const kubeadmOf = (role: (typeof NODE_ROLES)[number]) =>
    userDataOf(role)
      .files.map(({ name }) => name)
      .filter((name) => name.startsWith('kubeadm-'));
  expect(kubeadmOf('control-plane')).toEqual(['kubeadm-init.yaml', 'kubeadm-join-control-plane.yaml']);
  expect(kubeadmOf('worker')).toEqual(['kubeadm-join-worker.yaml']);
});

test('the same bytes on every machine: a known archive', () => {
  const text = Array.from({ length: 500 }, (_, line) => `line ${line * line}\n`).join('');
  expect(
    createHash('sha256')
      .update(z85(packed(text)))
      .digest('hex'),
  ).toBe('3462cd4b91bd5fd4fd685ec6e45c894e1c14bff761c6eab0727803cb7a5efcc5');
});

test('no secret, and no placeholder that nobody fills in', () => {
  for (const role of NODE_ROLES) {
    const { header, files } = userDataOf(role);
    expect(header).not.toContain('@@');
    const placeholders = files
      .filter(({ name }) => name.startsWith('kubeadm-'))
      .flatMap(({ text }) => text.match(/@@\w+@@/g) ?? []);
    for (const placeholder of placeholders)
      expect([
        'API_ENDPOINT',
        'NODE_NAME',
        'NODE_IP',
        'PROVIDER_ID',
        'TOKEN',
        'CA_CERT_HASH',
        'CERTIFICATE_KEY',
      ]).toContain(placeholder.replaceAll('@@', ''));
  }
});

test('without a pod network no node waits to be Ready', () => {
  const environment = environmentOf('dev');
  environment.cluster.cniManifest = 'none';
  for (const role of NODE_ROLES)
    expect(userDataOf(role, 'dev', environment).header).toContain("\nHEADROOM_READY_SECONDS='0'\n");
});

test.each(NODE_ROLES)('the declared levels are the kubelet’s own patch on every node, a %s too', (role) => {
  const environment = environmentOf('dev');
  environment.diskLevels.warningPercent = 70;
  environment.diskLevels.targetPercent = 60;
  const { files } = userDataOf(role, 'dev', environment);
  const patch = files.find(({ name }) => name === 'kubeletconfiguration.yaml')!.text;
  expect(patch).toContain('imageGCHighThresholdPercent: 65\n');
  for (const { text } of files.filter(({ name }) => name.startsWith('kubeadm-')))
    expect(text).toContain('patches:\n  directory: /etc/headroom/patches\n');
});

test('what is left out of a script to save room changes nothing of what it does', () => {
  const own = join(ROOT, 'lib/node/bootstrap');
  // As one function, which bash prints in a form of its own.
  const meaning = (text: string): string =>
    execFileSync('bash', ['-c', `eval "all() {\n$(cat)\n}"; declare -f all`], {
      input: text,
      encoding: 'utf8',
    });
  const scripts = userDataOf('control-plane').files.filter(({ name }) => name.endsWith('.sh'));
  expect(scripts.length).toBeGreaterThan(5);
  for (const { name, text } of scripts) {
    const whole = existsSync(join(own, name)) ? join(own, name) : nodeFilePath(name);
    expect([name, meaning(text)]).toEqual([name, meaning(readFileSync(whole, 'utf8'))]);
  }
});

test('the root is extended before anything on the node writes', () => {
  const unit = userDataOf('worker').files.find(({ name }) => name === 'headroom-boot-extend.service')!.text;
  expect(unit).toMatch(/^Before=.*\bcontainerd\.service\b.*\bkubelet\.service\b/m);
  expect(unit).toMatch(/^DefaultDependencies=no$/m);
  expect(unit).toMatch(/^Environment=TMPDIR=\/run$/m);
});

test('two groups differ by what is theirs only', () => {
  const environment = environmentOf('prod');
  const [general, memory] = workerGroups(environment).map((group) =>
    nodeUserData({ environmentName: 'prod', environment, group, deployed: DEPLOYED }),
  );
  const differing = general!.files.filter(({ text }, index) => text !== memory!.files[index]!.text);
  expect(differing.map(({ name }) => name)).toEqual(['kubeadm-join-worker.yaml']);
});
