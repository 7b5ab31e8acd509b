import { parameterValue } from '../../lib/aws/parameters';
import type { SdkClient } from '../../lib/aws/sdk';
import { pauseParameterName } from '../../lib/domain/names/naming';
import { readPauses, type Pause } from '../../lib/domain/pause/pause';
import type { Log } from './log';

/**
 * The environment's pauses, those that have ended included. A value that cannot be read pauses nothing: only the command
 * line writes it, with an end, and a damaged one must not let disks fill for good. `headroom status` shows it.
 * @throws what the SDK throws, so that no healing goes on while it is unknown whether it may
 */
export const loadPauses = async (
  ssm: SdkClient,
  environmentName: string,
  log: Pick<Log, 'error'>,
): Promise<readonly Pause[]> => {
  const name = pauseParameterName(environmentName);
  const text = await parameterValue(ssm, name);
  // Someone deleted it, or the stack is older: no one has paused anything.
  if (text === undefined) return [];
  const reading = readPauses(text);
  if (reading.ok) return reading.pauses;
  log.error('the pause parameter cannot be read, so nothing is paused', { name, why: reading.why });
  return [];
};
