import { describeShortfall } from '../../lib/domain/sizing/declared-size';
import type { Sizes } from '../../lib/domain/sizing/applied-sizes';
import {
  describeProgress,
  sizeProgress,
  type SizedNode,
  type SizeProgress,
} from '../../lib/domain/sizing/size-progress';
import { DEPLOY_SOURCE, sweepMessage } from '../../lib/domain/sweep/sweep-message';
import type { Clock } from '../shared/clock';
import type { ExecutionsReader } from '../shared/executions-reader';
import type { Log } from '../shared/log';
import { describeError } from '../../lib/aws/errors';
import type { SizesClient } from './sizes.client';

const POLL_MS = 10_000;
/** Looks that may fail one after the other. */
const MAX_FAILED_POLLS = 5;

export interface GrowContext {
  readonly client: SizesClient;
  readonly executions: Pick<ExecutionsReader, 'read'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly environmentName: string;
  readonly healDocumentName: string;
  readonly healQueueUrl: string;
}

/**
 * Queues the nodes that are below their size, as the sweep would within five minutes, and looks on until each has it or
 * gets no further, or the time is over. Never throws: the sweep handles the rest, and its healings notify operators.
 * @returns how it stands, in words
 */
export const growNodes = async (
  sizes: Sizes,
  deadlineMs: number,
  { client, executions, clock, log, ...names }: GrowContext,
): Promise<string> => {
  const sinceMs = clock.now();
  const wasBelow = new Set<string>();
  let lastProgress = '';
  let failedPolls = 0;

  const look = async (): Promise<SizeProgress> => {
    const nodes = await client.nodes(names.environmentName, sizes);
    for (const { instanceId, volume } of nodes)
      if (volume !== undefined && volume.sizeGiB < volume.declaredSizeGiB) wasBelow.add(instanceId);
    const nowMs = clock.now();
    const ran = wasBelow.size === 0 ? [] : await executions.read(names.healDocumentName, nowMs);
    return sizeProgress(nodes, ran, wasBelow, sinceMs, nowMs);
  };
  const queued = new Set<string>();
  const queue = async ({ standings }: SizeProgress): Promise<void> => {
    for (const { node, standing } of standings) {
      if (standing.kind !== 'to-grow' || queued.has(node.instanceId)) continue;
      await client.send(names.healQueueUrl, messageOf(node, clock.now()));
      queued.add(node.instanceId);
    }
  };

  for (;;) {
    try {
      const progress = await look();
      await queue(progress);
      const text = describeProgress(progress);
      if (text !== lastProgress) log.info('sizes', { progress: text });
      lastProgress = text;
      failedPolls = 0;
      if (progress.over) return lastProgress;
    } catch (error) {
      failedPolls += 1;
      log.warn('the progress of the nodes is unknown', { why: describeError(error) });
      if (failedPolls === MAX_FAILED_POLLS)
        return `${lastProgress || 'the progress of the nodes is unknown'}; ${describeError(error)}; the sweep continues`;
    }
    if (clock.now() + POLL_MS > deadlineMs)
      return `${lastProgress}; the deploy stops waiting, the sweep continues`;
    await clock.sleep(POLL_MS);
  }
};

const messageOf = ({ instanceId, nodeGroup, volume }: SizedNode, nowMs: number) =>
  sweepMessage(
    {
      ...{ instanceId, nodeGroup, finding: 'below-declared-size', usedPercent: null },
      reason: volume === undefined ? '' : describeShortfall(volume),
    },
    nowMs,
    DEPLOY_SOURCE,
  );
