import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { Command } from 'commander';
import { loadEnvironments } from '../lib/config/load';
import { runCommandLine } from './command-line';
import { endWithReader } from './entry-point';
import { EXIT } from './exit-codes';
import type { Outcome, Screen } from './outcome';

const PROJECT_ROOT = join(__dirname, '..');

/** `npm run deploy -- --env NAME [options of cdk deploy]`: the stacks of one environment, which must be named. */
const deploy = (env: string, args: readonly string[], { json }: Screen): Outcome => {
  loadEnvironments(join(PROJECT_ROOT, 'environments'), env);
  // See lib/console/deploy-command.ts; no shell, so no quotes.
  const words = ['deploy', '**', '--context', `env=${env}`, ...args];
  const { status, error } = spawnSync('cdk', words, {
    cwd: PROJECT_ROOT,
    stdio: ['inherit', json ? process.stderr : 'inherit', 'inherit'],
  });
  if (error) throw error;
  return { exitCode: status ?? EXIT.couldNotRun, result: { environment: env, command: ['cdk', ...words] } };
};

endWithReader();

const program = new Command('deploy')
  .usage('-- --env <name> [options of cdk deploy]')
  .description('Deploy every stack of one environment. Further options go to `cdk deploy`.')
  .requiredOption('--env <name>', 'the environment')
  .allowUnknownOption()
  .allowExcessArguments();

void runCommandLine(process.argv, program, (command, run) =>
  command.action(({ env }: { readonly env: string }, { args }: Command) =>
    run((screen) => deploy(env, args, screen)),
  ),
).then((exitCode) => (process.exitCode = exitCode));
