/** What a person sees in the browser after they came back from Box. */
export type Outcome = 'done' | 'refused' | 'failed' | 'not-ours' | 'not-found';

interface Words {
  title: string;
  text: string;
}

const english: Record<Outcome, Words> = {
  done: { title: 'Signed in', text: 'Boxcar is signed in to Box. You can close this.' },
  refused: {
    title: 'Not signed in',
    text: 'Box did not grant access. Nothing has changed; start again in Boxcar if that was not meant. You can close this.',
  },
  failed: {
    title: 'Not signed in',
    text: 'Box did not accept the sign-in. Boxcar says why; start again there. You can close this.',
  },
  'not-ours': {
    title: 'Not the sign-in that Boxcar waits for',
    text: 'This address belongs to another sign-in, or was used before. Start again in Boxcar. You can close this.',
  },
  'not-found': { title: 'Nothing here', text: 'Boxcar waits here for the answer of Box, and for nothing else.' },
};

const german: Record<Outcome, Words> = {
  done: { title: 'Angemeldet', text: 'Boxcar ist bei Box angemeldet. Sie können diese Seite schließen.' },
  refused: {
    title: 'Nicht angemeldet',
    text: 'Box hat keinen Zugang gewährt. Nichts hat sich geändert; beginnen Sie in Boxcar neu, wenn das nicht gemeint war. Sie können diese Seite schließen.',
  },
  failed: {
    title: 'Nicht angemeldet',
    text: 'Box hat die Anmeldung nicht angenommen. Boxcar sagt, warum; beginnen Sie dort neu. Sie können diese Seite schließen.',
  },
  'not-ours': {
    title: 'Nicht die Anmeldung, auf die Boxcar wartet',
    text: 'Diese Adresse gehört zu einer anderen Anmeldung oder wurde schon verwendet. Beginnen Sie in Boxcar neu. Sie können diese Seite schließen.',
  },
  'not-found': { title: 'Hier ist nichts', text: 'Boxcar wartet hier auf die Antwort von Box, sonst auf nichts.' },
};

/** The page, without a script and with nothing of the request in it. @param acceptLanguage the browser's header: German where it comes first */
export function redirectPage(outcome: Outcome, acceptLanguage = ''): string {
  const language = /^\s*de\b/i.test(acceptLanguage) ? 'de' : 'en';
  const { title, text } = (language === 'de' ? german : english)[outcome];
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title} – Boxcar</title>
<style>
  :root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
  body { margin: 0; min-height: 100vh; display: grid; place-items: center; }
  main { max-width: 28rem; padding: 1.5rem; }
  h1 { font-size: 1.25rem; }
</style>
</head>
<body><main><h1>${title}</h1><p>${text}</p></main></body>
</html>
`;
}
