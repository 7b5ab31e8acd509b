import { Command, CommanderError } from 'commander';
import { ConsoleError } from '../lib/console/console-error';
import { CannotRunError } from '../lib/drill/cannot-run';
import { ScenarioError } from '../lib/drill/scenario';
import { addDrillCommand } from './drill-command';
import { addAuditCommand } from './audit-command';
import { realParts } from './audit/real-parts';
import { endWithReader, isOperatorsError, printError } from './entry-point';
import { EXIT } from './exit-codes';
import { addPauseCommands } from './pause-command';
import { addRunCommand } from './run-command';
import { addSimulateCommand } from './simulate-command';
import { addUserDataCommand } from './user-data-command';
import { addStatusCommand } from './status-command';
import { addTunnelCommand } from './tunnel-command';
import { whichEnvironments } from './which-environments';

const EXPECTED = [CannotRunError, ScenarioError, ConsoleError];

function program(done: (exitCode: number) => void): Command {
  const cli = new Command('headroom')
    .description('Kubernetes nodes on EC2 that never run out of disk.')
    .exitOverride()
    .showHelpAfterError('(--help shows what there is)');
  addDrillCommand(cli, done);
  addSimulateCommand(cli, done);
  addAuditCommand(cli, done, realParts);
  addUserDataCommand(cli, done);
  addRunCommand(cli, done);
  addStatusCommand(cli, done);
  addPauseCommands(cli, done);
  addTunnelCommand(cli, done);
  return cli;
}

async function main(argv: readonly string[]): Promise<void> {
  try {
    await program((exitCode) => (process.exitCode = exitCode)).parseAsync(argv);
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? EXIT.asExpected : EXIT.couldNotRun;
      const environments = whichEnvironments(error);
      if (environments !== undefined) console.error(environments);
      return;
    }
    printError(
      error,
      (each) => isOperatorsError(each) || EXPECTED.some((expected) => each instanceof expected),
    );
    process.exitCode = EXIT.couldNotRun;
  }
}

endWithReader();

/** A wait that nobody needs any more must not hold up the end. */
const LAST_WORDS_MILLISECONDS = 1000;

void main(process.argv).finally(() => setTimeout(() => process.exit(), LAST_WORDS_MILLISECONDS).unref());
