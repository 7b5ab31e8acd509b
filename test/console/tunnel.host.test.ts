import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { parse } from 'yaml';
import {
  commandOperations,
  LocalAws,
  type Operation,
  realClock,
  sdkClients,
} from '../../packages/local-aws/src';
import { REAL_PACE } from '../../lib/console/real-pace';
import { openTunnel, type TunnelRequest } from '../../lib/console/tunnel/open-tunnel';
import { tunnelClient } from '../../lib/console/tunnel/tunnel.client';
import { renderDocument } from '../../lib/runbooks/document-source';
import { nodeAt } from '../../packages/local-aws/test/contract/support/local-account';
import { document } from '../../packages/local-aws/test/support/resources';
import { runScript } from '../node/run-script';
import { STAND_INS, ask, openCluster, type Cluster } from './cluster';

const PLACE = { account: '777788889999', region: 'ap-northeast-1', partition: 'aws' };
const TARGET = { environmentName: 'prod', account: PLACE.account, region: PLACE.region };
const NODE = nodeAt(new Date(), {
  'headroom:environment': 'prod',
  'headroom:role': 'control-plane',
  'headroom:node-group': 'control-plane',
});
const ADMIN = { group: 'kubeadm:cluster-admins', port: 0, hours: 1, keep: false };

let cluster: Cluster;
let folder: string;
const environment = { ...process.env };

beforeAll(async () => {
  cluster = await openCluster();
});
afterAll(() => cluster.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-tunnel-'));
  useCluster(cluster);
});
afterEach(() => {
  process.env = { ...environment };
  rmSync(folder, { recursive: true, force: true });
});

const useCluster = ({ folder: state, apiPort }: Cluster): void => {
  Object.assign(process.env, {
    ...{ PATH: `${STAND_INS}${delimiter}${environment['PATH'] ?? ''}`, STAND_IN_CLUSTER: state },
    ...{ STAND_IN_API_PORT: String(apiPort), STAND_IN_RECORD: join(folder, 'plugin.jsonl') },
  });
};

/** Systems Manager with the document as it is deployed, whose command runs the real script here. */
function systemsManager() {
  const ended: string[] = [];
  const sessions: unknown[] = [];
  const background: Promise<void>[] = [];
  const operation = (run: Operation['run'], input: Operation['input']): Operation => ({
    ...{ run, input },
    access: () => [],
  });
  const ssm = {
    ...commandOperations({
      ...{ clock: realClock, place: PLACE, instances: [NODE] },
      documents: [
        document('headroom-prod-IssueClientCertificate', 'Command', {
          ...renderDocument('IssueClientCertificate', {}),
        }),
      ],
      inBackground: (_what, work) => background.push(work),
      run: async (_instance, _id, _document, values) => {
        const run = await runScript('issue-client-certificate.sh', {
          env: {
            ...(process.env as Record<string, string>),
            ...{ HEADROOM_MOUNT_POINT: process.env['STAND_IN_CLUSTER'] ?? '' },
            ...{ HEADROOM_REQUEST: String(values['Request']) },
            ...{ HEADROOM_EXPIRATION_SECONDS: String(values['ExpirationSeconds']) },
          },
        });
        const status = run.exitCode === 0 ? 'Success' : 'Failed';
        return [
          { name: 'issue', status, responseCode: run.exitCode, stdout: run.stdout, stderr: run.stderr },
        ];
      },
    }),
    StartSession: operation(
      (input) => {
        sessions.push(input);
        const SessionId = `alice-${sessions.length}`;
        return { SessionId, TokenValue: 'token-that-nobody-else-sees', StreamUrl: 'wss://example' };
      },
      { Target: 'string!', DocumentName: 'string', Parameters: 'map', Reason: 'string' },
    ),
    TerminateSession: operation(
      ({ SessionId }) => {
        ended.push(String(SessionId));
        return { SessionId };
      },
      { SessionId: 'string!' },
    ),
  };
  const aws = new LocalAws({ clock: realClock, services: { ssm } });
  const clients = sdkClients(aws, realClock, { roleArn: 'arn:aws:iam::777788889999:role/alice' });
  return { client: tunnelClient(clients.ssm), ended, sessions };
}

