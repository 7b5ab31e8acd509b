import { unknown, type Known } from '../../domain/known';
import { resourcePrefix } from '../../domain/names/naming';
import type { Caller, Target } from '../account';
import type { ListedNode, StatusFacts } from '../status/status-facts';
import { tried } from '../../aws/tried';
import type { AccountFacts, CheckedNode } from './account-facts';
import type { DoctorClient } from './doctor.client';

/** Where the CDK says which bootstrap stack a region has; the qualifier is the default one, as in cdk.json. */
export const BOOTSTRAP_PARAMETER = '/cdk-bootstrap/hnb659fds/version';

export interface AccountWorld {
  readonly caller: () => Promise<Caller>;
  readonly client: DoctorClient;
  /** As `headroom status` reads it. */
  readonly status: () => Promise<StatusFacts>;
  readonly groupOf: (node: ListedNode) => string | undefined;
  readonly shellRegion: string | undefined;
  readonly nowMs: number;
}

/** Reads an account; what AWS refuses is unknown. Nothing is read of an account that is not the environment's. */
export const readAccount = async (
  { environmentName, account }: Target,
  instanceTypes: readonly string[],
  { caller: askCaller, client, status, groupOf, shellRegion, nowMs }: AccountWorld,
): Promise<AccountFacts> => {
  const caller = await tried(askCaller());
  if (!caller.known || caller.value.account !== account)
    return { caller, shellRegion, ...unread(`needs credentials of account ${account}`) };
  const [bootstrapVersion, vcpus, vcpusOf, documents, facts] = await Promise.all([
    tried(client.parameter(BOOTSTRAP_PARAMETER)),
    tried(client.vcpuQuota(nowMs)),
    tried(client.vcpusOf(instanceTypes)),
    tried(client.documents(`${resourcePrefix(environmentName)}-`)),
    tried(status()),
  ]);
  return {
    ...{ caller, shellRegion, vcpusOf, documents },
    bootstrapVersion: map(bootstrapVersion, (value) => (value === undefined ? undefined : Number(value))),
    vcpus: vcpus.known
      ? vcpus.value === undefined
        ? unknown('CloudWatch has no measurement of the last hour')
        : { known: true, value: vcpus.value }
      : vcpus,
    nodes: map(facts, (read) => runningNodes(read, groupOf)),
    pauses: facts.known ? facts.value.pauses : facts,
  };
};

const unread = (why: string): Omit<AccountFacts, 'caller' | 'shellRegion'> => ({
  ...{ bootstrapVersion: unknown(why), vcpus: unknown(why), vcpusOf: unknown(why) },
  ...{ documents: unknown(why), nodes: unknown(why), pauses: unknown(why) },
});

const map = <T, U>(fact: Known<T>, use: (value: T) => U): Known<U> =>
  fact.known ? { known: true, value: use(fact.value) } : fact;

const runningNodes = (
  { nodes, agents, series }: StatusFacts,
  groupOf: AccountWorld['groupOf'],
): readonly CheckedNode[] =>
  nodes
    .filter(({ state }) => state === 'running')
    .map((node) => ({
      instanceId: node.instanceId,
      nodeGroup: groupOf(node),
      agent: map(agents, (all) => all.get(node.instanceId)),
      isMeasured: map(series, (all) => (all.get(node.instanceId)?.lately.length ?? 0) > 0),
    }));
