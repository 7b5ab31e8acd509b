/**
 * Compiles the command line to dist/cli.js, one file, and finds out whether a compiled one is of today's sources.
 *
 * What runs is compiled, for a loader that compiles at run time reads the working directory's tsconfig.json, and there
 * an audited repository says what an import means. Here only Headroom's own files are read, wherever it is started.
 */
const { createHash } = require('node:crypto');
const { mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } = require('node:fs');
const { dirname, join, relative, sep } = require('node:path');

const ROOT = dirname(__dirname);
const COMPILED = join(ROOT, 'dist', 'cli.js');
const SOURCE_FOLDERS = ['bin', 'lib', join('packages', 'local-aws', 'src')];
const SETTINGS = ['tsconfig.json', 'package-lock.json'];
const IS_SOURCE = /\.(ts|tsx|js|json)$/;

const filesUnder = (folder) =>
  readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesUnder(path) : [path];
  });

const sources = () => [
  ...SETTINGS,
  ...SOURCE_FOLDERS.flatMap(filesUnder)
    .filter((file) => IS_SOURCE.test(file))
    .sort(),
];

/** First line of what is compiled: names and contents of all that it is compiled of. */
const stamp = () => {
  const hash = createHash('sha256');
  for (const file of sources()) {
    const content = readFileSync(join(ROOT, file));
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return `// sources: ${hash.digest('hex')}`;
};

/** In one file every module has the same `__dirname`; each means the folder of its source. */
const folderOfSource = {
  name: 'folder-of-source',
  setup({ onLoad }) {
    onLoad({ filter: /\.tsx?$/ }, ({ path }) => {
      const contents = readFileSync(path, 'utf8');
      if (!contents.includes('__dirname')) return undefined;
      const folder = relative(ROOT, dirname(path)).split(sep);
      const own = `const __dirname = require('node:path').join(headroomRoot, ...${JSON.stringify(folder)});`;
      return { contents: `${own}${contents}`, loader: path.endsWith('x') ? 'tsx' : 'ts' };
    });
  },
};

const compile = async (firstLine) => {
  const { outputFiles } = await require('esbuild').build({
    absWorkingDir: ROOT,
    entryPoints: [join('bin', 'cli.ts')],
    outfile: COMPILED,
    write: false,
    bundle: true,
    platform: 'node',
    // The oldest of `engines` in package.json.
    target: 'node18',
    packages: 'external',
    plugins: [folderOfSource],
    banner: { js: `${firstLine}\nconst headroomRoot = require('node:path').dirname(__dirname);` },
  });
  return outputFiles[0].text;
};

/** The whole file or none, also where two start at once. */
const keep = (code) => {
  const temporary = `${COMPILED}.${process.pid}`;
  mkdirSync(dirname(COMPILED), { recursive: true });
  writeFileSync(temporary, code);
  renameSync(temporary, COMPILED);
};

const kept = () => {
  try {
    return readFileSync(COMPILED, 'utf8');
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
    return '';
  }
};

/**
 * The command line of today's sources, as one CommonJS module.
 * @returns {Promise<{file: string, code: string}>} where it belongs, whether or not it could be kept there
 */
exports.compiled = async () => {
  const firstLine = stamp();
  const before = kept();
  if (before.startsWith(`${firstLine}\n`)) return { file: COMPILED, code: before };
  const code = await compile(firstLine);
  try {
    keep(code);
  } catch (error) {
    // An installation that another user owns: compiled anew each time.
    if (!['EACCES', 'EROFS', 'EEXIST', 'ENOTDIR', 'EPERM'].includes(error.code)) throw error;
  }
  return { file: COMPILED, code };
};

if (require.main === module) void exports.compiled();
