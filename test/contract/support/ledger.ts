import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { UNWITNESSED } from '../../../packages/local-aws/src';

export const ROOT = join(__dirname, '..', '..', '..');
export const PAGE = 'docs/contract.md';
/** The witness of a name or error that AWS's own description of its API has; held by names.host.test.ts. */
export const SERVICE_MODEL = "AWS's service model";
const SOURCE = join(ROOT, 'packages', 'local-aws', 'src');

/** A row of the ledger: what we build on, and why we may. */
export interface LedgerRow {
  readonly section: string;
  /** Names in backticks of the first column: operations, error codes, actions, events, resource types, keys. */
  readonly names: readonly string[];
  readonly behaviour: string;
  readonly witness: string;
  /** Files of this repository. */
  readonly heldBy: readonly string[];
}

const inBackticks = (text: string): readonly string[] =>
  [...text.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);

/** Tables of the page whose header is `What | Behaviour | Witness | Held by`. */
export const ledgerRows = (page: string = readFileSync(join(ROOT, PAGE), 'utf8')): readonly LedgerRow[] =>
  page.split(/^#{2,3} /m).flatMap((part) => {
    const [section = '', ...lines] = part.split('\n');
    const table = lines.filter((line) => line.startsWith('|')).map(cellsOf);
    const [header = []] = table;
    if (header.join('|') !== 'What|Behaviour|Witness|Held by') return [];
    return table.slice(2).map(([what = '', behaviour = '', witness = '', heldBy = '']) => ({
      ...{ section: section.trim(), names: inBackticks(what), behaviour, witness },
      heldBy: inBackticks(heldBy),
    }));
  });

const cellsOf = (line: string): string[] =>
  line
    .replace(/^\||\|$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim());

const filesBelow = (directory: string): readonly string[] =>
  readdirSync(directory, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory()
      ? filesBelow(join(directory, entry.name))
      : entry.name.endsWith('.ts')
        ? [join(directory, entry.name)]
        : [],
  );

/** Files outside services/ that answer for one service. */
const SERVICE_OF_FILE: Readonly<Record<string, string>> = {
  'message-queue.ts': 'sqs',
  'rate-limit.ts': 'ssm',
};

const serviceOf = (file: string): string =>
  SERVICE_OF_FILE[basename(file)] ??
  (file.includes('/services/') ? (/^[a-z0-9]+/.exec(basename(file))?.[0] ?? 'every') : 'every');

/** An error code: a literal that ends as AWS's codes do, or stands first in `new AwsError(`. */
const codesIn = (source: string): readonly string[] => [
  ...[...source.matchAll(/new AwsError\(\s*'([A-Za-z.]+)'/g)].map(([, code = '']) => code),
  ...[...source.matchAll(/(?:missing|wrong|code)\b[^\n']*'([A-Z][A-Za-z.]+)'/g)].map(([, code = '']) => code),
  ...[
    ...source.matchAll(/'(Invalid[A-Za-z]+\.[A-Za-z]+|[A-Z][A-Za-z]+Exception|UnauthorizedOperation)'/g),
  ].map(([, code = '']) => code),
];

/** Error codes that the local AWS can throw of itself, by service; `every`: whatever the service. */
export const errorCodes = (): ReadonlyMap<string, ReadonlySet<string>> => {
  const found = new Map<string, Set<string>>();
  for (const file of filesBelow(SOURCE)) {
    const source = readFileSync(file, 'utf8');
    // aws-error.ts itself lists codes that a scenario may inject.
    if (!source.includes('AwsError') || basename(file) === 'aws-error.ts') continue;
    const codes = found.get(serviceOf(file)) ?? new Set<string>();
    codesIn(source).forEach((code) => codes.add(code));
    found.set(serviceOf(file), codes);
  }
  return found;
};

const literals = (pattern: RegExp): readonly string[] => [
  ...new Set(
    filesBelow(SOURCE).flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(pattern)].map(([, name = '']) => name),
    ),
  ),
];

/** Resource types of a template that the local AWS gives life to. */
export const resourceTypes = (): readonly string[] => literals(/ofType\('(AWS::[A-Za-z0-9:]+)'/g);

/** `detail-type` of the events that it sends. */
export const eventTypes = (): readonly string[] =>
  literals(/'((?:[A-Z][\w-]+ ){1,4}(?:Change|Notification|Action|Event|Successful|Unsuccessful))'/g);

/** Keys of the behaviours that it plays either way, for want of a witness. */
export const unwitnessedKeys = (): readonly string[] => Object.keys(UNWITNESSED);
