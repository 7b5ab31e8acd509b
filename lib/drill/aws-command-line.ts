/** A call that a line of the AWS CLI makes. */
export interface CommandLineCall {
  /** As the CLI names it, e.g. `ssm`. */
  readonly service: string;
  /** e.g. `SendAutomationSignal`. */
  readonly operation: string;
  readonly input: Readonly<Record<string, string>>;
}

const pascal = (kebab: string): string =>
  kebab.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());

/**
 * Reads `aws SERVICE OPERATION --some-member VALUE …`; the CLI names operations and members as the API does, in lower case with
 * hyphens. `--region` is the CLI's own, and no member. https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-commandstructure.html
 * @throws for anything else, e.g. quotes or a shell's operators
 */
export const readCommandLine = (line: string): CommandLineCall => {
  const [aws, service = '', operation = '', ...words] = line.trim().split(/ +/);
  const pairs = words.flatMap((word, index) => (index % 2 === 0 ? [[word, words[index + 1]] as const] : []));
  const plain = /^[\w.:/-]+$/;
  const good = pairs.every(([name, value]) => /^--[a-z][a-z-]*$/.test(name) && plain.test(value ?? ''));
  if (aws !== 'aws' || !/^[a-z0-9]+$/.test(service) || !/^[a-z][a-z-]*$/.test(operation) || !good)
    throw new Error(`not a command line of the AWS CLI: ${line}`);
  const input = Object.fromEntries(
    pairs.filter(([name]) => name !== '--region').map(([name, value = '']) => [pascal(name.slice(2)), value]),
  );
  return { service, operation: pascal(operation), input };
};
