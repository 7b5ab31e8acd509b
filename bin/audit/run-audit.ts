import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { audit } from '../../lib/audit/audit';
import type { Facts, Suppression } from '../../lib/audit/facts';
import { stackNameOf } from '../../lib/audit/read/load-templates';
import { FORMATS, formatReport, type Format } from '../../lib/audit/report';
import type { AuditReport } from '../../lib/audit/report-model';
import { resourcePrefix } from '../../lib/domain/names/naming';
import { EXIT } from '../exit-codes';
import type { Outcome } from '../outcome';
import { AuditCommandError, type AuditParts } from './audit-parts';
import { chooseFixes } from './fixes';
import { readSsmParameters } from './ssm-parameters';
import { suppressionFilesOf, suppressionsOfFile } from './suppression-files';

export interface AuditFlags {
  readonly env?: string;
  readonly base?: string;
  readonly format: readonly Format[];
  readonly output: readonly string[];
  readonly failOn: AuditReport['failOn'];
  readonly fix?: boolean;
  readonly live?: boolean;
  readonly suppressions?: string;
  readonly ssmParameters?: string;
  readonly commentKey?: string;
  readonly omitAccepted?: boolean;
}

export interface AuditWorld {
  /** Paths of the command line and of environment files are relative to it. */
  readonly cwd: string;
  readonly nowMs: () => number;
  readonly stdout: { readonly write: (text: string) => unknown; readonly isTTY?: boolean };
  /** One line of what is being done. */
  readonly say: (line: string) => void;
  /** Headroom's own. */
  readonly version: string;
  /** Whether the report is printed where no format is asked for. */
  readonly isTextWanted: boolean;
}

const NOTHING: Facts = {
  ...{ stacks: [], nodeGroups: [], volumes: [], alarms: [], agents: [], eventRules: [], topics: [] },
  ...{ suppressions: [], unreadable: [] },
};

/** Each output belongs to the format of the same position; a format without one goes to stdout. */
const destinations = (
  { format, output }: AuditFlags,
  { isTextWanted }: AuditWorld,
): { format: Format; file: string | undefined }[] => {
  const formats = format.length === 0 && (isTextWanted || output.length > 0) ? (['text'] as const) : format;
  if (output.length > formats.length)
    throw new AuditCommandError(
      `--output is given ${output.length} times and --format ${format.length} times: the first --output belongs to the first --format, and so on.`,
    );
  if (formats.length - output.length > 1)
    throw new AuditCommandError(
      `Only one format can go to stdout, and ${formats.slice(output.length).join(', ')} have no --output. Give the --outputs in the order of the --formats.`,
    );
  return formats.map((one, index) => ({ format: one, file: output[index] }));
};

/** Folders of the stages in a cloud assembly; none for other directories and for files. */
const stagesOf = (path: string): string[] =>
  statSync(path).isDirectory() ? readdirSync(path).filter((entry) => entry.startsWith('assembly-')) : [];

const stageOf = (environmentName: string): string => `assembly-${resourcePrefix(environmentName)}`;

/** What one stage of a cloud assembly has. The whole was read, for a stage's files may lie beside its folder. */
const onlyStage = (facts: Facts, stage: string): Facts => {
  const isOwn = (file: string): boolean => file.startsWith(`${stage}/`);
  const own = <T extends { readonly place: { readonly file: string } }>(all: readonly T[]): T[] =>
    all.filter(({ place }) => isOwn(place.file));
  return {
    stacks: facts.stacks.filter(({ file }) => isOwn(file)),
    nodeGroups: own(facts.nodeGroups),
    volumes: own(facts.volumes),
    alarms: own(facts.alarms),
    agents: own(facts.agents),
    eventRules: own(facts.eventRules),
    topics: own(facts.topics),
    suppressions: own(facts.suppressions),
    unreadable: facts.unreadable.filter(({ file }) => isOwn(file)),
  };
};

const mustExist = (path: string, what: string): void => {
  if (!existsSync(path))
    throw new AuditCommandError(
      `${what} ${path} is not there. Give a cdk.out, a template or a directory of templates.`,
    );
};

/** One audit of one place, as often as it is asked for. */
class AuditRun {
  constructor(
    private readonly path: string | undefined,
    private readonly flags: AuditFlags,
    private readonly parts: AuditParts,
    private readonly world: AuditWorld,
  ) {}

  /** For people. */
  private get audited(): string {
    if (this.path !== undefined) return this.path;
    return this.flags.env === undefined ? 'all environments' : `environment ${this.flags.env}`;
  }

  async report(): Promise<AuditReport> {
    const { flags, parts, world } = this;
    // Looked at first: a mistake shows before minutes of synthesis.
    for (const [option, file] of [
      ['--suppressions', flags.suppressions],
      ['--ssm-parameters', flags.ssmParameters],
    ] as const)
      if (file !== undefined && !existsSync(resolve(world.cwd, file)))
        throw new AuditCommandError(`${option} ${file} is not there.`);
    const base = flags.base === undefined ? undefined : this.readBase(flags.base);
    const head = await this.readHead();
    const live = flags.live === true ? await parts.readLive(head) : undefined;
    return audit(
      {
        head,
        ...(base === undefined ? {} : { base, baseName: flags.base ?? '' }),
        ...(live === undefined ? {} : { live }),
        suppressions: this.suppressionFiles(head).flatMap((file) => this.suppressionsOf(file)),
        nowMs: world.nowMs(),
        audited: this.audited,
        failOn: flags.failOn,
      },
      parts.pieces,
    );
  }

