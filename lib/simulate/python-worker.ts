import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import { CannotRunError } from '../drill/cannot-run';
import { fields, type Fields, parseJson } from '../../packages/local-aws/src';

/** Each task gets fresh names, as each executeScript step gets a fresh interpreter; only the text is sent and compiled once. */
const LOOP = `
import json, sys, traceback
compiled = {}
for line in sys.stdin:
    task = json.loads(line)
    try:
        if "script" in task:
            compiled[task["number"]] = compile(task["script"], "script.py", "exec")
        names = {"__name__": "automation"}
        exec(compiled[task["number"]], names)
        answer = {"value": names[task["handler"]](task["payload"], {})}
    except Exception:
        answer = {"error": traceback.format_exc()}
    sys.stdout.write(json.dumps(answer) + "\\n")
    sys.stdout.flush()
`;

interface Task {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** One python3 that runs the executeScript steps of all executions, in the order in which they come. */
export class PythonWorker {
  private child: ChildProcessWithoutNullStreams | undefined;
  private readonly tasks: Task[] = [];
  /** Scripts that the child has, by their text. */
  private readonly numbers = new Map<string, number>();

  /** As `runPython` of the drill; the step's own timeout is not held, since the scripts do not wait. */
  readonly run = (script: string, handler: string, payload: Fields): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const child = (this.child ??= this.start());
      this.tasks.push({ resolve, reject });
      const known = this.numbers.get(script);
      const number = known ?? this.numbers.size;
      this.numbers.set(script, number);
      const task = { number, handler, payload, ...(known === undefined && { script }) };
      child.stdin.write(`${JSON.stringify(task)}\n`);
    });

  stop(): void {
    this.child?.stdin.end();
    this.child = undefined;
  }

  private start(): ChildProcessWithoutNullStreams {
    this.numbers.clear();
    const child = spawn('python3', ['-c', LOOP], { stdio: 'pipe' });
    createInterface(child.stdout).on('line', (line) => this.answered(line));
    child.stdin.on('error', (error) => this.died(error.message));
    child.on('error', (error) => this.died(error.message));
    child.on('close', (code) => this.died(`it ended with ${String(code)}`));
    child.stderr.pipe(process.stderr);
    return child;
  }

  private answered(line: string): void {
    const task = this.tasks.shift();
    const answer = fields(parseJson(line, 'the answer of python3'), 'the answer of python3');
    if (typeof answer.error === 'string') task?.reject(new Error(answer.error.trim()));
    else task?.resolve(answer.value);
  }

  private died(why: string): void {
    this.child = undefined;
    for (const task of this.tasks.splice(0))
      task.reject(new CannotRunError(`python3 runs the executeScript steps of the simulation, but ${why}.`));
  }
}
