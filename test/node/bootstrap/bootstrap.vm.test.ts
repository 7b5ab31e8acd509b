import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { prepareNodeImage } from '../../../lib/drill/vm/image';
import type { NodeImage } from '../../../lib/drill/vm/node-image';
import { nodeUserData } from './node-user-data';
import { outputOf } from '../run-script';
import { StandInNode, makeStandIn, type StandIn } from './stand-in-node';

/** Builds the image where the cache has none, which takes minutes. */
jest.setTimeout(1_800_000);

const NODE = join(__dirname, '../../../lib/node');
const API = 'headroom-test-api.elb.eu-central-1.amazonaws.com';
const SIGNAL_HOST = 'cloudformation-waitcondition-eu-central-1.s3.eu-central-1.amazonaws.com';
const SIGNATURE = 'a-presigned-signature';
const MANIFESTS = 'manifests.example.com';
const HOSTS = [
  API,
  SIGNAL_HOST,
  MANIFESTS,
  'pkgs.k8s.io',
  'amazoncloudwatch-agent.s3.amazonaws.com',
  'amazoncloudwatch-agent-eu-central-1.s3.eu-central-1.amazonaws.com',
];
const CNI = 'kind: Cni';
/** Of what `echo` writes. */
const digestOf = (line: string): string => createHash('sha256').update(`${line}\n`).digest('hex');
const JOIN = '/headroom/test/join';

const settings = (role: 'control-plane' | 'worker'): Record<string, string> => ({
  HEADROOM_ENVIRONMENT: 'test',
  HEADROOM_REGION: 'eu-central-1',
  HEADROOM_ROLE: role,
  HEADROOM_NODE_GROUP: role === 'worker' ? 'general' : role,
  HEADROOM_KUBERNETES_VERSION: '1.36.3',
  HEADROOM_API_ENDPOINT: API,
  HEADROOM_SIGNAL_URL: `https://${SIGNAL_HOST}/stack?Expires=1&Signature=${SIGNATURE}%3D`,
  ...(role === 'control-plane' && {
    HEADROOM_CNI_MANIFEST: `https://${MANIFESTS}/cni.yaml#sha256=${digestOf(CNI)}`,
    HEADROOM_METRICS_SERVER_MANIFEST: 's3://assets/metrics.yaml',
  }),
  HEADROOM_JOIN_PARAMETERS: JOIN,
  HEADROOM_KMS_KEY_ID: 'alias/headroom-test',
});

const environment = (): Record<string, string> => ({
  HEADROOM_PACKAGE_KEY: standIn.fingerprint,
  HEADROOM_AGENT_KEY: standIn.fingerprint,
  HEADROOM_RETRY_SECONDS: '1',
  HEADROOM_POLL_SECONDS: '1',
  HEADROOM_JOIN_WAIT_SECONDS: '120',
});

interface Parameter {
  readonly Type: string;
  readonly KeyId: string;
  readonly Tier?: string;
  readonly Value: string;
  readonly Policies?: string;
}
type Store = Record<string, Parameter>;
const valueOf = (store: Store, name: string): Record<string, string> =>
  JSON.parse(store[`${JOIN}/${name}`]?.Value ?? '{}') as Record<string, string>;

let image: NodeImage;
let standIn: StandIn;
let first: StandInNode;
const running: StandInNode[] = [];

const start = async (id: string, index: number): Promise<StandInNode> => {
  const node = await StandInNode.start(image, standIn, { id, index, hosts: HOSTS });
  running.push(node);
  return node;
};

beforeAll(async () => {
  image = await prepareNodeImage({ rootFs: 'ext4' });
  standIn = makeStandIn(HOSTS);
});
afterAll(async () => {
  for (const node of running) await node.stop();
});

const kubeadmCalls = async (node: StandInNode): Promise<string[]> =>
  (await node.lines('calls'))
    .filter((call) => /^kubeadm (?:init|join|reset)/.test(call))
    .map((call) => call.replace(/^kubeadm (\w+(?: phase \S+)?).*$/, '$1'));

