import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { LineCounter, isMap, isScalar, isSeq, parseDocument, type Document, type Node } from 'yaml';
import { formatMistake, type PlacedMistake } from '../domain/mistakes/file-mistake';
import { scenarioMistakes } from './scenario-mistakes';
import { scenarioSchema, type Scenario } from './scenario-schema';

export type { Expectation, Scenario } from './scenario-schema';

const SCENARIO_FOLDER = join(__dirname, 'scenarios');

/** The scenario cannot be read. The message lists every mistake with its place. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError';
}

const ROOT_FS = ['node', 'rootFs'];

/** A scenario that ships, in its file, on one of the filesystems that its `rootFs` lists. */
interface Shipped {
  readonly file: string;
  /** undefined: the first. */
  readonly rootFs?: string;
}

const shipped = (): ReadonlyMap<string, Shipped> =>
  new Map(
    readdirSync(SCENARIO_FOLDER)
      .filter((name) => name.endsWith('.yaml'))
      .flatMap((name): [string, Shipped][] => {
        const file = join(SCENARIO_FOLDER, name);
        const listed = parseDocument(readFileSync(file, 'utf8')).getIn(ROOT_FS, true);
        const [, ...others] = isSeq(listed) ? (listed.toJSON() as string[]) : [];
        const first = basename(name, '.yaml');
        return [
          [first, { file }],
          ...others.map((rootFs): [string, Shipped] => [`${first}-${rootFs}`, { file, rootFs }]),
        ];
      }),
  );

/** Names of the scenarios that ship with Headroom. @param kubernetes only those whose node has this. Default: all */
export const shippedScenarios = (kubernetes?: Scenario['node']['kubernetes']): string[] =>
  [...shipped().keys()]
    .filter((name) => kubernetes === undefined || loadScenario(name).node.kubernetes === kubernetes)
    .sort();

/**
 * @param nameOrFile a shipped scenario's name, or a path of a YAML file
 * @throws ScenarioError naming the file, the field, the rule and what exists
 */
export function loadScenario(nameOrFile: string): Scenario {
  const { file, rootFs } = shipped().get(nameOrFile) ?? { file: nameOrFile };
  if (!existsSync(file)) {
    throw new ScenarioError(
      `No scenario named ${nameOrFile}, and no such file. Scenarios: ${shippedScenarios().join(', ')}. Or give a path of a YAML file.`,
    );
  }
  const text = readFileSync(file, 'utf8');
  return rootFs === undefined
    ? parseScenario(text, file)
    : { ...parseScenario(text, file, rootFs), name: nameOrFile };
}

/** The scenario with real Kubernetes on its node. @throws ScenarioError where its node cannot have it */
export function withRealKubernetes({ name, ...scenario }: Scenario): Scenario {
  const parsed = scenarioSchema.safeParse({ ...scenario, node: { ...scenario.node, kubernetes: 'real' } });
  if (parsed.success) return { name, ...parsed.data };
  const why = parsed.error.issues.map(({ message }) => message).join('; ');
  throw new ScenarioError(`The scenario ${name} cannot have real Kubernetes (--real): ${why}.`);
}

/**
 * Reads a scenario's text; `file` is for messages and the default name.
 * @param rootFs one of several filesystems that the text lists. Default: the first
 */
export function parseScenario(text: string, file: string, rootFs?: string): Scenario {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  if (document.errors.length > 0) {
    throw new ScenarioError(document.errors.map((error) => `${file}: ${error.message}`).join('\n'));
  }
  if (rootFs !== undefined) {
    document.setIn(ROOT_FS, rootFs);
    const title: unknown = document.get('title');
    if (typeof title === 'string') document.set('title', `${title} On ${rootFs}.`);
  }
  const raw: unknown = document.toJS({ maxAliasCount: 50 });
  const parsed = scenarioSchema.safeParse(raw);
  if (parsed.success) return { name: basename(file).replace(/\.ya?ml$/, ''), ...parsed.data };
  const mistakes = parsed.error.issues
    .flatMap((issue) => scenarioMistakes(scenarioSchema, raw, issue))
    .map(({ atKey = false, ...mistake }): PlacedMistake => {
      const { line, col } = lines.linePos(offsetOf(document, mistake.path, atKey));
      return { ...mistake, file, line, column: col };
    })
    .sort((a, b) => a.line - b.line || a.column - b.column);
  const count = mistakes.length === 1 ? 'One mistake' : `${mistakes.length} mistakes`;
  throw new ScenarioError([`${count} in the scenario:`, ...mistakes.map(formatMistake)].join('\n\n'));
}

/** Where a value begins, or its key; the nearest parent where it is missing. */
const offsetOf = (document: Document, path: PlacedMistake['path'], atKey: boolean): number => {
  const parent = document.getIn(path.slice(0, -1), true);
  if (atKey && isMap(parent)) {
    const pair = parent.items.find(({ key }) => isScalar(key) && key.value === path.at(-1));
    if (pair && isScalar(pair.key)) return pair.key.range?.[0] ?? 0;
  }
  for (let depth = path.length; depth > 0; depth -= 1) {
    const node = document.getIn(path.slice(0, depth), true) as Node | undefined;
    if (node?.range) return node.range[0];
  }
  return document.contents?.range?.[0] ?? 0;
};
