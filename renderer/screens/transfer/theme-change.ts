/** Says when the colours of the page become others: by the system or by its own setting. Until the returned function is called. */
export function onThemeChange(changed: () => void): () => void {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const attribute = new MutationObserver(changed);
  attribute.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  dark.addEventListener('change', changed);
  return () => {
    attribute.disconnect();
    dark.removeEventListener('change', changed);
  };
}