/** Nowhere but in /run's files for root, the configuration that kubeadm got, and Parameter Store. */
const expectNoSecrets = async (node: StandInNode, userData: string): Promise<void> => {
  const store = JSON.parse(await node.parameters()) as Store;
  const secrets = [
    valueOf(store, 'worker')['token'],
    valueOf(store, 'control-plane')['certificateKey'],
    SIGNATURE,
  ].filter((secret) => secret !== undefined);
  expect(secrets.length).toBeGreaterThan(1);
  const found = await node.bash(
    `secrets=$(cat)
     { journalctl --no-pager --output=cat --since=-2h; cat /srv/stand-in/calls; cat /srv/stand-in/signals
       find /var/log /etc /usr/local /var/lib/headroom -type f -not -path '*/journal/*' -not -name settings -size -1024k -exec cat {} +
     } | grep --text --only-matching --fixed-strings --file=<(echo "$secrets") | sort | uniq --count || true`,
    secrets.join('\n'),
  );
  expect(found).toBe('');
  expect(userData).not.toContain(secrets[0]);
  expect(await node.bash('stat --format=%a /usr/local/lib/headroom/bootstrap/settings')).toBe('600');
  expect(await node.bash('find /run/headroom-bootstrap -name "*.yaml" -o -name "put.json"')).not.toMatch(
    /put|certificates|kubeadm/,
  );
};

