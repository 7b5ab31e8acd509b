import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { NodeRole } from '../../../lib/domain/names/naming';
import { ROOT } from '../../app/environments';

/** What a script of a node calls, e.g. `ssm:GetParameter`. */
export interface ScriptCall {
  readonly file: string;
  readonly operation: string;
}

const SERVICES = 'autoscaling|cloudwatch|ec2|kms|logs|s3|s3api|sns|sqs|ssm|sts';
const OPTION = String.raw`(?:\s+--[a-z-]+(?:[ =]"?[\w$/.-]+"?)?)*`;
/** A command, at the start of one or behind a function that runs it. */
const COMMAND = String.raw`^(?:.*[(){|&;]\s*)?(?:(?:retry|bounded|then|do|if|else|!)\s+)*`;
const CLI = new RegExp(String.raw`${COMMAND}aws${OPTION}\s+(${SERVICES})\s+([a-z0-9-]+)(.*)$`);
/** etcd-common.sh's own way to the same. */
const S3_FUNCTION = new RegExp(String.raw`${COMMAND}s3api\s+([a-z][a-z0-9-]+)`);
const ITS_DEFINITION = /^bounded aws s3api "\$command"/;
/** Whose operation is in a variable. */
const HIDDEN = new RegExp(String.raw`${COMMAND}aws\s+(${SERVICES})\s+["$]`);

const pascal = (operation: string): string =>
  operation.replace(/(?:^|-)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

const s3 = (verb: string, rest: string): string => {
  if (verb !== 'cp') throw new Error(`what does aws s3 ${verb} call?`);
  const places = rest
    .replace(/(\|\||;).*$/, '')
    .replace(/--region "[^"]*"|--[a-z-]+/g, '')
    .trim()
    .split(/\s+/);
  return places[1]?.includes('s3://') === true ? 's3:Upload' : 's3:Download';
};

const operationIn = (text: string): string | undefined => {
  const line = text.trim();
  if (line.startsWith('#') || ITS_DEFINITION.test(line)) return undefined;
  // What a message says is not run.
  const code = line.replace(/\b(?:fail|echo|printf)\s.*$|^commands\+=.*$/, '');
  if (HIDDEN.test(code)) throw new Error(`which operation does this call? ${line}`);
  const [, ofFunction = ''] = S3_FUNCTION.exec(code) ?? [];
  if (ofFunction !== '') return `s3:${pascal(ofFunction)}`;
  const [, service = '', operation = '', rest = ''] = CLI.exec(code) ?? [];
  if (service === '') return undefined;
  return service === 's3' ? s3(operation, rest) : `${service.replace('s3api', 's3')}:${pascal(operation)}`;
};

/** Lines that run on a node: of a script all, of a document its commands. */
const linesOf = (file: string): string[] => {
  const text = readFileSync(join(ROOT, file), 'utf8');
  if (!file.endsWith('.yaml')) return text.split('\n');
  const steps =
    (parse(text) as { mainSteps?: { inputs?: { runCommand?: string[] } }[] } | null)?.mainSteps ?? [];
  return steps.flatMap(({ inputs }) => inputs?.runCommand ?? []);
};

/** The rooms that put something on a node: scripts, units, documents. */
const ROOMS = ['node', 'runbooks'];

const SCRIPTS = ROOMS.flatMap((room) =>
  readdirSync(join(ROOT, 'lib', room), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(sh|py|service|yaml)$/.test(name))
    .map((name) => join('lib', room, name)),
);

export const SCRIPT_CALLS: readonly ScriptCall[] = SCRIPTS.flatMap((file) =>
  linesOf(file).flatMap((line) => {
    const operation = operationIn(line);
    return operation === undefined ? [] : [{ file, operation }];
  }),
);

/** In files that a worker has too, behind a question for the role. */
export const CONTROL_PLANE_ALONE: readonly ScriptCall[] = [
  { file: 'lib/node/bootstrap/join.sh', operation: 'ssm:PutParameter' },
  { file: 'lib/node/bootstrap/kubeadm.sh', operation: 's3:Download' },
];

/** What is about etcd is sent to control planes only. */
const ofProtect = ({ file }: ScriptCall): boolean => /etcd/i.test(file);

const ofControlPlane = (call: ScriptCall): boolean =>
  ofProtect(call) ||
  CONTROL_PLANE_ALONE.some(({ file, operation }) => file === call.file && operation === call.operation);

const operations = (wanted: (call: ScriptCall) => boolean): string[] => [
  ...new Set(SCRIPT_CALLS.filter(wanted).map(({ operation }) => operation)),
];

export const operationsOfNode = (role: NodeRole): string[] =>
  operations((call) => role === 'control-plane' || !ofControlPlane(call));

export const operationsOfProtect = (): string[] => operations(ofProtect);

/** On nodes that Headroom did not make: no first boot. */
export const operationsOfAttachedNode = (): string[] =>
  operations((call) => !ofProtect(call) && !call.file.startsWith('lib/node/bootstrap/'));
