import { isArray, isObject, own, ownObject, ownText, type Json, type JsonObject } from './json';
import { MAX_RESOLUTION_DEPTH, MAX_TEXT } from './limits';
import type { Resource, StackSet } from './stack-set';
import type { Template } from './template';

/** What became of a value. Arrays and objects are resolved one level at a time, by whoever looks into them. */
export type Resolved =
  | { readonly kind: 'plain'; readonly template: Template; readonly json: Json }
  /** A resource of the templates, or an attribute of it. */
  | { readonly kind: 'link'; readonly resource: Resource; readonly attribute?: string }
  | {
      readonly kind: 'unknown';
      readonly why: string;
      /** Name of the SSM parameter that holds the value. */
      readonly ssmParameter?: string;
    }
  | { readonly kind: 'absent' };

export type Link = Extract<Resolved, { readonly kind: 'link' }>;

/** A text whose unresolved parts are named. */
interface Text {
  readonly text: string;
  /** Why it is not the whole text. */
  readonly why?: string;
  /** It is, or holds, the token of a resource. */
  readonly link?: Link;
}

type Truth = boolean | { readonly why: string };

const ABSENT: Resolved = { kind: 'absent' };
const unknownValue = (why: string, ssmParameter?: string): Resolved => ({
  kind: 'unknown',
  why,
  ...(ssmParameter !== undefined && { ssmParameter }),
});

/** `ref:LOGICAL_ID` or `ref:LOGICAL_ID.ATTRIBUTE`. */
export const token = ({ resource, attribute }: Link): string =>
  `ref:${resource.logicalId}${attribute === undefined ? '' : `.${attribute}`}`;

const SSM_REFERENCE = /^(?:\{\{resolve:ssm:([^}]+)\}\}|resolve:ssm:(.+))$/;
const VERSION = /:\d+$/;

/** The one key of `{"Ref": …}`, `{"Fn::…": …}` or `{"Condition": …}`. */
const functionOf = (json: JsonObject): string | undefined => {
  // Without a list of all keys: an object may have very many.
  let only: string | undefined;
  for (const key in json) {
    if (only !== undefined) return undefined;
    only = key;
  }
  if (only === undefined) return undefined;
  return only === 'Ref' || only.startsWith('Fn::') ? only : undefined;
};

/** Resolves CloudFormation's intrinsic functions as far as the templates tell. Never throws, never guesses. */
export class Resolver {
  private readonly memo = new Map<Template, Map<string, Resolved>>();
  private readonly conditions = new Map<Template, Map<string, Truth>>();
  /** What is being resolved, for the name of a cycle. */
  private readonly open: string[] = [];
  private readonly isOpen = new Set<string>();
  private depth = 0;

  constructor(readonly stacks: StackSet) {}

  /** undefined stays absent. */
  resolve(template: Template, json: Json | undefined): Resolved {
    if (json === undefined) return ABSENT;
    if (typeof json === 'string') return this.dynamicReference(template, json);
    if (!isObject(json)) return { kind: 'plain', template, json };
    const name = functionOf(json);
    if (name === undefined) return { kind: 'plain', template, json };
    if (this.depth >= MAX_RESOLUTION_DEPTH)
      return unknownValue(`functions are nested more than ${MAX_RESOLUTION_DEPTH} deep`);
    this.depth++;
    try {
      return this.call(template, name, json[name] ?? null);
    } finally {
      this.depth--;
    }
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
    return typeof condition !== 'string' || this.condition(template, condition) !== false;
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
    return this.asText(this.resolve(template, json), json);
  }

  private asText(value: Resolved, json: Json): Text {
    if (value.kind === 'link') return { text: token(value), link: value };
    if (value.kind === 'absent') return { text: '' };
    if (value.kind === 'unknown') {
      const name = ownText(json, 'Ref') ?? 'unknown';
      return { text: `\${${name}}`, why: value.why };
    }
    const scalar = value.json;
    return typeof scalar === 'object'
      ? { text: '', why: 'a list or mapping stands where a text should be' }
      : { text: String(scalar) };
  }

