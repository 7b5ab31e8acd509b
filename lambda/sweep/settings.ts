import { z } from 'zod';
import type { DiskPolicy } from '../../lib/domain/plan/disk-policy';

const percent = z.number().gt(0).lt(100);
const levels = z.object({
  warningPercent: percent,
  criticalPercent: percent,
  emergencyPercent: percent,
  targetPercent: percent,
});
const texts = z.record(z.string(), z.string());
const sizes = z.record(z.string(), z.number().positive());

/** @throws Error naming the variable and what is wrong with it */
export const readLevels = (json: string): DiskPolicy => read('disk levels', levels, json);

/** Node group name → filesystem. @throws Error naming the variable and what is wrong with it */
export const readFilesystems = (json: string): Readonly<Record<string, string>> =>
  read('filesystems', texts, json);

/** Node group name → GiB that nodes that run must have. @throws Error naming the variable and what is wrong with it */
export const readDeclaredSizes = (json: string): Readonly<Record<string, number>> =>
  read('declared sizes', sizes, json);

/** Attached worker group → its Auto Scaling group. @throws Error naming the variable and what is wrong with it */
export const readAttachedWorkers = (json: string): Readonly<Record<string, string>> =>
  read('attached workers', texts, json);

const read = <T>(what: string, schema: z.ZodType<T>, json: string): T => {
  const parsed = schema.safeParse(JSON.parse(json));
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => `${path.join('.') || what}: ${message}`);
  throw new Error(`${what} are invalid: ${issues.join('; ')}`);
};
