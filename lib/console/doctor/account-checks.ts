import type { Check } from '../../domain/doctor/check';
import type { Known } from '../../domain/known';
import { AGENT_DOCUMENTS, CONSOLE_DOCUMENTS, HEAL_DOCUMENTS, documentName } from '../../domain/names/naming';
import { describePause } from '../../domain/pause/pause';
import type { Target } from '../account';
import { deployCommand } from '../deploy-command';
import { headroomCommand } from '../headroom-command';
import type { AccountFacts, CheckedNode } from './account-facts';

/** What the environment file asks of an account. */
export interface AccountNeed {
  /** Groups that Headroom makes; empty where the nodes run already. */
  readonly groups: readonly {
    readonly name: string;
    readonly instanceType: string;
    /** At most. */
    readonly nodes: number;
    readonly maxSizeGiB: number;
  }[];
}

/** The bootstrap version that stacks ask for: MIN_BOOTSTRAP_STACK_VERSION of aws-cdk-lib@2.276.0's default synthesizer. */
export const MIN_BOOTSTRAP_VERSION = 6;

/** Instance families of the quota "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances". */
const STANDARD_FAMILY = /^[acdhimrtz]\d/;
/** Names and codes as `aws service-quotas list-service-quotas` prints them. */
const VCPU_QUOTA = { service: 'ec2', code: 'L-1216C47A' } as const;
const GP3_QUOTA = { service: 'ebs', code: 'L-7A658B76' } as const;

/** Whether healing works in an account, from the credentials to the nodes. */
export const accountChecks = (facts: AccountFacts, need: AccountNeed, target: Target): readonly Check[] => [
  credentials(facts, target),
  region(facts, target),
  bootstrap(facts, target),
  vcpus(facts, need, target),
  storage(need, target),
  lambdaConcurrency(target),
  documents(facts, target),
  registered(facts, target),
  measured(facts, target),
  pauses(facts, target),
];

type Verdict = Pick<Check, 'standing' | 'found'> & { readonly next?: string };

/** A check of a fact that may be missing: then it is not checked, for the fact's reason. */
const checkOf = <T>(
  about: Pick<Check, 'name' | 'why'>,
  fact: Known<T>,
  judge: (value: T) => Verdict,
): Check => ({
  ...about,
  ...(fact.known
    ? { next: null, ...judge(fact.value) }
    : { standing: 'not checked', found: fact.why, next: 'see docs/console.md#rights' }),
});

const credentials = ({ caller }: AccountFacts, { account, environmentName }: Target): Check => {
  const about = { name: 'credentials', why: 'everything below is read with them' };
  // Without credentials this check itself has its answer.
  if (!caller.known)
    return {
      ...about,
      standing: 'failed',
      found: caller.why,
      next: 'export AWS_PROFILE=… (and aws sso login where the profile has SSO)',
    };
  const { account: found, arn } = caller.value;
  return found === account
    ? { ...about, standing: 'ok', found: arn, next: null }
    : {
        ...about,
        standing: 'failed',
        found: `account ${found} (${arn}), but the environment is in ${account}`,
        next: `export AWS_PROFILE=…, with credentials for the account of ${environmentName}`,
      };
};

const region = ({ shellRegion }: AccountFacts, target: Target): Check => ({
  name: 'region',
  why: 'Headroom takes the region of the environment file; commands of the aws CLI take that of the shell',
  ...(shellRegion === undefined || shellRegion === target.region
    ? { standing: 'ok', found: target.region, next: null }
    : {
        standing: 'warning',
        found: `${target.region}, but this shell has ${shellRegion}`,
        next: `export AWS_REGION=${target.region}`,
      }),
});

const bootstrap = ({ bootstrapVersion }: AccountFacts, { account, region: place }: Target): Check =>
  checkOf(
    { name: 'CDK bootstrap', why: 'cdk deploy puts files and roles there' },
    bootstrapVersion,
    (version) => {
      if (version !== undefined && version >= MIN_BOOTSTRAP_VERSION)
        return { standing: 'ok', found: `version ${version}` };
      return {
        standing: 'failed',
        found:
          version === undefined
            ? `${place} is not bootstrapped`
            : `version ${version}, needed: ${MIN_BOOTSTRAP_VERSION}`,
        next: `npx cdk bootstrap aws://${account}/${place}`,
      };
    },
  );

