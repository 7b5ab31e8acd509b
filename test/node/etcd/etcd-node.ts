import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderScript } from '../../../lib/node/node-files';
import { expectOneLine, run, type ScriptRun } from '../run-script';

export const STAND_INS = join(__dirname, 'stand-ins');
export const BUCKET = 'headroom-test-etcd-123456789012-eu-central-1';
export const BUCKET_OWNER = '123456789012';

export interface Member {
  readonly name: string;
  readonly clientPort: number;
  readonly peerPort: number;
}

/** One line of JSON, whatever else the script said. */
export interface Outcome extends ScriptRun {
  readonly result: Readonly<Record<string, unknown>>;
}

/** A manifest as kubeadm writes it, in the lines that matter here. */
export const etcdManifest = (member: Member, cluster: readonly Member[], image = 'none'): string => {
  const peers = cluster.map(({ name, peerPort }) => `${name}=https://127.0.0.1:${peerPort}`).join(',');
  const pki = '/etc/kubernetes/pki/etcd';
  const flags = {
    'advertise-client-urls': `https://127.0.0.1:${member.clientPort}`,
    'cert-file': `${pki}/server.crt`,
    'client-cert-auth': 'true',
    'data-dir': '/var/lib/etcd',
    'initial-advertise-peer-urls': `https://127.0.0.1:${member.peerPort}`,
    'initial-cluster': peers,
    'key-file': `${pki}/server.key`,
    'listen-client-urls': `https://127.0.0.1:${member.clientPort}`,
    'listen-peer-urls': `https://127.0.0.1:${member.peerPort}`,
    name: member.name,
    'peer-cert-file': `${pki}/peer.crt`,
    'peer-client-cert-auth': 'true',
    'peer-key-file': `${pki}/peer.key`,
    'peer-trusted-ca-file': `${pki}/ca.crt`,
    'snapshot-count': '10000',
    'trusted-ca-file': `${pki}/ca.crt`,
  };
  return [
    'apiVersion: v1',
    'kind: Pod',
    'metadata:',
    '  name: etcd',
    '  namespace: kube-system',
    'spec:',
    '  containers:',
    '  - command:',
    '    - etcd',
    ...Object.entries(flags).map(([flag, value]) => `    - --${flag}=${value}`),
    `    image: ${image}`,
    '    name: etcd',
    '  hostNetwork: true',
    '',
  ].join('\n');
};

/** The certificates of kubeadm's layout below DIRECTORY, made by openssl: one authority, EC keys, for 127.0.0.1. */
export const MAKE_CERTIFICATES = `
set -o errexit
mkdir -p "$1" && cd "$1"
key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"; }
key ca && openssl req -x509 -new -key ca.key -subj /CN=etcd-ca -days 3650 -out ca.crt
for name in server peer healthcheck-client; do
  key $name
  openssl req -new -key $name.key -subj /CN=kube-etcd-$name -out $name.csr
  printf 'subjectAltName=IP:127.0.0.1,DNS:localhost\\nextendedKeyUsage=serverAuth,clientAuth\\n' > $name.ext
  openssl x509 -req -in $name.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 3650 -extfile $name.ext -out $name.crt
  rm $name.csr $name.ext
done`;

/** A control-plane node below a folder of its own: real etcd, a kubelet that runs it, a bucket that all nodes share. */
export class EtcdNode {
  readonly root = mkdtempSync(join(tmpdir(), 'headroom-etcd-'));
  private kubelet: ChildProcess | undefined;

  constructor(
    readonly member: Member,
    private readonly cluster: readonly Member[],
    private readonly programs: string,
    private readonly bucketHome: string,
    readonly instanceId: string,
    /** Flags beside kubeadm's, e.g. `--quota-backend-bytes=8388608`. */
    private readonly moreFlags: readonly string[] = [],
  ) {
    mkdirSync(join(this.root, 'etc/kubernetes/manifests'), { recursive: true });
  }

  get manifest(): string {
    return join(this.root, 'etc/kubernetes/manifests/etcd.yaml');
  }

