import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A signing key, its fingerprint first. One for all: making it takes a moment. */
const signingKey = (() => {
  let made: readonly [fingerprint: string, armored: string] | undefined;
  return () => {
    if (made !== undefined) return made;
    const home = mkdtempSync(join(tmpdir(), 'headroom-key-'));
    const gpg = (...args: string[]): string =>
      execFileSync('gpg', ['--batch', '--quiet', '--homedir', home, ...args], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
    gpg('--passphrase', '', '--quick-generate-key', 'packages@example.com', 'rsa2048', 'sign', '1d');
    const fingerprint = /^fpr:+([0-9A-F]{40}):$/m.exec(gpg('--with-colons', '--list-keys'))?.[1] ?? '';
    made = [fingerprint, gpg('--armor', '--export')];
    execFileSync('gpgconf', ['--homedir', home, '--kill', 'gpg-agent']);
    rmSync(home, { recursive: true });
    return made;
  };
})();

export const STAND_INS = join(__dirname, '..', 'stand-ins');

export interface StandInNode {
  readonly instanceId: string;
  readonly controlPlane: boolean;
  readonly version: string;
  readonly address?: string;
}

/** A cluster in a folder, with a folder for the root of each node: what the stand-in programs work on. */
export class StandInCluster {
  readonly folder = mkdtempSync(join(tmpdir(), 'headroom-cluster-'));

  constructor(version: string) {
    mkdirSync(join(this.folder, 'nodes'));
    writeFileSync(join(this.folder, 'calls'), '');
    writeFileSync(join(this.folder, 'key.asc'), signingKey()[1]);
    for (const file of ['version', 'declared']) writeFileSync(join(this.folder, file), version);
  }

  /** @returns the node's name */
  join({ instanceId, controlPlane, version, address = '10.0.0.9' }: StandInNode): string {
    const name = `node-${instanceId.slice(-4)}`;
    const node = join(this.folder, 'nodes', name);
    mkdirSync(node, { recursive: true });
    this.set(name, 'provider', `aws:///eu-west-1a/${instanceId}`);
    this.set(name, 'address', address);
    this.set(name, 'version', version);
    this.set(name, 'ready', 'True');
    if (controlPlane) this.set(name, 'control', '');
    const root = this.root(instanceId);
    mkdirSync(join(root, 'installed'), { recursive: true });
    mkdirSync(join(root, 'etc/kubernetes/manifests'), { recursive: true });
    mkdirSync(join(root, 'etc/headroom'));
    writeFileSync(join(root, 'etc/headroom/kubernetes.asc'), 'a key that has ended\n');
    mkdirSync(join(root, 'etc/apt/sources.list.d'), { recursive: true });
    writeFileSync(join(root, 'name'), name);
    writeFileSync(join(root, 'calls'), '');
    for (const program of ['kubeadm', 'kubelet', 'kubectl'])
      writeFileSync(join(root, 'installed', program), version);
    writeFileSync(
      join(root, 'etc/apt/sources.list.d/kubernetes.list'),
      'deb [signed-by=/etc/headroom/kubernetes.asc] https://pkgs.k8s.io/core:/stable:/v1.36/deb/ /\n',
    );
    if (controlPlane) {
      writeFileSync(join(root, 'etc/kubernetes/admin.conf'), '');
      writeFileSync(join(root, 'etc/kubernetes/manifests/etcd.yaml'), '');
    }
    return name;
  }

  root(instanceId: string): string {
    return join(this.folder, 'roots', instanceId);
  }

  nameOf(instanceId: string): string {
    return `node-${instanceId.slice(-4)}`;
  }

  set(name: string, field: string, value: string): void {
    writeFileSync(join(this.folder, 'nodes', name, field), value);
  }

  get(name: string, field: string): string | undefined {
    const file = join(this.folder, 'nodes', name, field);
    return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  }

  get names(): readonly string[] {
    return readdirSync(join(this.folder, 'nodes'));
  }

  /** What was changed in the cluster, in order. */
  get changes(): readonly string[] {
    return readFileSync(join(this.folder, 'calls'), 'utf8').split('\n').filter(Boolean);
  }

  /** What was called on the node, in order. */
  calls(instanceId: string): readonly string[] {
    return readFileSync(join(this.root(instanceId), 'calls'), 'utf8')
      .split('\n')
      .filter(Boolean);
  }

  /** @param on the node's folder or the cluster's */
  write(on: string, file: string, text: string): void {
    writeFileSync(join(on, file), text);
  }

  environment(instanceId: string): Record<string, string> {
    return {
      PATH: `${STAND_INS}:${process.env['PATH'] ?? ''}`,
      HEADROOM_MOUNT_POINT: this.root(instanceId),
      STAND_IN_CLUSTER: this.folder,
      HEADROOM_PACKAGE_KEY: signingKey()[0],
    };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
