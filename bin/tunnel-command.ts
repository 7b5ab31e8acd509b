import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import { REAL_PACE } from '../lib/console/real-pace';
import { CONTROL_PLANE_GROUP } from '../lib/domain/naming';
import { loadTarget, say, withInterrupt } from './console-world';
import { EXIT } from './exit-codes';

/** `import()` would pass by the loader of cli.js, and so not find TypeScript. */
const load = createRequire(__filename);

interface TunnelFlags {
  readonly env: string;
  readonly port: number;
  readonly kubeconfig?: string;
  readonly hours: number;
  readonly group: string;
  readonly keep?: boolean;
}

const wholeNumber =
  (least: number, most: number) =>
  (text: string): number => {
    if (!/^\d{1,6}$/.test(text) || Number(text) < least || Number(text) > most)
      throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
    return Number(text);
  };

async function tunnel(flags: TunnelFlags): Promise<number> {
  const { target, environment } = loadTarget(flags.env);
  // The SDK takes longer to load than all else here.
  const { openTunnel } = load(
    '../lib/console/tunnel/open-tunnel',
  ) as typeof import('../lib/console/tunnel/open-tunnel');
  const { awsTunnelClient } = load(
    '../lib/console/tunnel/tunnel.client',
  ) as typeof import('../lib/console/tunnel/tunnel.client');
  const { awsStatusClient } = load(
    '../lib/console/status/status.client',
  ) as typeof import('../lib/console/status/status.client');
  const { awsCaller } = load(
    '../lib/console/account.client',
  ) as typeof import('../lib/console/account.client');
  const { nodeFinder } = load('../lib/console/node-finder') as typeof import('../lib/console/node-finder');
  const { tags, groupOf } = nodeFinder(flags.env, environment);
  const listing = awsStatusClient(target.region);
  const nodes = async () => {
    const found = (await listing.nodes(tags)).filter((node) => groupOf(node) === CONTROL_PLANE_GROUP);
    const agents = await listing.agents(found.map(({ instanceId }) => instanceId));
    return found.map(({ instanceId, state }) => ({
      ...{ instanceId, state, controlPlane: true },
      agent: agents.get(instanceId),
    }));
  };
  const kubeconfig = resolve(flags.kubeconfig ?? join(homedir(), '.kube', `headroom-${flags.env}.yaml`));
  const { port, hours, group, keep = false } = flags;
  const end = await withInterrupt((signal) =>
    openTunnel(
      target,
      { port, kubeconfig, keep, hours, group },
      {
        ...{ client: awsTunnelClient(target.region), caller: () => awsCaller(target.region) },
        ...{ nodes, pace: REAL_PACE, say, signal },
      },
    ),
  );
  return end === 'ended' ? EXIT.asExpected : EXIT.notAsExpected;
}

export function addTunnelCommand(cli: Command, done: (exitCode: number) => void): void {
  cli
    .command('tunnel')
    .description('Open the API on 127.0.0.1 by Session Manager and write a kubeconfig that works as it is.')
    .requiredOption('--env <name>', 'the environment')
    .option('--port <number>', 'of 127.0.0.1; 0: a free one', wholeNumber(0, 65_535), 0)
    .option('--kubeconfig <file>', 'where it goes, mode 0600 (default: ~/.kube/headroom-ENV.yaml)')
    .option('--keep', 'leave the kubeconfig when the tunnel ends; without, it is removed')
    .option('--hours <number>', 'how long the certificate is good', wholeNumber(1, 24), 8)
    .option(
      '--group <name>',
      "Kubernetes' group: kubeadm:cluster-admins or headroom:NAME",
      'kubeadm:cluster-admins',
    )
    .addHelpText(
      'after',
      '\nExit codes: 0 ended by Ctrl-C or with its certificate, 1 the session dropped and did not come back, 2 it could not\n' +
        'be opened. Needs session-manager-plugin. docs/console.md has rights and what is sent.',
    )
    .action(async (flags: TunnelFlags) => done(await tunnel(flags)));
}