  private joined(template: Template, parts: readonly Text[], separator: string): Resolved {
    let length = 0;
    for (const { text } of parts) length += text.length + separator.length;
    if (length > MAX_TEXT) return unknownValue(`a text is longer than ${MAX_TEXT} characters`);
    const text = parts.map((part) => part.text).join(separator);
    const hole = parts.find(({ why }) => why !== undefined);
    if (hole?.why !== undefined) return unknownValue(hole.why);
    return { kind: 'plain', template, json: text };
  }

  private call(template: Template, name: string, value: Json): Resolved {
    switch (name) {
      case 'Ref':
        return typeof value === 'string' ? this.ref(template, value) : unknownValue('Ref has no name');
      case 'Fn::GetAtt':
        return this.getAtt(template, value);
      case 'Fn::Sub':
        return this.sub(template, value);
      case 'Fn::Join':
        return this.join(template, value);
      case 'Fn::If':
        return this.if(template, value);
      case 'Fn::FindInMap':
        return this.findInMap(template, value);
      case 'Fn::Select':
        return this.select(template, value);
      case 'Fn::Split':
        return this.split(template, value);
      case 'Fn::Base64':
        // The audit reads what goes in.
        return this.resolve(template, value);
      case 'Fn::ImportValue':
        return this.importValue(template, value);
      case 'Fn::Transform':
        return unknownValue(`the macro ${ownText(value, 'Name') ?? ''} makes it at deployment`);
      default:
        return unknownValue(`${name} is known at deployment`);
    }
  }

  /** Keeps the answer, and names the cycle where it leads back to itself. */
  private once(template: Template, key: string, work: () => Resolved): Resolved {
    const memo = this.memo.get(template) ?? new Map<string, Resolved>();
    this.memo.set(template, memo);
    const before = memo.get(key);
    if (before !== undefined) return before;
    const label = `${template.stackName}/${key}`;
    if (this.isOpen.has(label)) return unknownValue(this.cycle(label));
    this.open.push(label);
    this.isOpen.add(label);
    const value = work();
    this.open.pop();
    this.isOpen.delete(label);
    // Also what a cycle cut short: without that, a few doubling conditions take for ever.
    memo.set(key, value);
    return value;
  }

  private cycle(label: string): string {
    const names = this.open.slice(this.open.indexOf(label)).concat(label);
    return `a cycle: ${names.slice(0, 10).join(' → ')}`;
  }

  private ref(template: Template, name: string): Resolved {
    if (name.startsWith('AWS::')) return this.pseudo(template, name);
    const parameter = ownObject(ownObject(template.body, 'Parameters'), name);
    if (parameter !== undefined)
      return this.once(template, `parameter ${name}`, () => this.parameter(template, name, parameter));
    const resource = this.stacks.resource(template, name);
    return resource === undefined
      ? unknownValue(`Ref ${name} names neither a parameter nor a resource`)
      : { kind: 'link', resource };
  }

  private pseudo(template: Template, name: string): Resolved {
    const known = (json: string): Resolved => ({ kind: 'plain', template, json });
    const { region, account } = template;
    const regionName = region.state === 'known' ? region.value : undefined;
    const ofRegion = (make: (region: string) => string): Resolved =>
      regionName === undefined ? unknownValue(`${name}: no environment is known`) : known(make(regionName));
    const china = (region: string): boolean => region.startsWith('cn-');
    switch (name) {
      case 'AWS::NoValue':
        return ABSENT;
      case 'AWS::Region':
        return ofRegion((it) => it);
      case 'AWS::AccountId':
        return account.state === 'known'
          ? known(account.value)
          : unknownValue(`${name}: no environment is known`);
      case 'AWS::StackName':
        return known(template.stackName);
      case 'AWS::Partition':
        return ofRegion((it) => (china(it) ? 'aws-cn' : it.startsWith('us-gov-') ? 'aws-us-gov' : 'aws'));
      case 'AWS::URLSuffix':
        return ofRegion((it) => (china(it) ? 'amazonaws.com.cn' : 'amazonaws.com'));
      default:
        return unknownValue(`${name} is known at deployment`);
    }
  }

