export const ensureHostPrograms = (_: {
  purpose: 'drill' | 'test';
  log: (line: string) => void;
}): Promise<void> => Promise.resolve();
