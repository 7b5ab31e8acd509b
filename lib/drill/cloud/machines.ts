import type { DrillNode } from '../drill-node';
import type { ParameterValues, SsmDocument } from './documents';
import type { ModelledInstance } from './fleet';
import type { Place } from './physical-ids';
import { SsmAgent, type PluginResult } from './run-command';

/** What stands behind the modelled instances. */
export interface Machines {
  /** The agent's part of a command; a rejection is an error of the drill, not of the command. */
  run(
    instance: ModelledInstance,
    commandId: string,
    document: SsmDocument,
    parameters: ParameterValues,
  ): Promise<readonly PluginResult[]>;
  /** Grows the disk behind the instance's root volume. Bytes. */
  resize(instance: ModelledInstance, sizeBytes: number): Promise<void>;
  reboot(instance: ModelledInstance): Promise<void>;
}

/** One real machine behind the drilled instance, nothing behind the other ones. */
export function oneMachine(drilled: ModelledInstance, node: DrillNode, place: Place): Machines {
  const agent = new SsmAgent({ node, instanceId: drilled.instanceId, place });
  return {
    run: async (instance, commandId, document, parameters) => {
      if (instance !== drilled)
        throw new Error(`${instance.instanceId} is only modelled: it can't run a command`);
      return agent.run(commandId, document, parameters);
    },
    resize: (instance, bytes) => (instance === drilled ? node.resizeDisk(bytes) : Promise.resolve()),
    reboot: (instance) => (instance === drilled ? node.reset() : Promise.resolve()),
  };
}
