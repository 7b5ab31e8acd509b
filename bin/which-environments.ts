import { join } from 'node:path';
import type { CommanderError } from 'commander';
import { environmentNames } from '../lib/config/load';

const MISSING = ['commander.missingMandatoryOptionValue', 'commander.optionMissingArgument'];

/** What to print below commander's own line where `--env` is missing: the environments that there are. */
export const whichEnvironments = ({ code, message }: CommanderError): string | undefined =>
  MISSING.includes(code) && message.includes('--env <name>')
    ? `The environments are: ${environmentNames(join(__dirname, '..', 'environments')).join(', ')}.`
    : undefined;
