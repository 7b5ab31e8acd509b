import { diagnose, type Diagnosis, type RecentHealing } from '../../lib/domain/operate/diagnosis';
import { documentName } from '../../lib/domain/names/naming';
import {
  DISRUPTIVE_DOCUMENTS,
  chooseTarget,
  type Target,
  type TargetFacts,
} from '../../lib/domain/operate/operate-target';
import { readScriptResult } from '../../lib/domain/node/run-command-output';
import { judgeUpgrade, planUpgrade, type UpgradePlan } from '../../lib/domain/operate/upgrade';
import { systemClock, type Clock } from '../shared/clock';
import { connectExecutions, type ExecutionsClient } from '../shared/executions.client';
import { workedOn } from '../shared/worked-on';
import { consoleLog, type Log } from '../shared/log';
import { readEnvironment } from '../shared/read-environment';
import type { SdkClients } from '../../lib/aws/sdk';
import { OPERATE_ENVIRONMENT } from './environment';
import { readOperateEvent, type OperateEvent, type StepOf } from './operate-event';
import { connect, sdkClients, type OperateClient, type OperateServices } from './operate.client';

/** Above the step's timeout, which is what begins the next attempt: that a function which throws does is not documented. */
const PATIENCE_SECONDS = 270;
const POLL_SECONDS = 10;
const DAY_MS = 86_400_000;

export interface OperateOptions {
  readonly clock?: Clock;
  readonly log?: Log;
}

/** What the document's next step checks: nothing goes on without `allowed: true`. */
export interface Refusal {
  readonly allowed: false;
  readonly reason: string;
}
type Allowed<T> = { readonly allowed: true } & T;

/** A Target for Automation, which compares texts: `none` where there is nothing. */
export type TargetAnswer = Allowed<Omit<Target, 'online'> & { readonly online: 'yes' | 'no' }>;

export interface Replacement {
  readonly instanceId: string;
}

export type OperateAnswer = Refusal | TargetAnswer | Allowed<UpgradePlan> | Allowed<Replacement> | Diagnosis;

/**
 * The steps of the runbooks that are not commands: whether it may start and through which node, the kind of upgrade, the
 * replacement, the diagnosis. What must not continue gets `allowed: false`.
 */
export const createHandler = (
  clients: SdkClients<OperateServices>,
  { clock = systemClock, log = consoleLog }: OperateOptions = {},
): ((event: unknown) => Promise<OperateAnswer>) => {
  const client = connect(clients);
  const executions = connectExecutions(clients.ssm);

  const answer = async (event: OperateEvent): Promise<OperateAnswer> => {
    const { environmentName } = readEnvironment(OPERATE_ENVIRONMENT);
    switch (event.step) {
      case 'target':
        return readTarget(client, executions, environmentName, event);
      case 'plan-upgrade':
      case 'judge-upgrade':
        return readUpgrade(event);
      case 'replacement':
        return replacementOf(client, executions, clock, environmentName, event);
      case 'diagnosis':
        return diagnosisOf(client, executions, clock, environmentName, event);
    }
  };

  return async (event) => {
    const read = readOperateEvent(event);
    const answered = await answer(read);
    const { step, instanceId } = read;
    log.info('operated', { step, instanceId, ...answered });
    return answered;
  };
};

const readFacts = async (
  client: OperateClient,
  executions: ExecutionsClient,
  environmentName: string,
  { purpose, instanceId, executionId }: Omit<StepOf<'target'>, 'step'>,
): Promise<TargetFacts> => {
  const [node, controlPlane, underWay] = await Promise.all([
    client.node(instanceId),
    client.controlPlane(environmentName),
    // Only these two take a node away from others; the other ones must not fail over a list.
    purpose === 'upgrade' || purpose === 'replace'
      ? readUnderWay(executions, environmentName, executionId)
      : [],
  ]);
  return { purpose, instanceId, environmentName, node, controlPlane, underWay };
};

const readTarget = async (
  client: OperateClient,
  executions: ExecutionsClient,
  environmentName: string,
  event: StepOf<'target'>,
): Promise<TargetAnswer | Refusal> => {
  const choice = chooseTarget(await readFacts(client, executions, environmentName, event));
  if (!choice.ok) return refusal(choice.why);
  const { target } = choice;
  return {
    allowed: true,
    ...target,
    helperInstanceId: target.helperInstanceId || 'none',
    autoScalingGroupName: target.autoScalingGroupName || 'none',
    online: target.online && target.state === 'running' ? 'yes' : 'no',
  };
};