const quotaCommand = ({ service, code }: { service: string; code: string }, { region: place }: Target) =>
  `aws service-quotas get-service-quota --region ${place} --service-code ${service} --quota-code ${code} --query Quota.Value`;

const vcpus = (
  { vcpus: quota, vcpusOf, nodes }: AccountFacts,
  { groups }: AccountNeed,
  target: Target,
): Check => {
  const about = { name: 'vCPU quota', why: 'a node above it cannot be launched' };
  const others = groups.filter(({ instanceType }) => !STANDARD_FAMILY.test(instanceType));
  if (groups.length === 0)
    return { ...about, standing: 'ok', found: 'the nodes run already; Headroom launches none', next: null };
  if (others.length > 0)
    return {
      ...about,
      standing: 'not checked',
      found: `${others.map(({ instanceType }) => instanceType).join(', ')}: instance families with a quota of their own`,
      next: `aws service-quotas list-service-quotas --region ${target.region} --service-code ec2`,
    };
  const check = checkOf(about, vcpusOf, (byType): Verdict => {
    if (!quota.known) return { standing: 'not checked', found: quota.why };
    const strange = groups.find(({ instanceType }) => !byType.has(instanceType));
    if (strange !== undefined)
      return {
        standing: 'not checked',
        found: `EC2 does not know ${strange.instanceType} in ${target.region}`,
      };
    const each = (type: string): number => byType.get(type) ?? 0;
    const need = groups.reduce((sum, group) => sum + group.nodes * each(group.instanceType), 0);
    const types = new Map(groups.map(({ name, instanceType }) => [name, instanceType]));
    const own = (nodes.known ? nodes.value : []).reduce(
      (sum, { nodeGroup = '' }) => sum + each(types.get(nodeGroup) ?? ''),
      0,
    );
    const { used, quota: limit } = quota.value;
    const found = `${used} of ${limit} vCPUs are used, ${own} of them here; the environment may need ${need}`;
    if (used - own + need <= limit) return { standing: 'ok', found };
    return {
      standing: need > limit ? 'failed' : 'warning',
      found,
      next: `aws service-quotas request-service-quota-increase --region ${target.region} --service-code ${VCPU_QUOTA.service} --quota-code ${VCPU_QUOTA.code} --desired-value ${Math.ceil(used - own + need)}`,
    };
  });
  return check.standing === 'not checked' ? { ...check, next: quotaCommand(VCPU_QUOTA, target) } : check;
};

/** No client of Service Quotas is a dependency, and EBS has no metric of its use (AWS/Usage). */
const storage = ({ groups }: AccountNeed, target: Target): Check => {
  const gib = groups.reduce((sum, { nodes, maxSizeGiB }) => sum + nodes * maxSizeGiB, 0);
  return {
    name: 'gp3 storage quota',
    standing: 'not checked',
    found:
      groups.length === 0
        ? 'how many nodes there are, Auto Scaling alone knows'
        : `the root volumes of the environment may grow to ${(gib / 1024).toFixed(1)} TiB in all`,
    why: 'a volume above it cannot grow, and healing escalates',
    next: quotaCommand(GP3_QUOTA, target),
  };
};

/**
 * No client of Lambda is a dependency. Lambda reserves concurrency for a function only while 100 remain unreserved:
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
 */
const lambdaConcurrency = ({ region: place }: Target): Check => ({
  name: 'Lambda concurrency',
  standing: 'not checked',
  found: 'ConcurrentExecutions must be above 100; new accounts may have less',
  why: 'functions of which only one may run have reserved concurrency, which Lambda refuses below that',
  next: `aws lambda get-account-settings --region ${place} --query AccountLimit`,
});

/** Without these nothing heals, and nothing is asked of a node. */
const NEEDED_DOCUMENTS = [...HEAL_DOCUMENTS, ...AGENT_DOCUMENTS, ...CONSOLE_DOCUMENTS];

