import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { loadEnvironments } from '../../lib/config/load';
import { isAttached, type Environment, type ProvisionedEnvironment } from '../../lib/config/schema';
import { HeadroomStage } from '../../lib/stacks/stage';

export const ROOT = join(__dirname, '..', '..');

export interface Shipped {
  readonly name: string;
  readonly environment: ProvisionedEnvironment;
}

/** Headroom makes the nodes of all of them; test/stacks/attach/ has environments whose nodes run already. */
export const ENVIRONMENTS: readonly Shipped[] = loadEnvironments(join(ROOT, 'environments')).map(
  ({ name, environment }) => {
    if (isAttached(environment)) throw new Error(`${name} is attached to nodes that run already`);
    return { name, environment };
  },
);

export interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, unknown>;
  readonly DependsOn?: readonly string[];
  readonly DeletionPolicy?: string;
}

export interface Synthesized {
  readonly stage: HeadroomStage;
  readonly cluster: Template;
  readonly agents: Template;
  readonly heal: Template;
  readonly observe: Template;
  readonly operate: Template;
  readonly protect: Template;
}

/** A shipped environment's file, with changes. */
export const environmentOf = (name: string): ProvisionedEnvironment => {
  return structuredClone(ENVIRONMENTS.find((environment) => environment.name === name)!.environment);
};

const cdkContext = (): Record<string, unknown> =>
  (JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8')) as { context: Record<string, unknown> }).context;

const outputs: string[] = [];
afterAll(() => outputs.forEach((output) => rmSync(output, { recursive: true })));

/** The stage alone, in this process, without bundling the handlers. */
export const stageOf = (environmentName: string, environment: Environment): HeadroomStage => {
  const outdir = mkdtempSync(join(tmpdir(), 'headroom-synth-'));
  outputs.push(outdir);
  const app = new App({
    outdir,
    context: { ...cdkContext(), 'aws:cdk:bundling-stacks': [] },
  });
  return new HeadroomStage(app, { environmentName, environment });
};

/**
 * What the CDK holds against an environment: messages of its stacks, and what its checks of templates found, which the whole app's
 * synthesis alone runs, and which is in its report alone (aws-cdk-lib@2.276.0 core/lib/private/synthesis-validation.js).
 */
export const warningsOf = (stage: HeadroomStage): readonly unknown[] => {
  const { directory } = (stage.node.root as App).synth();
  const report = JSON.parse(readFileSync(join(directory, 'validation-report.json'), 'utf8')) as {
    readonly pluginReports: readonly { readonly violations: readonly unknown[] }[];
  };
  return [
    ...stage
      .synth()
      .stacks.flatMap(({ messages }) => messages.filter(({ level }) => String(level) !== 'info')),
    ...report.pluginReports.flatMap(({ violations }) => violations),
  ];
};

export const synthesize = (
  environmentName: string,
  environment: ProvisionedEnvironment = environmentOf(environmentName),
): Synthesized => {
  const stage = stageOf(environmentName, environment);
  return {
    stage,
    cluster: Template.fromStack(stage.cluster!),
    agents: Template.fromStack(stage.agents),
    heal: Template.fromStack(stage.heal),
    observe: Template.fromStack(stage.observe),
    operate: Template.fromStack(stage.operate),
    protect: Template.fromStack(stage.protect!),
  };
};

const cache = new Map<string, Synthesized>();

/** An environment as its file has it, synthesized once per test file. */
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
  Object.values(synthesized)
    .filter((part) => part instanceof Template)
    .flatMap((template) =>
      Object.entries((template.toJSON() as { Resources: Record<string, Resource> }).Resources),
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
