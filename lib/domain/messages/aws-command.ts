/**
 * A command of the aws CLI as an operator pastes it, also into a shell whose default region is another one.
 * @param words e.g. `ssm start-session --target i-…`
 * @param region undefined or '': unknown
 */
export const awsCommand = (words: string, region: string | undefined): string =>
  `aws ${words}${region === undefined || region === '' ? '' : ` --region ${region}`}`;
