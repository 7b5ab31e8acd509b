import { lstatSync, readFileSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { AuditInputError } from '../audit-input-error';
import { known, unknown, type Fact, type Unreadable } from '../facts';
import { isObject, own, ownObject, ownText, type Json } from './json';
import { jsonLines } from './json-lines';
import { MAX_JSON_BYTES, MAX_NESTED_STACKS } from './limits';
import { parseTemplate } from './parse-template';
import type { LoadedTemplates, ReadOptions, Template } from './template';

const NO_ENVIRONMENT = 'the template is bound to no environment';
const TEMPLATE_FILE = /\.(json|ya?ml|template)$/i;
const SKIPPED_DIRECTORY = /^(node_modules|\..*|asset\..*)$/;

interface Unit {
  readonly templates: Template[];
  readonly unreadable: Unreadable[];
}

type Parsed = ReturnType<typeof parseTemplate>;

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const systemError = (file: string, error: unknown): AuditInputError =>
  new AuditInputError({
    file,
    rule: 'be a file or directory that can be read',
    found: message(error),
    next: 'Check the path and its permissions.',
  });

const readText = (path: string, file: string): string => {
  try {
    const stat = statSync(path);
    if (!stat.isFile())
      throw new AuditInputError({
        file,
        rule: 'be a regular file',
        found: 'something else',
        next: 'Give a file or a directory.',
      });
    if (stat.size > MAX_JSON_BYTES)
      throw new AuditInputError({
        file,
        rule: `be at most ${MAX_JSON_BYTES / 1024 / 1024} MiB`,
        found: `${Math.ceil(stat.size / 1024 / 1024)} MiB`,
        next: 'CloudFormation takes 1 MB at most: split the template.',
      });
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw error instanceof AuditInputError ? error : systemError(file, error);
  }
};

const readJson = (path: string, file: string): Json => {
  const text = readText(path, file);
  const mistake = (found: string): AuditInputError =>
    new AuditInputError({
      file,
      rule: 'be the JSON of a cloud assembly',
      found,
      next: 'Run `cdk synth` again.',
    });
  if (jsonLines(text).tooDeepAt !== undefined) throw mistake('very deep nesting');
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw mistake(message(error));
  }
};

/** `aws://ACCOUNT/REGION`, of which the CDK calls either `unknown-…` where nobody said it. */
const environmentOf = (
  text: string | undefined,
  options: ReadOptions,
): { readonly region: Fact<string>; readonly account: Fact<string> } => {
  const [, account, region] = /^aws:\/\/([^/]+)\/([^/]+)$/.exec(text ?? '') ?? [];
  const fact = (found: string | undefined, given: string | undefined): Fact<string> => {
    if (found !== undefined && !found.startsWith('unknown-')) return known(found);
    return given === undefined ? unknown(NO_ENVIRONMENT) : known(given);
  };
  return { account: fact(account, options.account), region: fact(region, options.region) };
};

/** What a template's stack is called where only its file says. */
export const stackNameOf = (path: string): string =>
  basename(path).replace(/(\.template)?\.(json|ya?ml|template)$/i, '');

const textsOf = (value: Json | undefined): Record<string, string> =>
  isObject(value)
    ? Object.fromEntries(
        Object.entries(value).flatMap(([key, item]) =>
          typeof item === 'string' || typeof item === 'number' ? [[key, String(item)]] : [],
        ),
      )
    : {};

/** Reads below one directory, and never outside of it. */
class Loader {
  private readonly root: string;
  private readonly parsed = new Map<string, Parsed | AuditInputError>();
  private readonly nestedFiles = new Set<string>();
  private nestedStacks = 0;

  constructor(
    directory: string,
    private readonly options: ReadOptions,
  ) {
    this.root = realpathSync(directory);
  }

  private name(path: string): string {
    return relative(this.root, path).split(sep).join('/') || basename(path);
  }