  private parameter(template: Template, name: string, declaration: JsonObject): Resolved {
    const type = ownText(declaration, 'Type') ?? 'String';
    const value = this.parameterValue(template, name, declaration);
    if (value.kind !== 'plain' || typeof value.json === 'object') return value;
    const text = String(value.json);
    if (type.startsWith('AWS::SSM::Parameter::Value<')) return this.ssmParameter(template, text);
    if (type === 'CommaDelimitedList' || type.startsWith('List<'))
      return { kind: 'plain', template, json: text === '' ? [] : text.split(',').map((item) => item.trim()) };
    return value;
  }

  private parameterValue(template: Template, name: string, declaration: JsonObject): Resolved {
    const { options } = this.stacks;
    const given = [template.parameters, options.parameters ?? {}].find((values) =>
      Object.hasOwn(values, name),
    );
    if (given?.[name] !== undefined) return { kind: 'plain', template, json: given[name] };
    const { nestedIn } = template;
    if (nestedIn !== undefined) {
      const parent = this.stacks.resource(nestedIn.template, nestedIn.logicalId);
      const passed = parent && this.path(this.properties(parent), 'Parameters', name);
      if (passed !== undefined && passed.kind !== 'absent') return passed;
    }
    const byDefault = own(declaration, 'Default');
    return byDefault === undefined
      ? unknownValue(`the parameter ${name} has no default`)
      : { kind: 'plain', template, json: byDefault };
  }

  private ssmParameter(template: Template, reference: string): Resolved {
    const name = reference.replace(VERSION, '');
    const given = this.stacks.options.ssmParameters ?? {};
    for (const key of [reference, name])
      if (Object.hasOwn(given, key) && given[key] !== undefined)
        return { kind: 'plain', template, json: given[key] };
    return unknownValue(`the SSM parameter ${name} is read at deployment`, name);
  }

  private dynamicReference(template: Template, json: string): Resolved {
    const match = SSM_REFERENCE.exec(json);
    const name = match?.[1] ?? match?.[2];
    if (name !== undefined) return this.ssmParameter(template, name);
    return json.includes('{{resolve:')
      ? unknownValue('a dynamic reference is read at deployment')
      : { kind: 'plain', template, json };
  }

  private getAtt(template: Template, value: Json): Resolved {
    const dot = typeof value === 'string' ? value.indexOf('.') : -1;
    const pair =
      typeof value === 'string' ? (dot < 0 ? [value] : [value.slice(0, dot), value.slice(dot + 1)]) : value;
    const [id, attribute] = isArray(pair) ? pair : [];
    if (typeof id !== 'string' || typeof attribute !== 'string')
      return unknownValue('Fn::GetAtt names no attribute of a resource');
    const resource = this.stacks.resource(template, id);
    if (resource === undefined) return unknownValue(`Fn::GetAtt names ${id}, which is no resource`);
    const child = attribute.startsWith('Outputs.') ? this.stacks.nested(template, id) : undefined;
    if (child === undefined) return { kind: 'link', resource, attribute };
    const output = attribute.slice('Outputs.'.length);
    const json = own(ownObject(ownObject(child.body, 'Outputs'), output), 'Value');
    return json === undefined
      ? unknownValue(`the nested stack ${id} has no output ${output}`)
      : this.once(child, `output ${output}`, () => this.resolve(child, json));
  }

  private importValue(template: Template, value: Json): Resolved {
    const name = this.resolve(template, value);
    if (name.kind !== 'plain' || typeof name.json !== 'string')
      return unknownValue(name.kind === 'unknown' ? name.why : 'Fn::ImportValue has no name');
    const { json: text } = name;
    const found = this.stacks.exported(text, template, (of, json) => {
      const exportName = this.resolve(of, json);
      return exportName.kind === 'plain' && typeof exportName.json === 'string' ? exportName.json : undefined;
    });
    return found === undefined
      ? unknownValue(`no template here exports ${text}`)
      : this.once(found.template, `export ${text}`, () => this.resolve(found.template, found.value));
  }

