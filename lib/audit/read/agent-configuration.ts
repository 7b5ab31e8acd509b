import type { AgentConfiguration } from '../facts';
import { isArray, isObject, own, ownObject, ownText, type Json } from './json';
import { jsonLines } from './json-lines';

const DEFAULT_INTERVAL_SECONDS = 60;

const texts = (value: Json | undefined): string[] =>
  isArray(value)
    ? value.flatMap((item) => (typeof item === 'string' ? [item] : (ownText(item, 'name') ?? [])))
    : [];

const seconds = (value: Json | undefined): number | undefined =>
  typeof value === 'number' || typeof value === 'string'
    ? Number.isFinite(Number(value))
      ? Number(value)
      : undefined
    : undefined;

const keys = (value: Json | undefined): string[] => (isObject(value) ? Object.keys(value) : []);

/** Whether it is a CloudWatch agent's configuration at all. */
export const isAgentConfiguration = (json: Json): boolean =>
  ['metrics', 'logs', 'traces'].some((section) =>
    ['metrics_collected', 'logs_collected', 'traces_collected'].some(
      (key) => own(ownObject(json, section), key) !== undefined,
    ),
  );

/**
 * What the audit needs of it.
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Agent-Configuration-File-Details.html
 */
export const agentConfiguration = (json: Json): AgentConfiguration => {
  const metrics = ownObject(json, 'metrics');
  const collected = ownObject(metrics, 'metrics_collected');
  const disk = ownObject(collected, 'disk');
  const logical = ownObject(collected, 'LogicalDisk');
  const section = disk ?? logical;
  const interval =
    seconds(own(section, 'metrics_collection_interval')) ??
    seconds(own(ownObject(json, 'agent'), 'metrics_collection_interval')) ??
    DEFAULT_INTERVAL_SECONDS;
  const sums = own(metrics, 'aggregation_dimensions');
  return {
    namespace: ownText(metrics, 'namespace') ?? 'CWAgent',
    appendDimensions: keys(own(metrics, 'append_dimensions')),
    aggregationDimensions: isArray(sums) ? sums.map(texts) : [],
    ...(section && {
      disk: {
        measurements: texts(own(section, 'measurement')),
        resources: texts(own(section, 'resources')),
        dropDevice: own(section, 'drop_device') === true,
        intervalSeconds: interval,
        appendDimensions: keys(own(section, 'append_dimensions')),
      },
    }),
  };
};

/** undefined: no JSON. Deep nesting counts as none, since nobody configures an agent so. */
export const parseJson = (text: string): Json | undefined => {
  if (jsonLines(text).tooDeepAt !== undefined) return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    // Most texts are no JSON, and that is no mistake.
    return undefined;
  }
};

/** EC2 takes 16 KiB of user data; beyond this nobody looks for braces. Characters. */
const MAX_SCRIPT = 128 * 1024;
const MAX_STARTS = 40;

/** Where the brace at `start` ends; undefined: nowhere. */
const endOfObject = (text: string, start: number): number | undefined => {
  let depth = 0;
  let inText = false;
  for (let at = start; at < text.length; at++) {
    const character = text[at];
    if (inText) {
      if (character === '\\') at++;
      else if (character === '"') inText = false;
    } else if (character === '"') inText = true;
    else if (character === '{') depth++;
    else if (character === '}' && --depth === 0) return at + 1;
  }
  return undefined;
};

/** The agent's configuration that a script writes, by a heredoc or an echo; undefined: it writes none. */
export const configurationInScript = (script: string): Json | undefined => {
  const at = script.indexOf('metrics_collected');
  if (at < 0 || script.length > MAX_SCRIPT) return undefined;
  const starts: number[] = [];
  for (
    let start = script.lastIndexOf('{', at);
    start >= 0 && starts.length < MAX_STARTS;
    start = script.lastIndexOf('{', start - 1)
  ) {
    starts.push(start);
    if (start === 0) break;
  }
  for (const start of starts.reverse()) {
    const end = endOfObject(script, start);
    if (end === undefined || end < at) continue;
    const json = parseJson(script.slice(start, end));
    if (json !== undefined && isAgentConfiguration(json)) return json;
  }
  return undefined;
};
