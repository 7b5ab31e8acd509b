import { readMetricNamespaces } from '../../lib/domain/names/metric-namespaces';
import { CONTROL_PLANE_GROUP, alarmNamePrefix } from '../../lib/domain/names/naming';
import { activePauses, describePause, type Pause } from '../../lib/domain/pause/pause';
import { sweep, type SweepFinding, type SweptAlarm, type SweptNode } from '../../lib/domain/sweep/sweep';
import { SILENT_NODES_LOG, silentNodes } from '../../lib/domain/sweep/silence';
import { sweepMessage } from '../../lib/domain/sweep/sweep-message';
import { systemClock, type Clock } from '../shared/clock';
import { mapWithConcurrency } from '../shared/map-with-concurrency';
import { ExecutionsReader } from '../shared/executions-reader';
import { connectExecutions } from '../shared/executions.client';
import { consoleLog, type Log } from '../shared/log';
import { readEnvironment } from '../shared/read-environment';
import { describeError } from '../../lib/aws/errors';
import type { SdkClients } from '../../lib/aws/sdk';

import { SWEEP_ENVIRONMENT } from './environment';
import { readNodes } from './gather';
import { readAttachedWorkers, readDeclaredSizes, readFilesystems, readLevels } from './settings';
import { connect, sdkClients, type SweepClient, type SweepServices } from './sweep.client';

/** SendMessage calls under way at a time; a FIFO queue takes 300 a second. Amazon SQS quotas, checked 2026-11. */
const SENDS_AT_ONCE = 10;

export interface SweepResult {
  /** That run. */
  readonly nodes: number;
  /** Of them, those whose own series were read. */
  readonly read: number;
  readonly findings: readonly SweepFinding[];
}

export interface SweepOptions {
  readonly clock?: Pick<Clock, 'now'>;
  readonly log?: Log;
}

/**
 * Checks every node, whether or not an alarm fired, and queues those that need healing. It fails when it cannot
 * see the nodes, their metrics or their executions, since guessing would heal too much or too little; the next sweep
 * checks again. A message that cannot be sent does not hold up the others.
 */
export const createHandler = (
  clients: SdkClients<SweepServices>,
  { clock = systemClock, log = consoleLog }: SweepOptions = {},
): (() => Promise<SweepResult>) => {
  const client = connect(clients);
  const executionsReader = new ExecutionsReader(connectExecutions(clients.ssm), clock);

  return async () => {
    const settings = readEnvironment(SWEEP_ENVIRONMENT);
    const { environmentName, healDocumentName, healQueueUrl } = settings;
    const levels = readLevels(settings.diskLevels);
    const nodeSettings = {
      filesystems: readFilesystems(settings.filesystems),
      namespaces: readMetricNamespaces(environmentName, settings.namespaceLayout),
      declaredSizes: readDeclaredSizes(settings.declaredSizes),
      levels,
    };
    const nowMs = clock.now();
    const [pauses, executions, alarms] = await Promise.all([
      readPauses(client, environmentName, nowMs, log),
      executionsReader.read(healDocumentName, nowMs),
      readAlarms(client, environmentName, log),
    ]);
    const suspects = { executions, alarms };
    const { running, read: nodes } = await readNodes(
      client,
      environmentName,
      nodeSettings,
      suspects,
      nowMs,
      log,
    );

    const findings = sweep({ nodes, executions, alarms, pauses }, levels, nowMs);
    // One after the other, the findings of a storm of thousands would take longer than the function has.
    const sent = await mapWithConcurrency(findings, SENDS_AT_ONCE, async (finding) => {
      await client.send(healQueueUrl, sweepMessage(finding, nowMs));
      log.info('found', { ...finding });
    });
    const failures = findings.flatMap((finding, index) => {
      const result = sent[index];
      if (result?.status !== 'rejected') return [];
      const why = describeError(result.reason);
      log.error('a finding could not be queued', { ...finding, why });
      return [`${finding.instanceId}: ${why}`];
    });
    failures.push(...(await countSilent(client, settings, nodes, nowMs, log)));
    log.info('swept', { nodes: running, read: nodes.length, findings: findings.length });
    if (failures.length > 0) throw new Error(`the sweep is incomplete: ${failures.join('; ')}`);
    return { nodes: running, read: nodes.length, findings };
  };
};

/** Names the silent nodes of attached workers in the log, and counts them for the alarms. @returns what failed, in words */
const countSilent = async (
  client: SweepClient,
  {
    environmentName,
    attachedWorkers,
  }: { readonly environmentName: string; readonly attachedWorkers: string },
  nodes: readonly SweptNode[],
  nowMs: number,
  log: Log,
): Promise<readonly string[]> => {
  const autoScalingGroups = readAttachedWorkers(attachedWorkers);
  const silent = Object.entries(silentNodes(nodes, Object.keys(autoScalingGroups), nowMs)).map(
    ([group, instanceIds]) => ({ autoScalingGroupName: autoScalingGroups[group] ?? group, instanceIds }),
  );
  if (silent.length === 0) return [];
  for (const group of silent) if (group.instanceIds.length > 0) log.warn(SILENT_NODES_LOG, { ...group });
  try {
    await client.countSilent(
      environmentName,
      Object.fromEntries(
        silent.map(({ autoScalingGroupName, instanceIds }) => [autoScalingGroupName, instanceIds.length]),
      ),
    );
    return [];
  } catch (error) {
    return [`silent nodes: ${describeError(error)}`];
  }
};

/** The active ones. @throws what the SDK throws: while it is unknown whether healing is paused, nothing is queued */
const readPauses = async (
  client: SweepClient,
  environmentName: string,
  nowMs: number,
  log: Log,
): Promise<readonly Pause[]> => {
  const pauses = activePauses(await client.pauses(environmentName, log), nowMs);
  for (const pause of pauses) log.info('paused', { what: describePause(pause) });
  try {
    await client.countPauses(environmentName, pauses.length);
  } catch (error) {
    log.warn('the dashboard does not show the pauses', { why: describeError(error) });
  }
  return pauses;
};

/** Alarms only add to what the metrics say: without them the sweep is still worth having. */
const readAlarms = async (
  client: SweepClient,
  environmentName: string,
  log: Log,
): Promise<readonly SweptAlarm[]> => {
  try {
    // Alarms that HealNode heals have this prefix; those of a worker group do not name a node.
    return await client.alarmsInAlarm(alarmNamePrefix(environmentName, CONTROL_PLANE_GROUP));
  } catch (error) {
    log.warn('the alarms are unknown', { why: describeError(error) });
    return [];
  }
};

export const handler = createHandler(sdkClients());
