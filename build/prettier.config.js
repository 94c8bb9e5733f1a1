export default {
  singleQuote: true,
  printWidth: 120,
  trailingComma: 'all',
  plugins: ['prettier-plugin-svelte'],
  overrides: [
    { files: '*.md', options: { proseWrap: 'always', singleQuote: false } },
    { files: '*.svelte', options: { parser: 'svelte' } },
  ],
};
