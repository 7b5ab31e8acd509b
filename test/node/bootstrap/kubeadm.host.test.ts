import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { kubeletPatch, type KubeadmSettings } from '../../../lib/stacks/cluster/bootstrap/kubeadm';
import { KUBELET_PATCH, kubeadmFiles } from '../../../lib/stacks/cluster/bootstrap/node-files';
import { PLACEHOLDERS } from '../../../lib/stacks/cluster/bootstrap/placeholders';
import { controlPlaneGroup, workerGroups } from '../../../lib/config/node-groups';
import { ENVIRONMENTS, environmentOf } from '../../app/environments';
import { kubeadmProgram } from './kubeadm-program';

/** Where the cache has no kubeadm, it is built. */
jest.setTimeout(1_800_000);

/** What bootstrap.sh would put in. */
const VALUES: Readonly<Record<keyof typeof PLACEHOLDERS, string>> = {
  nodeName: 'i-0123456789abcdef0',
  nodeIp: '10.0.1.23',
  providerId: 'aws:///eu-central-1a/i-0123456789abcdef0',
  token: 'abcdef.0123456789abcdef',
  caCertHash: `sha256:${'ab'.repeat(32)}`,
  certificateKey: 'cd'.repeat(32),
  apiEndpoint: 'headroom-dev-0123456789abcdef.elb.eu-central-1.amazonaws.com',
};

const filledIn = (text: string): string =>
  Object.entries(PLACEHOLDERS).reduce(
    (filled, [name, placeholder]) =>
      filled.replaceAll(placeholder, VALUES[name as keyof typeof PLACEHOLDERS]),
    text,
  );

