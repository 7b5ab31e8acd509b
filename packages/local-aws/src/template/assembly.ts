import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fields, isFields, optional, parseJson, text, type Fields } from '../values/fields';
import type { Place } from './physical-ids';
import { Stack, type AssemblyResource } from './stack';

export type { AssemblyResource } from './stack';

const readJson = (file: string): Fields => fields(parseJson(readFileSync(file, 'utf8'), file), file);

interface StackArtifact {
  readonly directory: string;
  readonly stackName: string;
  readonly environment: string;
  readonly templateFile: string;
}

/** Every stack of the assembly and of the assemblies nested in it (one a Stage). */
function stackArtifacts(directory: string): StackArtifact[] {
  const manifest = join(directory, 'manifest.json');
  if (!existsSync(manifest))
    throw new Error(`${directory} is not a cloud assembly: it has no manifest.json; run cdk synth`);
  const artifacts = Object.entries(fields(readJson(manifest).artifacts, `${manifest} artifacts`));
  return artifacts.flatMap(([id, value]) => {
    const artifact = fields(value, `${manifest} ${id}`);
    const properties = optional(artifact.properties, `${manifest} ${id}`, fields, {});
    if (artifact.type === 'cdk:cloud-assembly') {
      return stackArtifacts(join(directory, text(properties.directoryName, `${id} directoryName`)));
    }
    if (artifact.type !== 'aws:cloudformation:stack') return [];
    return [
      {
        directory,
        stackName: optional(properties.stackName, `${id} stackName`, text, id),
        environment: text(artifact.environment, `${id} environment`),
        templateFile: text(properties.templateFile, `${id} templateFile`),
      },
    ];
  });
}

/** `aws://111122223333/eu-west-1`; an environment-agnostic stack gets the documentation's account. */
function placeOf(environment: string): Place {
  const [account = '', region = ''] = environment.replace(/^aws:\/\//, '').split('/');
  return {
    account: /^\d{12}$/.test(account) ? account : '111122223333',
    region: region === '' || region === 'unknown-region' ? 'us-east-1' : region,
    partition: 'aws',
  };
}

/** All assets of a directory: object key → absolute path. */
function assetPaths(directory: string, stackName: string): ReadonlyMap<string, string> {
  const manifest = Object.entries(fields(readJson(join(directory, 'manifest.json')).artifacts, directory))
    .map(([, artifact]) => fields(artifact, directory))
    .filter((artifact) => artifact.type === 'cdk:asset-manifest')
    .map((artifact) =>
      join(directory, text(fields(artifact.properties, stackName).file, 'asset manifest file')),
    );
  const paths = new Map<string, string>();
  for (const file of manifest) {
    for (const asset of Object.values(optional(readJson(file).files, file, fields, {}))) {
      const { source, destinations } = fields(asset, file);
      for (const destination of Object.values(fields(destinations, file))) {
        const path = optional(fields(source, file).path, file, text, undefined);
        if (path !== undefined)
          paths.set(text(fields(destination, file).objectKey, file), join(directory, path));
      }
    }
  }
  return paths;
}

/** Some stacks of a cloud assembly, as `cdk synth` made them. Nothing here imports the CDK. */
export class Assembly {
  readonly resources: readonly AssemblyResource[];
  private readonly byType = new Map<string, readonly AssemblyResource[]>();

  private constructor(
    readonly place: Place,
    stacks: readonly Stack[],
    private readonly assets: ReadonlyMap<string, string>,
  ) {
    this.resources = stacks.flatMap((stack) => [...stack.resources.values()]);
  }

  /**
   * @param directory the cloud assembly, e.g. `cdk.out`
   * @param prefix of the names of the stacks that are read
   * @throws when the assembly has no such stack; names the stacks it has
   */
  static open(directory: string, prefix: string): Assembly {
    const all = stackArtifacts(directory);
    const own = all.filter(({ stackName }) => stackName.startsWith(prefix));
    const [first] = own;
    if (!first) {
      const names = all.map(({ stackName }) => stackName).join(', ') || 'none';
      throw new Error(`${directory} has no stack ${prefix}…; it has ${names}`);
    }
    const stacks: Stack[] = [];
    const exported = (name: string): unknown => {
      for (const stack of stacks) {
        const value = stack.exported(name);
        if (value !== undefined) return value;
      }
      throw new Error(`no stack exports ${name}`);
    };
    const ssmParameter = (name: string): unknown =>
      stacks
        .flatMap(({ resources }) => [...resources.values()])
        .find(({ type, physicalId }) => type === 'AWS::SSM::Parameter' && physicalId === name)?.properties
        .Value;
    const others = { exported, ssmParameter };
    const assets = new Map<string, string>();
    for (const artifact of own) {
      const template = readJson(join(artifact.directory, artifact.templateFile));
      stacks.push(new Stack(artifact.stackName, placeOf(artifact.environment), template, others));
      assetPaths(artifact.directory, artifact.stackName).forEach((path, key) => assets.set(key, path));
    }
    return new Assembly(placeOf(first.environment), stacks, assets);
  }

  ofType(type: string): readonly AssemblyResource[] {
    const known = this.byType.get(type);
    if (known) return known;
    const found = this.resources.filter((resource) => resource.type === type);
    this.byType.set(type, found);
    return found;
  }

  /** The resource whose name, URL or ARN this is, or undefined. */
  find(type: string, reference: string): AssemblyResource | undefined {
    return this.ofType(type).find(
      ({ physicalId, arn }) =>
        physicalId === reference || arn === reference || reference.endsWith(`/${physicalId}`),
    );
  }

  /** The file that the CDK puts into its bucket under this key. @throws when the asset is not in the assembly */
  assetPath(objectKey: string): string {
    const path = this.assets.get(objectKey);
    if (path === undefined || !existsSync(path)) throw new Error(`no asset ${objectKey}`);
    return path;
  }

  /** Directory or file of a function's code. @throws when the asset is not in the assembly */
  codePath(lambda: AssemblyResource): string {
    const code = lambda.properties.Code;
    const key = isFields(code) ? code.S3Key : undefined;
    const path = typeof key === 'string' ? this.assets.get(key) : undefined;
    if (path === undefined || !existsSync(path)) {
      throw new Error(`${lambda.stackName} ${lambda.logicalId}: no asset for its code (${String(key)})`);
    }
    return path;
  }
}
