import {
  created,
  deleted,
  readAppliedSizes,
  refusals,
  resourceIdOf,
  updated,
  type AppliedSizes,
  type Refusal,
} from '../../lib/domain/sizing/applied-sizes';
import { CONTROL_PLANE_GROUP } from '../../lib/domain/names/naming';
import { systemClock, type Clock } from '../shared/clock';
import { connectExecutions } from '../shared/executions.client';
import { ExecutionsReader } from '../shared/executions-reader';
import { consoleLog, type Log } from '../shared/log';
import { readEnvironment } from '../shared/read-environment';
import { describeError } from '../../lib/aws/errors';
import type { SdkClients } from '../../lib/aws/sdk';
import { answer, type Answer } from './answer';
import { readProperties, readRequest, type SizesProperties } from './custom-resource-event';
import { SIZES_ENVIRONMENT, SIZES_WAIT_SECONDS } from './environment';
import { growNodes } from './grow';
import { connect, sdkClients, type SizesServices } from './sizes.client';

export interface SizesOptions {
  readonly clock?: Clock;
  readonly log?: Log;
}

/**
 * The custom resource by which a deploy grows the nodes that run. It fails for one reason only: a size below the one that
 * the last deploy went through with. Whatever else is wrong, the deploy goes through and says so: a failure would roll
 * back the declaration that the sweep applies, and a failed rollback needs an operator.
 */
export const createHandler = (
  clients: SdkClients<SizesServices>,
  { clock = systemClock, log = consoleLog }: SizesOptions = {},
): ((event: unknown) => Promise<void>) => {
  const client = connect(clients);
  const executions = new ExecutionsReader(connectExecutions(clients.ssm), clock);

  const work = async (event: unknown): Promise<Answer> => {
    const { RequestType, PhysicalResourceId: oldId = '' } = readRequest(event);
    const deadlineMs = clock.now() + SIZES_WAIT_SECONDS * 1_000;
    const { appliedSizesParameter: parameter, ...names } = readEnvironment(SIZES_ENVIRONMENT);
    const read = async (): Promise<AppliedSizes | undefined> => {
      const text = await client.parameter(parameter);
      return text === undefined ? undefined : readAppliedSizes(text);
    };
    const write = (state: AppliedSizes): Promise<void> =>
      client.putParameter(
        parameter,
        JSON.stringify(state),
        `Headroom ${names.environmentName}: root volume sizes that deploys applied. Delete it after replacing the nodes with smaller volumes.`,
      );

    if (RequestType === 'Delete') {
      const state = deleted(await read(), oldId);
      await (state === 'gone' ? client.deleteParameter(parameter) : write(state));
      return { status: 'SUCCESS', resourceId: oldId, reason: '' };
    }

    const properties = readProperties(event);
    const sizes = Object.fromEntries(properties.Groups.map(({ Name, SizeGiB }) => [Name, SizeGiB]));
    const resourceId = resourceIdOf(names.environmentName, sizes);
    const before = RequestType === 'Create' ? undefined : await read();
    const refused = refusals(before, sizes);
    if (refused.length > 0) {
      const reason = refused.map((each) => refusalText(each, properties, parameter)).join(' ');
      return { status: 'FAILED', resourceId: oldId, reason };
    }
    const deployed = { resourceId, sizes };
    // Before anything grows: whatever becomes of this deploy, the next one must find what was asked for.
    await write(RequestType === 'Create' ? created(deployed) : updated(before, oldId, deployed));
    const summary = await growNodes(sizes, deadlineMs, { ...names, client, executions, clock, log });
    return { status: 'SUCCESS', resourceId, reason: summary, data: { Summary: summary } };
  };

  return async (event) => {
    const request = readRequest(event);
    let outcome: Answer;
    try {
      outcome = await work(event);
    } catch (error) {
      const why = `the declared sizes were not checked: ${describeError(error)}; the sweep applies them`;
      const resourceId = request.PhysicalResourceId ?? `${request.LogicalResourceId}-${request.RequestId}`;
      outcome = { status: 'SUCCESS', resourceId, reason: why, data: { Summary: why } };
    }
    const { status, reason } = outcome;
    log[status === 'FAILED' ? 'error' : 'info']('answered', { request: request.RequestType, status, reason });
    await answer(request, outcome, clock);
  };
};

const refusalText = (
  { nodeGroup, appliedGiB, foundGiB }: Refusal,
  { EnvironmentFile, Groups }: SizesProperties,
  parameter: string,
): string => {
  const path = Groups.find(({ Name }) => Name === nodeGroup)?.Path ?? nodeGroup;
  const otherwise =
    nodeGroup === CONTROL_PLANE_GROUP
      ? ''
      : `, or ${path}.growExisting: false, so that nodes take the size at their next launch`;
  return (
    `${EnvironmentFile}: ${path}.rootVolume.sizeGiB must be at least ${appliedGiB}, which was applied last, ` +
    `since a volume cannot shrink; found: ${foundGiB}; fix: write ${appliedGiB} or more${otherwise}. ` +
    `If the nodes were replaced with smaller volumes, delete the SSM parameter ${parameter} and deploy again.`
  );
};

export const handler = createHandler(sdkClients());
