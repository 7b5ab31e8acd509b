import { flat } from '../../app/synthesized';
import { HANDLERS, type HandlerName } from '../../../lib/constructs/bundling';
import { callsOfDocuments, documentsOf } from './document-calls';
import type { Placed } from './every-environment';
import { operationsOfHandler } from './handler-operations';
import { BESIDE, CALLS_OF_OTHERS, ONLY_WHERE, actionsOf } from './iam-actions';
import { operationsOfAttachedNode, operationsOfNode, operationsOfProtect } from './node-calls';
import type { Principal } from './roles';

const handlerOperations = new Map<HandlerName, Promise<readonly string[]>>();

const operationsOf = (name: HandlerName): Promise<readonly string[]> => {
  const known = handlerOperations.get(name) ?? operationsOfHandler(name);
  handlerOperations.set(name, known);
  return known;
};

/** Functions by role: what the handler calls, what polls a queue for it, and where its failures go. */
const ofFunction = async (resources: readonly Placed[], { resource }: Principal): Promise<string[]> => {
  const own = resources.find(
    ({ Type, stack, Properties }) =>
      Type === 'AWS::Lambda::Function' &&
      stack === resource.stack &&
      flat(Properties['Role']) === `<${resource.logicalId}.Arn>`,
  );
  const functionName = flat(own?.Properties['FunctionName'] ?? '');
  const handler = HANDLERS.find((name) => functionName.endsWith(`-${name}`));
  if (own === undefined || handler === undefined) throw new Error(`${resource.logicalId} is of no handler`);
  const ofIt = (type: string): Placed[] =>
    resources.filter(
      ({ Type, stack, Properties }) =>
        Type === type && stack === own.stack && flat(Properties['FunctionName']) === `<${own.logicalId}>`,
    );
  const { Variables = {} } = own.Properties['Environment'] as {
    Variables?: Readonly<Record<string, unknown>>;
  };
  const unwanted = ONLY_WHERE.filter(({ variable, has }) => !has.test(flat(Variables[variable] ?? '')));
  const calls = (await operationsOf(handler)).filter(
    (operation) => !unwanted.some((each) => each.operation === operation),
  );
  return [
    ...CALLS_OF_OTHERS.lambda,
    ...calls.flatMap(actionsOf),
    ...(ofIt('AWS::Lambda::EventSourceMapping').length > 0 ? CALLS_OF_OTHERS.queuePoller : []),
    ...(ofIt('AWS::Lambda::EventInvokeConfig').some(({ Properties }) => 'DestinationConfig' in Properties)
      ? CALLS_OF_OTHERS.failureDestination
      : []),
  ];
};

/** Rules and schedules start Automations by their target. */
const ofStarter = (resources: readonly Placed[], { resource }: Principal): string[] => {
  const targets = resources
    .filter(({ stack }) => stack === resource.stack)
    .flatMap(({ Type, Properties }) =>
      Type === 'AWS::Events::Rule'
        ? (Properties['Targets'] as { Arn: unknown; RoleArn?: unknown }[])
        : Type === 'AWS::Scheduler::Schedule'
          ? [Properties['Target'] as { Arn: unknown; RoleArn?: unknown }]
          : [],
    )
    .filter(({ RoleArn }) => RoleArn !== undefined && flat(RoleArn) === `<${resource.logicalId}.Arn>`)
    .map(({ Arn }) => flat(Arn));
  return targets.flatMap((target) => {
    // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-identity-based.html
    if (/^<WebhookDestination\w+\.Arn>$/.test(target)) return ['events:InvokeApiDestination'];
    if (!/:automation-definition\/|aws-sdk:ssm:startAutomationExecution$/.test(target))
      throw new Error(`what is called to reach ${target}?`);
    return [...actionsOf('ssm:StartAutomationExecution')];
  });
};

const agents = (inAutoScalingGroup: boolean): readonly string[] => [
  ...CALLS_OF_OTHERS.ssmAgent,
  ...CALLS_OF_OTHERS.cloudWatchAgent,
  ...(inAutoScalingGroup ? CALLS_OF_OTHERS.cloudWatchAgentInGroup : []),
];

const installsPackages = (resources: readonly Placed[]): boolean =>
  resources.some(
    ({ Type, Properties }) =>
      Type === 'AWS::SSM::Association' && Properties['Name'] === 'AWS-ConfigureAWSPackage',
  );

const ofNodes = (resources: readonly Placed[], logicalId: string): readonly string[] | undefined => {
  if (logicalId.startsWith('ControlPlaneRole'))
    return [...agents(false), ...operationsOfNode('control-plane').flatMap(actionsOf)];
  if (logicalId.startsWith('WorkerRole'))
    return [...agents(true), ...operationsOfNode('worker').flatMap(actionsOf)];
  if (logicalId.startsWith('NodesNodePolicy'))
    return [
      ...agents(true),
      ...operationsOfAttachedNode().flatMap(actionsOf),
      ...(installsPackages(resources) ? CALLS_OF_OTHERS.packageInstaller : []),
    ];
  if (logicalId.startsWith('NodesControlPlaneMetricsPolicy')) return actionsOf('cloudwatch:PutMetricData');
  if (logicalId.startsWith('NodesControlPlanePolicy')) return operationsOfProtect().flatMap(actionsOf);
  return undefined;
};

const withoutBeside = async (
  resources: readonly Placed[],
  principal: Principal,
): Promise<readonly string[]> => {
  const { resource, service } = principal;
  const ofNode = ofNodes(resources, resource.logicalId);
  if (ofNode !== undefined) return ofNode;
  if (service === 'lambda') return ofFunction(resources, principal);
  if (service === 'ssm') return callsOfDocuments(documentsOf(resources, resource)).actions;
  if (service === 'vpc-flow-logs') return CALLS_OF_OTHERS.flowLog;
  // A chat channel reads what it is told: it may do nothing.
  if (service === 'chatbot') return [];
  if (service === 'dlm') return CALLS_OF_OTHERS.dlm;
  if (service === 'events' || service === 'scheduler') return ofStarter(resources, principal);
  throw new Error(`who runs with ${resource.logicalId}, for ${service}? Teach this reader what it calls`);
};

/** Actions that what runs with the role calls, sorted, each once. */
export const neededActions = async (
  resources: readonly Placed[],
  principal: Principal,
): Promise<string[]> => {
  const beside = BESIDE.filter(({ role }) => principal.resource.logicalId.startsWith(role));
  return [
    ...new Set([...(await withoutBeside(resources, principal)), ...beside.flatMap(({ actions }) => actions)]),
  ].sort();
};
