import { resolve } from 'node:path';
import type { AuditPieces } from '../../lib/audit/audit';
import { figuresOf } from '../../lib/audit/figures';
import { RULES } from '../../lib/audit/rules';
import { applySuppressions } from '../../lib/audit/suppress';
import { ebsPrices } from '../../lib/tables/ebs-prices';
import { lineOf } from '../../lib/config/place';

/**
 * The rules, the sizing model and the price table, as the command and the CDK app use them.
 * @param directory what the environment files of templates are relative to
 */
export const auditPieces = (directory: string): AuditPieces => ({
  rules: RULES,
  suppress: applySuppressions,
  figuresOf: (group, live) => figuresOf(group, live),
  lineOf: (file, path) => lineOf(resolve(directory, file), path),
  pricesFor: (regions) => {
    const { date, source, regions: known } = ebsPrices();
    return { date, source, unknownRegions: regions.filter((region) => !Object.hasOwn(known, region)) };
  },
});
