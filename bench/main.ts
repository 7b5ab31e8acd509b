import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import Table from 'cli-table3';
import { Command } from 'commander';
import { endWithReader, printError } from '../bin/entry-point';
import { EXIT } from '../bin/exit-codes';
import { auditTemplates, type TemplatesRun } from './audit-templates';
import { ProgramError, cpuTime, median } from './cpu-time';
import { handlerRows } from './handlers';
import { healingRows } from './healing';
import type { Row } from './row';
import { synthRows } from './synth';
import { writeTemplates } from './templates';
import { TOOLS, ensureTool } from './tools';

const ROOT = join(__dirname, '..');
const NODE = process.execPath;
const RESOURCES = 200;
/** A process that held 1,000 templates would die of it: they are some 60 MB as text alone. MiB. */
const HEAP_LIMIT_MIB = 64;

interface Flags {
  readonly env: string;
  readonly rounds: number;
  readonly templates: number;
  readonly sample: number;
  readonly tools: boolean;
  readonly json?: boolean;
  readonly manualSeconds?: number;
}

const log = (line: string): void => void process.stderr.write(`${line}\n`);
const whole = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`must be a whole number from 1, found ${text}`);
  return value;
};

/** Each round measures both, one after the other; the median of the rounds' ratios is what is reported. */
const auditBesideSynth = ({ env, rounds }: Flags, work: string): Row[] => {
  const ratios = { command: [] as number[], inProcess: [] as number[] };
  // The first start after a change of the code compiles it.
  cpuTime(NODE, [join(ROOT, 'bin', 'cli.js'), 'audit', '--list-rules'], { cwd: ROOT });
  for (let round = 0; round < rounds; round += 1) {
    const assembly = join(work, `synth-${round}`);
    const synth = cpuTime(
      join(ROOT, 'node_modules', '.bin', 'cdk'),
      ['synth', '--quiet', '--context', `env=${env}`, '--context', 'audit=off', '--output', assembly],
      { cwd: ROOT },
    ).cpuSeconds;
    const command = cpuTime(NODE, [join(ROOT, 'bin', 'cli.js'), 'audit', assembly, '--fail-on', 'never'], {
      cwd: ROOT,
    }).cpuSeconds;
    // The second time, as in a process that lives: the first one compiles.
    auditTemplates(assembly);
    const inProcess = auditTemplates(assembly).cpuSeconds;
    ratios.command.push(command / synth);
    ratios.inProcess.push(inProcess / synth);
    log(
      `round ${round + 1}: synth ${synth.toFixed(2)} s, audit command ${command.toFixed(2)} s, in process ${inProcess.toFixed(3)} s`,
    );
  }
  const row = (what: string, values: readonly number[]): Row => ({
    ...{ what, value: median(values), unit: `× synth of ${env}` },
    note: `from ${Math.min(...values).toFixed(3)} to ${Math.max(...values).toFixed(3)} in ${rounds} rounds; the issue wants < 0.1`,
  });
  return [row('audit, command with its start', ratios.command), row('audit, in process', ratios.inProcess)];
};

const child = (directory: string, ...flags: string[]): TemplatesRun =>
  JSON.parse(
    cpuTime(NODE, [...flags, '--require', 'tsx/cjs', join(ROOT, 'bench', 'audit-templates.ts'), directory], {
      cwd: ROOT,
    }).stdout,
  ) as TemplatesRun;

const manyTemplates = ({ templates }: Flags, work: string): Row[] => {
  const few = Math.max(1, Math.round(templates / 10));
  const runs = [few, templates].map((count) => {
    const directory = join(work, `templates-${count}`);
    writeTemplates(directory, count, RESOURCES);
    log(`${count} templates of ${RESOURCES} resources`);
    const limit = `--max-old-space-size=${HEAP_LIMIT_MIB}`;
    return { count, time: child(directory, limit), memory: child(directory, limit, '--expose-gc') };
  });
  const [small, large] = runs;
  if (small === undefined || large === undefined) throw new Error('two runs are needed');
  const live = ({ memory }: typeof small): number => memory.liveHeapMiB ?? NaN;
  return [
    ...runs.flatMap((run): Row[] => [
      {
        ...{ what: `${run.count} templates`, value: run.count / run.time.cpuSeconds },
        ...{ unit: 'templates per CPU second', note: `${run.time.findings} findings, in one process` },
      },
      {
        ...{ what: `${run.count} templates, heap alive`, value: live(run), unit: 'MiB' },
        note: 'the most after a collection, between two templates',
      },
      {
        ...{ what: `${run.count} templates, resident`, value: run.time.peakResidentMiB, unit: 'MiB' },
        note: `peak of the process, with garbage; its old space limited to ${HEAP_LIMIT_MIB} MiB`,
      },
    ]),
    {
      ...{ what: 'heap alive', value: live(large) / live(small), unit: `× that of ${small.count}` },
      note: `for ${large.count / small.count} times the templates`,
    },
  ];
};

