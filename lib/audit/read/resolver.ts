import { Conditions } from './intrinsics/conditions';
import { dynamicReference } from './intrinsics/dynamic-references';
import { INTRINSIC_FUNCTIONS, functionOf } from './intrinsics/functions';
import { isArray, isObject, own, type Json } from './json';
import { RecursionGuard, type Memo } from './recursion-guard';
import { ABSENT, token, unknownValue, type Resolved } from './resolved';
import type { Resource, StackSet } from './stack-set';
import type { Template } from './template';
import { textOf, type Text } from './text';

/** Resolves CloudFormation's intrinsic functions as far as the templates tell. Never throws, never guesses. */
export class Resolver {
  private readonly guard = new RecursionGuard();
  private readonly memo: Memo<Resolved> = new Map();
  readonly conditions = new Conditions(this, this.guard);

  constructor(readonly stacks: StackSet) {}

  /** undefined stays absent. */
  resolve(template: Template, json: Json | undefined): Resolved {
    if (json === undefined) return ABSENT;
    if (typeof json === 'string') return dynamicReference(this.stacks.options, template, json);
    if (!isObject(json)) return { kind: 'plain', template, json };
    const name = functionOf(json);
    if (name === undefined) return { kind: 'plain', template, json };
    return this.guard.deeper('functions', () => this.call(template, name, json[name] ?? null), unknownValue);
  }

  private call(template: Template, name: string, argument: Json): Resolved {
    const call = INTRINSIC_FUNCTIONS.get(name);
    return call === undefined
      ? unknownValue(`${name} is known at deployment`)
      : call(this, template, argument);
  }

  /** A value that has a name of its own, and so may be asked for often, or lead back to itself. */
  once(template: Template, name: string, work: () => Resolved): Resolved {
    return this.guard.once(this.memo, template, name, work, unknownValue);
  }

  /** A key of a resolved object. */
  field(of: Resolved, key: string): Resolved {
    if (of.kind === 'unknown') return unknownValue(of.why);
    if (of.kind === 'link') return unknownValue(`${token(of)} is known after deployment`);
    return of.kind === 'absent' ? ABSENT : this.resolve(of.template, own(of.json, key));
  }

  path(of: Resolved, ...keys: readonly string[]): Resolved {
    return keys.reduce<Resolved>((value, key) => this.field(value, key), of);
  }

  properties(resource: Resource): Resolved {
    return this.resolve(resource.template, own(resource.json, 'Properties'));
  }

  /** Whether a resource is there: false only where its condition is known to be false. */
  exists({ template, json }: Resource): boolean {
    const condition = own(json, 'Condition');
    return typeof condition !== 'string' || this.conditions.named(template, condition) !== false;
  }

  /** Elements; those that are `AWS::NoValue` are left out. */
  items(of: Resolved): readonly Resolved[] | { readonly why: string } | undefined {
    if (of.kind === 'absent') return undefined;
    if (of.kind === 'unknown') return { why: of.why };
    if (of.kind === 'link') return { why: `${token(of)} is known after deployment` };
    const { json, template } = of;
    if (!isArray(json)) return { why: 'it is no list' };
    return json.map((item) => this.resolve(template, item)).filter(({ kind }) => kind !== 'absent');
  }

  /** All of its parts as text, the unresolved ones as `${…}`. */
  text(template: Template, json: Json): Text {
    return textOf(this.resolve(template, json), json);
  }
}
