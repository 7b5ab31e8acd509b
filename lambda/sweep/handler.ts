import { resourcePrefix } from '../../lib/domain/naming';
import { sweep, type SweepFinding, type SweptAlarm } from '../../lib/domain/sweep';
import { sweepMessage } from '../../lib/domain/sweep-message';
import { systemClock, type Clock } from '../shared/clock';
import { connectExecutions } from '../shared/executions.client';
import { consoleLog, type Log } from '../shared/log';
import { readEnvironment } from '../shared/read-environment';
import { describeError, type SdkClients } from '../shared/sdk-shape';
import { SWEEP_ENVIRONMENT } from './environment';
import { ExecutionsReader, readNodes } from './gather';
import { readFilesystems, readLevels } from './settings';
import { connect, sdkClients, type SweepClient, type SweepServices } from './sweep.client';

export interface SweepResult {
  readonly nodes: number;
  readonly findings: readonly SweepFinding[];
}

export interface SweepOptions {
  readonly clock?: Pick<Clock, 'now'>;
  readonly log?: Log;
}

/**
 * Looks at every node, whatever was or was not told of it, and queues those that need healing. It fails when it cannot
 * see the nodes, their metrics or their executions, since guessing would heal too much or too little; the next sweep
 * looks again. One message that cannot be sent holds up no other.
 */
export const createHandler = (
  clients: SdkClients<SweepServices>,
  { clock = systemClock, log = consoleLog }: SweepOptions = {},
): (() => Promise<SweepResult>) => {
  const client = connect(clients);
  const executionsReader = new ExecutionsReader(connectExecutions(clients.ssm));

  return async () => {
    const settings = readEnvironment(SWEEP_ENVIRONMENT);
    const { environmentName, healDocumentName, healQueueUrl } = settings;
    const levels = readLevels(settings.diskLevels);
    const filesystems = readFilesystems(settings.filesystems);
    const nowMs = clock.now();
    const [nodes, executions, alarms] = await Promise.all([
      readNodes(client, environmentName, filesystems, nowMs),
      executionsReader.read(healDocumentName, nowMs),
      readAlarms(client, environmentName, log),
    ]);

    const findings = sweep({ nodes, executions, alarms }, levels, nowMs);
    const failures: string[] = [];
    for (const finding of findings) {
      try {
        await client.send(healQueueUrl, sweepMessage(finding, nowMs));
        log.info('found', { ...finding });
      } catch (error) {
        failures.push(`${finding.instanceId}: ${describeError(error)}`);
        log.error('a finding could not be queued', { ...finding, why: describeError(error) });
      }
    }
    log.info('swept', { nodes: nodes.length, findings: findings.length });
    if (failures.length > 0) throw new Error(`findings were not queued: ${failures.join('; ')}`);
    return { nodes: nodes.length, findings };
  };
};

/** Alarms only add to what the metrics say: without them the sweep is still worth having. */
const readAlarms = async (
  client: SweepClient,
  environmentName: string,
  log: Log,
): Promise<readonly SweptAlarm[]> => {
  try {
    return await client.alarmsInAlarm(`${resourcePrefix(environmentName)}-`);
  } catch (error) {
    log.warn('the alarms are unknown', { why: describeError(error) });
    return [];
  }
};

export const handler = createHandler(sdkClients());
