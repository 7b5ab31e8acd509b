import type { Fields } from '../values/fields';
import { checkApi, checkWait, executeAwsApi, waitForAwsResourceProperty } from './aws-api';
import { approve, checkApprove } from './approve-step';
import { branch, checkBranch } from './branch';
import { checkLambda, checkScript, executeScript, invokeLambdaFunction } from './code-steps';
import { checkCommand, runCommand } from './command-step';
import { checkSleep, sleep } from './sleep-step';
import type { Action } from './types';

/** The actions that are interpreted; `check` refuses inputs it does not know when the document is read. */
export const ACTIONS: Readonly<
  Record<string, { check(inputs: Fields, where: string): void; readonly run: Action }>
> = {
  'aws:runCommand': { check: checkCommand, run: runCommand },
  'aws:invokeLambdaFunction': { check: checkLambda, run: invokeLambdaFunction },
  'aws:executeScript': { check: checkScript, run: executeScript },
  'aws:executeAwsApi': { check: checkApi, run: executeAwsApi },
  'aws:waitForAwsResourceProperty': { check: checkWait, run: waitForAwsResourceProperty },
  'aws:approve': { check: checkApprove, run: approve },
  'aws:branch': { check: checkBranch, run: branch },
  'aws:sleep': { check: checkSleep, run: sleep },
};