const refusal = (reason: string): Refusal => ({ allowed: false, reason });

const readUnderWay = async (
  executions: ExecutionsClient,
  environmentName: string,
  ownExecutionId: string,
): Promise<TargetFacts['underWay']> => {
  const names = new Map(DISRUPTIVE_DOCUMENTS.map((base) => [documentName(environmentName, base), base]));
  return (await workedOn(executions, [...names.keys()])).flatMap(
    ({ documentName: name, executionId, instanceId }) => {
      const document = names.get(name);
      return document === undefined || executionId === ownExecutionId ? [] : [{ document, instanceId }];
    },
  );
};

const readUpgrade = ({
  step,
  targetVersion,
  factsOutput,
}: StepOf<'plan-upgrade' | 'judge-upgrade'>): Allowed<UpgradePlan> | Refusal => {
  const facts = readScriptResult(factsOutput, 'cluster-facts');
  if (!facts.ok || !facts.value.ok) {
    const why = facts.ok ? facts.value.error : facts.why;
    return refusal(`${why ?? 'no facts'}. Next: start DiagnoseNode on a control-plane node`);
  }
  const choice = (step === 'plan-upgrade' ? planUpgrade : judgeUpgrade)(facts.value, targetVersion);
  return choice.ok ? { allowed: true, ...choice.plan } : refusal(`${choice.why}. Next: ${choice.next}`);
};

/** @throws Error when the group has no new instance yet; the step is then tried again */
const replacementOf = async (
  client: OperateClient,
  executions: ExecutionsClient,
  clock: Clock,
  environmentName: string,
  { instanceId, autoScalingGroupName, executionId }: StepOf<'replacement'>,
): Promise<Allowed<Replacement>> => {
  const startedAtMs = await executions.startedAtMs(executionId);
  if (startedAtMs === undefined) throw new Error(`execution ${executionId} has no start time`);
  const until = clock.now() + PATIENCE_SECONDS * 1000;
  for (;;) {
    const members = await client.members(environmentName, autoScalingGroupName);
    const fresh = members
      .filter((member) => member.instanceId !== instanceId && (member.launchedAtMs ?? 0) >= startedAtMs)
      .sort((left, right) => (left.launchedAtMs ?? 0) - (right.launchedAtMs ?? 0));
    if (fresh[0] !== undefined) return { allowed: true, instanceId: fresh[0].instanceId };
    if (clock.now() >= until) throw new Error(`${autoScalingGroupName} has not launched a replacement yet`);
    await clock.sleep(POLL_SECONDS * 1000);
  }
};

const diagnosisOf = async (
  client: OperateClient,
  executions: ExecutionsClient,
  clock: Clock,
  environmentName: string,
  { instanceId, executionId }: StepOf<'diagnosis'>,
): Promise<Diagnosis> => {
  const facts = await readFacts(client, executions, environmentName, {
    purpose: 'diagnose',
    instanceId,
    executionId,
  });
  const choice = chooseTarget(facts);
  if (!choice.ok) throw new Error(`refused: ${choice.why}`);
  return diagnose({
    environmentName,
    region: process.env['AWS_REGION'],
    target: choice.target,
    // Either step may not have run, and what a reference to it becomes is not documented.
    inspected: readScriptResult(await executions.outputOf(executionId, 'inspect', 'Output'), 'diagnose-node'),
    cluster: readScriptResult(await executions.outputOf(executionId, 'cluster', 'Output'), 'cluster-facts'),
    healings: await healingsOf(executions, environmentName, instanceId, clock.now() - DAY_MS),
  });
};

/** Newest first. A diagnosis without them is better than none. */
const healingsOf = async (
  executions: ExecutionsClient,
  environmentName: string,
  instanceId: string,
  sinceMs: number,
): Promise<readonly RecentHealing[]> => {
  const listed = await executions.since(documentName(environmentName, 'HealNode'), sinceMs);
  const newest = [...listed].sort((a, b) => (b.startedAtMs ?? 0) - (a.startedAtMs ?? 0)).slice(0, 30);
  const own: RecentHealing[] = [];
  for (const { executionId, status, startedAtMs } of newest) {
    if ((await executions.instanceOf(executionId)) !== instanceId) continue;
    const startedAt = startedAtMs === undefined ? '' : new Date(startedAtMs).toISOString().slice(0, 19);
    own.push({ executionId, status, startedAt });
  }
  return own;
};

export const handler = createHandler(sdkClients());
