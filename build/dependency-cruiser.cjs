// The layers: imports go down only. README.md, "How it works", has the picture.
const only = (layer, allowed) => ({
  name: `${layer.replace('/', '-')}-sees-only-lower-layers`,
  severity: 'error',
  from: { path: `^${layer}/` },
  to: { path: '^(main|renderer|shared|test|build)/', pathNot: `^(${[layer, ...allowed].join('|')})/` },
});

module.exports = {
  forbidden: [
    only('shared', []),
    only('renderer', ['shared']),
    only('main/platform', ['shared']),
    only('main/sandbox', ['shared']),
    only('main/box', ['main/platform', 'shared']),
    only('main/engine', ['main/box', 'main/platform', 'shared']),
    only('main/app', ['main/box/auth', 'main/platform', 'shared']),
    only('main/headless', ['main/app', 'main/platform', 'shared']),
    only('main/electron', ['main/app', 'main/platform', 'shared']),
    {
      name: 'shared-and-renderer-have-no-node',
      severity: 'error',
      from: { path: '^(shared|renderer)/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'only-the-shell-imports-electron',
      severity: 'error',
      from: { pathNot: '^(main/electron|test)/' },
      to: { path: '(^|node_modules/)electron($|/)' },
    },
    {
      name: 'app-and-commands-never-load-sqlite',
      severity: 'error',
      from: { path: '^main/(app|headless|electron)/' },
      to: { path: '^(node:)?sqlite$' },
    },
    {
      name: 'one-http-client',
      comment: 'undici is configured in one place; global fetch costs five times the CPU',
      severity: 'error',
      from: { pathNot: '^(main/box|test|build)/' },
      to: { path: '(^|node_modules/)undici($|/)' },
    },
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'not-resolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    tsPreCompilationDeps: true,
    // Not main's own: beside it the module 'electron' would be taken for the folder main/electron.
    tsConfig: { fileName: 'build/tsconfig.base.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^out/' },
    builtInModules: { add: ['node:sqlite'] },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