  /** Path with links followed; throws where it leads outside. */
  private inside(directory: string, file: string): string {
    const path = resolve(directory, file);
    const outside = (found: string): AuditInputError =>
      new AuditInputError({
        file: this.name(path),
        rule: 'be inside of what is audited',
        found,
        next: 'Synthesize again into one directory, and give that.',
      });
    const isIn = (at: string): boolean => at === this.root || at.startsWith(this.root + sep);
    if (file.includes('\0') || !isIn(path)) throw outside(`a path that leads outside: ${file}`);
    try {
      const real = realpathSync(path);
      if (!isIn(real)) throw outside('a link that leads outside');
      return real;
    } catch (error) {
      throw error instanceof AuditInputError ? error : systemError(this.name(path), error);
    }
  }

  private parse(path: string): Parsed {
    let parsed = this.parsed.get(path);
    if (parsed === undefined) {
      const file = this.name(path);
      try {
        parsed = parseTemplate(file, readText(path, file));
      } catch (error) {
        if (!(error instanceof AuditInputError)) throw error;
        parsed = error;
      }
      this.parsed.set(path, parsed);
    }
    if (parsed instanceof AuditInputError) throw parsed;
    return parsed;
  }

  private attempt(unit: Unit, file: string, work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof AuditInputError)) throw error;
      unit.unreadable.push({ file: error.mistake.file || file, why: error.why });
    }
  }

  /** One template with its nested stacks. */
  addTemplate(unit: Unit, path: string, more: Partial<Template> = {}): void {
    const { body, lines } = this.parse(path);
    const template: Template = {
      file: this.name(path),
      stackName: stackNameOf(path),
      body,
      lines,
      ...environmentOf(undefined, this.options),
      parameters: {},
      ...more,
    };
    unit.templates.push(template);
    for (const [logicalId, resource] of Object.entries(ownObject(body, 'Resources') ?? {}))
      if (own(resource, 'Type') === 'AWS::CloudFormation::Stack')
        this.addNested(unit, dirname(path), template, logicalId, resource);
  }

  private addNested(
    unit: Unit,
    directory: string,
    template: Template,
    logicalId: string,
    resource: Json,
  ): void {
    const url = ownText(ownObject(resource, 'Properties'), 'TemplateURL');
    const file =
      ownText(ownObject(resource, 'Metadata'), 'aws:asset:path') ??
      (url !== undefined && !/^[a-z0-9]+:\/\//i.test(url) ? url : undefined);
    const give = (why: string): void =>
      void unit.unreadable.push({ file: template.file, why: `the nested stack ${logicalId} ${why}` });
    if (file === undefined) return give('has a template that is not among these files');
    this.nestedStacks += 1;
    if (this.nestedStacks > MAX_NESTED_STACKS) {
      if (this.nestedStacks === MAX_NESTED_STACKS + 1)
        give(`and those after it: more than ${MAX_NESTED_STACKS}`);
      return;
    }
    this.attempt(unit, template.file, () => {
      const path = this.inside(directory, file);
      this.nestedFiles.add(path);
      for (let at: Template | undefined = template; at !== undefined; at = at.nestedIn?.template)
        if (at.file === this.name(path)) return give('contains itself');
      this.addTemplate(unit, path, {
        stackName: `${template.stackName}-${logicalId}`,
        region: template.region,
        account: template.account,
        nestedIn: { template, logicalId },
      });
    });
  }

  /** A cdk.out: its stacks, and the assemblies of its Stages. */
  addAssembly(unit: Unit, directory: string, depth = 0): void {
    const path = join(directory, 'manifest.json');
    const artifacts = ownObject(readJson(path, this.name(path)), 'artifacts');
    for (const [id, artifact] of Object.entries(artifacts ?? {})) {
      const properties = ownObject(artifact, 'properties');
      const type = own(artifact, 'type');
      const nested = ownText(properties, 'directoryName');
      const file = ownText(properties, 'templateFile');
      this.attempt(unit, this.name(path), () => {
        if (type === 'cdk:cloud-assembly' && nested !== undefined) {
          // A manifest that names its own directory would have no end.
          if (depth > 10) return;
          this.addAssembly(unit, this.inside(directory, nested), depth + 1);
        }
        if (type !== 'aws:cloudformation:stack' || file === undefined) return;
        this.addTemplate(unit, this.inside(directory, file), {
          stackName: ownText(properties, 'stackName') ?? id,
          ...environmentOf(ownText(artifact, 'environment'), this.options),
          parameters: textsOf(own(properties, 'parameters')),
        });
      });
    }
  }

  isAssembly(directory: string): boolean {
    try {
      return isObject(own(readJson(join(directory, 'manifest.json'), 'manifest.json'), 'artifacts'));
    } catch (error) {
      if (error instanceof AuditInputError) return false;
      throw error;
    }
  }

  /** Templates and assemblies below a directory, each a unit. Links to directories are not followed. */
  *units(directory: string): Generator<Unit> {
    const entries = readdirSync(directory, { withFileTypes: true }).sort((a, b) =>
      a.name < b.name ? -1 : 1,
    );
    for (const entry of entries) {
      const path = join(directory, entry.name);
      const unit: Unit = { templates: [], unreadable: [] };
      if (entry.isDirectory() && !SKIPPED_DIRECTORY.test(entry.name)) {
        if (!this.isAssembly(path)) yield* this.units(path);
        else {
          this.attempt(unit, this.name(path), () => this.addAssembly(unit, path));
          yield unit;
        }
      } else if (!entry.isDirectory() && TEMPLATE_FILE.test(entry.name)) {
        this.attempt(unit, this.name(path), () => {
          const real = this.inside(directory, entry.name);
          if (!lstatSync(real).isFile() || this.nestedFiles.has(real)) return;
          // Values files, package.json and the like are no templates; one that cannot be parsed may be.
          if (!readText(real, this.name(path)).includes('Resources')) return;
          this.addTemplate(unit, real);
        });
        // A directory of thousands must not stay in memory.
        this.parsed.clear();
        yield unit;
      }
    }
  }
}

