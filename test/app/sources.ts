import { createHash, type Hash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(__dirname, '..', '..');

/** Everything that a synthesis reads, besides the environment that it is given. */
const SOURCES = [
  'lib',
  'lambda',
  'bin',
  'environments',
  'cdk.json',
  'package-lock.json',
  'test/app/stage.ts',
];
const CACHE = join(ROOT, '.cache', 'assemblies');
/** Assemblies of other sources, e.g. of another branch; an hour's are never taken away, for a run may be using them. */
const KEPT = { folders: 3, ms: 60 * 60_000 };

const addTo = (hash: Hash, path: string): void => {
  if (statSync(path).isDirectory())
    for (const name of readdirSync(path).sort()) {
      hash.update(`${name}\n`);
      addTo(hash, join(path, name));
    }
  else hash.update(readFileSync(path));
};

const sourcesChecksum = (): string => {
  const hash = createHash('sha256').update(process.version);
  for (const source of SOURCES) addTo(hash.update(`${source}\n`), join(ROOT, source));
  return hash.digest('hex').slice(0, 32);
};

const removeOld = (): void => {
  const changedMs = (path: string): number =>
    statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
  const byAge = readdirSync(CACHE)
    .map((name) => join(CACHE, name))
    .map((path) => ({ path, ms: changedMs(path) }))
    .sort((one, other) => other.ms - one.ms);
  for (const { path, ms } of byAge.slice(KEPT.folders))
    if (Date.now() - ms > KEPT.ms) rmSync(path, { recursive: true, force: true });
};

const folderOfSources = (): string => {
  const folder = join(CACHE, sourcesChecksum());
  if (!existsSync(folder)) {
    mkdirSync(folder, { recursive: true });
    removeOld();
  }
  return folder;
};

let known: string | undefined;

export interface CachedFolder {
  /** Where it is, or is to be. */
  readonly folder: string;
  readonly isThere: boolean;
  /** A new folder to make it in. */
  readonly begin: () => string;
  /** Puts what was made in its place; of two that were made at the same time the first stays. */
  readonly keep: (made: string) => void;
}

/** A folder that these sources and this key make, whichever test file or process made it first. */
export const cachedFolder = (...key: readonly string[]): CachedFolder => {
  known ??= folderOfSources();
  const parent = known;
  const folder = join(parent, createHash('sha256').update(JSON.stringify(key)).digest('hex').slice(0, 32));
  return {
    folder,
    isThere: existsSync(folder),
    begin: () => mkdtempSync(join(parent, 'making-')),
    keep: (made) => {
      try {
        renameSync(made, folder);
      } catch (error) {
        if (!existsSync(folder)) throw error;
        rmSync(made, { recursive: true });
      }
    },
  };
};
