import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join, relative } from 'node:path';
import { CannotRunError } from '../cannot-run';
import { atExit } from './at-exit';
import { hostEnvironment } from './run-program';

/** An artefact that was not used for this long makes room for its successor of the same kind. */
const KEEP_UNUSED_HOURS = 48;

/** `$HEADROOM_CACHE_DIR`, else `$XDG_CACHE_HOME/headroom`, else `~/.cache/headroom`. */
export function cacheDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  const own = environment['HEADROOM_CACHE_DIR'];
  return own !== undefined && own !== ''
    ? own
    : join(environment['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'headroom');
}

/** A short key of everything an artefact is made of. */
export function recipeKey(...parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}

/** Names, contents and executable bits of all files below a directory: part of a recipe. */
export function treeKey(directory: string): string {
  const hash = createHash('sha256');
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((found) => found.isFile())
    .map((found) => join(found.parentPath, found.name))
    .sort()) {
    const executable = (statSync(entry).mode & 0o100) !== 0;
    hash.update(`${relative(directory, entry)}\0${executable}\0`).update(readFileSync(entry));
  }
  return hash.digest('hex').slice(0, 16);
}

/**
 * The directory of an artefact in the cache, built when it is not there yet. The build works in a directory of its
 * own that takes the artefact's name only when it is complete; builds of the same kind wait for each other, also
 * across processes.
 * @param kind e.g. `root`; only the artefact with this `key` is current
 * @param keepUnusedHours longer than anybody may still read one that is not current
 * @throws CannotRunError when the build fails and the disk is full, whatever words the tool found for it
 */
export async function cached(
  kind: string,
  key: string,
  build: (directory: string) => Promise<void>,
  root = cacheDirectory(),
  keepUnusedHours = KEEP_UNUSED_HOURS,
): Promise<string> {
  const final = join(root, `${kind}-${key}`);
  if (existsSync(final)) {
    markUsed(final);
    return final;
  }
  mkdirSync(root, { recursive: true });
  const unlock = await lock(join(root, `.${kind}.lock`));
  try {
    if (existsSync(final)) {
      return final;
    }
    const building = join(root, `.building-${kind}`);
    const remove = (): void => rmSync(building, { recursive: true, force: true });
    remove(); // of a build that was killed: we hold the lock
    mkdirSync(building);
    const forget = atExit(remove);
    try {
      await build(building);
      renameSync(building, final);
    } catch (error) {
      throw fullDisk(root, kind, error) ?? error;
    } finally {
      forget();
      remove();
    }
    removeUnused(root, kind, final, keepUnusedHours);
    return final;
  } finally {
    unlock();
  }
}

/** Less is taken for the cause of a failed build. */
const FULL_MIB = 64;

function fullDisk(root: string, kind: string, cause: unknown): CannotRunError | undefined {
  if (!existsSync(root)) return undefined; // the build's own error says more
  const { bavail, bsize } = statfsSync(root);
  const availableMiB = Math.floor((bavail * bsize) / 1024 ** 2);
  if (availableMiB >= FULL_MIB) return undefined;
  const said = cause instanceof Error ? cause.message : String(cause);
  return new CannotRunError(
    `The disk is full: ${availableMiB} MiB available in ${root} while ${kind} was built. Free some, or set HEADROOM_CACHE_DIR to a directory with more. It said:\n${said}`,
    { cause },
  );
}

/** Whether {@link cached} would find the artefact in the cache's own directory. */
export const isCached = (kind: string, key: string): boolean =>
  existsSync(join(cacheDirectory(), `${kind}-${key}`));

function markUsed(directory: string): void {
  const now = new Date();
  utimesSync(directory, now, now);
}

function removeUnused(root: string, kind: string, current: string, keepUnusedHours: number): void {
  const oldest = Date.now() - keepUnusedHours * 3_600_000;
  for (const name of readdirSync(root)) {
    const directory = join(root, name);
    const sameKind = name.startsWith(`${kind}-`) && /^[0-9a-f]{16}$/.test(name.slice(kind.length + 1));
    if (sameKind && directory !== current && statSync(directory).mtimeMs < oldest) {
      rmSync(directory, { recursive: true, force: true });
    }
  }
}

/** A lock that the kernel gives back when this process ends, however it ends. */
async function lock(file: string): Promise<() => void> {
  const holder = spawn('flock', ['--exclusive', file, 'sh', '-c', 'echo held; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: hostEnvironment(),
  });
  await new Promise<void>((resolve, reject) => {
    holder.once('error', reject);
    holder.once('exit', (code) => reject(new Error(`flock ${file} ended with ${code}`)));
    holder.stdout.once('data', () => resolve());
  });
  return () => holder.stdin.end();
}
