import { flat, type Resource } from './synthesized';

export interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly Principal?: unknown;
  readonly Condition?: Record<string, Record<string, unknown>>;
}

const many = (value: unknown): unknown[] => (Array.isArray(value) ? (value as unknown[]) : [value]);

export const statementsOf = (document: unknown): Statement[] =>
  (document as { Statement: Record<string, unknown>[] }).Statement.map((statement) => ({
    ...(statement as unknown as Statement),
    actions: many(statement['Action']).map(flat),
    resources: many(statement['Resource'] ?? []).map(flat),
  }));

/** Statements of identity policies whose role's logical id begins with this. */
export const roleStatements = (all: readonly [string, Resource][], role: string): Statement[] =>
  all.flatMap(([, { Type, Properties }]) =>
    Type === 'AWS::IAM::Policy' && JSON.stringify(Properties['Roles']).includes(`"${role}`)
      ? statementsOf(Properties['PolicyDocument'])
      : [],
  );
