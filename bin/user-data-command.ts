import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { nodeUserData, type UserData } from '../lib/stacks/cluster/user-data';
import { controlPlaneGroup, workerGroups, type ProvisionedNodeGroup } from '../lib/config/node-groups';
import { loadEnvironments, type NamedEnvironment } from '../lib/config/load';
import { NO_CNI } from '../lib/config/rules';
import { isAttached, type ProvisionedEnvironment } from '../lib/config/schema';
import { NODE_ROLES, environmentFile, type NodeRole } from '../lib/domain/names/naming';
import { CannotRunError } from '../lib/drill/cannot-run';
import { EXIT } from './exit-codes';
import type { Outcome, RunCommand } from './outcome';

const PROJECT_ROOT = join(__dirname, '..');

interface UserDataFlags {
  readonly env: string;
  readonly role: NodeRole;
  readonly nodeGroup?: string;
  readonly raw?: boolean;
  readonly files?: string;
}

/** The group that the flags mean. @throws CannotRunError when there is none, or more than one */
const groupOf = (environment: ProvisionedEnvironment, flags: UserDataFlags): ProvisionedNodeGroup => {
  const groups: ProvisionedNodeGroup[] =
    flags.role === 'control-plane' ? [controlPlaneGroup(environment)] : workerGroups(environment);
  const names = groups.map(({ name }) => name).join(', ') || 'none';
  const chosen = groups.filter(({ name }) => flags.nodeGroup === undefined || name === flags.nodeGroup);
  if (chosen.length === 1) return chosen[0]!;
  if (flags.nodeGroup !== undefined)
    throw new CannotRunError(
      `--node-group must be a ${flags.role} group of ${environmentFile(flags.env)} (${names}), got ${flags.nodeGroup}. Name one of those.`,
    );
  throw new CannotRunError(
    groups.length === 0
      ? `${environmentFile(flags.env)} has no worker groups, so there is no worker user data.`
      : `${environmentFile(flags.env)} has several groups of workers (${names}), and each has its own user data. Add --node-group NAME.`,
  );
};

/** In angle brackets: only a deployed stack knows these. A file of the project is an object in the CDK's bucket then. */
const manifestSource = (value: string | undefined): string =>
  value === undefined || value === NO_CNI
    ? ''
    : value.startsWith('https://')
      ? value
      : `<s3 URL of ${value}>`;

const render = (name: string, environment: ProvisionedEnvironment, group: ProvisionedNodeGroup): UserData => {
  const { cniManifest, metricsServerManifest } = environment.cluster;
  const isControlPlane = group.role === 'control-plane';
  return nodeUserData({
    environmentName: name,
    environment,
    group,
    deployed: {
      apiEndpoint: '<DNS name of the load balancer>',
      signalUrl: '<presigned URL of the wait condition>',
      joinParameters: `/headroom/${name}/join/<id of the creation of the stack>`,
      cniManifest: isControlPlane ? manifestSource(cniManifest) : '',
      metricsServerManifest: isControlPlane ? manifestSource(metricsServerManifest) : '',
    },
  });
};

const readable = ({ header, files }: UserData): string =>
  [
    header.trimEnd(),
    ...files.map(({ name, text, isExecutable }) =>
      `\n##### ${name}${isExecutable ? ' (executable)' : ''} #####\n${text}`.trimEnd(),
    ),
  ].join('\n');

const writeFiles = (directory: string, { text, files }: UserData): void => {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'user-data'), text, { mode: 0o644 });
  for (const file of files)
    writeFileSync(join(directory, file.name), file.text, { mode: file.isExecutable ? 0o755 : 0o644 });
};

function userData(flags: UserDataFlags): Outcome {
  const [{ name, environment }] = loadEnvironments(join(PROJECT_ROOT, 'environments'), flags.env) as [
    NamedEnvironment,
  ];
  if (isAttached(environment))
    throw new CannotRunError(
      `${environmentFile(name)} attaches existing nodes (cluster.existing). Headroom creates no nodes there, so there is no user data.`,
    );
  const group = groupOf(environment, flags);
  const rendered = render(name, environment, group);
  const outcome = {
    exitCode: EXIT.asExpected,
    result: { environment: name, nodeGroup: group.name, ...rendered },
  };
  if (flags.files === undefined)
    return { ...outcome, text: flags.raw === true ? rendered.text : `${readable(rendered)}\n` };
  const directory = resolve(flags.files);
  writeFiles(directory, rendered);
  process.stderr.write(`wrote user-data and ${rendered.files.length} files to ${directory}\n`);
  return outcome;
}

/** `headroom user-data`. */
export function addUserDataCommand(cli: Command, run: RunCommand): void {
  cli
    .command('user-data')
    .description('Print what a node runs at first boot: its settings and every file packed with them.')
    .requiredOption('--env <name>', 'the environment')
    .addOption(new Option('--role <role>', "the node's role").choices(NODE_ROLES).makeOptionMandatory())
    .option('--node-group <name>', 'the worker group, where there are several')
    .addOption(new Option('--raw', 'print what EC2 gets, with the files packed').conflicts('files'))
    .option('--files <dir>', 'write user-data and each packed file to this directory in place of printing')
    .addHelpText(
      'after',
      '\nWorks offline. What only the deployed stack knows is in angle brackets.\n' +
        'Exit codes: 0 printed or written, 2 it could not be. What the files do: docs/bootstrap.md.',
    )
    .action((flags: UserDataFlags) => run(() => userData(flags)));
}
