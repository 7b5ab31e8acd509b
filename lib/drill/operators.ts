import { approveCommand, rejectCommand } from '../domain/messages/ask-message';
import { pauseOf, readPauses } from '../domain/pause/pause';
import { pauseParameterName } from '../domain/names/naming';
import { readCommandLine } from './aws-command-line';
import type { LocalCloud } from './cloud/local-cloud';
import type { SdkClients } from '../../packages/local-aws/src';
import type { Answer } from './meanwhile';
import type { DrillAnswer } from './report/drill-report';
import type { Scenario } from './scenario';
import type { Timeline } from './timeline';

/** `headroom pause` of a node group, with clients of the local AWS. Resolves with what it printed. */
export type PauseCommand = (
  clients: Pick<SdkClients, 'ssm' | 'sns'>,
  wish: NonNullable<Scenario['pause']> & { readonly nodeGroup: string; readonly nowMs: number },
) => Promise<string>;

/** From a question to its answer. */
const MINUTES_TO_ANSWER = 5;

export interface OperatorsOptions {
  readonly cloud: LocalCloud;
  readonly environmentName: string;
  readonly timeline: Timeline;
  readonly now: () => Date;
  /** So much time passes, in which nothing goes on but what waits. */
  readonly pass: (minutes: number) => Promise<void>;
  readonly pauseCommand: PauseCommand;
}

/** Who reads the messages, and types what they say. */
export class Operators {
  private readonly given: DrillAnswer[] = [];

  constructor(private readonly options: OperatorsOptions) {}

  /** Oldest first. */
  get answers(): readonly DrillAnswer[] {
    return this.given;
  }

  /** @throws when no message asks, its command cannot be read, or AWS refuses it */
  async answer(executionId: string, answer: Answer): Promise<void> {
    const { cloud, timeline, pass } = this.options;
    await pass(MINUTES_TO_ANSWER);
    // In the message the command has a region as well.
    const typed = { approve: approveCommand, reject: rejectCommand }[answer]({ executionId });
    const asks = (line: string): boolean => line.trim().startsWith(typed);
    const question = cloud.messages().findLast(({ message }) => message.split('\n').some(asks));
    const command = question?.message.split('\n').find(asks)?.trim();
    if (command === undefined) throw new Error(`no message of ${executionId} has a command to ${answer}`);
    const { service, operation, input } = readCommandLine(command);
    await cloud.call(service, operation, input);
    timeline.add('person', `${answer}: ${command}`);
    this.given.push({
      atSeconds: timeline.seconds(),
      answer,
      command,
      question: question?.subject ?? '',
    });
  }

  async pause(pause: NonNullable<Scenario['pause']>): Promise<void> {
    const { cloud, timeline, pauseCommand, now } = this.options;
    const wish = { ...pause, nodeGroup: cloud.fleet.drilled.nodeGroup, nowMs: now().getTime() };
    timeline.add('person', await pauseCommand(cloud.clients(), wish));
  }

  /** Whether healing of the drilled node is paused now. */
  async hasPaused(): Promise<boolean> {
    const { cloud, environmentName, now } = this.options;
    const text = await cloud.parameter(pauseParameterName(environmentName));
    const reading = readPauses(text);
    if (!reading.ok) throw new Error(`the pause parameter cannot be read: ${reading.why}`);
    return pauseOf(reading.pauses, cloud.fleet.drilled.nodeGroup, now().getTime()) !== undefined;
  }
}
