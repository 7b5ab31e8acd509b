import type { ParameterValues, SsmDocument } from '../automation/documents';
import type { ModelledInstance } from './instances';
import type { PluginResult } from '../agent/run-command';

/** What stands behind the modelled instances. */
export interface Machines {
  /** Whether Systems Manager hears of the instance's agent. */
  online(instance: ModelledInstance): Promise<boolean>;
  /** The agent's part of a command; a rejection is an error of the run, not of the command. */
  run(
    instance: ModelledInstance,
    commandId: string,
    document: SsmDocument,
    parameters: ParameterValues,
    /** How long the command waits for its agent. */
    deliverySeconds: number,
  ): Promise<readonly PluginResult[]>;
  /** Grows the disk behind the instance's root volume. Bytes. */
  resize(instance: ModelledInstance, sizeBytes: number): Promise<void>;
  reboot(instance: ModelledInstance): Promise<void>;
}
