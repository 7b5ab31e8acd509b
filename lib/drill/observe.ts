import type { HealReport } from '../domain/heal-report';
import type { LocalCloud } from './cloud/local-cloud';
import type { DrillNode } from './drill-node';
import { executionSteps } from './execution-steps';
import type { Observed } from './judge';
import { apiServerReady, kubeletHealthy, shell } from './observe-node';
import type { Expectation, Scenario } from './scenario';

const SHOWN_CHARACTERS = 300;

/** Looks at the node and at what AWS was asked, with all at rest. */
export async function observe(
  node: DrillNode,
  cloud: LocalCloud,
  role: Scenario['node']['role'],
  expected: Expectation,
): Promise<Observed> {
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
  };
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
