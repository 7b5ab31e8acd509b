import type { DrillNode } from '../drill-node';
import {
  type Assembly,
  errorMessage,
  fields,
  type Fields,
  type Mount,
  parseJson,
  text,
} from '../../../packages/local-aws/src';

/** The synthesized agent configuration of a role. @throws when the parameter is missing or no JSON */
export function agentConfiguration(assembly: Assembly, environmentName: string, role: string): Fields {
  const name = `/headroom/${environmentName}/cloudwatch-agent/${role}`;
  const parameter = assembly.ofType('AWS::SSM::Parameter').find(({ physicalId }) => physicalId === name);
  if (!parameter) throw new Error(`there is no parameter ${name}`);
  return fields(parseJson(text(parameter.properties.Value, name), name), name);
}

/** The guest's root mount, as the agent reads it. */
export async function guestMount(node: DrillNode): Promise<Mount> {
  const { exitCode, stdout, stderr } = await node.exec('findmnt', [
    '--noheadings',
    '--output',
    'FSTYPE,SOURCE',
    '/',
  ]);
  const [fsType, device] = stdout.trim().split(/\s+/);
  if (exitCode !== 0 || fsType === undefined || device === undefined) {
    throw new Error(
      `findmnt in the guest ended with ${exitCode}: ${errorMessage({ message: stderr || stdout })}`,
    );
  }
  return { path: '/', fsType, device };
}
