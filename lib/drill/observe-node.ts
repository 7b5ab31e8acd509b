import { CannotRunError } from './cannot-run';
import { type DrillNode } from './drill-node';
import { GuestCommandTimeout } from '../../packages/local-aws/src';

const PROBE_SECONDS = 5;

async function answers(node: DrillNode, urls: readonly string[]): Promise<boolean> {
  for (const url of urls) {
    const args = ['--silent', '--fail', '--insecure', '--max-time', String(PROBE_SECONDS), url];
    if ((await node.exec('curl', args)).exitCode === 0) return true;
  }
  return false;
}

/** The kubelet's own word on the node's port 10248. */
export const kubeletHealthy = (node: DrillNode): Promise<boolean> =>
  answers(node, ['http://127.0.0.1:10248/healthz']);

/** Does the API server answer on 6443? */
export const apiServerReady = (node: DrillNode): Promise<boolean> =>
  answers(node, ['https://127.0.0.1:6443/readyz', 'http://127.0.0.1:6443/readyz']);

/** Runs a shell command as root, as the scenario files write them. */
export const shell = (node: DrillNode, command: string, timeoutSeconds = 600) =>
  node.exec('bash', ['-c', command], { timeoutSeconds });

/** A real kubelet needs minutes until it has nothing more to delete, and etcd until its back-off is at its longest. */
const MUST_RUN_SECONDS = 1800;

/** @returns what it printed. @throws CannotRunError when the command does not exit 0, or does not end */
export const mustRun = (node: DrillNode, command: string): Promise<string> =>
  mustExec(node, command, 'bash', ['-c', command]);

/** Like {@link mustRun}, for a program. @param what it is, as the message says it */
export async function mustExec(
  node: DrillNode,
  what: string,
  program: string,
  args: readonly string[],
  stdin?: Uint8Array,
): Promise<string> {
  const options = { timeoutSeconds: MUST_RUN_SECONDS, ...(stdin === undefined ? {} : { stdin }) };
  const { exitCode, stdout, stderr } = await node.exec(program, args, options).catch((error: unknown) => {
    if (!(error instanceof GuestCommandTimeout)) throw error;
    throw new CannotRunError(`In the VM: ${error.message}\n${error.printed.stdout}${error.printed.stderr}`);
  });
  if (exitCode !== 0) throw new CannotRunError(`In the VM, exit ${exitCode}: ${what}\n${stdout}${stderr}`);
  return stdout;
}