const documents = ({ documents: names }: AccountFacts, { environmentName }: Target): Check =>
  checkOf({ name: 'SSM documents', why: 'they heal, and runbooks are such documents' }, names, (all) => {
    const missing = NEEDED_DOCUMENTS.map((base) => documentName(environmentName, base)).filter(
      (name) => !all.includes(name),
    );
    if (missing.length === 0) return { standing: 'ok', found: `${all.length} are there` };
    return {
      standing: 'failed',
      found: all.length === 0 ? 'none is there' : `missing: ${missing.join(', ')}`,
      next: deployCommand(environmentName),
    };
  });

const diagnose = ({ environmentName }: Target, { instanceId }: CheckedNode): string =>
  headroomCommand(`run DiagnoseNode --env ${environmentName} --instance ${instanceId}`);

/** Shown of a long list. */
const MOST_NAMED = 5;

const listed = (nodes: readonly CheckedNode[], describe: (node: CheckedNode) => string): string =>
  [
    ...nodes.slice(0, MOST_NAMED).map(describe),
    ...(nodes.length > MOST_NAMED ? [`${nodes.length - MOST_NAMED} more`] : []),
  ].join(', ');

/** A check of every node that runs, by one of its facts. */
const nodesCheck = <T>(
  about: Pick<Check, 'name' | 'why'>,
  { nodes }: AccountFacts,
  target: Target,
  {
    factOf,
    isWell,
    well,
    describe,
  }: {
    readonly factOf: (node: CheckedNode) => Known<T>;
    readonly isWell: (value: T) => boolean;
    readonly well: string;
    readonly describe: (node: CheckedNode, value: T) => string;
  },
): Check =>
  checkOf(about, nodes, (all): Verdict => {
    if (all.length === 0)
      return { standing: 'warning', found: 'no node runs', next: deployCommand(target.environmentName) };
    const facts = new Map(all.map((node) => [node, factOf(node)]));
    const unwell = all.filter((node) => {
      const fact = facts.get(node);
      return fact?.known === true && !isWell(fact.value);
    });
    const [first] = unwell;
    if (first !== undefined)
      return {
        standing: 'failed',
        found: listed(unwell, (node) => {
          const fact = facts.get(node);
          return fact?.known === true ? describe(node, fact.value) : node.instanceId;
        }),
        next: diagnose(target, first),
      };
    const [missing] = [...facts.values()].filter((fact) => !fact.known);
    if (missing?.known === false) return { standing: 'not checked', found: missing.why };
    return { standing: 'ok', found: `${all.length} of ${all.length} ${well}` };
  });

const registered = (facts: AccountFacts, target: Target): Check =>
  nodesCheck(
    { name: 'registered nodes', why: 'healing and runbooks reach a node by its SSM agent' },
    facts,
    target,
    {
      factOf: ({ agent }) => agent,
      isWell: (agent) => agent === 'Online',
      well: 'are online in Systems Manager',
      describe: ({ instanceId }, agent) => `${instanceId}: ${agent ?? 'the agent never registered'}`,
    },
  );

const measured = (facts: AccountFacts, target: Target): Check =>
  nodesCheck(
    { name: 'CloudWatch agent', why: 'without its measurements no disk alarm fires' },
    facts,
    target,
    {
      factOf: ({ isMeasured }) => isMeasured,
      isWell: (isMeasured) => isMeasured,
      well: 'measured / in the last 15 minutes',
      describe: ({ instanceId }) => `${instanceId}: no measurement in 15 minutes`,
    },
  );

const pauses = ({ pauses: all }: AccountFacts, { environmentName }: Target): Check => {
  const about = { name: 'pause', why: 'disks fill while healing is paused' };
  if (!all.known && all.why.startsWith('ParameterNotFound'))
    return {
      ...about,
      standing: 'failed',
      found: 'there is no pause parameter: the heal stack is not deployed',
      next: deployCommand(environmentName),
    };
  return checkOf(about, all, (active) =>
    active.length === 0
      ? { standing: 'ok', found: 'healing is not paused' }
      : {
          standing: 'warning',
          found: active.map(describePause).join('; '),
          next: headroomCommand(`resume --env ${environmentName}`),
        },
  );
};