  private sub(template: Template, value: Json): Resolved {
    const [pattern, names] = isArray(value) ? value : [value];
    if (typeof pattern !== 'string') return unknownValue('Fn::Sub has no text');
    const variables = isObject(names) ? names : undefined;
    const parts: Text[] = [];
    let at = 0;
    for (const match of pattern.matchAll(/\$\{([^{}]*)\}/g)) {
      const name = (match[1] ?? '').trim();
      parts.push({ text: pattern.slice(at, match.index) }, this.subPart(template, name, variables));
      at = match.index + match[0].length;
    }
    parts.push({ text: pattern.slice(at) });
    return this.textOrLink(template, parts, '');
  }

  private subPart(template: Template, name: string, variables: JsonObject | undefined): Text {
    if (name.startsWith('!')) return { text: `\${${name.slice(1)}}` };
    const json = own(variables, name) ?? (name.includes('.') ? { 'Fn::GetAtt': name } : { Ref: name });
    const part = this.text(template, json);
    return part.why === undefined ? part : { ...part, text: `\${${name}}` };
  }

  /** `${Topic}` alone is the topic, not a text about it. */
  private textOrLink(template: Template, parts: readonly Text[], separator: string): Resolved {
    const joined = this.joined(template, parts, separator);
    const full = parts.filter(({ text }) => text !== '');
    const [only] = full;
    if (joined.kind !== 'plain' || full.length !== 1 || only?.link === undefined)
      return this.reread(template, joined);
    return only.text === token(only.link) ? only.link : joined;
  }

  /** `{{resolve:ssm:…}}` may be put together from parts. */
  private reread(template: Template, joined: Resolved): Resolved {
    return joined.kind === 'plain' && typeof joined.json === 'string' && joined.json.includes('resolve:')
      ? this.dynamicReference(template, joined.json)
      : joined;
  }

  private listOf(template: Template, json: Json | undefined): readonly Text[] | { readonly why: string } {
    const list = this.resolve(template, json);
    if (list.kind === 'unknown') return { why: list.why };
    if (list.kind !== 'plain' || !isArray(list.json)) return { why: 'a function has no list' };
    return list.json
      .map((item) => ({ item, value: this.resolve(list.template, item) }))
      .filter(({ value }) => value.kind !== 'absent')
      .map(({ item, value }) => this.asText(value, item));
  }

  private join(template: Template, value: Json): Resolved {
    const [separator, list] = isArray(value) ? value : [];
    if (typeof separator !== 'string') return unknownValue('Fn::Join has no separator');
    const parts = this.listOf(template, list);
    return 'why' in parts ? unknownValue(parts.why) : this.textOrLink(template, parts, separator);
  }

  private split(template: Template, value: Json): Resolved {
    const [separator, json] = isArray(value) ? value : [];
    if (typeof separator !== 'string' || separator === '' || json === undefined)
      return unknownValue('Fn::Split has no separator or no text');
    const { text, why, link } = this.text(template, json);
    if (why !== undefined) return unknownValue(why);
    return link !== undefined
      ? unknownValue('Fn::Split splits what is known after deployment')
      : { kind: 'plain', template, json: text.split(separator) };
  }

  private select(template: Template, value: Json): Resolved {
    const [indexJson, list] = isArray(value) ? value : [];
    const index = this.resolve(template, indexJson);
    const found = this.resolve(template, list);
    if (found.kind === 'unknown') return found;
    if (index.kind !== 'plain' || found.kind !== 'plain' || !isArray(found.json))
      return unknownValue('Fn::Select has no index or no list');
    const at = typeof index.json === 'string' || typeof index.json === 'number' ? Number(index.json) : NaN;
    const item = Number.isInteger(at) && at >= 0 ? found.json[at] : undefined;
    return item === undefined
      ? unknownValue(`Fn::Select: the list has no element ${at}`)
      : this.resolve(found.template, item);
  }

