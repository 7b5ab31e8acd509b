import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** Members below a shape: an object for a structure, `[member]` for a list, `{ '*': value }` for a map, else null. */
export type Shape = null | readonly [Shape] | { readonly [member: string]: Shape };

export interface OperationModel {
  readonly input: readonly string[];
  readonly required: readonly string[];
  readonly output: Shape;
  /** Modelled errors by the name of their shape, which is the SDK's name for them. */
  readonly errors: readonly string[];
}

const TOOLS = join(__dirname, '../../../../../.cache/tools/bin');

/**
 * botocore's models of the operations: AWS's own description of its API, which boto3 and `aws:executeAwsApi` go by.
 * @param operations `service:Operation`
 * @throws where `npm run setup:test` has not installed the Python tools
 */
export const serviceModels = (operations: readonly string[]): Readonly<Record<string, OperationModel>> =>
  JSON.parse(
    execFileSync(join(TOOLS, 'python'), [join(__dirname, 'service_models.py'), ...operations], {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    }),
  ) as Readonly<Record<string, OperationModel>>;

/** Members of an answer, as paths, that the model does not have. */
export const unknownMembers = (answer: unknown, shape: Shape, path = ''): readonly string[] => {
  if (shape === null || answer === null || typeof answer !== 'object') return [];
  if (answer instanceof Date || ArrayBuffer.isView(answer)) return [];
  if (Array.isArray(answer)) {
    const [member = null] = Array.isArray(shape) ? (shape as readonly [Shape]) : [];
    return answer.flatMap((item) => unknownMembers(item, member, `${path}[]`));
  }
  const members = shape as Readonly<Record<string, Shape>>;
  return Object.entries(answer).flatMap(([name, value]) => {
    const below = members[name] ?? members['*'];
    if (below === undefined && !(name in members)) return [`${path}.${name}`];
    return value === undefined ? [] : unknownMembers(value, below ?? null, `${path}.${name}`);
  });
};
