import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const SCRIPTS = __dirname;
const UNITS = join(__dirname, 'units');

const INCLUDE = '# headroom:include';
const FILES = '# headroom:files';

const isScript = (name: string): boolean => /\.(sh|py)$/.test(name);

const scripts = (): string[] => readdirSync(SCRIPTS).filter(isScript).sort();

/** Where a script or a unit lies, by its name, e.g. `assess-node.sh`. @throws Error when there is no such file */
export const nodeFilePath = (name: string): string => {
  const [folder, names] = isScript(name) ? [SCRIPTS, scripts()] : [UNITS, readdirSync(UNITS).sort()];
  if (names.includes(name)) return join(folder, name);
  throw new Error(`there is no ${name} in lib/node; there are ${names.join(', ')}`);
};

/** Names of the scripts that a document may splice in, e.g. `assess-node.sh`. */
export const scriptNames = (): string[] => scripts().filter((name) => name.endsWith('.sh'));

/** A comment behind code. One with a quote in it stays: what looks like a comment may be within a string. */
const COMMENT_BEHIND = / +# [^'"`]*$/;

/**
 * A script or unit without indentation and comments, its first line's and the shebang left out: user data has little room.
 * Not for text in which either means something, such as YAML or an indented here-document.
 */
export const withoutComments = (text: string): string => {
  const lines = text.split('\n');
  const kept = lines[0]?.startsWith('#!') ? 2 : 1;
  return lines
    .filter((line, index) => line !== '' && (index < kept || !/^\s*(#.*)?$/.test(line)))
    .map((line, index) => `${index < kept ? line : line.trimStart().replace(COMMENT_BEHIND, '')}\n`)
    .join('');
};

/** What user data brings to a node too. */
export const FIRST_BOOT_FILES = [
  'guard.sh',
  'boot-extend.sh',
  'headroom-boot-extend.service',
  'headroom-guard.service',
  'headroom-guard.timer',
] as const;

/** A file as it lies on a node, byte for byte: user data, with little room, and PrepareNode must write the same. */
export const nodeFile = (name: string): string => {
  const text = readFileSync(nodeFilePath(name), 'utf8');
  return FIRST_BOOT_FILES.some((born) => born === name) ? withoutComments(text) : text;
};

/** What reclaim-disk.sh deletes files with: docs/decisions/0015. */
const DELETER = ['deleter.py', 'delete-files.py'] as const;

/** What PrepareNode installs; its own table says where. */
export const INSTALLED_FILES = [
  'common.sh',
  'storage.sh',
  'extend-root.sh',
  'reclaim-disk.sh',
  ...DELETER,
  'guard-duties.sh',
  ...FIRST_BOOT_FILES,
] as const;

/** What a script with a files' line puts on a node. `whole`: its scripts stand alone there, with their includes in them. */
const CARRIED: Readonly<Record<string, { readonly files: readonly string[]; readonly whole: boolean }>> = {
  'prepare-node.sh': { files: INSTALLED_FILES, whole: false },
  'reclaim-disk.sh': { files: DELETER, whole: false },
  'cordon-drain-node.sh': { files: ['cluster-nodes.py'], whole: false },
  'cluster-facts.sh': { files: ['cluster-nodes.py'], whole: false },
  'prepare-etcd-snapshots.sh': {
    files: ['etcd-snapshot.sh', 'headroom-etcd-snapshot.service'],
    whole: true,
  },
};

/** Packed, since a document has at most 64 KiB; every distribution that Headroom knows has gzip, as its user data needs it too. */
const packed = (text: string): string => gzipSync(text, { level: 9 }).toString('base64');

/** A shell function in place of one that reads the files from beside the script: on a node there is nothing beside it. */
const carriedFiles = (line: string, script: string): string => {
  const carried = CARRIED[script];
  if (carried === undefined) throw new Error(`${script} carries files, but no list says which`);
  const name = /^([a-z_]+)\(\) /.exec(line)?.[1];
  if (name === undefined) throw new Error(`the files' line must define a function, got: ${line}`);
  const contentOf = (file: string): string =>
    carried.whole && file.endsWith('.sh') ? `#!/usr/bin/env bash\n${renderScript(file)}` : nodeFile(file);
  const cases = carried.files.flatMap((file) => [
    `${file})`,
    `base64 --decode <<'HEADROOM_FILE' | gzip --decompress`,
    packed(contentOf(file)),
    'HEADROOM_FILE',
    ';;',
  ]);
  return [`${name}() {`, 'case $1 in', ...cases, '*) return 1 ;;', 'esac', '}'].join('\n');
};

/**
 * A script as it is sent to a node: includes resolved, shebang, comment-only and blank lines dropped, the files that it
 * carries put in whole.
 * @throws Error when there is no such script
 */
export const renderScript = (name: string): string => {
  if (!scriptNames().includes(name)) {
    throw new Error(`unknown script "${name}"; there are ${scriptNames().join(', ')}`);
  }
  return readFileSync(nodeFilePath(name), 'utf8')
    .split('\n')
    .flatMap((line) => (line.endsWith(INCLUDE) ? renderScript(includedScript(line)).split('\n') : [line]))
    .filter((line) => !/^\s*(#.*)?$/.test(line))
    .map((line) => (line.endsWith(FILES) ? carriedFiles(line, name) : line))
    .join('\n');
};

const includedScript = (line: string): string => {
  const name = /\/([a-z0-9-]+\.sh)"/.exec(line)?.[1];
  if (name === undefined) throw new Error(`an include must source "…/NAME.sh", got: ${line}`);
  return name;
};
