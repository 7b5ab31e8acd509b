import { existsSync, mkdtempSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, sep } from 'node:path';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { Construct } from 'constructs';
import { EnvironmentFileError } from '../../config/environment-file-error';
import { lineOf } from '../../config/place';
import { OWN_CNI, NO_CNI } from '../../config/rules';
import { ofThisAccount } from '../../constructs/of-this-account';
import { flannelManifest } from './cni/flannel';
import { environmentFile } from '../../domain/names/naming';

const PROJECT = join(__dirname, '../../..');

export type ManifestKey = 'cniManifest' | 'metricsServerManifest';

/** Where a node finds a manifest, and what lets it read it there. */
export interface Manifest {
  /** `https://…#sha256=…`, `s3://BUCKET/KEY`, or empty: none is applied. */
  readonly source: string;
  readonly statements: readonly iam.PolicyStatement[];
}

const isUrl = (value: string): boolean => value.startsWith('https://');

/**
 * The file that an environment names.
 * @returns undefined: it names none, or a URL
 * @throws EnvironmentFileError when it is not there, or a link leads out of the project
 */
const manifestFile = (
  environmentName: string,
  key: ManifestKey,
  value: string | undefined,
  projectRoot = PROJECT,
): string | undefined => {
  if (value === undefined || isUrl(value)) return undefined;
  const path = join(projectRoot, value);
  const isInside = (): boolean => realpathSync(path).startsWith(realpathSync(projectRoot) + sep);
  if (existsSync(path) && statSync(path).isFile() && isInside()) return path;
  const file = environmentFile(environmentName);
  throw new EnvironmentFileError([
    {
      file,
      line: lineOf(join(projectRoot, file), `cluster.${key}`) ?? 1,
      column: 1,
      path: ['cluster', key],
      rule: 'name a file that is there, relative to the project’s folder',
      found: value,
      fix: `save the manifest as ${value}, or write the path of the file that you have, or an https URL`,
    },
  ]);
};

/** The pod network's manifest: Headroom's own, none, or what the environment names. */
export const cniManifestOf = (
  scope: Construct,
  environmentName: string,
  cniManifest: string,
  podCidr: string,
): Manifest => {
  if (cniManifest === NO_CNI) return { source: '', statements: [] };
  if (cniManifest !== OWN_CNI) return manifestOf(scope, environmentName, 'cniManifest', cniManifest);
  const path = join(mkdtempSync(join(tmpdir(), 'headroom-cni-')), 'flannel.yaml');
  writeFileSync(path, flannelManifest(podCidr));
  const manifest = asset(scope, 'cniManifest', path);
  rmSync(dirname(path), { recursive: true });
  return manifest;
};

/** A file becomes an asset, and only who gets the statements may read that one object. */
export const manifestOf = (
  scope: Construct,
  environmentName: string,
  key: ManifestKey,
  value: string | undefined,
): Manifest => {
  const path = manifestFile(environmentName, key, value);
  return path === undefined ? { source: value ?? '', statements: [] } : asset(scope, key, path);
};

/** The CDK copies the file when this is called. */
const asset = (scope: Construct, key: ManifestKey, path: string): Manifest => {
  const { bucket, s3ObjectKey, s3ObjectUrl } = new Asset(scope, key, { path });
  const statement = new iam.PolicyStatement({
    sid: `Read${key.charAt(0).toUpperCase()}${key.slice(1)}`,
    actions: ['s3:GetObject'],
    resources: [bucket.arnForObjects(s3ObjectKey)],
    conditions: ofThisAccount(scope),
  });
  return { source: s3ObjectUrl, statements: [statement] };
};
