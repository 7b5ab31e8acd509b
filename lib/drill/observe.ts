import type { HealReport } from '../domain/outcome/heal-report';
import type { LocalCloud } from './cloud/local-cloud';
import type { DrillNode } from './drill-node';
import { executionSteps } from './execution-steps';
import type { Held, Observed } from './judge';
import { apiServerReady, kubeletHealthy, shell } from './observe-node';
import type { Operators } from './operators';
import type { Expectation, Scenario } from './scenario';

const SHOWN_CHARACTERS = 300;

export interface Observer {
  readonly node: DrillNode;
  readonly cloud: LocalCloud;
  readonly people: Operators;
  readonly role: Scenario['node']['role'];
  /** The node's group may only be observed. */
  readonly onlyObserved: boolean;
}

/** Looks at the node and at what AWS was asked, with all at rest. */
export async function observe(observer: Observer, expected: Expectation): Promise<Observed> {
  const { node, cloud, role } = observer;
  const figures = await node.rootFigures();
  return {
    ...figures,
    kubeletHealthy: await kubeletHealthy(node),
    apiServerReady: role === 'control-plane' ? await apiServerReady(node) : null,
    opsItems: cloud.opsItems().length,
    messages: cloud.messages().length,
    executions: cloud.executions().filter(({ DocumentName }) => String(DocumentName).endsWith('-HealNode'))
      .length,
    opsItemTexts: cloud.opsItems().map(({ title, description }) => `${title}\n${description}`),
    messageTexts: cloud.messages().map(({ subject, message }) => `${subject ?? ''}\n${message}`),
    steps: Object.fromEntries(executionSteps(cloud.executions()).map(({ name, status }) => [name, status])),
    apiCalls: cloud.apiCalls(),
    failedChecks: await failedChecks(node, expected.node),
    claimed: lastReport(cloud)?.verdict ?? null,
    instanceRuns: cloud.fleet.drilledRuns,
    growthIsRefused: await cloud.growthIsRefused(),
    held: await held(observer),
  };
}

/** Calls that change a node or its volume. */
const CHANGES = ['ec2:ModifyVolume', 'ec2:RebootInstances', 'ec2:CreateSnapshot'];
/** Documents that only look, and what an association or a person sends. */
const NO_HEALING = /-(AssessNode|VerifyNode|PauseGuard|PrepareNode)$/;

async function held({ cloud, people, onlyObserved }: Observer): Promise<Held | undefined> {
  if (await people.hasPaused()) return 'paused';
  if (people.answers.at(-1)?.answer === 'reject') return 'denied';
  const calls = cloud.apiCalls();
  const commands = await cloud.commandsOnDrilled();
  const touched =
    CHANGES.some((call) => (calls[call] ?? 0) > 0) || commands.some((name) => !NO_HEALING.test(name));
  return onlyObserved && !touched ? 'observed' : undefined;
}

async function failedChecks(node: DrillNode, commands: readonly string[]): Promise<readonly string[]> {
  const failed: string[] = [];
  for (const command of commands) {
    const { exitCode, stdout, stderr } = await shell(node, command);
    const said = `${stdout}${stderr}`.trim().slice(0, SHOWN_CHARACTERS);
    if (exitCode !== 0) failed.push(`${command} (exit ${exitCode}) ${said}`);
  }
  return failed;
}

/** What `record` wrote to the evidence bucket last. */
export function lastReport(cloud: LocalCloud): HealReport | undefined {
  const last = cloud
    .objects()
    .filter(({ key }) => key.startsWith('reports/'))
    .at(-1);
  return last === undefined ? undefined : (JSON.parse(last.body) as HealReport);
}
