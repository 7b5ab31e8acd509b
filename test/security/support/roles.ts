import { flat } from '../../app/synthesized';
import { statementsOf, type Statement } from '../../app/policies';
import type { Placed } from './every-environment';

/** A role, or a managed policy for roles that are not ours, with what its policies allow. */
export interface Principal {
  readonly resource: Placed;
  /** `lambda`, `ssm`, `ec2`, …; undefined: a managed policy. */
  readonly service: string | undefined;
  readonly statements: readonly Statement[];
}

const documentOf = ({ Properties }: Placed): readonly Statement[] =>
  statementsOf(Properties['PolicyDocument']);

const trusted = ({ Properties }: Placed): string => {
  const [statement] = statementsOf(Properties['AssumeRolePolicyDocument']);
  return flat((statement?.Principal as { Service: unknown }).Service).replace('.amazonaws.com', '');
};

/** Who may do something, as the templates have it. */
export const principalsOf = (resources: readonly Placed[]): readonly Principal[] => {
  const attachedTo = ({ stack, logicalId }: Placed): readonly Statement[] =>
    resources
      .filter(({ Type, stack: other }) => Type === 'AWS::IAM::Policy' && other === stack)
      .filter(({ Properties }) => (Properties['Roles'] as unknown[]).map(flat).includes(`<${logicalId}>`))
      .flatMap(documentOf);
  return resources.flatMap((resource): Principal[] => {
    if (resource.Type === 'AWS::IAM::ManagedPolicy')
      return [{ resource, service: undefined, statements: documentOf(resource) }];
    if (resource.Type !== 'AWS::IAM::Role') return [];
    return [{ resource, service: trusted(resource), statements: attachedTo(resource) }];
  });
};

/** Sorted, each once. */
export const allowedActions = (statements: readonly Statement[]): string[] =>
  [...new Set(statements.flatMap(({ actions }) => actions))].sort();

/** Resources of the statements that allow an action, sorted, each once. */
export const resourcesFor = (statements: readonly Statement[], action: string): string[] =>
  [
    ...new Set(
      statements.filter(({ actions }) => actions.includes(action)).flatMap(({ resources }) => [...resources]),
    ),
  ].sort();
