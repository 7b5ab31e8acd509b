import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync, type BuildOptions } from 'esbuild';
import { HANDLERS, esbuildOptions, type HandlerName } from '../lib/constructs/bundling';
import { cpuTime, median } from './cpu-time';
import type { Log, Row } from './row';

const NODE = process.execPath;
const MB = 1_000_000;
const AT_MOST = 1.5;

/** CPU milliseconds in which Node loads the module, without its own start. */
const loadTime = (file: string): number => {
  const program =
    `const before = process.cpuUsage(); require(${JSON.stringify(file)}); ` +
    'const { user, system } = process.cpuUsage(before); console.log((user + system) / 1000);';
  return Number(cpuTime(NODE, ['--eval', program]).stdout);
};

/** What the handler's own files import of the SDK, as a module that imports that alone. */
const sdkAlone = (root: string, inputs: readonly string[]): string => {
  const names = new Map<string, Set<string>>();
  for (const input of inputs) {
    if (input.includes('node_modules')) continue;
    const imports = readFileSync(join(root, input), 'utf8').matchAll(
      /import (?!type)\{([^}]*)\} from '(@aws-sdk\/[^']+)'/g,
    );
    for (const [, imported = '', module = ''] of imports) {
      const all = names.get(module) ?? new Set();
      for (const name of imported.split(',').map((each) => each.trim()))
        if (name !== '' && !name.startsWith('type ')) all.add(name);
      names.set(module, all);
    }
  }
  return [...names].map(([module, all]) => `export { ${[...all].join(', ')} } from '${module}';`).join('\n');
};

const measure = (root: string, work: string, name: HandlerName, rounds: number, log: Log): Row[] => {
  const options: BuildOptions = { ...esbuildOptions(name, join(work, `${name}.js`)), absWorkingDir: root };
  const { metafile } = buildSync({ ...options, metafile: true });
  const sdk = join(work, `${name}-sdk.js`);
  const contents = sdkAlone(root, Object.keys(metafile?.inputs ?? {}));
  buildSync({ ...options, entryPoints: [], outfile: sdk, stdin: { contents, resolveDir: root } });
  const bundle = String(options.outfile);
  const times = Array.from({ length: rounds }, () => [loadTime(bundle), loadTime(sdk)] as const);
  const ratio = median(times.map(([own, alone]) => own / alone));
  const ms = median(times.map(([own]) => own));
  log(`${name}: ${ms.toFixed(0)} ms, ${ratio.toFixed(2)} × its SDK clients alone`);
  return [
    {
      what: `handler ${name}`,
      value: ratio,
      unit: '× its SDK clients alone',
      note: `loads in ${ms.toFixed(0)} CPU ms, ${(statSync(bundle).size / MB).toFixed(1)} MB; at most ${AT_MOST} is wanted`,
    },
  ];
};

/** Load time of every handler's bundle beside one that holds only the SDK clients and commands that the handler imports. */
export const handlerRows = (root: string, work: string, rounds: number, log: Log): readonly Row[] =>
  HANDLERS.flatMap((name) => measure(root, work, name, rounds, log));
