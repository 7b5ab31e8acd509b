import { spawn } from 'node:child_process';
import { parseJson, type Fields } from '../values/fields';

/** Reads the script and its payload from stdin; prints what the handler returns behind a mark. */
const WRAPPER = `
import json, sys
task = json.load(sys.stdin)
names = {"__name__": "automation"}
exec(compile(task["script"], "script.py", "exec"), names)
result = names[task["handler"]](task["payload"], {})
sys.stdout.write("\\n" + task["mark"] + json.dumps(result))
`;

const MARK = '\u241e';

/**
 * Runs a handler of an aws:executeScript step with the machine's python3. It is real work in real time, whatever clock
 * the account has.
 * @throws with Python's traceback
 */
export function runPython(
  script: string,
  handler: string,
  payload: Fields,
  timeoutSeconds: number,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const child = spawn('python3', ['-c', WRAPPER], { timeout: timeoutSeconds * 1000, stdio: 'pipe' });
    const output: Buffer[] = [];
    const errors: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
    child.on('error', (error) =>
      reject(new Error(`python3 could not be started: ${error.message}`, { cause: error })),
    );
    // A script that dies before it has read its task closes the pipe; its exit code tells the rest.
    child.stdin.on('error', (error) => errors.push(Buffer.from(error.message)));
    child.on('close', (code) => {
      const printed = Buffer.concat(output).toString('utf8');
      const at = printed.lastIndexOf(`\n${MARK}`);
      if (code !== 0 || at < 0) {
        reject(
          new Error(`python3 ended with ${String(code)}: ${Buffer.concat(errors).toString('utf8').trim()}`),
        );
        return;
      }
      resolve(parseJson(printed.slice(at + 1 + MARK.length), "the handler's value"));
    });
    child.stdin.end(JSON.stringify({ script, handler, payload, mark: MARK }));
  });
}
