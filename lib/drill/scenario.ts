import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { scenarioSchema, type Scenario } from './scenario-schema';

export type { Expectation, Scenario } from './scenario-schema';

const SCENARIO_FOLDER = join(__dirname, 'scenarios');

/** The scenario cannot be read. The message lists every mistake with its place. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError';
}

/** Names of the scenarios that ship with Headroom. */
export const shippedScenarios = (): string[] =>
  readdirSync(SCENARIO_FOLDER)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => basename(file, '.yaml'))
    .sort();

/**
 * @param nameOrFile a shipped scenario's name, or a path of a YAML file
 * @throws ScenarioError naming the file, the field, the rule and what exists
 */
export function loadScenario(nameOrFile: string): Scenario {
  const shipped = join(SCENARIO_FOLDER, `${nameOrFile}.yaml`);
  const isName = /^[a-z0-9-]+$/.test(nameOrFile);
  const file = isName && existsSync(shipped) ? shipped : nameOrFile;
  if (!existsSync(file)) {
    throw new ScenarioError(
      `No scenario named ${nameOrFile}, and no such file. Scenarios: ${shippedScenarios().join(', ')}. Or give a path of a YAML file.`,
    );
  }
  return parseScenario(readFileSync(file, 'utf8'), file);
}

/** Reads a scenario's text; `file` is for messages and the default name. */
export function parseScenario(text: string, file: string): Scenario {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  if (document.errors.length > 0) {
    throw new ScenarioError(document.errors.map((error) => `${file}: ${error.message}`).join('\n'));
  }
  const parsed = scenarioSchema.safeParse(document.toJS({ maxAliasCount: 50 }));
  if (parsed.success) return { name: basename(file).replace(/\.ya?ml$/, ''), ...parsed.data };
  const mistakes = parsed.error.issues.map((issue) => {
    const node: unknown = document.getIn(issue.path.map(String), true);
    const range = (node as { range?: [number, number, number] } | undefined)?.range;
    const at = range ? `:${lines.linePos(range[0]).line}` : '';
    return `${file}${at}: ${issue.path.join('.') || '(top)'}: ${issue.message}`;
  });
  throw new ScenarioError(mistakes.join('\n'));
}
