import tseslint from 'typescript-eslint';

/** The rooms of the house and whom each may call; see CONTRIBUTING. `@actions/*` and `@azure/*` stay in one room each. */
const forbid = (files, patterns) => ({
  files,
  rules: { 'no-restricted-imports': ['error', { patterns: patterns.map((regex) => ({ regex })) }] },
});
const TOOLKIT = '^@actions/';
const IDENTITY = '^@azure/identity$';
const NETWORK = '^(node:)?(http|https|net|tls|dns|fs|fs/promises|child_process)$|^@azure/core-rest-pipeline$';
const EMULATOR = '/emulator/';
const rooms = (...names) => `^\\.\\./(${names.join('|')})/`;

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
  forbid(
    ['src/certificate/**'],
    [TOOLKIT, IDENTITY, NETWORK, EMULATOR, rooms('upload', 'check', 'runner', 'entra', 'graph', 'http', 'keyset')],
  ),
  // pkcs12 is below the rest of certificate, so that the two never import each other.
  forbid(
    ['src/certificate/pkcs12/**'],
    [TOOLKIT, IDENTITY, NETWORK, EMULATOR, '^\\.\\./(?!(der|rejections)\\.ts$|\\.\\./shared/)'],
  ),
  forbid(
    ['src/keyset/**'],
    [TOOLKIT, IDENTITY, NETWORK, EMULATOR, rooms('upload', 'check', 'runner', 'entra', 'graph', 'http')],
  ),
  forbid(['src/http/**'], [TOOLKIT, IDENTITY, EMULATOR, rooms('upload', 'check', 'runner', 'entra', 'graph')]),
  forbid(['src/graph/**'], [TOOLKIT, IDENTITY, EMULATOR, rooms('upload', 'check', 'runner', 'entra')]),
  forbid(['src/entra/**'], [TOOLKIT, EMULATOR, rooms('upload', 'check', 'runner', 'graph')]),
  forbid(['src/runner/**'], [IDENTITY, EMULATOR, rooms('upload', 'check', 'entra', 'graph')]),
  forbid(['src/upload/**'], [TOOLKIT, IDENTITY, EMULATOR, rooms('check')]),
);
