import { spawnSync } from 'node:child_process';
import { CommanderError } from 'commander';
import { whichEnvironments } from '../../bin/which-environments';
import { ROOT } from '../app/environments';

const MISSING = "error: required option '--env <name>' not specified";

test('npm run deploy without --env deploys nothing and names the environments', () => {
  const { status, stderr } = spawnSync('node', ['--import', 'tsx', 'bin/deploy.ts'], {
    ...{ cwd: ROOT, encoding: 'utf8' },
  });
  expect([status, stderr.trim()]).toEqual([2, `${MISSING}\nThe environments are: dev, prod, staging.`]);
});

test.each([
  ['commander.missingMandatoryOptionValue', MISSING, true],
  ['commander.optionMissingArgument', "error: option '--env <name>' argument missing", true],
  ['commander.missingMandatoryOptionValue', "error: required option '--why <text>' not specified", false],
  ['commander.unknownOption', "error: unknown option '--env <name>'", false],
])('%s, %s: the environments are named: %s', (code, message, named) =>
  expect(whichEnvironments(new CommanderError(1, code, message)) !== undefined).toBe(named),
);
