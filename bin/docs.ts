import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rulePages } from '../lib/audit/rule-pages';
import { RULES } from '../lib/audit/rules';

/** `npm run docs`: writes the pages of docs/audit that the rules declare. */
const PAGES = join(__dirname, '..', 'docs', 'audit');
/** Written by hand. */
const KEPT = ['metadata.md'];

const pages = rulePages(RULES, readFileSync(join(PAGES, 'README.md'), 'utf8'));
for (const [name, text] of Object.entries(pages)) writeFileSync(join(PAGES, name), text);
for (const name of readdirSync(PAGES))
  if (!Object.hasOwn(pages, name) && !KEPT.includes(name)) rmSync(join(PAGES, name));
