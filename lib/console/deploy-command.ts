/**
 * The command that deploys every stack of an environment, and no other.
 *
 * Stacks live in a Stage, where `--all` finds none: it takes top-level stacks only. The quotes keep `**` from the shell.
 * Source: https://github.com/aws/aws-cdk-cli/issues/1003, and "Deploying multiple stacks" in aws-cdk@2.1148.1 README.md
 */
export const deployCommand = (environment: string): string => `npx cdk deploy '**' -c env=${environment}`;
