import { parse } from 'yaml';
import { z } from 'zod';
import { DOCUMENTS, documentName, type DocumentBaseName } from '../domain/names/naming';
import { documentFiles, readDocument } from '../runbooks/document-source';
import { ConsoleError } from './console-error';
import { headroomCommand } from './headroom-command';

export interface RunbookParameter {
  readonly name: string;
  readonly description: string;
  /** undefined: it must be given. `''` counts as a default. */
  readonly default: string | undefined;
  readonly allowedPattern: string | undefined;
}

/** An Automation document that a person may start. */
export interface Runbook {
  readonly base: DocumentBaseName;
  /** The first line of its description, e.g. `heal a node's disk`. */
  readonly title: string;
  readonly parameters: readonly RunbookParameter[];
  /** Starting it asks first. */
  readonly disruptive: boolean;
}

/** Any other runbook asks first, so that a new one does until someone has decided that it is harmless. */
const HARMLESS: readonly string[] = ['DiagnoseNode', 'UncordonNode'];

const schema = z.object({
  schemaVersion: z.union([z.string(), z.number()]),
  description: z.string(),
  parameters: z
    .record(
      z.string(),
      z.object({
        type: z.string(),
        description: z.string().default(''),
        default: z.unknown().optional(),
        allowedPattern: z.string().optional(),
      }),
    )
    .default({}),
});

/** A default that the deployment fills in is none that we know, but it need not be given. */
const SET_AT_DEPLOYMENT = /^\{\{\{.*\}\}\}$/;

const defaultOf = (value: unknown): string | undefined =>
  value === undefined
    ? undefined
    : typeof value === 'string'
      ? SET_AT_DEPLOYMENT.test(value)
        ? ''
        : value
      : JSON.stringify(value);

/** The documents of an environment that people start, by name. They are read from the rooms' files. */
export const runbooks = (): readonly Runbook[] =>
  documentFiles()
    .filter((name): name is DocumentBaseName => (DOCUMENTS as readonly string[]).includes(name))
    .flatMap((base) => {
      const document = schema.parse(parse(readDocument(base)));
      if (String(document.schemaVersion) !== '0.3') return [];
      const [first = ''] = document.description.split('\n');
      return [
        {
          base,
          title: first.replace(/^# Headroom: /, ''),
          disruptive: !HARMLESS.includes(base),
          parameters: Object.entries(document.parameters).map(([name, parameter]) => ({
            name,
            description: parameter.description.trim(),
            default: defaultOf(parameter.default),
            allowedPattern: parameter.allowedPattern,
          })),
        },
      ];
    });

/** @throws ConsoleError when there is none of that name; `HealNode` and `headroom-prod-HealNode` are both right */
export const findRunbook = (name: string, environment: string, all = runbooks()): Runbook => {
  const found = all.find(({ base }) => base === name || documentName(environment, base) === name);
  if (found !== undefined) return found;
  const near = all.find(({ base }) => base.toLowerCase() === name.toLowerCase());
  throw new ConsoleError(
    `There is no runbook "${name}".${near === undefined ? '' : ` Did you mean ${near.base}?`} ` +
      `There are: ${all.map(({ base }) => base).join(', ')}. \`${headroomCommand(`run --list --env ${environment}`)}\` says what each one does.`,
  );
};

/** `--instance` is this parameter. */
const INSTANCE = 'InstanceId';

/** `Key=Value` as they come from `--set`. @throws ConsoleError for another form, and for a key that comes twice */
export const readSettings = (settings: readonly string[]): Readonly<Record<string, string>> => {
  const values: Record<string, string> = {};
  for (const setting of settings) {
    const [, key, value] = /^([A-Za-z][A-Za-z0-9]*)=([\s\S]*)$/.exec(setting) ?? [];
    if (key === undefined || value === undefined)
      throw new ConsoleError(
        `--set must be Key=Value, got "${setting}". Write e.g. --set TimeoutSeconds=300.`,
      );
    if (Object.hasOwn(values, key))
      throw new ConsoleError(`--set ${key} is given twice. Leave one of them out.`);
    values[key] = value;
  }
  return values;
};

/**
 * The parameters to start a runbook with, checked before AWS is asked.
 * @throws ConsoleError with everything that is wrong
 */
export const startParameters = (
  runbook: Runbook,
  instanceId: string | undefined,
  settings: Readonly<Record<string, string>>,
): Readonly<Record<string, readonly string[]>> => {
  const known = new Map(runbook.parameters.map((parameter) => [parameter.name, parameter]));
  const wrong: string[] = [];
  const given: Record<string, string> = { ...settings };
  if (instanceId !== undefined) {
    if (!known.has(INSTANCE))
      wrong.push(`--instance: ${runbook.base} has no parameter ${INSTANCE}; leave --instance out`);
    else if (Object.hasOwn(given, INSTANCE) && given[INSTANCE] !== instanceId)
      wrong.push(`--instance and --set ${INSTANCE}= differ; leave one of them out`);
    else given[INSTANCE] = instanceId;
  }
  for (const [name, value] of Object.entries(given)) {
    const parameter = known.get(name);
    if (parameter === undefined) {
      const names = [...known.keys()].join(', ') || 'none';
      wrong.push(`${name}: ${runbook.base} has no such parameter; it has ${names}`);
    } else if (parameter.allowedPattern !== undefined && !new RegExp(parameter.allowedPattern).test(value)) {
      wrong.push(
        `${name}: must match ${parameter.allowedPattern}, found "${value}". ${parameter.description}`,
      );
    }
  }
  for (const { name, default: value, description } of runbook.parameters)
    if (value === undefined && !Object.hasOwn(given, name))
      wrong.push(
        `${name}: is required; give ${name === INSTANCE ? '--instance i-…' : `--set ${name}=…`}. ${description}`,
      );
  if (wrong.length > 0)
    throw new ConsoleError(
      `${runbook.base} cannot be started:\n${wrong.map((line) => `  ${line}`).join('\n')}`,
    );
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, [value]]));
};

/** What `--list` shows. */
export const runbookList = (all: readonly Runbook[], environment: string): string =>
  all
    .map((runbook) =>
      [
        `${runbook.base}  ${runbook.title}${runbook.disruptive ? '  (asks first)' : ''}`,
        ...runbook.parameters.map(
          (parameter) => `    ${parameter.name}  ${parameter.description.replace(/\s+/g, ' ')}`,
        ),
      ].join('\n'),
    )
    .concat(`Start one: ${headroomCommand(`run NAME --env ${environment} --instance i-… [--set Key=Value]`)}`)
    .join('\n');