function open(request: Partial<TunnelRequest> = {}, agent: string | undefined = 'Online') {
  const stop = new AbortController();
  const told: string[] = [];
  const manager = systemsManager();
  const kubeconfig = join(folder, 'kube', 'config.yaml');
  const end = openTunnel(
    TARGET,
    { ...ADMIN, kubeconfig, ...request },
    {
      client: manager.client,
      caller: () =>
        Promise.resolve({
          account: PLACE.account,
          arn: 'arn:aws:sts::777788889999:assumed-role/Operators/alice@example.com',
        }),
      nodes: () =>
        Promise.resolve([{ instanceId: NODE.instanceId, state: 'running', controlPlane: true, agent }]),
      pace: { ...REAL_PACE, sleep: (ms, signal) => REAL_PACE.sleep(Math.min(ms, 60_000), signal) },
      say: (line) => told.push(line),
      signal: stop.signal,
    },
  );
  end.catch(() => undefined);
  const said = async (what: RegExp | string, times = 1): Promise<void> => {
    for (let look = 0; look < 400; look += 1) {
      if (told.filter((line) => line.match(what)).length >= times) return;
      await Promise.race([new Promise((resolve) => setTimeout(resolve, 50)), end.then(() => undefined)]);
    }
    throw new Error(`never said ${String(what)}: ${told.join('\n')}`);
  };
  return { ...manager, end, stop: () => stop.abort(), told, said, kubeconfig };
}

interface Kubeconfig {
  readonly clusters: readonly { readonly cluster: Readonly<Record<string, string>> }[];
  readonly users: readonly { readonly user: Readonly<Record<string, string>> }[];
  readonly 'current-context': string;
}

/** The credentials as kubectl takes them from the file. */
const credentials = (file: string) => {
  const config = parse(readFileSync(file, 'utf8')) as Kubeconfig;
  const { cluster: its = {} } = config.clusters[0] ?? {};
  const { user = {} } = config.users[0] ?? {};
  const data = (text: string | undefined): Buffer => Buffer.from(text ?? '', 'base64');
  return {
    server: its['server'] ?? '',
    context: config['current-context'],
    tls: {
      ca: data(its['certificate-authority-data']),
      cert: data(user['client-certificate-data']),
      key: data(user['client-key-data']),
    },
  };
};

const plugins = (): Record<string, unknown>[] =>
  readFileSync(join(folder, 'plugin.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test('writes a kubeconfig that works, reopens a dropped session, and removes the file at the end', async () => {
  const tunnel = open();
  await tunnel.said('export KUBECONFIG=');
  expect(tunnel.told).toContain('the API server is ready');
  expect(statSync(tunnel.kubeconfig).mode & 0o777).toBe(0o600);
  const { server, tls, context } = credentials(tunnel.kubeconfig);
  expect(context).toBe('headroom-prod');
  expect(server).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
  const alice = '{"user":"headroom:alice@example.com","group":"kubeadm:cluster-admins"}';
  expect(await ask(server, tls)).toBe(alice);

  // The server is real about it: no certificate, no way in; and so is the client: no authority, no trust.
  await expect(ask(server, { ca: tls.ca })).rejects.toThrow();
  await expect(ask(server, { cert: tls.cert, key: tls.key })).rejects.toThrow(/self.signed/);

  // AWS hears of the request alone.
  expect(JSON.stringify(tunnel.sessions)).not.toContain('PRIVATE');
  const [plugin] = plugins();
  expect(plugin).toMatchObject({
    ...{ byVariable: true, region: 'ap-northeast-1', operation: 'StartSession', Target: NODE.instanceId },
    Parameters: { portNumber: ['6443'], localPortNumber: [server.split(':').at(-1)] },
    endpoint: 'https://ssm.ap-northeast-1.amazonaws.com',
  });

  process.kill(Number(plugin?.['pid']), 'SIGKILL');
  await tunnel.said(/^session alice-/, 2);
  expect(await ask(server, tls)).toBe(alice);

  tunnel.stop();
  expect(await tunnel.end).toMatchObject({ end: 'ended' });
  expect(tunnel.ended).toEqual(['alice-1', 'alice-2']);
  expect(existsSync(tunnel.kubeconfig)).toBe(false);
  await expect(ask(server, tls)).rejects.toThrow('ECONNREFUSED');
  for (const { pid } of plugins()) expect(() => process.kill(Number(pid), 0)).toThrow('ESRCH');
});

