import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { resolve, type Scope } from '../../packages/local-aws/src';
import { statementsOf } from '../app/policies';
import { ROOT, flat, resources, shipped } from '../app/synthesized';
import { userDataOf } from '../node/bootstrap/user-data-of';

const STAND_INS = join(__dirname, 'stand-ins');
const NODE = join(ROOT, 'lib', 'node', 'bootstrap');

export interface Parameter {
  readonly Type: string;
  readonly Value: string;
  readonly Key?: string;
}

/** What outlives a stack, or does not. */
export interface Account {
  parameters: Record<string, Parameter>;
  /** Keys that can be used. */
  keys: string[];
}

export interface NodeRun {
  readonly status: number | null;
  readonly text: string;
  readonly calls: readonly string[];
  /** What `kubeadm init` or `kubeadm join` was given. */
  config(verb: 'init' | 'join'): string;
}

const RESOURCE_KINDS = { 'control-plane': 'ControlPlane', worker: 'Workers' } as const;
type Role = keyof typeof RESOURCE_KINDS;

/** One creation of the stack headroom-dev-cluster, from its template: CloudFormation gives each an id of its own. */
export class StackLife {
  private readonly key: string;

  constructor(
    private readonly account: Account,
    private readonly folder: string,
    /** UUID, the last part of the stack's id. */
    private readonly id: string,
    private readonly apiEndpoint: string,
  ) {
    this.key = `key-of-${id}`;
    account.keys.push(this.key);
    for (const [name, value] of this.ownParameters()) account.parameters[name] = value;
  }

  /** The key is retained; what the stack owns goes. */
  destroy(): void {
    for (const [name] of this.ownParameters()) delete this.account.parameters[name];
  }

  /** The key goes too. */
  rollBack(): void {
    this.destroy();
    this.account.keys = this.account.keys.filter((key) => key !== this.key);
  }

  /** Lets a node form or join the cluster by the bootstrap's own functions, in a mount namespace of its own. */
  boot(role: Role, node: { readonly id: string; readonly index: number; readonly token?: string }): NodeRun {
    const own = join(this.folder, node.id);
    mkdirSync(join(own, 'files'), { recursive: true });
    for (const { name, text } of userDataOf(role).files) writeFileSync(join(own, 'files', name), text);
    const [accountFile, calls] = [join(own, 'account.json'), join(own, 'calls')];
    writeFileSync(calls, '');
    writeFileSync(
      accountFile,
      JSON.stringify({ ...this.account, key: this.key, allowed: this.allowed(role) }),
    );
    const { status, stdout, stderr } = spawnSync('unshare', ['--mount', 'bash', '--norc', '-c', BOOT], {
      encoding: 'utf8',
      env: {
        PATH: `${STAND_INS}:/usr/sbin:/usr/bin:/sbin:/bin`,
        ...this.settings(role),
        ...{ HERE: join(own, 'files'), NODE, ACCOUNT: accountFile, CALLS: calls },
        ...{ NODE_ID: node.id, NODE_INDEX: String(node.index), NODE_TOKEN: node.token ?? '' },
        ...{ HEADROOM_RETRY_SECONDS: '0', HEADROOM_POLL_SECONDS: '0', HEADROOM_JOIN_WAIT_SECONDS: '6' },
      },
    });
    const left = JSON.parse(readFileSync(accountFile, 'utf8')) as Account;
    this.account.parameters = left.parameters;
    return {
      status,
      text: stdout + stderr,
      calls: readFileSync(calls, 'utf8').trim().split('\n'),
      config: (verb) => readFileSync(`${calls}.${verb}`, 'utf8'),
    };
  }

  /** Where this life's nodes find how to join. */
  joinPath(): string {
    return this.settings('control-plane')['HEADROOM_JOIN_PARAMETERS'] ?? '';
  }

  private ownParameters(): [string, Parameter][] {
    return Object.values(resources(shipped('dev').cluster, 'AWS::SSM::Parameter')).map(({ Properties }) => {
      const { Name, ...rest } = this.resolved(Properties) as Parameter & { Name: string };
      return [Name, rest];
    });
  }

  /** `parameter/…` patterns that the role may read, and a control plane write. */
  private allowed(role: Role): string[] {
    const prefix = role === 'worker' ? 'WorkerRole' : 'ControlPlaneRole';
    return Object.entries(resources(shipped('dev').cluster, 'AWS::IAM::Policy'))
      .filter(([id]) => id.startsWith(prefix))
      .flatMap(([, { Properties }]) => statementsOf(this.resolved(Properties['PolicyDocument'])))
      .filter(({ actions }) => actions.includes('ssm:GetParameter'))
      .flatMap(({ resources: on }) => on.map((arn) => flat(arn).replace(/^.*?:parameter\//, 'parameter/')));
  }

  private settings(role: Role): Record<string, string> {
    const [, template] = Object.entries(resources(shipped('dev').cluster, 'AWS::EC2::LaunchTemplate')).find(
      ([id]) => id.startsWith(RESOURCE_KINDS[role]),
    )!;
    const data = template.Properties['LaunchTemplateData'] as { UserData: unknown };
    const text = Buffer.from(this.resolved(data.UserData) as string, 'base64').toString();
    return Object.fromEntries(
      [...text.matchAll(/^(HEADROOM_\w+)='(.*)'$/gm)].map(
        ([, name = '', value = '']) => [name, value] as const,
      ),
    );
  }

  private resolved(value: unknown): unknown {
    const scope: Scope = {
      stackName: 'headroom-dev-cluster',
      ref: (name) =>
        name === 'AWS::StackId'
          ? `arn:aws:cloudformation:eu-central-1:111122223333:stack/headroom-dev-cluster/${this.id}`
          : name.replace('AWS::Partition', 'aws'),
      attribute: (id, name) => (name === 'DNSName' ? this.apiEndpoint : `${id}.${name}`),
      importValue: (name) => name,
    };
    return resolve(value, scope, '');
  }
}

const BOOT = `
set -o errexit -o nounset -o pipefail
for path in /etc /run /var/lib; do mount -t tmpfs tmpfs "$path"; done
STATE=/var/lib/headroom RUN=/run/headroom-bootstrap
mkdir "$STATE" "$RUN"
for part in common agents packages join kubeadm; do source "$NODE/$part.sh"; done
cluster
join_parameters
`;
