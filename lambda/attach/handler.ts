import { z } from 'zod';
import { attach, type AttachDecision } from '../../lib/domain/attach/attach';
import { attachmentSchema, type Attachment } from '../../lib/domain/attach/attachment';
import { resourcePrefix } from '../../lib/domain/names/naming';
import {
  customResourceAnswer,
  customResourceRequest,
  sendAnswer,
  type CustomResourceRequest,
  type SendAnswer,
} from '../shared/custom-resource';
import { systemClock, type Clock } from '../shared/clock';
import { consoleLog, type Log } from '../shared/log';
import { readEnvironment } from '../shared/read-environment';
import { describeIssues } from '../shared/read-input';
import type { SdkClients } from '../../lib/aws/sdk';
import { connect, sdkClients, type AttachClient, type AttachServices } from './attach.client';
import { carryOut } from './carry-out';
import { ATTACH_ENVIRONMENT } from './environment';
import { gather } from './gather';

export interface AttachOptions {
  readonly clock?: Pick<Clock, 'now'>;
  readonly log?: Log;
  /** How CloudFormation is answered. */
  readonly answer?: SendAnswer;
}

export interface AttachResult {
  readonly tagged: number;
  readonly untagged: number;
  readonly nodes: AttachDecision['nodes'];
}

const scheduled = z.strictObject({ attachment: attachmentSchema });
/** A custom resource stands for one node group. */
const declared = z.object({
  Tags: attachmentSchema.shape.tags,
  Group: attachmentSchema.shape.groups.element,
});

/**
 * Puts Headroom's tags on the nodes of an attached environment and on their root volumes, and takes them from those that no
 * longer match. By the schedule: all groups; for CloudFormation: the group that its custom resource stands for, whose tags
 * go when it goes. It does what it can, then fails if an operator must fix something.
 */
export const createHandler = (
  clients: SdkClients<AttachServices>,
  { clock = systemClock, log = consoleLog, answer = sendAnswer }: AttachOptions = {},
): ((event: unknown) => Promise<AttachResult | undefined>) => {
  const context: Context = { client: connect(clients), clock, log };

  return async (event) => {
    const request = customResourceRequest(event);
    if (request === undefined) {
      const { environmentName } = readEnvironment(ATTACH_ENVIRONMENT);
      const { attachment } = read(scheduled, event);
      return reconcile(context, { environment: environmentName, ...attachment }, undefined);
    }
    const physicalResourceId = request.PhysicalResourceId ?? request.LogicalResourceId;
    const { result, failure } = await serve(context, request).then(
      (done) => ({ result: done, failure: undefined }),
      (error: unknown) => ({
        result: undefined,
        failure: error instanceof Error ? error.message : String(error),
      }),
    );
    if (failure !== undefined) log.error('reported a failure to CloudFormation', { failure });
    const outcome = failure === undefined ? { physicalResourceId } : { physicalResourceId, failure };
    await answer(request.ResponseURL, customResourceAnswer(request, outcome));
    return result;
  };
};

interface Context {
  readonly client: AttachClient;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
}

const serve = async (
  context: Context,
  { RequestType, ResourceProperties }: CustomResourceRequest,
): Promise<AttachResult> => {
  const { environmentName } = readEnvironment(ATTACH_ENVIRONMENT);
  const { Tags: tags, Group: group } = read(declared, ResourceProperties);
  const groups = RequestType === 'Delete' ? [] : [group];
  return reconcile(context, { environment: environmentName, tags, groups }, group.name);
};

const read = <T>(schema: z.ZodType<T>, input: unknown): T => {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new Error(`the event is not a valid attachment: ${describeIssues(parsed.error, input, 'event')}`);
};

/** @throws Error listing what an operator must fix, after everything else is done */
const reconcile = async (
  { client, clock, log }: Context,
  attachment: Attachment,
  only: string | undefined,
): Promise<AttachResult> => {
  const decision = attach(attachment, await gather(client, attachment, clock.now()), only);
  const failures = await carryOut(client, decision, log);
  const { tag, untag, nodes, problems } = decision;
  const counts = Object.fromEntries(Object.entries(nodes).map(([name, ids]) => [name, ids.length]));
  log.info('attached', { only, tagged: tag.length, untagged: untag.length, nodes: counts, problems });
  const wrong = [...problems, ...failures];
  if (wrong.length > 0)
    throw new Error(`${resourcePrefix(attachment.environment)} is not attached: ${wrong.join('; ')}`);
  return { tagged: tag.length, untagged: untag.length, nodes };
};

export const handler = createHandler(sdkClients());
