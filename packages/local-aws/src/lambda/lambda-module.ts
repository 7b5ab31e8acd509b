import { existsSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { isFields, type Fields } from '../values/fields';
import { outsideTime, type Clock } from '../time/clock';

/** What a module of a function sees instead of the machine's own. */
export interface ModuleGlobals {
  readonly environment: Readonly<Record<string, string>>;
  readonly clock: Clock;
  /** One line that the function printed. */
  readonly print: (line: string) => void;
}

const PARAMETERS = [
  ...['exports', 'require', 'module', '__filename', '__dirname'],
  ...['process', 'console', 'Date', 'setTimeout', 'clearTimeout', 'fetch'],
];

type ModuleFunction = (...values: readonly unknown[]) => void;

const compiled = new Map<string, ModuleFunction>();

/** The file that `Handler: index.handler` means. @throws when the asset has no such file */
function entryFile(path: string): string {
  const file = statSync(path).isDirectory() ? join(path, 'index.js') : path;
  if (!existsSync(file)) throw new Error(`${path} has no index.js`);
  return file;
}

function compile(file: string): ModuleFunction {
  const known = compiled.get(file);
  if (known) return known;
  const source = `${readFileSync(file, 'utf8')}\n//# sourceURL=${file}`;
  // The bundle must run in this realm, since it asks `error instanceof Error`, and must see an environment and a clock
  // of its own; Node's module loader gives one or the other.
  // eslint-disable-next-line @typescript-eslint/no-implied-eval
  const made = new Function(...PARAMETERS, source) as ModuleFunction;
  compiled.set(file, made);
  return made;
}

function dateOf(clock: Clock): DateConstructor {
  return new Proxy(Date, {
    construct: (target, values: unknown[]) =>
      values.length === 0 ? new Date(clock.now()) : (Reflect.construct(target, values) as Date),
    apply: () => clock.now().toString(),
    get: (target, key) =>
      key === 'now' ? () => clock.now().getTime() : (Reflect.get(target, key) as unknown),
  });
}

function timersOf(clock: Clock): readonly [unknown, unknown] {
  const set = (
    callback: (...values: unknown[]) => void,
    milliseconds = 0,
    ...values: unknown[]
  ): AbortController => {
    const stop = new AbortController();
    clock.sleep(milliseconds / 1000, stop.signal).then(
      () => callback(...values),
      // Only an abort ends a sleep early, and that is what clearTimeout asks for.
      () => undefined,
    );
    return stop;
  };
  return [set, (stop: AbortController | undefined) => stop?.abort()];
}

function consoleOf(print: (line: string) => void): Fields {
  const write = (...values: unknown[]) =>
    print(
      values
        .map((value) => (typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))))
        .join(' '),
    );
  return { log: write, info: write, warn: write, error: write, debug: write, trace: write };
}

/** Loads the bundle as a cold start does: module state of its own, environment and time of the account. */
export function loadFunctionModule(path: string, globals: ModuleGlobals): Fields {
  const file = entryFile(path);
  const { environment, clock, print } = globals;
  const module: { exports: unknown } = { exports: {} };
  const localProcess = new Proxy(process, {
    get: (target, key) => (key === 'env' ? { ...environment } : (Reflect.get(target, key) as unknown)),
  });
  const values = [module.exports, createRequire(file), module, file, dirname(file)];
  const request: typeof fetch = (...asked) => outsideTime(clock, fetch(...asked));
  compile(file)(...values, localProcess, consoleOf(print), dateOf(clock), ...timersOf(clock), request);
  if (!isFields(module.exports)) throw new Error(`${file} exports nothing`);
  return module.exports;
}

/**
 * Modules that are loaded once for many runs, one run at a time: what differs between them is made by `createHandler`,
 * and loading megabytes of SDK takes longer than a small run.
 */
export class FunctionModules {
  private readonly loaded = new Map<string, { readonly exported: Fields; globals: ModuleGlobals }>();

  /** The module's exports; from now on it sees these globals. */
  load(path: string, globals: ModuleGlobals): Fields {
    const key = JSON.stringify([path, globals.environment]);
    const known = this.loaded.get(key);
    if (known) {
      known.globals = globals;
      return known.exported;
    }
    const holder = { globals, exported: {} as Fields };
    const clock: Clock = {
      now: () => holder.globals.clock.now(),
      sleep: (seconds, signal) => holder.globals.clock.sleep(seconds, signal),
      during: (work) => outsideTime(holder.globals.clock, work),
    };
    const print = (line: string) => holder.globals.print(line);
    holder.exported = loadFunctionModule(path, { environment: globals.environment, clock, print });
    this.loaded.set(key, holder);
    return holder.exported;
  }
}

/** An error as Lambda puts it into the payload of a failed invocation. */
export const errorPayload = (name: string, message: string, stack: string): string =>
  JSON.stringify({ errorType: name, errorMessage: message, trace: stack.split('\n').slice(0, 10) });
