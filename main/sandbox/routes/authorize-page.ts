// The page on which a person lets an app into the sandbox. No script, no image.

const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

const page = (title: string, content: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escape(title)}</title>
<style>
  :root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
  body { margin: 0; min-height: 100vh; display: grid; place-items: center; }
  main { max-width: 26rem; padding: 1.5rem; }
  h1 { font-size: 1.25rem; }
  form { display: flex; gap: .75rem; flex-wrap: wrap; }
  button { font: inherit; padding: .6rem 1.1rem; border-radius: .4rem; border: 1px solid GrayText; cursor: pointer; }
  button[value=grant] { background: #0b5fce; color: #fff; border-color: #0b5fce; }
  button:focus-visible { outline: 3px solid #7fb2ff; outline-offset: 2px; }
</style>
</head>
<body><main>${content}</main></body>
</html>
`;

const kept = ['response_type', 'client_id', 'redirect_uri', 'state', 'scope'];

/** The form. What came in the query goes back as hidden fields. */
export function authorizePage(query: URLSearchParams): string {
  const fields = kept
    .filter((name) => query.has(name))
    .map((name) => `<input type="hidden" name="${name}" value="${escape(query.get(name) ?? '')}">`);
  return page(
    'Grant access to the sandbox',
    `<h1>An app asks for access to the sandbox</h1>
<p>It will read and write the files in the sandbox's folder on this machine. Afterwards you return to
<strong>${escape(query.get('redirect_uri') ?? '')}</strong>.</p>
<form method="post">${fields.join('')}
<button name="decision" value="grant" autofocus>Grant access</button>
<button name="decision" value="deny">Deny</button></form>`,
  );
}

/** What the person sees when the app's request can't be answered by a redirect. */
export const refusalPage = (problem: string): string =>
  page('The app asked wrongly', `<h1>The app asked wrongly</h1><p>${escape(problem)}</p>`);
