import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../app/environments';

export { ROOT };

export const textOf = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

const READMES_BELOW = ['lib', 'packages', 'test'] as const;

/** Every page that a person reads: those at the top, of docs/, and the README files of rooms. */
export const PAGES: readonly string[] = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
  ...readdirSync(ROOT, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && READMES_BELOW.some((name) => name === entry.name))
    .flatMap(({ name }) =>
      readdirSync(join(ROOT, name), { recursive: true, encoding: 'utf8' })
        .filter((file) => /(^|\/)README\.md$/.test(file) && !file.includes('node_modules'))
        .map((file) => join(name, file)),
    ),
];

const FENCE = /^( *)```.*\n[\s\S]*?^\1```$/gm;

export const codeBlocks = (text: string): string[] => text.match(FENCE) ?? [];
export const withoutCode = (text: string): string => text.replace(FENCE, '');

/** As GitHub makes a heading's anchor: lower case, without punctuation, spaces as dashes. */
const slug = (heading: string): string =>
  heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

export const anchorsOf = (text: string): string[] =>
  [...withoutCode(text).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => slug(heading));
