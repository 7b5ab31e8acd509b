import { z } from 'zod';
import { causeIn } from '../../lib/domain/node/cause-line';
import {
  chooseNode,
  gameDayReport,
  healingSince,
  type GameDayReport,
  type Healing,
} from '../../lib/domain/operate/game-day';
import { healingOutcome } from '../../lib/domain/outcome/healing-outcome';
import { awsCommand } from '../../lib/domain/messages/aws-command';
import { isInstanceId } from '../../lib/domain/names/instance-id';
import { systemClock, type Clock } from '../shared/clock';
import { connectExecutions, type ExecutionsClient } from '../shared/executions.client';
import { consoleLog, type Log } from '../shared/log';
import { readEnvironment } from '../shared/read-environment';
import { describeIssues } from '../shared/read-input';
import type { SdkClients } from '../../lib/aws/sdk';
import { GAME_DAY_ENVIRONMENT } from './environment';
import {
  connect,
  sdkClients,
  type GameDayClient,
  type GameDayServices,
  type GameDayStep,
} from './game-day.client';

/** Above the step's timeout, which is what begins the next attempt: that a function which throws does is not documented. */
const PATIENCE_SECONDS = 270;
const POLL_SECONDS = 15;
/** A healing is first listed a moment after it was started; clocks of two services differ by less. */
const CLOCK_SKEW_MS = 5_000;

const executionId = z.string().regex(/^[0-9a-f-]{36}$/);
const instanceId = z.string().refine(isInstanceId, 'must be an instance id');
const gameDayEvent = z.discriminatedUnion('step', [
  z.object({
    step: z.literal('choose'),
    instanceId: z.union([z.literal(''), instanceId]),
    nodeGroup: z.string().regex(/^([a-z][a-z0-9-]{0,29})?$/),
  }),
  z.object({ step: z.literal('look'), instanceId, executionId }),
  z.object({ step: z.literal('report'), instanceId, executionId }),
]);
type GameDayEvent = z.infer<typeof gameDayEvent>;

export interface GameDayOptions {
  readonly clock?: Clock;
  readonly log?: Log;
}

export type GameDayAnswer =
  | { readonly allowed: true; readonly instanceId: string }
  | { readonly allowed: false; readonly reason: string }
  | ({ readonly allowed: boolean } & GameDayReport);

/**
 * The steps of a game day that are not commands: which node to fill, whether the healing is over, and its result. What
 * must not continue gets `allowed: false`, which the document's next step checks.
 */
export const createHandler = (
  clients: SdkClients<GameDayServices>,
  { clock = systemClock, log = consoleLog }: GameDayOptions = {},
): ((event: unknown) => Promise<GameDayAnswer>) => {
  const client = connect(clients);
  const executions = connectExecutions(clients.ssm);

  const answer = async (event: GameDayEvent): Promise<GameDayAnswer> => {
    const { environmentName, healDocumentName, topicArn } = readEnvironment(GAME_DAY_ENVIRONMENT);
    if (event.step === 'choose') {
      const [nodes, underWay] = await Promise.all([
        client.nodes(environmentName),
        executions.inFlight(healDocumentName),
      ]);
      const choice = chooseNode(event, nodes, underWay.length);
      if (!choice.chosen) return { allowed: false, reason: `no game day: ${choice.why}` };
      return { allowed: true, instanceId: choice.instanceId };
    }
    const filled = await client.step(event.executionId, 'fill');
    if (event.step === 'look') {
      await untilHealed(executions, clock, healDocumentName, event.instanceId, filled.startedAtMs);
      return { allowed: true, instanceId: event.instanceId };
    }
    const report = await reportOf(client, executions, healDocumentName, event, filled);
    if (report.outcome === 'passed') return { allowed: true, ...report };
    await client.publish(
      topicArn,
      `Headroom ${environmentName}: the game day on ${report.instanceId} failed`,
      `${report.reason}.\n\nWhat happened, step by step:\n  ${showExecution(event.executionId)}\n` +
        (report.executionId === null ? '' : `The healing:\n  ${showExecution(report.executionId)}\n`),
    );
    return { allowed: false, ...report, reason: `the game day failed: ${report.reason}` };
  };

  return async (event) => {
    const parsed = gameDayEvent.safeParse(event);
    if (!parsed.success)
      throw new Error(`the event is invalid: ${describeIssues(parsed.error, event, 'event')}`);
    const answered = await answer(parsed.data);
    log.info('game day', { ...parsed.data, ...answered });
    return answered;
  };
};

const showExecution = (executionId: string): string =>
  awsCommand(
    `ssm get-automation-execution --automation-execution-id ${executionId}`,
    process.env['AWS_REGION'],
  );

/** @throws Error when no healing of the node ended in time; the step is then tried again */
const untilHealed = async (
  executions: ExecutionsClient,
  clock: Clock,
  healDocumentName: string,
  instanceId: string,
  filledAtMs: number | undefined,
): Promise<void> => {
  if (filledAtMs === undefined) throw new Error('the node was not filled');
  const until = clock.now() + PATIENCE_SECONDS * 1000;
  for (;;) {
    const healings = await readHealings(executions, healDocumentName, filledAtMs);
    if (healingSince(healings, instanceId, filledAtMs) !== undefined) return;
    if (clock.now() >= until) throw new Error(`no healing of ${instanceId} has ended yet`);
    await clock.sleep(POLL_SECONDS * 1000);
  }
};

const reportOf = async (
  client: GameDayClient,
  executions: ExecutionsClient,
  healDocumentName: string,
  { instanceId, executionId }: { readonly instanceId: string; readonly executionId: string },
  filled: GameDayStep,
): Promise<GameDayReport> => {
  const released = await client.step(executionId, 'release');
  const filledAtMs = filled.startedAtMs;
  return gameDayReport({
    instanceId,
    filledAtMs,
    fillFailure: failureOf(filled),
    releaseFailure: failureOf(released),
    healings: filledAtMs === undefined ? [] : await readHealings(executions, healDocumentName, filledAtMs),
  });
};

/** '' when the step succeeded. The script's own words, where it had any. */
const failureOf = ({ status, failureMessage, output }: GameDayStep): string => {
  if (status === 'Success') return '';
  const said = /"error":"((?:[^"\\]|\\.)*)"/.exec(output)?.[1];
  return causeIn(said ?? failureMessage, 300) || `the step ended ${status || 'without running'}`;
};

const readHealings = async (
  executions: ExecutionsClient,
  healDocumentName: string,
  filledAtMs: number,
): Promise<readonly Healing[]> => {
  const listed = await executions.since(healDocumentName, filledAtMs - CLOCK_SKEW_MS);
  return Promise.all(
    listed.map(async ({ executionId, startedAtMs = 0, endedAtMs, outputs }) => {
      const { verdict, instanceId } = healingOutcome(outputs);
      return {
        executionId,
        instanceId: instanceId ?? (await executions.instanceOf(executionId)),
        startedAtMs,
        endedAtMs,
        verdict,
      };
    }),
  );
};

export const handler = createHandler(sdkClients());
