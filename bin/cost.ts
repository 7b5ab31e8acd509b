import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { synthesize } from '../lib/assembly/synthesize';
import { costPage } from '../lib/tables/cost-page';
import { costFacts, type CostTemplate } from '../lib/tables/headroom-cost';

const ROOT = join(__dirname, '..');
const ENVIRONMENT = 'prod';
const CONTROL_PLANE_NODES = 3;

/** `npm run cost`: writes docs/cost.md. */
const main = async (): Promise<void> => {
  const outputDirectory = mkdtempSync(join(tmpdir(), 'headroom-cost-'));
  try {
    const context = { audit: 'off' };
    await synthesize({ projectRoot: ROOT, environmentName: ENVIRONMENT, context, outputDirectory });
    const templates = readdirSync(outputDirectory, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.template.json'))
      .map((name) => JSON.parse(readFileSync(join(outputDirectory, name), 'utf8')) as CostTemplate);
    writeFileSync(
      join(ROOT, 'docs', 'cost.md'),
      costPage(costFacts(templates, CONTROL_PLANE_NODES), ENVIRONMENT),
    );
    console.log('docs/cost.md is written. Type: npx prettier --write docs/cost.md');
  } finally {
    rmSync(outputDirectory, { recursive: true });
  }
};

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
});
