import boundaries from 'eslint-plugin-boundaries';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

/** The rooms of the house: name, files, whom they may import besides themselves. `domain` imports nothing of ours. */
const rooms = [
  ['domain', 'lib/domain/**', []],
  ['tables', 'lib/tables/**', ['domain']],
  ['config', 'lib/config/**', ['domain']],
  ['node', 'lib/node/**', []],
  ['runbooks', 'lib/runbooks/**', ['domain', 'node']],
  ['constructs', 'lib/constructs/**', ['config', 'domain', 'runbooks']],
  ...['cluster', 'attach', 'observe', 'heal', 'protect', 'operate'].map((stack) => [
    stack,
    `lib/stacks/${stack}/**`,
    ['config', 'constructs', 'domain', 'node', 'runbooks', 'tables'],
  ]),
  ['aws', 'lib/aws/**', ['domain']],
  ['console', 'lib/console/**', ['aws', 'config', 'domain', 'runbooks']],
  ['assembly', 'lib/assembly/**', []],
  ['local-aws', 'packages/local-aws/**', []],
  ['drill', 'lib/drill/**', ['assembly', 'domain', 'local-aws', 'page']],
  ['simulate', 'lib/simulate/**', ['domain', 'drill', 'local-aws', 'page']],
  ['lambda', 'lambda/**', ['aws', 'domain']],
  ['page', 'lib/page/**', []],
  ['audit', 'lib/audit/**', ['aws', 'domain', 'page', 'tables']],
  ['bench', 'bench/**', ['audit', 'bin', 'constructs']],
  [
    'bin',
    'bin/**',
    [
      'assembly',
      'audit',
      'aws',
      'cluster',
      'config',
      'console',
      'domain',
      'drill',
      'local-aws',
      'simulate',
      'tables',
    ],
  ],
];

/** Single files with arrows of their own. */
const doors = [
  ['stage', 'lib/stacks/stage.ts'],
  ['handler-environment', 'lambda/*/environment.ts'],
];

const to = (type) => ({ to: { element: { type } } });
const toDoor = (category) => ({ to: { file: { categories: category } } });

const noClock = (selector) => ({
  selector,
  message: 'The domain has no clock; take the time as a parameter.',
});

export default tseslint.config(
  {
    ignores: [
      'node_modules/**',
      'cdk.out*/**',
      'coverage/**',
      'dist/**',
      'drill-report/**',
      '**/*.js',
      '**/*.mjs',
    ],
  },
  ...tseslint.configs.recommendedTypeChecked,
  {
    files: ['**/*.ts', '**/*.tsx'],
    languageOptions: { parserOptions: { project: './tsconfig.json' } },
    plugins: { boundaries },
    settings: {
      'boundaries/elements': rooms.map(([type, pattern]) => ({ type, pattern, partialMatch: false })),
      'boundaries/files': doors.map(([category, pattern]) => ({ category, pattern })),
      'import/resolver': { typescript: { alwaysTryTypes: true } },
    },
    rules: {
      'boundaries/dependencies': [
        'error',
        {
          default: 'disallow',
          policies: [
            ...rooms.map(([type, , allowed]) => ({
              from: { element: { type } },
              allow: [type, ...allowed].map(to),
            })),
            ...['attach', 'cluster', 'heal', 'protect', 'operate'].map((type) => ({
              from: { element: { type } },
              allow: toDoor('handler-environment'),
            })),
            { from: { element: { type: 'bin' } }, allow: toDoor('stage') },
            {
              from: { file: { categories: 'stage' } },
              allow: ['config', 'domain', 'attach', 'cluster', 'observe', 'heal', 'protect', 'operate'].map(
                to,
              ),
            },
          ],
        },
      ],
      eqeqeq: 'error',
      'no-empty': ['error', { allowEmptyCatch: false }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
    },
  },
  {
    files: ['lib/domain/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            'aws-cdk-lib*',
            'constructs',
            '@aws-sdk/*',
            'node:fs*',
            'node:child_process',
            'node:net',
          ],
        },
      ],
      'no-restricted-globals': ['error', 'process'],
      'no-restricted-syntax': [
        'error',
        noClock("MemberExpression[object.name='Date'][property.name='now']"),
        noClock("NewExpression[callee.name='Date'][arguments.length=0]"),
      ],
    },
  },
  {
    // lib/aws alone knows the SDK: the rest imports the calls from there.
    files: ['lambda/**/*.ts', 'lib/**/*.ts', 'bin/**/*.ts', 'bench/**/*.ts'],
    ignores: ['lib/aws/**', 'lib/domain/**', 'lib/console/**', 'lib/drill/**'],
    rules: { 'no-restricted-imports': ['error', { patterns: ['@aws-sdk/*', '@smithy/*'] }] },
  },
  {
    files: ['lib/console/**/*.ts', 'lib/drill/**/*.ts', 'packages/**/src/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: ['@aws-sdk/*', '@smithy/*', 'aws-cdk-lib*', 'constructs'] },
      ],
    },
  },
  {
    files: ['lib/aws/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: ['aws-cdk-lib*', 'constructs'] }] },
  },
  {
    // A command's slow parts are loaded when it runs; bin/compile.js bundles what `require` names.
    files: ['bin/**/*.ts'],
    rules: { '@typescript-eslint/no-require-imports': ['error', { allow: ['^\\.'] }] },
  },
  prettier,
);