const nothingFound = (path: string, found: string): AuditInputError =>
  new AuditInputError({
    file: path,
    rule: 'hold at least one CloudFormation template',
    found,
    next: 'Run `cdk synth` and give its cdk.out, or give a template or a directory of templates.',
  });

/** What stands together: an assembly, or one template of a directory. Throws {@link AuditInputError} where nothing does. */
export function* loadUnits(path: string, options: ReadOptions = {}): Generator<LoadedTemplates> {
  let isDirectory: boolean;
  if (path === '' || path.includes('\0')) throw nothingFound(JSON.stringify(path), 'no path');
  try {
    isDirectory = statSync(path).isDirectory();
  } catch (error) {
    throw systemError(path, error);
  }
  const real = realpathSync(path);
  const loader = new Loader(isDirectory ? real : dirname(real), options);
  const unit: Unit = { templates: [], unreadable: [] };
  if (!isDirectory) {
    loader.addTemplate(unit, real, { stackName: options.stackName ?? stackNameOf(path) });
    yield unit;
    return;
  }
  let templates = 0;
  let firstMistake: string | undefined;
  const units = loader.isAssembly(real) ? assembly(loader, unit, real) : loader.units(real);
  for (const each of units) {
    templates += each.templates.length;
    firstMistake ??= each.unreadable[0] && `${each.unreadable[0].file}: ${each.unreadable[0].why}`;
    if (each.templates.length > 0 || each.unreadable.length > 0) yield each;
  }
  if (templates === 0) throw nothingFound(path, firstMistake ?? 'none');
}

function* assembly(loader: Loader, unit: Unit, path: string): Generator<Unit> {
  loader.addAssembly(unit, path);
  yield unit;
}

/**
 * Every template of a cdk.out, of a directory, or of a file. What cannot be read is named, and stops the audit
 * only where nothing else is left. Throws {@link AuditInputError}.
 */
export const loadTemplates = (path: string, options: ReadOptions = {}): LoadedTemplates => {
  const units = [...loadUnits(path, options)];
  const nested = new Set(
    units.flatMap(({ templates }) => templates.filter(({ nestedIn }) => nestedIn).map(({ file }) => file)),
  );
  return {
    // A nested stack's file may have come up by itself before its parent did.
    templates: units.flatMap(({ templates }) =>
      templates.filter(({ nestedIn, file }) => nestedIn !== undefined || !nested.has(file)),
    ),
    unreadable: units.flatMap(({ unreadable }) => unreadable),
  };
};
