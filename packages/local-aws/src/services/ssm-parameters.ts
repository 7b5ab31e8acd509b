import { AwsError } from '../api/aws-error';
import type { Clock } from '../time/clock';
import { optional, text, type Fields } from '../values/fields';
import type { Service } from '../api/local-aws';
import type { Place } from '../template/physical-ids';
import { serviceArn } from './access';

interface Parameter {
  readonly value: string;
  readonly version: number;
  readonly changedAt: Date;
}

/** Standard tier. https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html */
const MAX_VALUE_BYTES = 4_096;
const NAME = /^[A-Za-z0-9_./-]{1,1011}$/;

/**
 * Parameter Store, as far as functions use it: plain text under a name.
 * @param deployed name → value of the parameters that the stacks have
 */
export const parameterOperations = (
  clock: Clock,
  place: Place,
  deployed: Readonly<Record<string, string>> = {},
): Service => {
  const parameters = new Map<string, Parameter>(
    Object.entries(deployed).map(([name, value]) => [name, { value, version: 1, changedAt: clock.now() }]),
  );
  const access = (action: string) => (input: Fields) => {
    const name = text(input.Name, 'Name').replace(/^\//, '');
    return [
      { action: `ssm:${action}`, resource: serviceArn(place, 'ssm', `parameter/${name}`), context: {} },
    ];
  };
  const named = (input: Fields): { readonly name: string; readonly parameter: Parameter } => {
    const name = text(input.Name, 'Name');
    const parameter = parameters.get(name);
    if (parameter === undefined) throw new AwsError('ParameterNotFound', `Parameter ${name} not found.`);
    return { name, parameter };
  };
  return {
    GetParameter: {
      input: { Name: 'string!', WithDecryption: 'boolean' },
      access: access('GetParameter'),
      run: (input) => {
        const { name, parameter } = named(input);
        const { value, version, changedAt } = parameter;
        const ARN = serviceArn(place, 'ssm', `parameter/${name.replace(/^\//, '')}`);
        return {
          Parameter: {
            Name: name,
            Type: 'String',
            Value: value,
            Version: version,
            LastModifiedDate: changedAt,
            ARN,
            DataType: 'text',
          },
        };
      },
    },
    PutParameter: {
      input: {
        Name: 'string!',
        Value: 'string!',
        Description: 'string',
        Type: 'string',
        Overwrite: 'boolean',
      },
      access: access('PutParameter'),
      run: (input) => {
        const name = text(input.Name, 'Name');
        const value = text(input.Value, 'Value');
        if (!NAME.test(name) || value === '' || Buffer.byteLength(value) > MAX_VALUE_BYTES)
          throw new AwsError('ValidationException', 'Name or Value fails to satisfy its constraint.');
        if (optional(input.Type, 'Type', text, 'String') !== 'String')
          throw new AwsError('ValidationException', 'Only parameters of type String are known here.');
        const before = parameters.get(name);
        if (before !== undefined && input.Overwrite !== true)
          throw new AwsError('ParameterAlreadyExists', 'The parameter already exists; set Overwrite.');
        const version = (before?.version ?? 0) + 1;
        parameters.set(name, { value, version, changedAt: clock.now() });
        return { Version: version, Tier: 'Standard' };
      },
    },
    DeleteParameter: {
      input: { Name: 'string!' },
      access: access('DeleteParameter'),
      run: (input) => {
        parameters.delete(named(input).name);
        return {};
      },
    },
  };
};
