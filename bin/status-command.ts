import { createRequire } from 'node:module';
import type { Command } from 'commander';
import { nodeGroupPolicies } from '../lib/config/node-groups';
import { REAL_PACE } from '../lib/console/real-pace';
import { loadTarget } from './console-world';
import { EXIT } from './exit-codes';

/** `import()` would pass by the loader of cli.js, and so not find TypeScript. */
const load = createRequire(__filename);

interface StatusFlags {
  readonly env: string;
  readonly json?: boolean;
}

async function status(flags: StatusFlags): Promise<number> {
  const { target, environment } = loadTarget(flags.env);
  // The SDK takes longer to load than all else here.
  const { rightAccount } = load('../lib/console/account') as typeof import('../lib/console/account');
  const { awsCaller } = load(
    '../lib/console/account.client',
  ) as typeof import('../lib/console/account.client');
  const { readStatus } = load(
    '../lib/console/status/read-status',
  ) as typeof import('../lib/console/status/read-status');
  const { awsStatusClient } = load(
    '../lib/console/status/status.client',
  ) as typeof import('../lib/console/status/status.client');
  const { nodeStatuses, needsALook } = load(
    '../lib/console/status/node-status',
  ) as typeof import('../lib/console/status/node-status');
  const { statusText, statusJson } = load(
    '../lib/console/status/status-text',
  ) as typeof import('../lib/console/status/status-text');
  const { nodeFinder } = load('../lib/console/node-finder') as typeof import('../lib/console/node-finder');
  await rightAccount(target, () => awsCaller(target.region));
  const { tags, groupOf } = nodeFinder(flags.env, environment);
  const nowMs = REAL_PACE.nowMs();
  const facts = await readStatus(target, tags, awsStatusClient(target.region), nowMs);
  const nodes = nodeStatuses(facts, { policies: nodeGroupPolicies(environment), groupOf }, nowMs);
  process.stdout.write(
    flags.json === true
      ? statusJson(flags.env, nodes, facts.alarms)
      : statusText(flags.env, nodes, facts.alarms, nowMs),
  );
  return needsALook(nodes, facts.alarms) ? EXIT.notAsExpected : EXIT.asExpected;
}

export function addStatusCommand(cli: Command, done: (exitCode: number) => void): void {
  cli
    .command('status')
    .description("Show each node's disk, volume, last heal, grows left, forecast and alarms.")
    .requiredOption('--env <name>', 'the environment')
    .option('--json', 'print JSON in place of a table')
    .addHelpText(
      'after',
      '\nExit codes: 0 all is well, 1 a person should look (an alarm, a level, a silent node, an escalated heal, or the\n' +
        'use of a node is unknown), 2 it could not be read. docs/console.md explains the columns.',
    )
    .action(async (flags: StatusFlags) => done(await status(flags)));
}
