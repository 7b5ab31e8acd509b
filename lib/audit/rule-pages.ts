import type { Example, Need, Prose, Rule } from './rule';

/** Columns at which a page's text wraps. */
const WIDTH = 140;

const wrapped = (paragraph: string): string => {
  const lines: string[] = [];
  for (const word of paragraph.split(' ')) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + word.length < WIDTH) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines.join('\n');
};

const text = (prose: Prose): string => prose.map(wrapped).join('\n\n');

const NEEDS: Record<Need, string> = {
  nodeGroups: 'node groups',
  volumes: 'volumes',
  alarms: 'alarms',
  agents: 'agent configurations',
  eventRules: 'EventBridge rules',
  topics: 'SNS topics',
  suppressions: 'suppressions',
  base: '`--base` (runs only with it)',
  live: '`--live` (runs only with it)',
  'live?': '`--live` (if given)',
};

const block = (title: string, content: string): string => `${title}:\n\n\`\`\`yaml\n${content}\n\`\`\``;

const example = ({ base, liveGiB, fails, passes }: Example): string =>
  [
    ...(base === undefined ? [] : [block('In the base', base)]),
    ...Object.entries(liveGiB ?? {}).map(
      ([group, sizeGiB]) => `In the account: ${group} has ${sizeGiB} GiB.`,
    ),
    block('Fails', fails),
    block('Passes', passes),
  ].join('\n\n');

const suppression = ({ id, acceptable }: Rule): string =>
  acceptable === undefined
    ? 'It cannot be suppressed: it is about suppressions. See [metadata.md](metadata.md).'
    : `In \`.headroom-audit.yaml\`, or under \`suppress\` in the resource's [Metadata.Headroom](metadata.md):

\`\`\`yaml
suppressions:
  - rule: ${id}
    subject: general
    reason: ${acceptable}
    expires: 2027-06-30
\`\`\``;

const page = (
  rule: Rule,
): string => `<!-- Generated from lib/audit/rules/${rule.id}.ts by \`npm run docs\`. -->

# ${rule.title}

Rule \`${rule.id}\`, severity **${rule.severity}**. Reads ${rule.needs.map((need) => NEEDS[need]).join(', ')}.

## What it looks at

${text(rule.what)}

## Why

${text(rule.why)}

## How to fix

${[text(rule.fix), ...rule.examples.map(example)].join('\n\n')}

## How to suppress

${suppression(rule)}
`;

const table = (rules: readonly Rule[]): string => {
  const rows = [
    ['Rule', 'Severity', 'Finding'],
    ...rules.map(({ id, severity, title }) => [`[${id}](${id}.md)`, severity, title]),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[], fill = ' '): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0, fill)).join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [line(head), line(['', '', ''], '-'), ...body.map((row) => line(row))].join('\n');
};

const TABLE = /(?<=<!-- rules: `npm run docs` -->\n\n).*?(?=\n\n<!-- end of rules -->)/s;

/**
 * Every page that is generated from the rules, by its name in docs/audit.
 * @param index README.md as it is: the table between its two comments is replaced
 */
export const rulePages = (rules: readonly Rule[], index: string): Readonly<Record<string, string>> => ({
  ...Object.fromEntries(rules.map((rule) => [`${rule.id}.md`, page(rule)])),
  'README.md': index.replace(TABLE, () => table(rules)),
});
