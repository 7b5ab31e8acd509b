import type { Fact, Unreadable } from '../facts';
import type { JsonObject } from './json';

/** One stack's template, wherever it came from. */
export interface Template {
  /** Relative to what was audited. */
  readonly file: string;
  readonly stackName: string;
  readonly body: JsonObject;
  readonly region: Fact<string>;
  readonly account: Fact<string>;
  /** 1-based line of each resource. */
  readonly lines: ReadonlyMap<string, number>;
  /** Values that the manifest gives. */
  readonly parameters: Readonly<Record<string, string>>;
  /** The stack that has this one as a resource. */
  readonly nestedIn?: { readonly template: Template; readonly logicalId: string };
}

export interface LoadedTemplates {
  readonly templates: readonly Template[];
  readonly unreadable: readonly Unreadable[];
}

export interface ReadOptions {
  /** Values of parameters, for every template that has them. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Name of an SSM parameter → its value, for `AWS::SSM::Parameter::Value<…>` and `{{resolve:ssm:…}}`. */
  readonly ssmParameters?: Readonly<Record<string, string>>;
  /** For templates that no manifest binds to a region. */
  readonly region?: string;
  readonly account?: string;
  /** Name of a single template's stack. Two revisions of one template pair by it. @default - the file's name */
  readonly stackName?: string;
}
