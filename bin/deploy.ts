import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { loadEnvironments } from '../lib/config/load';
import { endWithReader, printError } from './entry-point';
import { EXIT } from './exit-codes';
import { whichEnvironments } from './which-environments';

const PROJECT_ROOT = join(__dirname, '..');

/** `npm run deploy -- --env NAME [options of cdk deploy]`: the stacks of one environment, which must be named. */
const deploy = ({ env }: { readonly env: string }, { args }: Command): number => {
  loadEnvironments(join(PROJECT_ROOT, 'environments'), env);
  // See lib/console/deploy-command.ts; no shell, so no quotes.
  const { status, error } = spawnSync('cdk', ['deploy', '**', '--context', `env=${env}`, ...args], {
    cwd: PROJECT_ROOT,
    stdio: 'inherit',
  });
  if (error) throw error;
  return status ?? EXIT.couldNotRun;
};

endWithReader();
try {
  new Command('npm run deploy --')
    .description('Deploy every stack of one environment. Further options go to `cdk deploy`.')
    .requiredOption('--env <name>', 'environment, a file of environments/ without .yaml')
    .allowUnknownOption()
    .allowExcessArguments()
    .exitOverride()
    .action((flags: { readonly env: string }, command: Command) => {
      process.exitCode = deploy(flags, command);
    })
    .parse();
} catch (error) {
  process.exitCode = EXIT.couldNotRun;
  if (error instanceof CommanderError) {
    // Commander has said what is wrong.
    if (error.exitCode === 0) process.exitCode = EXIT.asExpected;
    const environments = whichEnvironments(error);
    if (environments !== undefined) console.error(environments);
  } else printError(error);
}
