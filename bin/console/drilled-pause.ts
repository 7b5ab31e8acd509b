import { nodeGroups } from '../../lib/config/node-groups';
import type { NamedEnvironment } from '../../lib/config/load';
import { pauseEnd } from '../../lib/console/pause/pause-end';
import { pauseHealing } from '../../lib/console/pause/pause-healing';
import { pauseClient } from '../../lib/console/pause/pause.client';
import type { PauseCommand } from '../../lib/drill/operators';

/** `headroom pause` on the local AWS of a drill. @throws when it is not in effect everywhere */
export const drilledPause =
  ({ name, environment }: NamedEnvironment): PauseCommand =>
  async (clients, { nodeGroup, until, why, nowMs }) => {
    const { account, region } = environment;
    const said: string[] = [];
    const { end } = await pauseHealing(
      { environmentName: name, account, region },
      { nodeGroup, untilMs: pauseEnd(until, nowMs), why },
      {
        ...{ client: pauseClient(clients), nowMs, say: (line) => void said.push(line) },
        caller: () => Promise.resolve({ account, arn: `arn:aws:iam::${account}:user/operator` }),
        nodeGroups: nodeGroups(environment).map((group) => group.name),
      },
    );
    if (end !== 'done') throw new Error(said.join('\n'));
    return said.join('\n');
  };
