import { fields, optional, text, type Fields } from '../values/fields';
import { NO_VALUE, resolve, type Scope } from './intrinsics';
import { arnOf, attributeOf, physicalName, refOf, type Place } from './physical-ids';
import { resourceId } from '../values/ids';

/** One resource of a template, with concrete values. */
export interface AssemblyResource {
  readonly stackName: string;
  readonly logicalId: string;
  readonly type: string;
  /** Name or id as the console shows it: a queue's name, not its URL. */
  readonly physicalId: string;
  readonly arn: string | undefined;
  /** Resolved at first use; an unknown intrinsic throws then, naming stack, logical id and path. */
  readonly properties: Fields;
}

/** What a stack may know of the others. */
export interface OtherStacks {
  /** @throws when none exports it */
  exported(name: string): unknown;
  /** The value of a parameter of Parameter Store that one of them makes; undefined when none does. */
  ssmParameter(name: string): unknown;
}

/** One synthesized stack: its template, and the names it can resolve. */
export class Stack implements Scope {
  readonly resources: ReadonlyMap<string, AssemblyResource>;
  private readonly parameters: Fields;
  private readonly outputs: Fields;

  constructor(
    readonly stackName: string,
    private readonly place: Place,
    template: Fields,
    private readonly others: OtherStacks,
  ) {
    this.parameters = optional(template.Parameters, `${stackName} Parameters`, fields, {});
    this.outputs = optional(template.Outputs, `${stackName} Outputs`, fields, {});
    const raw = Object.entries(fields(template.Resources, `${stackName} Resources`));
    this.resources = new Map(
      raw.map(([id, resource]) => [id, this.resource(id, fields(resource, `${stackName} ${id}`))]),
    );
  }

  private resource(logicalId: string, raw: Fields): AssemblyResource {
    const where = `${this.stackName} ${logicalId}`;
    const type = text(raw.Type, `${where}.Type`);
    const rawProperties = optional(raw.Properties, `${where}.Properties`, fields, {});
    const once = <T>(make: () => T): (() => T) => {
      let made: { value: T } | undefined;
      let busy = false;
      return () => {
        if (made) return made.value;
        if (busy) throw new Error(`${where} refers to itself`);
        busy = true;
        try {
          made = { value: make() };
        } finally {
          busy = false;
        }
        return made.value;
      };
    };
    const properties = once(() => fields(resolve(rawProperties, this, `${logicalId}.Properties`), where));
    // Only the name is resolved here: two resources may mention each other without a cycle of names.
    const physicalId = once(() =>
      physicalName(type, this.stackName, logicalId, () => this.namesOnly(rawProperties, logicalId)),
    );
    const { stackName, place } = this;
    return {
      stackName,
      logicalId,
      type,
      get physicalId() {
        return physicalId();
      },
      get arn() {
        return arnOf(type, physicalId(), place);
      },
      get properties() {
        return properties();
      },
    };
  }

  private namesOnly(raw: Fields, logicalId: string): Fields {
    const names = Object.entries(raw).filter(([key]) => key.endsWith('Name') || key === 'Name');
    return fields(resolve(Object.fromEntries(names), this, `${logicalId}.Properties`), logicalId);
  }

  private need(logicalId: string): AssemblyResource {
    const found = this.resources.get(logicalId);
    if (!found) throw new Error(`there is no parameter or resource ${logicalId}`);
    return found;
  }

  ref(name: string): unknown {
    const pseudo: Readonly<Record<string, unknown>> = {
      'AWS::AccountId': this.place.account,
      'AWS::Region': this.place.region,
      'AWS::Partition': this.place.partition,
      'AWS::URLSuffix': 'amazonaws.com',
      'AWS::StackName': this.stackName,
      'AWS::StackId': `arn:${this.place.partition}:cloudformation:${this.place.region}:${this.place.account}:stack/${this.stackName}/local`,
      'AWS::NoValue': NO_VALUE,
    };
    if (name in pseudo) return pseudo[name];
    const parameter = this.parameters[name];
    if (parameter !== undefined) return this.parameterValue(name, fields(parameter, name));
    const resource = this.need(name);
    return refOf(resource.type, resource.physicalId, this.place);
  }

  /** A parameter of Parameter Store has its value where one of these stacks makes it. Else an AMI gets an id, others a reference. */
  private parameterValue(name: string, parameter: Fields): unknown {
    const type = text(parameter.Type, `${name}.Type`);
    if (parameter.Default === undefined) throw new Error(`parameter ${name} has no default`);
    if (!type.startsWith('AWS::SSM::Parameter::Value<')) return parameter.Default;
    const path = text(parameter.Default, `${name}.Default`);
    const known = this.others.ssmParameter(path);
    if (known !== undefined) return known;
    return type.includes('AWS::EC2::Image::Id') ? resourceId('ami', path) : `{{resolve:ssm:${path}}}`;
  }

  attribute(logicalId: string, name: string): unknown {
    const resource = this.need(logicalId);
    // The properties stay unresolved unless the attribute repeats one: most ARNs need only the name.
    const lazily = new Proxy({}, { get: (_target, key) => resource.properties[String(key)] });
    return attributeOf(resource.type, resource.physicalId, name, this.place, lazily);
  }

  importValue(name: string): unknown {
    return this.others.exported(name);
  }

  /** The value this stack exports under the name, or undefined. */
  exported(name: string): unknown {
    for (const [id, output] of Object.entries(this.outputs)) {
      const { Export: declared, Value: value } = fields(output, `${this.stackName} Outputs.${id}`);
      if (declared === undefined) continue;
      const path = `Outputs.${id}`;
      if (resolve(fields(declared, path).Name, this, path) === name) return resolve(value, this, path);
    }
    return undefined;
  }
}
