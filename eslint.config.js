import tseslint from 'typescript-eslint';

/** What a module may not import, see CONTRIBUTING. `@actions/*` and `@azure/identity` stay in one module each. */
const forbid = (files, patterns) => ({
  files,
  rules: { 'no-restricted-imports': ['error', { patterns: patterns.map((regex) => ({ regex })) }] },
});
const TOOLKIT = '^@actions/';
const IDENTITY = '^@azure/identity$';
const IO = '^(node:)?(http|https|net|tls|dns|fs|fs/promises|child_process)$|^@azure/core-rest-pipeline$';
const EMULATOR = '/emulator/';
const ROOT = '^\\.\\./(connect|index)\\.ts$';
const modules = (...names) => `^(\\.\\./)+(${names.join('|')})/`;

export default tseslint.config(
  { ignores: ['dist/', 'coverage/', 'node_modules/'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-floating-promises': [
        'error',
        { allowForKnownSafeCalls: [{ from: 'package', name: ['test', 'it', 'describe'], package: '@jest/globals' }] },
      ],
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      eqeqeq: 'error',
    },
  },
  {
    files: ['src/index.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: 'Program > :first-child:not([importKind="value"][source.value="./runner/unset-variables.ts"])',
          message: 'The first import has to unset the variables that libraries read while they are imported.',
        },
      ],
    },
  },
  {
    files: ['src/runner/unset-variables.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        { selector: 'ImportDeclaration', message: 'Variables have to be unset before anything is imported.' },
      ],
    },
  },
  forbid(['src/shared/**'], [TOOLKIT, IDENTITY, IO, EMULATOR, ROOT, '^\\.\\./']),
  forbid(
    ['src/certificate/**'],
    [TOOLKIT, IDENTITY, IO, EMULATOR, ROOT, modules('upload', 'check', 'runner', 'entra', 'graph', 'http', 'keyset')],
  ),
  // pkcs12 is below the rest of certificate, so that the two never import each other.
  forbid(
    ['src/certificate/pkcs12/**'],
    [TOOLKIT, IDENTITY, IO, EMULATOR, '^\\.\\./(?!(der|rejections)\\.ts$|\\.\\./shared/)'],
  ),
  forbid(
    ['src/keyset/**'],
    [
      TOOLKIT,
      IDENTITY,
      IO,
      EMULATOR,
      ROOT,
      modules('upload', 'check', 'runner', 'entra', 'graph', 'http', 'certificate'),
    ],
  ),
  forbid(['src/http/**'], [TOOLKIT, IDENTITY, EMULATOR, ROOT, modules('upload', 'check', 'runner', 'entra', 'graph')]),
  forbid(['src/graph/**'], [TOOLKIT, IDENTITY, EMULATOR, ROOT, modules('upload', 'check', 'runner', 'entra')]),
  forbid(['src/entra/**'], [TOOLKIT, EMULATOR, ROOT, modules('upload', 'check', 'runner', 'graph')]),
  forbid(['src/runner/**'], [IDENTITY, EMULATOR, ROOT, modules('upload', 'check', 'entra', 'graph')]),
  forbid(['src/upload/**'], [TOOLKIT, IDENTITY, EMULATOR, modules('check')]),
  forbid(['src/check/**'], ['^@actions/core$', IDENTITY, EMULATOR, modules('upload', 'certificate')]),
);