  /** @returns undefined where the path has stages, but not the environment's */
  private read(path: string, stackName?: string): Facts | undefined {
    const { ssmParameters, env } = this.flags;
    const stages = env === undefined ? [] : stagesOf(path);
    const stage = env === undefined || stages.length === 0 ? undefined : stageOf(env);
    if (stage !== undefined && !stages.includes(stage)) return undefined;
    const facts = this.parts.readFacts(path, {
      ...(stackName === undefined ? {} : { stackName }),
      ...(ssmParameters === undefined
        ? {}
        : { ssmParameters: readSsmParameters(resolve(this.world.cwd, ssmParameters), ssmParameters) }),
    });
    return stage === undefined ? facts : onlyStage(facts, stage);
  }

  private readBase(given: string): Facts {
    const path = resolve(this.world.cwd, given);
    mustExist(path, '--base');
    const facts = this.read(path, this.sharedStackName(path));
    if (facts) return facts;
    this.world.say(`${given} has no environment ${this.flags.env ?? ''}: all of it is new.`);
    return NOTHING;
  }

  /** Two files are two revisions of one template, whatever they are called. */
  private sharedStackName(base: string): string | undefined {
    const head = this.path === undefined ? undefined : resolve(this.world.cwd, this.path);
    const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true;
    return head !== undefined && isFile(head) && isFile(base) ? stackNameOf(head) : undefined;
  }

  private async readHead(): Promise<Facts> {
    const { env } = this.flags;
    if (this.path !== undefined) return this.readGiven(resolve(this.world.cwd, this.path));
    const folder = mkdtempSync(join(tmpdir(), 'headroom-audit-'));
    try {
      this.world.say(`synthesizing ${this.audited}`);
      await this.parts.synthesize(env, folder);
      return this.readGiven(folder);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  private readGiven(path: string): Facts {
    mustExist(path, 'What to audit,');
    const facts = this.read(path);
    if (facts) return facts;
    throw new AuditCommandError(
      `${path} has no environment ${this.flags.env ?? ''}. It has ${stagesOf(path).join(', ')}.`,
    );
  }

  /** The one that is given, or those beside the audited environment files and in the working directory. */
  private suppressionFiles(head: Facts): string[] {
    if (this.flags.suppressions !== undefined) return [this.flags.suppressions];
    return suppressionFilesOf(head, this.world.cwd);
  }

  private suppressionsOf(file: string): Suppression[] {
    return suppressionsOfFile(file, this.world.cwd, this.parts.loadSuppressions);
  }
}

const write = (
  report: AuditReport,
  path: string | undefined,
  flags: AuditFlags,
  parts: AuditParts,
  world: AuditWorld,
) => {
  const { commentKey, omitAccepted } = flags;
  for (const { format, file } of destinations(flags, world)) {
    const text = formatReport(report, format, {
      text: { colour: file === undefined && world.stdout.isTTY === true },
      markdown: commentKey === undefined ? {} : { commentKey },
      sarif: {
        rules: parts.pieces.rules,
        version: world.version,
        templateFolder: templateFolder(path, world.cwd),
        ...(commentKey === undefined ? {} : { category: commentKey }),
        ...(omitAccepted === undefined ? {} : { omitAccepted }),
      },
    });
    if (file === undefined) world.stdout.write(text);
    else {
      const target = resolve(world.cwd, file);
      try {
        mkdirSync(dirname(target), { recursive: true });
        writeFileSync(target, text);
      } catch (error) {
        throw new AuditCommandError(
          `--output ${file} cannot be written: ${(error as Error).message}\nGive a file in a folder that you may write to.`,
        );
      }
    }
  }
};

/** Where the templates lie, seen from the working directory: SARIF's places are relative to the repository. */
const templateFolder = (path: string | undefined, cwd: string): string => {
  if (path === undefined) return '';
  const absolute = resolve(cwd, path);
  const seen = relative(cwd, statSync(absolute).isDirectory() ? absolute : dirname(absolute));
  return seen.startsWith('..') || isAbsolute(seen) ? '' : seen;
};

/**
 * `headroom audit`.
 * @throws AuditCommandError, and what the parts throw, where it could not run
 */
export async function runAudit(
  path: string | undefined,
  flags: AuditFlags,
  parts: AuditParts,
  world: AuditWorld,
): Promise<Outcome> {
  destinations(flags, world);
  if (flags.fix === true && path !== undefined)
    throw new AuditCommandError(
      '--fix edits environment files and audits what they synthesize to then, so it takes no path. Leave the path out, or --fix.',
    );
  const run = new AuditRun(path, flags, parts, world);
  let report = await run.report();
  if (flags.fix === true) {
    const fixes = chooseFixes(report.findings);
    if (fixes.length === 0) world.say('--fix: no finding has a fix that an environment file could take.');
    for (const file of new Set(fixes.map(({ fix }) => fix.file))) {
      const own = fixes.filter(({ fix }) => fix.file === file);
      parts.editFile(
        resolve(world.cwd, file),
        own.map(({ fix }) => fix),
      );
      for (const { fix, rule } of own)
        world.say(`${file}: ${fix.path} is now ${String(fix.value)} (${rule})`);
    }
    if (fixes.length > 0) report = await run.report();
  }
  write(report, path, flags, parts, world);
  return { exitCode: report.failed ? EXIT.notAsExpected : EXIT.asExpected, result: report };
}

export const isFormat = (text: string): text is Format => (FORMATS as readonly string[]).includes(text);
