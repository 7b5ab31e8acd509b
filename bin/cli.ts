import { runCommandLine } from './command-line';
import { addCommands, headroom } from './commands';
import { endWithReader } from './entry-point';

endWithReader();

/** A wait that is no longer needed must not hold up the end. */
const LAST_WORDS_MILLISECONDS = 1000;

void runCommandLine(process.argv, headroom(), addCommands)
  .then((exitCode) => (process.exitCode = exitCode))
  .finally(() => setTimeout(() => process.exit(), LAST_WORDS_MILLISECONDS).unref());