test('keeps the kubeconfig with --keep, and puts another group into the certificate', async () => {
  const tunnel = open({ keep: true, group: 'headroom:viewers' });
  await tunnel.said('export KUBECONFIG=');
  const { server, tls } = credentials(tunnel.kubeconfig);
  expect(await ask(server, tls)).toContain('"group":"headroom:viewers"');
  tunnel.stop();
  expect(await tunnel.end).toMatchObject({ end: 'ended' });
  expect(existsSync(tunnel.kubeconfig)).toBe(true);
});

test('gives an older plugin the session as an argument', async () => {
  process.env['STAND_IN_PLUGIN_VERSION'] = '1.2.497.0';
  const tunnel = open();
  await tunnel.said('export KUBECONFIG=');
  expect(plugins()[0]).toMatchObject({ byVariable: false, session: { SessionId: 'alice-1' } });
  tunnel.stop();
  await tunnel.end;
});

test('reports a server whose certificate lacks 127.0.0.1', async () => {
  const other = await openCluster('DNS:api.example.com');
  try {
    useCluster(other);
    const tunnel = open();
    await tunnel.said('is not ready');
    expect(tunnel.told.join('\n')).toContain('127.0.0.1');
    tunnel.stop();
    await tunnel.end;
  } finally {
    await other.close();
  }
});

test('prints the output of a plugin that opens no port, and ends the session', async () => {
  process.env['STAND_IN_REFUSES'] = 'yes';
  const tunnel = open();
  await expect(tunnel.end).rejects.toThrow('Cannot perform start session: EOF');
  expect(tunnel.ended).toEqual(['alice-1']);
  expect(existsSync(tunnel.kubeconfig)).toBe(false);
});

test('reports a missing plugin before any call to AWS', async () => {
  process.env['PATH'] = '/nowhere';
  const tunnel = open();
  await expect(tunnel.end).rejects.toThrow(/session-manager-plugin is not installed.*\nGet it: https:/);
  expect(tunnel.sessions).toEqual([]);
});

test('passes on why a cluster does not sign, and opens no session', async () => {
  process.env['STAND_IN_UNSIGNED'] = 'yes';
  const tunnel = open();
  await expect(tunnel.end).rejects.toThrow('was approved, but not signed within 20 s');
  expect(tunnel.sessions).toEqual([]);
});

test('never overwrites a kubeconfig that it did not write', async () => {
  const mine = join(folder, 'config');
  writeFileSync(mine, 'apiVersion: v1\n');
  await expect(open({ kubeconfig: mine }).end).rejects.toThrow('did not write it');
  expect(readFileSync(mine, 'utf8')).toBe('apiVersion: v1\n');
});

test('says of each instance why it cannot be used where no agent is online', async () => {
  await expect(open({}, 'ConnectionLost').end).rejects.toThrow(
    `${NODE.instanceId}: running, agent ConnectionLost`,
  );
});

test('refuses a group of the API server itself before it does anything', async () => {
  await expect(open({ group: 'system:masters' }).end).rejects.toThrow('--group must be');
});
