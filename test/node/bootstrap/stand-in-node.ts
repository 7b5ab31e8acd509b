import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NodeImage } from '../../../lib/drill/vm/node-image';
import { VirtualMachine } from '../../../lib/drill/vm/virtual-machine';
import { outputOf } from '../run-script';

export interface StandIn {
  /** /srv/stand-in of the guest: a gzipped tar archive. */
  readonly archive: Buffer;
  /** Of the key that signs the repository. */
  readonly fingerprint: string;
}

/** What the node would reach over the network, for the names in `hosts`. */
export const makeStandIn = (hosts: readonly string[]): StandIn => {
  const folder = mkdtempSync(join(tmpdir(), 'headroom-stand-in-'));
  try {
    const fingerprint = execFileSync('bash', [join(__dirname, 'make-stand-in.sh'), folder], {
      encoding: 'utf8',
      env: { ...process.env, NAMES: hosts.map((host) => `DNS:${host}`).join(',') },
    }).trim();
    const archive = execFileSync('tar', ['--create', '--gzip', '--directory', folder, '.']);
    return { archive, fingerprint };
  } finally {
    rmSync(folder, { recursive: true });
  }
};

export interface Run {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A new instance: the drill's machine without its membership, in front of the stand-ins. */
export class StandInNode {
  private constructor(private readonly vm: VirtualMachine) {}

  static async start(
    image: NodeImage,
    standIn: StandIn,
    instance: { readonly id: string; readonly index: number; readonly hosts: readonly string[] },
  ): Promise<StandInNode> {
    const node = new StandInNode(await VirtualMachine.start({ image }));
    const unpack = 'mkdir --parents /srv/stand-in && tar --extract --gzip --directory /srv/stand-in';
    const unpacked = await node.vm.exec('bash', ['-c', unpack], { stdin: standIn.archive });
    outputOf('unpacking the stand-ins', unpacked);
    await node.bash(
      `bash /srv/stand-in/setup.sh ${instance.id} ${instance.index} ${instance.hosts.join(' ')}`,
    );
    return node;
  }

  async run(
    script: string,
    environment: Readonly<Record<string, string>> = {},
    stdin: string | Buffer = '',
  ): Promise<Run> {
    return this.vm.exec('bash', ['-c', script], { timeoutSeconds: 900, environment, stdin });
  }

  /** Output of a script that must succeed. */
  async bash(script: string, stdin: string | Buffer = ''): Promise<string> {
    const result = await this.run(script, {}, stdin);
    return outputOf(script, result).trim();
  }

  /** Writes the user data where cloud-init has it, and runs it. */
  async runUserData(userData: string, environment: Readonly<Record<string, string>>): Promise<Run> {
    await this.bash('cat > /run/user-data.sh', userData);
    return this.run('bash /run/user-data.sh', environment);
  }

  async lines(file: string): Promise<string[]> {
    const text = await this.bash(`cat /srv/stand-in/${file} 2>/dev/null || true`);
    return text === '' ? [] : text.split('\n');
  }

  /** The parameters, as JSON text: carried from node to node, as Parameter Store would. */
  async parameters(set?: string): Promise<string> {
    if (set !== undefined) await this.bash('cat > /srv/stand-in/parameters.json', set);
    return this.bash('cat /srv/stand-in/parameters.json 2>/dev/null || echo "{}"');
  }

  async reboot(): Promise<void> {
    await this.bash('sync');
    await this.vm.reset();
  }

  async stop(): Promise<void> {
    await this.vm.stop();
  }
}
