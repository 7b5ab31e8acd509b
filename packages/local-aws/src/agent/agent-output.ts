/** `MaximumPluginOutputSize`: bytes that stdout and stderr share. */
export const AGENT_OUTPUT_BYTES = 2_500;

const ERROR_TITLE = '\n----------ERROR-------\n';
const STDOUT_CUT = '\n---Output truncated---';
const STDERR_CUT = '\n---Error truncated----';

/**
 * A plugin's output as the agent reports it, in at most {@link AGENT_OUTPUT_BYTES}. Counts bytes, as Go does, so a cut can
 * split a character.
 * Witness: amazon-ssm-agent@1c217c89 agent/framework/processor/executer/iohandler/iohandler.go TruncateOutput.
 */
export function agentOutput(stdout: string, stderr: string): string {
  const [out, error] = [Buffer.from(stdout), Buffer.from(stderr)];
  const title = error.length > 0 ? ERROR_TITLE : '';
  const space = AGENT_OUTPUT_BYTES - title.length;
  const cut = (bytes: Buffer, length: number) => bytes.subarray(0, length).toString();
  const half = Math.floor(space / 2);

  if (out.length + error.length < space) return stdout + title + stderr;
  if (out.length > half && error.length > half) {
    const each = Math.floor((space - STDERR_CUT.length - STDOUT_CUT.length) / 2);
    return cut(out, each) + STDOUT_CUT + title + cut(error, each) + STDERR_CUT;
  }
  if (out.length <= half)
    return stdout + title + cut(error, space - STDERR_CUT.length - out.length) + STDERR_CUT;
  return cut(out, space - STDOUT_CUT.length - error.length) + STDOUT_CUT + title + stderr;
}
