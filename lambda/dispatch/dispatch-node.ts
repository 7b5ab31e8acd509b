import { clientToken } from '../../lib/domain/outcome/incident';
import type { AlarmEvent } from '../../lib/domain/sweep/alarm-event';
import type { HealingBounds } from '../../lib/domain/plan/healing-bounds';
import type { HealingOutcome } from '../../lib/domain/outcome/healing-outcome';
import { healingRate, type HealingRate, type HealingStart } from '../../lib/domain/plan/healing-rate';
import { CONTROL_PLANE_GROUP, TAGS, isSilenceAlarm } from '../../lib/domain/names/naming';
import { describePause, pauseOf, type Pause } from '../../lib/domain/pause/pause';
import { awaitsFirstMeasurement } from '../../lib/domain/sweep/silence';
import type { Clock } from '../shared/clock';
import type { Log } from '../shared/log';
import type { Instance } from '../../lib/aws/instances';
import type { DispatchClient } from './dispatch.client';
import type { HealingsOfTheDay } from './healings-of-the-day';
import type { ExecutionsInFlight } from './in-flight';
import { NotNow } from './not-now';
import type { StartPace } from './start-pace';

export type NodeInAlarm = Extract<AlarmEvent, { kind: 'node-in-alarm' }>;

export interface BatchContext {
  readonly client: DispatchClient;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
  readonly environmentName: string;
  readonly documentName: string;
  readonly executions: ExecutionsInFlight;
  readonly pace: StartPace;
  /** Node groups that have a mode other than `act`. */
  readonly watchedGroups: readonly string[];
  /** What HealNode's executions came to lately, read once a batch, and only for nodes of such groups. */
  recent(): Promise<readonly HealingOutcome[]>;
  readonly bounds: HealingBounds;
  readonly healings: HealingsOfTheDay;
  /** Of the node, of the last 24 hours; listed once a batch. Rejects with NotNow when it takes too long. */
  startsOf(instanceId: string): Promise<readonly HealingStart[]>;
  /** The environment's, read once a batch. */
  pauses(): Promise<readonly Pause[]>;
  /** Instances being healed, read once a batch; this batch's own starts are added. Rejects with NotNow when it takes too long. */
  inFlight(): Promise<Set<string>>;
}

/**
 * Starts the healing of one node, unless it is under way already, or the node has had its healings of the day.
 * @throws NotNow when another control-plane node is being healed, or, for a worker below the emergency level, as
 * many nodes as may be; otherwise what the SDK throws
 */
