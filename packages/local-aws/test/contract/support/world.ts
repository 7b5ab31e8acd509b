import type { SdkClients } from '../../../src/api/sdk-clients';

export type ServiceKey = keyof SdkClients;

/** One account as a case finds it, in moto or in the local AWS. Everything in it is the case's own. */
export interface World {
  readonly clients: SdkClients;
  readonly instanceId: string;
  /** Root volume of the instance, gp3, {@link VOLUME_GIB}. */
  readonly volumeId: string;
  /** Existing, empty. */
  readonly bucket: string;
  readonly topicArn: string;
  /** Existing, empty, without metrics of its own. */
  readonly autoScalingGroupName: string;
  /** FIFO, without content-based deduplication. */
  readonly queueUrl: string;
  /** Of EventBridge, without rules. */
  readonly busName: string;
  /** A Command document with one parameter, {@link WORD_PATTERN}. */
  readonly commandDocument: string;
  /** Bodies that a consumer of the queue gets. */
  received(): Promise<readonly string[]>;
  /** Lets work in the background go on: seconds of an account's time. */
  pass(seconds: number): Promise<void>;
}

export const VOLUME_GIB = 8;
export const ROOT_DEVICE = '/dev/sda1';

/** Tags of the instance. */
export const NODE_TAGS = {
  'shop:environment': 'prod',
  'shop:role': 'control-plane',
  'shop:node-group': 'control-plane',
} as const;

export const COMMAND_CONTENT = {
  schemaVersion: '2.2',
  parameters: { Word: { type: 'String', allowedPattern: '^[a-z]{1,10}$' } },
  mainSteps: [{ name: 'say', action: 'aws:runShellScript', inputs: { runCommand: ['echo {{ Word }}'] } }],
} as const;

/** An Automation that is in flight for a minute. Only the local AWS has Automations. */
export const AUTOMATION = 'Heal';

/** What happens: an answer that has at least these members, or an error by its SDK name. */
export type Outcome = { readonly answers: (world: World) => object } | { readonly fails: string };

export interface ContractCase {
  /** `service:Operation` that it is about. */
  readonly operation: `${ServiceKey}:${string}`;
  readonly name: string;
  readonly arrange?: (world: World) => Promise<unknown>;
  readonly call: (world: World) => Promise<unknown>;
  /** What AWS documents. */
  readonly expect: Outcome;
  /** moto's own way, and why the other one is right. Held too: where moto changes, the list must. */
  readonly moto?: { readonly does: Outcome; readonly why: string } | 'lacks the operation';
}