let folder: string;
let kubeadm: string;
beforeAll(async () => {
  kubeadm = await kubeadmProgram();
  folder = mkdtempSync(join(tmpdir(), 'headroom-kubeadm-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const run = (...parameters: string[]) => spawnSync(kubeadm, parameters, { encoding: 'utf8' });
const validate = (text: string) => {
  const file = join(folder, 'kubeadm.yaml');
  writeFileSync(file, text);
  return run('config', 'validate', '--config', file);
};

const files = ENVIRONMENTS.flatMap(({ name, environment }) =>
  [controlPlaneGroup(environment), ...workerGroups(environment)].flatMap((group) => {
    const settings: KubeadmSettings = {
      environmentName: name,
      kubernetesVersion: environment.kubernetesVersion,
      nodeGroup: group.name,
      instanceType: group.instanceType,
      podCidr: environment.cluster.podCidr,
      serviceCidr: environment.cluster.serviceCidr,
      diskLevels: environment.diskLevels,
    };
    return Object.entries(kubeadmFiles(group.role, settings)).map(
      ([file, text]) => [`${name} ${group.name} ${file}`, filledIn(text)] as const,
    );
  }),
);

test.each(files)('kubeadm takes %s', (_, text) => {
  const { status, stdout, stderr } = validate(text);
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'ok\n', stderr: '' });
});

const [, init] = files.find(([name]) => name === 'prod control-plane kubeadm-init.yaml')!;

test.each([
  ['a field of the kubelet that is none', 'mergeDefaultEvictionSettings', 'mergeEvictionDefaults'],
  ['a field of kubeadm that is none', 'certSANs', 'certSans'],
  [
    'arguments as a map, as v1beta3 had them',
    /kubeletExtraArgs:[^]*?---/,
    'kubeletExtraArgs:\n    node-ip: 10.0.0.1\n---',
  ],
])('%s is refused', (_, good, bad) => {
  const changed = init.replace(good, bad);
  expect(changed).not.toBe(init);
  expect(validate(changed).status).not.toBe(0);
});

test('a node’s own kubelet settings are merged over the cluster’s, and nothing else is lost', () => {
  const patches = join(folder, 'patches');
  const dryRun = join(folder, 'dry-run');
  for (const path of [patches, dryRun]) mkdirSync(path);
  const { kubernetesVersion, cluster } = environmentOf('prod');
  const settings = {
    ...{ environmentName: 'prod', kubernetesVersion, nodeGroup: 'general', instanceType: 'm7i.large' },
    ...{ podCidr: cluster.podCidr, serviceCidr: cluster.serviceCidr },
    diskLevels: { targetPercent: 55, warningPercent: 60, criticalPercent: 70, emergencyPercent: 80 },
  };
  writeFileSync(join(patches, KUBELET_PATCH), kubeletPatch(settings));
  const file = join(folder, 'patched.yaml');
  writeFileSync(file, init.replace('directory: /etc/headroom/patches', `directory: ${patches}`));
  const { status, stdout, stderr } = spawnSync(
    kubeadm,
    ['init', 'phase', 'kubelet-start', '--dry-run', '--config', file],
    { encoding: 'utf8', env: { ...process.env, KUBEADM_INIT_DRYRUN_DIR: dryRun } },
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain(
    'Applied patch of type "application/strategic-merge-patch+json" to target "kubeletconfiguration"',
  );
  const written = readdirSync(dryRun, { recursive: true, encoding: 'utf8' }).find((name) =>
    name.endsWith('config.yaml'),
  )!;
  const configuration = parse(readFileSync(join(dryRun, written), 'utf8')) as Record<string, unknown>;
  expect(configuration).toMatchObject({
    imageGCHighThresholdPercent: 55,
    imageGCLowThresholdPercent: 45,
    crashLoopBackOff: { maxContainerRestartPeriod: '60s' },
    cgroupDriver: 'systemd',
    clusterDNS: ['10.96.0.10'],
  });
});

test('it reads what we mean: version, registry and pause image', () => {
  const file = join(folder, 'init.yaml');
  writeFileSync(file, init);
  const { status, stdout } = run('config', 'images', 'list', '--config', file);
  expect(status).toBe(0);
  expect(stdout).toContain('registry.k8s.io/kube-apiserver:v1.36.3\n');
  expect(stdout).toMatch(/^registry\.k8s\.io\/pause:\d/m);
});

test('with it, kubeadm makes a certificate that the load balancer, a tunnel and the node itself may be addressed by', () => {
  const directory = join(folder, 'pki');
  const file = join(folder, 'certificates.yaml');
  writeFileSync(file, init.replace(/^kind: ClusterConfiguration$/m, `$&\ncertificatesDir: ${directory}`));
  for (const phase of ['ca', 'apiserver'])
    expect(run('init', 'phase', 'certs', phase, '--config', file)).toMatchObject({ status: 0 });
  const { stdout } = spawnSync(
    'openssl',
    ['x509', '-noout', '-ext', 'subjectAltName', '-in', join(directory, 'apiserver.crt')],
    { encoding: 'utf8' },
  );
  for (const name of [
    `DNS:${VALUES.apiEndpoint}`,
    'DNS:localhost',
    'IP Address:127.0.0.1',
    `IP Address:${VALUES.nodeIp}`,
  ])
    expect(stdout).toContain(name);
});

test('the etcd that kubeadm makes of it is one that the snapshot and the restore can read', () => {
  const root = join(folder, 'node');
  // kubeadm reads the patches before every component, and refuses a folder that is not there.
  mkdirSync(join(root, 'etc/headroom/patches'), { recursive: true });
  writeFileSync(join(root, 'init.yaml'), init);
  const phase = ['init', 'phase', 'etcd', 'local', '--rootfs', root, '--config', '/init.yaml'];
  expect(run(...phase)).toMatchObject({ status: 0 });
  // What is sourced keeps standard output for the one line of JSON, as descriptor 3.
  const script = `set -o errexit -o nounset -o pipefail
    PREFIX=''
    source "$1"
    read_manifest "$2"
    printf '%s\\n' "$ETCD_NAME" "$ETCD_URL" "$ETCD_PEER_URL" "$ETCD_FLAG_DATA" "$ETCD_CLUSTER" "$ETCD_IMAGE" "$(manifest_flag quota-backend-bytes)" >&3`;
  const common = join(__dirname, '../../../lib/node/etcd-common.sh');
  const manifest = join(root, 'etc/kubernetes/manifests/etcd.yaml');
  const { stdout, stderr } = spawnSync('bash', ['-c', script, 'bash', common, manifest], {
    encoding: 'utf8',
  });
  expect({ stdout: stdout.split('\n'), stderr }).toEqual({
    stdout: [
      VALUES.nodeName,
      'https://127.0.0.1:2379',
      `https://${VALUES.nodeIp}:2380`,
      '/var/lib/etcd',
      `${VALUES.nodeName}=https://${VALUES.nodeIp}:2380`,
      expect.stringMatching(/^registry\.k8s\.io\/etcd:3\.\d/) as unknown,
      String(2 * 1024 ** 3),
      '',
    ],
    stderr: '',
  });
});
