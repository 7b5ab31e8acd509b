import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadCases } from './cases';
import { ofRules, ratiosOf, render, resultOf } from './report';

const result = resultOf(loadCases());
writeFileSync(join(__dirname, 'RESULTS.md'), render(result));
const { precision, recall } = ratiosOf(ofRules(result));
console.log(
  `RESULTS.md: ${String(result.cases.length)} templates, precision ${precision.toFixed(3)}, recall ${recall.toFixed(3)}`,
);
