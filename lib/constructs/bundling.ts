import { join } from 'node:path';
import { LogLevel, OutputFormat, type BundlingOptions } from 'aws-cdk-lib/aws-lambda-nodejs';
import type { BuildOptions } from 'esbuild';

const PROJECT = join(__dirname, '..', '..');

/** Folders below lambda/, each with a handler.ts. */
export const HANDLERS = [
  'dispatch',
  'plan',
  'record',
  'sizes',
  'sweep',
  'attach',
  'game-day',
  'operate',
] as const;
export type HandlerName = (typeof HANDLERS)[number];

export const handlerEntry = (name: HandlerName): string => join(PROJECT, 'lambda', name, 'handler.ts');

/**
 * How the CDK bundles every handler. A cold start reads all of it: small is fast (docs/bench.md).
 *
 * There is no source map: Node reads one of several megabytes with `--enable-source-maps` before the first line runs. A
 * stack trace names functions and classes, since `keepNames` keeps their names; for lines, bundle the same commit again
 * with `sourceMap: true`: the same sources give the same bundle.
 */
export const BUNDLING = {
  // The runtime's SDK changes under a function without a deployment.
  bundleAwsSDK: true,
  format: OutputFormat.CJS,
  target: 'node24',
  // The SDK's modules tell esbuild what it can leave out; its CommonJS files do not.
  mainFields: ['module', 'main'],
  minify: true,
  // Logs and the drill identify operations by their commands' class names.
  keepNames: true,
  // esbuild marks a large bundle with a warning sign; it is the SDK, and wanted.
  logLevel: LogLevel.WARNING,
} as const satisfies BundlingOptions;

/** The same for esbuild itself, so that a test runs the file that would be deployed. */
export const esbuildOptions = (name: HandlerName, outfile: string): BuildOptions => ({
  entryPoints: [handlerEntry(name)],
  outfile,
  bundle: true,
  platform: 'node',
  format: `${BUNDLING.format}`,
  target: BUNDLING.target,
  mainFields: [...BUNDLING.mainFields],
  keepNames: BUNDLING.keepNames,
  minify: BUNDLING.minify,
  logLevel: `${BUNDLING.logLevel}`,
});