  /** @param pki certificates to share; without it the node makes its own */
  async start(pki?: string): Promise<void> {
    const own = join(this.root, 'etc/kubernetes/pki/etcd');
    if (pki === undefined) await this.must('bash', ['-c', MAKE_CERTIFICATES, 'bash', own]);
    else await this.must('bash', ['-c', 'mkdir -p "$1" && cp -a "$2/." "$1"', 'bash', own, pki]);
    const more = this.moreFlags.map((flag) => `    - ${flag}\n`).join('');
    const manifest = etcdManifest(this.member, this.cluster);
    writeFileSync(this.manifest, manifest.replace(/^( {4}- --data-dir=.*\n)/m, `$1${more}`));
    this.kubelet = spawn(join(STAND_INS, 'etcd-kubelet'), [this.root], {
      env: this.environment(),
      stdio: 'ignore',
    });
  }

  async stop(): Promise<void> {
    const { kubelet } = this;
    if (kubelet !== undefined && kubelet.exitCode === null) {
      const gone = new Promise((resolve) => kubelet.once('exit', resolve));
      kubelet.kill('SIGTERM');
      await gone;
    }
    rmSync(this.root, { recursive: true, force: true });
  }

  etcdctl(...args: readonly string[]): Promise<ScriptRun> {
    const pki = join(this.root, 'etc/kubernetes/pki/etcd');
    return run(join(this.programs, 'etcdctl'), [
      `--endpoints=https://127.0.0.1:${this.member.clientPort}`,
      `--cacert=${pki}/ca.crt`,
      `--cert=${pki}/healthcheck-client.crt`,
      `--key=${pki}/healthcheck-client.key`,
      ...args,
    ]);
  }

  async untilHealthy(): Promise<void> {
    for (const end = Date.now() + 40_000; ;) {
      if ((await this.etcdctl('endpoint', 'health')).exitCode === 0) return;
      if (Date.now() > end) throw new Error(`etcd of ${this.member.name} does not become healthy`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  /** The data directory is gone and etcd dies: the kubelet starts one that knows nothing. */
  async loseData(): Promise<void> {
    const data = join(this.root, 'var/lib/etcd');
    // The brackets keep the pattern from matching this very command.
    await this.must('bash', ['-c', 'rm -r "$1"; pkill -KILL -f -- "[-]-data-dir=$1"', 'bash', data]);
    await this.untilHealthy();
  }

  async put(count: number, prefix = 'key'): Promise<void> {
    for (let index = 0; index < count; index += 1)
      await this.must('true', [], await this.etcdctl('put', `/${prefix}/${index}`, `value ${index}`));
  }

  /** All keys below a prefix, with their values. */
  async keys(prefix = 'key'): Promise<Record<string, string>> {
    const { stdout } = await this.etcdctl('get', '--prefix', `/${prefix}/`);
    const lines = stdout.trim() === '' ? [] : stdout.trimEnd().split('\n');
    return Object.fromEntries(
      lines.flatMap((line, at) => (at % 2 === 0 ? [[line, lines[at + 1] ?? '']] : [])),
    );
  }

  /** Runs a script as it is sent to a node. */
  async script(name: string, settings: Readonly<Record<string, string>> = {}): Promise<Outcome> {
    const outcome = await run('bash', ['-c', renderScript(name)], {
      ...this.environment(),
      HEADROOM_MOUNT_POINT: this.root,
      HEADROOM_BUCKET: BUCKET,
      HEADROOM_BUCKET_OWNER: BUCKET_OWNER,
      HEADROOM_ENVIRONMENT: 'test',
      ...settings,
    });
    return { ...outcome, result: expectOneLine(outcome) as Outcome['result'] };
  }

  save(settings: Readonly<Record<string, string>> = {}): Promise<Outcome> {
    return this.script('etcd-snapshot.sh', { HEADROOM_INSTANCE_ID: this.instanceId, ...settings });
  }

  restore(action: string, settings: Readonly<Record<string, string>> = {}): Promise<Outcome> {
    return this.script('restore-etcd.sh', {
      HEADROOM_ACTION: action,
      HEADROOM_CONFIRM: action === 'verify' ? 'no' : 'RESTORE',
      HEADROOM_WAIT_SECONDS: '30',
      ...settings,
    });
  }

  private environment(): Record<string, string> {
    return {
      PATH: `${STAND_INS}:${this.programs}:${process.env['PATH'] ?? ''}`,
      AWS_STAND_IN: this.bucketHome,
    };
  }

  private async must(program: string, args: readonly string[], done?: ScriptRun): Promise<void> {
    const { exitCode, stderr } = done ?? (await run(program, args));
    if (exitCode !== 0) throw new Error(`${program}: exit ${exitCode}: ${stderr}`);
  }
}