/** Per template without the start of the programs: the difference of a larger and a smaller sample, of one run each. */
const besideOthers = ({ sample, rounds }: Flags, work: string): Row[] => {
  const directories = { one: join(work, 'sample-1'), all: join(work, 'sample') };
  writeTemplates(directories.one, 1, RESOURCES);
  writeTemplates(directories.all, sample + 1, RESOURCES);
  const audit = [NODE, [join(ROOT, 'bin', 'cli.js'), 'audit']] as const;
  const headroom = {
    name: 'headroom audit',
    checks: 'disk sizes, growth caps, levels, alarms, agents, encryption, of node groups and volumes',
    run: (directory: string): number =>
      cpuTime(audit[0], [...audit[1], directory, '--fail-on', 'never']).cpuSeconds,
  };
  const others = TOOLS.map((tool) => {
    const command = ensureTool(ROOT, tool, log);
    return {
      ...tool,
      run: (directory: string): number =>
        cpuTime(command, tool.args(directory), { expected: tool.expected }).cpuSeconds,
    };
  });
  const programs = [headroom, ...others];
  const measured = programs.map(() => ({ start: [] as number[], each: [] as number[] }));
  for (let round = 0; round < rounds; round += 1)
    programs.forEach(({ name, run }, index) => {
      const one = run(directories.one);
      const all = run(directories.all);
      measured[index]?.start.push(one);
      measured[index]?.each.push((all - one) / sample);
      log(`round ${round + 1}: ${name}: 1 template ${one.toFixed(2)} s, ${sample + 1} ${all.toFixed(2)} s`);
    });
  const [own] = measured;
  return programs.flatMap(({ name, checks }, index): Row[] => {
    const { start, each } = measured[index] ?? { start: [], each: [] };
    return [
      { what: `${name}, per template`, value: median(each) * 1000, unit: 'CPU ms', note: checks },
      ...(index === 0
        ? []
        : [
            {
              what: `${name}, per template`,
              value: median(each.map((value, round) => value / (own?.each[round] ?? NaN))),
              ...{ unit: '× headroom audit', note: 'median of paired rounds' },
            },
          ]),
      { what: `${name}, one template`, value: median(start), unit: 'CPU s', note: 'with its start' },
    ];
  });
};

const run = (flags: Flags): void => {
  const work = mkdtempSync(join(tmpdir(), 'headroom-bench-'));
  try {
    // First, since it says what is wrong with the environment that is asked for.
    const audit = auditBesideSynth(flags, work);
    const rows = [
      ...healingRows(ROOT, flags.manualSeconds),
      ...handlerRows(ROOT, work, 3 * flags.rounds, log),
      ...synthRows(ROOT, work, flags.rounds, log),
      ...audit,
      ...manyTemplates(flags, work),
      ...(flags.tools ? besideOthers(flags, work) : []),
    ];
    const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}, Node ${process.version}`;
    if (flags.json === true) process.stdout.write(`${JSON.stringify({ machine, rows }, null, 2)}\n`);
    else {
      const table = new Table({ head: ['What', 'Value', 'Unit', 'Note'], style: { head: [], border: [] } });
      for (const { what, value, unit, note } of rows)
        table.push([what, value < 10 ? value.toPrecision(2) : Math.round(value), unit, note]);
      process.stdout.write(`${table.toString()}\n${machine}\n`);
    }
  } finally {
    rmSync(work, { recursive: true });
  }
};

endWithReader();
new Command('bench')
  .description(
    'Measures handlers, synth and audit beside what they are compared with, in CPU time, each pair in one run.',
  )
  .option('--env <name>', 'the environment', 'prod')
  .option('--rounds <count>', 'how often each pair is measured', whole, 3)
  .option('--templates <count>', 'of 200 resources each, for throughput and memory', whole, 1000)
  .option('--sample <count>', 'of them, for each tool', whole, 10)
  .option('--no-tools', 'leave cfn-lint and checkov out: they are installed from PyPI the first time')
  .option(
    '--manual-seconds <seconds>',
    'what the recipe by hand took on this machine, beside the last drill of disk-full',
    whole,
  )
  .option('--json', 'JSON in place of a table')
  .action((flags: Flags) => {
    try {
      run(flags);
    } catch (error) {
      // What a measured program printed is in the message.
      printError(error, (each) => each instanceof ProgramError);
      process.exitCode = EXIT.couldNotRun;
    }
  })
  .parse();
