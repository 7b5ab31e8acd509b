import { isObject, own, ownObject, ownText, type Json, type JsonObject } from './json';
import type { ReadOptions, Template } from './template';

export interface Resource {
  readonly template: Template;
  readonly logicalId: string;
  readonly type: string;
  readonly json: JsonObject;
}

/** An output that another stack may import. */
interface Export {
  readonly template: Template;
  readonly value: Json | undefined;
}

const same = (a: Template['region'], b: Template['region']): boolean =>
  a.state !== 'known' || b.state !== 'known' || a.value === b.value;

const inOnePlace = (one: Template, other: Template): boolean =>
  same(one.region, other.region) && same(one.account, other.account);

/** Templates that see each other: exports, nested stacks, resources. */
export class StackSet {
  private readonly resources = new Map<Template, ReadonlyMap<string, Resource>>();
  private readonly children = new Map<Template, Map<string, Template>>();
  private exports: Map<string, Export[]> | undefined;

  constructor(
    readonly templates: readonly Template[],
    readonly options: ReadOptions,
  ) {
    for (const template of templates) {
      const { nestedIn } = template;
      if (nestedIn === undefined) continue;
      const siblings = this.children.get(nestedIn.template) ?? new Map<string, Template>();
      this.children.set(nestedIn.template, siblings.set(nestedIn.logicalId, template));
    }
  }

  resourcesOf(template: Template): ReadonlyMap<string, Resource> {
    let found = this.resources.get(template);
    if (found === undefined) {
      found = new Map(
        Object.entries(ownObject(template.body, 'Resources') ?? {}).flatMap(([logicalId, json]) => {
          const type = ownText(json, 'Type');
          return isObject(json) && type !== undefined
            ? [[logicalId, { template, logicalId, type, json }] as const]
            : [];
        }),
      );
      this.resources.set(template, found);
    }
    return found;
  }

  resource(template: Template, logicalId: string): Resource | undefined {
    return this.resourcesOf(template).get(logicalId);
  }

  nested(template: Template, logicalId: string): Template | undefined {
    return this.children.get(template)?.get(logicalId);
  }

  /** The resource that makes a parameter of Parameter Store, in the same account and region. */
  ssmParameter(name: string, by: Template): Resource | undefined {
    return this.templates
      .filter((template) => inOnePlace(template, by))
      .flatMap((template) => [...this.resourcesOf(template).values()])
      .find(
        ({ type, json }) =>
          type === 'AWS::SSM::Parameter' && own(ownObject(json, 'Properties'), 'Name') === name,
      );
  }

  /** The export of that name: of the same account and region first, since others cannot be imported. */
  exported(
    name: string,
    by: Template,
    nameOf: (template: Template, json: Json) => string | undefined,
  ): Export | undefined {
    if (this.exports === undefined) {
      // First, since names are resolved with it: a name that imports another finds nothing.
      this.exports = new Map();
      const found = new Map<string, Export[]>();
      for (const template of this.templates)
        for (const output of Object.values(ownObject(template.body, 'Outputs') ?? {})) {
          const json = own(own(output, 'Export'), 'Name');
          const text = json === undefined ? undefined : nameOf(template, json);
          if (text === undefined) continue;
          found.set(text, [...(found.get(text) ?? []), { template, value: own(output, 'Value') }]);
        }
      this.exports = found;
    }
    const candidates = (this.exports.get(name) ?? []).filter(({ template }) => inOnePlace(template, by));
    const directory = (file: string): string => file.slice(0, file.lastIndexOf('/') + 1);
    return (
      candidates.find(({ template }) => directory(template.file) === directory(by.file)) ?? candidates[0]
    );
  }
}
