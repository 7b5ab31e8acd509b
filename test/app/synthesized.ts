import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { isAttached, type Environment } from '../../lib/config/schema';
import type { HeadroomStage } from '../../lib/stacks/stage';
import { environmentOf } from './environments';
import { ROOT, cachedFolder } from './sources';

export * from './environments';

export interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, unknown>;
  readonly DependsOn?: readonly string[];
  readonly DeletionPolicy?: string;
}

const outputs: string[] = [];
afterAll(() => outputs.forEach((output) => rmSync(output, { recursive: true })));
const newOutput = (): string => {
  const output = mkdtempSync(join(tmpdir(), 'headroom-synth-'));
  outputs.push(output);
  return output;
};

/** The CDK is loaded only where something is synthesized. */
// eslint-disable-next-line @typescript-eslint/no-require-imports
const cdk = () => require('./stage') as typeof import('./stage');

/** The stage itself, synthesized anew: for those who ask its constructs, or whether a second synthesis is the same. */
export const stageOf = (environmentName: string, environment: Environment): HeadroomStage =>
  cdk().stageIn(newOutput(), environmentName, environment);

/** What the manifests have that an environment names, since its name alone does not tell. */
const manifestsOf = (environment: Environment): readonly string[] => {
  if (isAttached(environment)) return [];
  const { cniManifest, metricsServerManifest = '' } = environment.cluster;
  return [cniManifest, metricsServerManifest]
    .map((path) => join(ROOT, path))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile())
    .map((path) => readFileSync(path, 'utf8'));
};

/** The app's assembly folder: once synthesized it is read from the cache, as long as no source changes. */
const folderOf = (environmentName: string, environment: Environment): string => {
  const cached = cachedFolder(environmentName, JSON.stringify(environment), ...manifestsOf(environment));
  if (!cached.isThere) {
    const made = cached.begin();
    cdk().synthesizeIn(made, environmentName, environment);
    cached.keep(made);
  }
  return cached.folder;
};

/** An environment's cloud assembly. */
export const assemblyOf = (environmentName: string, environment: Environment): CloudAssembly =>
  new CloudAssembly(join(folderOf(environmentName, environment), `assembly-headroom-${environmentName}`));

/**
 * What the CDK holds against an environment: messages of its stacks, and what its checks of templates found, which the whole app's
 * synthesis alone runs, and which is in its report alone (aws-cdk-lib@2.276.0 core/lib/private/synthesis-validation.js).
 */
export const warningsOf = ({ directory, stacks }: CloudAssembly): readonly unknown[] => {
  const report = JSON.parse(readFileSync(join(directory, '..', 'validation-report.json'), 'utf8')) as {
    readonly pluginReports: readonly { readonly violations: readonly unknown[] }[];
  };
  return [
    ...stacks.flatMap(({ messages }) => messages.filter(({ level }) => String(level) !== 'info')),
    ...report.pluginReports.flatMap(({ violations }) => violations),
  ];
};

const STACKS = ['agents', 'attach', 'cluster', 'heal', 'observe', 'operate', 'protect'] as const;
type StackKind = (typeof STACKS)[number];

/** An environment's templates. One that it does not have is refused when it is asked for. */
export interface Synthesized extends Readonly<Record<StackKind, Template>> {
  readonly assembly: CloudAssembly;
  /** Kinds of the stacks that a stack is deployed after, sorted. */
  readonly dependenciesOf: (kind: StackKind) => readonly string[];
}

const read = (environmentName: string, assembly: CloudAssembly): Synthesized => {
  const stackName = (kind: StackKind): string => `headroom-${environmentName}-${kind}`;
  const templates = new Map<StackKind, Template>();
  const templateOf = (kind: StackKind): Template => {
    const template =
      templates.get(kind) ??
      Template.fromJSON(assembly.getStackByName(stackName(kind)).template as Record<string, unknown>);
    templates.set(kind, template);
    return template;
  };
  const dependenciesOf = (kind: StackKind): readonly string[] => {
    const needed = new Set(assembly.getStackByName(stackName(kind)).dependencies.map(({ id }) => id));
    const isNeeded = (other: StackKind): boolean =>
      assembly.stacks.some(({ id, stackName: name }) => needed.has(id) && name === stackName(other));
    return STACKS.filter(isNeeded);
  };
  const synthesized = { assembly, dependenciesOf };
  for (const kind of STACKS)
    Object.defineProperty(synthesized, kind, { enumerable: true, get: () => templateOf(kind) });
  return synthesized as Synthesized;
};

export const synthesize = (
  environmentName: string,
  environment: Environment = environmentOf(environmentName),
): Synthesized => read(environmentName, assemblyOf(environmentName, environment));

/** As `synthesize`, but past the cache: for a second synthesis, which must give the same, and for what comes up once only. */
export const synthesizeAnew = (
  environmentName: string,
  environment: Environment = environmentOf(environmentName),
): Synthesized => read(environmentName, stageOf(environmentName, environment).synth());

const cache = new Map<string, Synthesized>();

/** An environment as its file has it, read once per test file. */
export const shipped = (environmentName: string): Synthesized => {
  const known = cache.get(environmentName) ?? synthesize(environmentName);
  cache.set(environmentName, known);
  return known;
};

/** All resources of a type, by logical id. */
export const resources = (template: Template, type: string): Record<string, Resource> =>
  template.findResources(type) as Record<string, Resource>;

/** All resources of an environment's templates. */
export const allResources = (synthesized: Synthesized): [logicalId: string, Resource][] =>
  synthesized.assembly.stacks.flatMap(({ template }) =>
    Object.entries((template as { Resources: Record<string, Resource> }).Resources),
  );

/** Text of a value with intrinsics: joins are joined, references become `<LogicalId>`. */
export const flat = (value: unknown): string => {
  if (typeof value === 'string') return value;
  const node = value as Record<string, unknown>;
  if (typeof node?.['Ref'] === 'string') return `<${node['Ref']}>`;
  if (Array.isArray(node?.['Fn::GetAtt'])) return `<${(node['Fn::GetAtt'] as string[]).join('.')}>`;
  if (Array.isArray(node?.['Fn::Join'])) {
    const [separator, parts] = node['Fn::Join'] as [string, unknown[]];
    return parts.map(flat).join(separator);
  }
  if (Array.isArray(node?.['Fn::Select'])) {
    const [index, split] = node['Fn::Select'] as [number, { 'Fn::Split'?: [string, unknown] }];
    if (split['Fn::Split'] !== undefined) return `${flat(split['Fn::Split'][1])}[${index}]`;
  }
  if (node?.['Fn::ImportValue'] !== undefined) return `<import ${flat(node['Fn::ImportValue'])}>`;
  return JSON.stringify(value);
};