export const dispatchNode = async (alarm: NodeInAlarm, context: BatchContext): Promise<void> => {
  const { client, clock, log, environmentName, documentName, pace, bounds } = context;
  const fields = { instanceId: alarm.instanceId, alarmName: alarm.alarmName, at: alarm.at };

  if (context.executions.startedSince(alarm.instanceId, Date.parse(alarm.at))) {
    // In a storm a node's further levels wait an hour behind its first one. That execution saw the disk they speak of.
    return log.info('skipped', { ...fields, why: 'a healing of the node started after this' });
  }
  if (alarm.expiresAtMs !== undefined && clock.now() > alarm.expiresAtMs) {
    // The sweep looks at the node again every few minutes: what it found long ago may be healed by now.
    return log.info('skipped', { ...fields, why: 'the finding is out of date' });
  }
  const node = await client.describeNode(alarm.instanceId);
  const skip = whySkip(node, environmentName);
  if (skip !== undefined || node === undefined) return log.warn('skipped', { ...fields, why: skip });

  if (isSilenceAlarm(alarm.alarmName) && awaitsFirstMeasurement(node.tags, clock.now())) {
    const why = 'the node was attached less than an hour ago; the sweep finds it if no measurement arrives';
    return log.info('skipped', { ...fields, why });
  }
  const pause = pauseOf(await context.pauses(), node.tags[TAGS.nodeGroup], clock.now());
  if (pause !== undefined) {
    // Not back to the queue: when the pause has ended, the sweep finds the node if it still needs healing.
    return log.info('skipped', { ...fields, why: describePause(pause) });
  }
  const answered = await ownerAnswered(alarm, node.tags[TAGS.nodeGroup], context);
  if (answered !== undefined) return log.info('skipped', { ...fields, why: answered });
  const inFlight = await context.inFlight();
  if (inFlight.has(alarm.instanceId)) {
    return log.info('skipped', { ...fields, why: 'the node is being healed already' });
  }
  const isEmergency = alarm.level === 'emergency';
  const rate: HealingRate = alarm.byDeploy
    ? { kind: 'heal' }
    : healingRate(await context.startsOf(alarm.instanceId), bounds, clock.now(), isEmergency);
  if (rate.kind === 'rest') {
    const until = new Date(rate.untilMs).toISOString();
    return log.info('skipped', {
      ...fields,
      why: `the node has reached its limit of healings in 24 hours, until ${until}`,
    });
  }
  if (mayBeControlPlane(node)) await keepQuorum(alarm.instanceId, inFlight, context);
  else if (!isEmergency && inFlight.size >= (bounds.nodesAtOnce ?? Infinity))
    throw new NotNow(`${alarm.instanceId} waits: ${inFlight.size} nodes are being healed`);

  await pace.turn();
  const askedAtMs = clock.now();
  const started = await client.start({
    documentName,
    parameters: {
      InstanceId: alarm.instanceId,
      Trigger: triggerOf(alarm.alarmName),
      TriggeredAt: alarm.at,
      ...(rate.kind === 'notify' && { RestUntil: new Date(rate.untilMs).toISOString() }),
    },
    clientToken: clientToken(alarm),
    tags: { [TAGS.environment]: environmentName },
  });
  const again = 'this alarm transition already started an execution';
  if (started === 'duplicate') {
    context.executions.startRefused(alarm.instanceId);
    inFlight.add(alarm.instanceId);
    return log.info('skipped', { ...fields, why: again });
  }
  const { executionId } = started;
  const state = await context.executions.started(executionId, alarm.instanceId, askedAtMs);
  if (state.isNew)
    context.healings.started(executionId, alarm.instanceId, alarm.byDeploy ? 'by-hand' : rate.kind);
  if (state.inFlight) inFlight.add(alarm.instanceId);
  if (state.isNew) log.info('started', { ...fields, executionId });
  else log.info('skipped', { ...fields, executionId, why: again });
};

/** Why operators are not asked or notified about a node again: a flapping alarm must not page each time. */
const ownerAnswered = async (
  { instanceId, level, expiresAtMs }: NodeInAlarm,
  nodeGroup: string | undefined,
  context: BatchContext,
): Promise<string | undefined> => {
  if (nodeGroup === undefined || !context.watchedGroups.includes(nodeGroup)) return undefined;
  // At the emergency level they are notified again in any case; the sweep has already checked this for its findings.
  if (level === 'emergency' || expiresAtMs !== undefined) return undefined;
  const answered = (await context.recent()).find(
    (each) =>
      each.instanceId === instanceId &&
      (each.verdict === 'observed' || each.verdict === 'denied') &&
      (each.waitsUntilMs ?? 0) > context.clock.now(),
  );
  return answered && `its last healing was ${answered.verdict}, and it is left alone for a day`;
};

const whySkip = (node: Instance | undefined, environmentName: string): string | undefined => {
  if (node === undefined) return 'EC2 does not know the instance';
  if (node.state === 'terminated' || node.state === 'shutting-down') return `the instance is ${node.state}`;
  const environment = node.tags[TAGS.environment];
  if (environment === environmentName) return undefined;
  return `tag ${TAGS.environment} must be ${environmentName}, got ${environment ?? 'none'}`;
};

/** At most one control-plane node is disrupted at a time, or etcd may lose its quorum. */
const keepQuorum = async (
  instanceId: string,
  inFlight: ReadonlySet<string>,
  { client, environmentName }: BatchContext,
): Promise<void> => {
  for (const other of inFlight) {
    if (other === instanceId) continue;
    const node = await client.describeNode(other);
    if (node !== undefined && node.tags[TAGS.environment] === environmentName && mayBeControlPlane(node)) {
      throw new NotNow(`${instanceId} waits: control-plane node ${other} is being healed`);
    }
  }
};

/** A node of ours without a role counts as control plane: unknown does not permit anything. */
const mayBeControlPlane = ({ tags }: Instance): boolean =>
  tags[TAGS.role] !== 'worker' || tags[TAGS.nodeGroup] === CONTROL_PLANE_GROUP;

/** What HealNode's `allowedPattern` of Trigger takes. */
const triggerOf = (alarmName: string): string => alarmName.replace(/[^A-Za-z0-9 ._:/-]/g, '-').slice(0, 200);