describe('the first control-plane node', () => {
  const userData = nodeUserData(settings('control-plane'));
  const listFiles = 'find /etc /usr/local/lib/headroom /opt -type f -exec sha256sum {} + | sort';
  let ran: { exitCode: number; stdout: string; stderr: string };
  let store: Store;

  beforeAll(async () => {
    first = await start('i-0aaaaaaaaaaaaaaa1', 1);
    await first.bash('echo 1 > /srv/stand-in/kubeadm-failures');
    // Of a cluster that was there before, under the same name.
    await first.parameters(
      JSON.stringify({
        [`${JOIN}/worker`]: {
          Value:
            '{"endpoint":"former","token":"abcdef.0123456789abcdef","caCertHash":"sha256:1","expiresAt":"2999-01-01T00:00:00Z"}',
        },
        [`${JOIN}/cluster`]: { Value: '{"endpoint":"former","initialisedBy":"i-0"}' },
      }),
    );
    await first.bash(
      `mkdir -p /srv/stand-in/web/${MANIFESTS} /srv/stand-in/web/s3/assets
       echo '${CNI}' > /srv/stand-in/web/${MANIFESTS}/cni.yaml
       echo 'kind: MetricsServer' > /srv/stand-in/web/s3/assets/metrics.yaml`,
    );
    ran = await first.runUserData(userData, environment());
    store = JSON.parse(await first.parameters()) as Store;
  });

  test('initialises the cluster, at the second try, after kubeadm failed half-way', async () => {
    expect({
      ...ran,
      log: ran.exitCode === 0 || (await first.bash('cat /run/headroom-bootstrap/log')),
    }).toEqual({
      ...ran,
      exitCode: 0,
      log: true,
    });
    expect(await kubeadmCalls(first)).toEqual(['init', 'reset', 'init', 'init phase upload-certs']);
    const config = await first.bash('cat /srv/stand-in/init.yaml');
    for (const own of ['i-0aaaaaaaaaaaaaaa1', '10.0.0.7', 'aws:///eu-central-1b/i-0aaaaaaaaaaaaaaa1'])
      expect(config).toMatch(new RegExp(`: "?${own}"?$`, 'm'));
  });

  test('signals the stack', async () => {
    expect((await first.lines('signals')).map((line) => JSON.parse(line) as unknown)).toEqual([
      {
        Status: 'SUCCESS',
        Reason: 'all sections done',
        UniqueId: 'i-0aaaaaaaaaaaaaaa1',
        Data: 'control-plane',
      },
    ]);
  });

  test('publishes join secrets that expire by themselves, encrypted with the key', () => {
    const worker = valueOf(store, 'worker');
    const hoursFromNow = (time: string | undefined): number => (Date.parse(time!) - Date.now()) / 3_600_000;
    expect(worker).toMatchObject({ endpoint: API });
    expect(worker['caCertHash']).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(worker['token']).toMatch(/^[0-9a-f]{6}\.[0-9a-f]{16}$/);
    expect(hoursFromNow(worker['expiresAt'])).toBeCloseTo(24, 0);
    const controlPlane = valueOf(store, 'control-plane');
    expect(controlPlane['certificateKey']).toMatch(/^[0-9a-f]{64}$/);
    expect(hoursFromNow(controlPlane['expiresAt'])).toBeCloseTo(2, 0);
    for (const name of ['worker', 'control-plane']) {
      const parameter = store[`${JOIN}/${name}`]!;
      expect(parameter).toMatchObject({
        Type: 'SecureString',
        KeyId: 'alias/headroom-test',
        Tier: 'Advanced',
      });
      expect(JSON.parse(parameter.Policies!)).toEqual([
        {
          Type: 'Expiration',
          Version: '1.0',
          Attributes: { Timestamp: valueOf(store, name)['expiresAt'] },
        },
      ]);
    }
    expect(valueOf(store, 'cluster')).toEqual({ endpoint: API, initialisedBy: 'i-0aaaaaaaaaaaaaaa1' });
  });

  test('applies both manifests, once', async () => {
    expect(await first.lines('applied')).toEqual(['kind: Cni', 'kind: MetricsServer']);
  });

  test('holds the packages at the very version', async () => {
    expect(
      await first.bash("dpkg-query --show --showformat='${Package} ${Version} ${db:Status-Want}\\n' 'kube*'"),
    ).toBe(
      'kubeadm 1.36.3-1.1 hold\nkubectl 1.36.3-1.1 hold\nkubelet 1.36.3-1.1 hold\nkubernetes-cni 1.8.0-1.1 hold',
    );
    expect(await first.bash('apt-get --simulate --quiet=2 dist-upgrade')).not.toContain('kube');
  });

  test('containerd itself says that it uses systemd’s cgroups and the pinned pause image', async () => {
    const dump = await first.bash('containerd config dump');
    expect(dump).toContain('SystemdCgroup = true');
    expect(dump).not.toContain('SystemdCgroup = false');
    expect(dump).toMatch(/sandbox(?:_image)? = ["']registry\.k8s\.io\/pause:3\.10\.1["']/);
    expect(await first.bash('systemctl is-active containerd')).toBe('active');
  });

  test('systemd accepts every unit, and runs what must run', async () => {
    const verify = 'systemd-analyze verify --man=no --recursive-errors=no /etc/systemd/system/headroom-*';
    expect(await first.bash(`${verify} 2>&1`)).toBe('');
    expect(
      await first.bash(
        'systemctl is-enabled headroom-{guard,join}.timer headroom-{bootstrap,boot-extend}.service',
      ),
    ).toBe('enabled\nenabled\nenabled\nenabled');
    expect(await first.bash('systemctl is-active headroom-{guard,join}.timer kubelet')).toBe(
      'active\nactive\nactive',
    );
  });

  test('keeps secrets out of journal, logs, arguments and user data', async () => {
    await expectNoSecrets(first, userData);
  });

  test('a second run changes nothing', async () => {
    const before = [await first.bash(listFiles), await kubeadmCalls(first), await first.parameters()];
    outputOf('user data', await first.runUserData(userData, environment()));
    expect([await first.bash(listFiles), await kubeadmCalls(first), await first.parameters()]).toEqual(
      before,
    );
    expect(await first.lines('applied')).toHaveLength(2);
  });

  test('journald and logrotate read what PrepareNode, which comes after, puts beside it', async () => {
    const archive = execFileSync('tar', ['--create', '--directory', NODE, '.']);
    await first.bash('mkdir /run/node && tar --extract --directory /run/node', archive);
    await first.bash('bash /run/node/prepare-node.sh');
    expect(await first.bash('systemd-analyze cat-config systemd/journald.conf')).toMatch(
      /90-headroom\.conf\n[^]*SystemMaxUse=500M/,
    );
    expect(await first.bash('systemctl is-active systemd-journald')).toBe('active');
    expect(await first.bash('logrotate --debug /etc/logrotate.conf 2>&1')).not.toMatch(/^error/m);
  });

  test('a later boot runs nothing: the unit’s condition', async () => {
    await first.bash('systemctl start headroom-bootstrap.service');
    expect(await first.bash('systemctl show --property=ConditionResult headroom-bootstrap')).toBe(
      'ConditionResult=no',
    );
  });
});

describe('a control-plane node that comes on day 30', () => {
  test('asks for a certificate key, gets it from the leader, and joins', async () => {
    const userData = nodeUserData(settings('control-plane'));
    const joining = await start('i-0bbbbbbbbbbbbbbb2', 2);
    const store = JSON.parse(await first.parameters()) as Store;
    const oldToken = valueOf(store, 'worker')['token'];
    // The key is gone, and the token ends soon.
    delete store[`${JOIN}/control-plane`];
    const worker = { ...valueOf(store, 'worker'), expiresAt: new Date(Date.now() + 3_600_000).toISOString() };
    store[`${JOIN}/worker`] = { ...store[`${JOIN}/worker`]!, Value: JSON.stringify(worker) };
    await joining.parameters(JSON.stringify(store));
    await joining.bash('systemctl enable --now stand-in-api');

    const running = joining.runUserData(userData, environment());
    let asked: Store = {};
    for (let tries = 0; tries < 240 && valueOf(asked, 'control-plane')['wantedBy'] === undefined; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      asked = JSON.parse(await joining.parameters()) as Store;
    }
    expect(valueOf(asked, 'control-plane')).toMatchObject({ wantedBy: 'i-0bbbbbbbbbbbbbbb2', endpoint: API });

    await first.parameters(JSON.stringify(asked));
    await first.bash('systemctl start headroom-join.service');
    const answered = await first.parameters();
    await joining.parameters(answered);
    outputOf('user data', await running);

    const renewed = JSON.parse(answered) as Store;
    expect(valueOf(renewed, 'worker')['token']).not.toBe(oldToken);
    expect(await kubeadmCalls(joining)).toEqual(['join']);
    const key = valueOf(renewed, 'control-plane')['certificateKey'];
    expect(await joining.bash('cat /srv/stand-in/join.yaml')).toMatch(new RegExp(`certificateKey: "?${key}`));
    expect(await first.bash('cat /srv/stand-in/upload-certs.yaml')).toContain(`certificateKey: ${key}`);
    expect(await joining.lines('applied')).toEqual([]);
    expect(await joining.bash('systemctl is-active headroom-join.timer')).toBe('active');
    await expectNoSecrets(joining, userData);
  });
});

describe('a worker', () => {
  const userData = nodeUserData(settings('worker'));
  let worker: StandInNode;
  const fresh = async (): Promise<Store> => JSON.parse(await first.parameters()) as Store;

  test('waits when it finds the parameter of a former cluster, says so, and signals it with the end of the log', async () => {
    worker = await start('i-0ccccccccccccccc3', 0);
    // It takes the version of the control planes, and so asks them first.
    await worker.bash('systemctl enable --now stand-in-api');
    const store = await fresh();
    store[`${JOIN}/worker`] = {
      ...store[`${JOIN}/worker`]!,
      Value: JSON.stringify({ ...valueOf(store, 'worker'), endpoint: 'former.example.com' }),
    };
    await worker.parameters(JSON.stringify(store));
    const ran = await worker.runUserData(userData, { ...environment(), HEADROOM_JOIN_WAIT_SECONDS: '2' });
    expect(ran.exitCode).toBe(1);
    const [signal] = (await worker.lines('signals')).map(
      (line) => JSON.parse(line) as Record<string, string>,
    );
    expect(signal).toMatchObject({ Status: 'FAILURE', UniqueId: 'i-0ccccccccccccccc3', Data: 'general' });
    expect(signal!['Reason']).toContain(
      `cannot join: the parameter ${JOIN}/worker did not become usable in time: it belongs to another cluster, at former.example.com`,
    );
    expect(signal!['Reason']).toMatch(/headroom: failed: cluster\n$/);
    expect(await kubeadmCalls(worker)).toEqual([]);
    expect(await worker.bash('systemctl is-active headroom-guard.timer containerd')).toBe('active\nactive');
  });

  test('joins at the next boot, once the parameter is valid', async () => {
    await worker.parameters(JSON.stringify(await fresh()));
    await worker.reboot();
    for (let tries = 0; tries < 120 && (await worker.lines('signals')).length < 2; tries++)
      await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(JSON.parse((await worker.lines('signals'))[1]!)).toMatchObject({ Status: 'SUCCESS' });
    expect(await kubeadmCalls(worker)).toEqual(['join']);
    const { token, caCertHash } = valueOf(await fresh(), 'worker');
    const config = await worker.bash('cat /srv/stand-in/join.yaml');
    expect(config).toMatch(new RegExp(`token: "?${token}`));
    expect(config).toContain(caCertHash);
    await expectNoSecrets(worker, userData);
  });
});
