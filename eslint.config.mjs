import boundaries from 'eslint-plugin-boundaries';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

/** The rooms of the house and who may import whom. `domain` imports nothing of ours. */
const rooms = [
  ['domain', 'lib/domain/**', []],
  ['config', 'lib/config/**', ['domain']],
  ['cluster', 'lib/cluster/**', ['config', 'domain']],
  ['observe', 'lib/observe/**', ['config', 'domain']],
  ['heal', 'lib/heal/**', ['config', 'domain', 'handler-environment']],
  ['stage', 'lib/stage.ts', ['config', 'domain', 'cluster', 'observe', 'heal']],
  ['drill', 'lib/drill/**', ['domain']],
  ['handler-environment', 'lambda/*/environment.ts', ['domain']],
  ['lambda', 'lambda/**', ['domain', 'handler-environment']],
  ['bin', 'bin/**', ['config', 'domain', 'stage', 'drill']],
  ['test', 'test/**', ['*']],
];

export default tseslint.config(
  { ignores: ['node_modules/**', 'cdk.out*/**', 'coverage/**', 'drill-report/**', '**/*.js'] },
  ...tseslint.configs.recommendedTypeChecked,
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { project: './tsconfig.json' } },
    plugins: { boundaries },
    settings: {
      'boundaries/elements': rooms.map(([type, pattern]) => ({ type, pattern, mode: 'full' })),
      'import/resolver': { typescript: { alwaysTryTypes: true }, node: { extensions: ['.ts'] } },
    },
    rules: {
      'boundaries/element-types': [
        'error',
        {
          default: 'disallow',
          rules: rooms.map(([from, , allow]) => ({ from, allow: [from, ...allow] })),
        },
      ],
      eqeqeq: 'error',
      'no-empty': ['error', { allowEmptyCatch: false }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
    },
  },
  { files: ['lib/domain/**/*.ts'], rules: { 'no-restricted-imports': ['error', { patterns: ['aws-cdk-lib*', 'constructs', '@aws-sdk/*', 'node:fs*', 'node:child_process', 'node:net'] }], 'no-restricted-globals': ['error', 'process'], 'no-restricted-syntax': ['error', { selector: "MemberExpression[object.name='Date'][property.name='now']", message: 'The domain has no clock; take `now` as a parameter.' }, { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: 'The domain has no clock; take `now` as a parameter.' }] } },
  { files: ['lambda/**/*.ts'], ignores: ['lambda/**/*.client.ts'], rules: { 'no-restricted-imports': ['error', { patterns: ['@aws-sdk/*'] }] } },
  { files: ['lib/drill/**/*.ts'], rules: { 'no-restricted-imports': ['error', { patterns: ['aws-cdk-lib*', 'constructs'] }] } },
  prettier,
);