  private findInMap(template: Template, value: Json): Resolved {
    const [map, top, second, more] = isArray(value) ? value : [];
    const keys: string[] = [];
    for (const json of [map, top, second]) {
      const { text, why } =
        json === undefined ? { text: '', why: 'Fn::FindInMap has no key' } : this.text(template, json);
      if (why !== undefined) return unknownValue(why);
      keys.push(text);
    }
    const found = keys.reduce<Json | undefined>((at, key) => own(at, key), own(template.body, 'Mappings'));
    if (found !== undefined) return this.resolve(template, found);
    const byDefault = own(more, 'DefaultValue');
    return byDefault === undefined
      ? unknownValue(`Fn::FindInMap: there is no ${keys.join('.')}`)
      : this.resolve(template, byDefault);
  }

  private if(template: Template, value: Json): Resolved {
    const [name, then, otherwise] = isArray(value) ? value : [];
    if (typeof name !== 'string') return unknownValue('Fn::If names no condition');
    const truth = this.condition(template, name);
    if (typeof truth === 'boolean') return this.resolve(template, truth ? then : otherwise);
    const [a, b] = [this.resolve(template, then), this.resolve(template, otherwise)];
    const isSame =
      a.kind === 'plain' &&
      b.kind === 'plain' &&
      typeof a.json !== 'object' &&
      typeof b.json !== 'object' &&
      String(a.json) === String(b.json);
    return isSame ? a : unknownValue(`it depends on the condition ${name}: ${truth.why}`);
  }

  condition(template: Template, name: string): Truth {
    const known = this.conditions.get(template) ?? new Map<string, Truth>();
    this.conditions.set(template, known);
    const before = known.get(name);
    if (before !== undefined) return before;
    const json = own(ownObject(template.body, 'Conditions'), name);
    if (json === undefined) return { why: `there is no condition ${name}` };
    const label = `${template.stackName}/condition ${name}`;
    if (this.isOpen.has(label)) return { why: this.cycle(label) };
    this.open.push(label);
    this.isOpen.add(label);
    const truth = this.truth(template, json);
    this.open.pop();
    this.isOpen.delete(label);
    known.set(name, truth);
    return truth;
  }

  private truth(template: Template, json: Json): Truth {
    if (this.depth >= MAX_RESOLUTION_DEPTH)
      return { why: `conditions are nested more than ${MAX_RESOLUTION_DEPTH} deep` };
    this.depth++;
    try {
      return this.truthOf(template, json);
    } finally {
      this.depth--;
    }
  }

  private truthOf(template: Template, json: Json): Truth {
    const name = ownText(json, 'Condition');
    if (name !== undefined) return this.condition(template, name);
    const equals = own(json, 'Fn::Equals');
    if (isArray(equals)) return this.equals(template, equals[0], equals[1]);
    const and = own(json, 'Fn::And');
    if (isArray(and)) return this.all(template, and, true);
    const or = own(json, 'Fn::Or');
    if (isArray(or)) return this.all(template, or, false);
    const not = own(json, 'Fn::Not');
    if (isArray(not) && not[0] !== undefined) {
      const truth = this.truth(template, not[0]);
      return typeof truth === 'boolean' ? !truth : truth;
    }
    return { why: 'a condition cannot be read' };
  }

  /** And: one false decides. Or: one true decides. */
  private all(template: Template, parts: readonly Json[], and: boolean): Truth {
    const truths = parts.map((part) => this.truth(template, part));
    if (truths.includes(!and)) return !and;
    return truths.find((truth) => typeof truth !== 'boolean') ?? and;
  }

  private equals(template: Template, left: Json | undefined, right: Json | undefined): Truth {
    if (left === undefined || right === undefined) return { why: 'Fn::Equals has no two values' };
    const [a, b] = [this.text(template, left), this.text(template, right)];
    const why = a.why ?? b.why ?? ((a.link ?? b.link) ? 'Fn::Equals compares a resource' : undefined);
    return why === undefined ? a.text === b.text : { why };
  }
}
