// The pictures of the app, each as SVG text, all from the mark that the interface shows.

/** What the tray can say. The names are those of main/electron/system/tray-icon.ts. */
export const trayStates = ['idle', 'under-way', 'paused', 'needs-you'] as const;
export type TrayState = (typeof trayStates)[number];

/** Below this size the tile around the mark would leave too little of it. */
const leastTilePixels = 48;

/** The app's icon: the mark on a tile with the margins of Apple's grid, or bare where it is small. @param mark the text of icon.svg */
export function appIcon(mark: string, sizePixels: number): string {
  const inner = mark.replace(/^[\s\S]*?<svg[^>]*>/, '').replace(/<\/svg>\s*$/, '');
  if (sizePixels < leastTilePixels) return svg('1 1 30 30', inner);
  return svg(
    '0 0 1024 1024',
    `<defs><linearGradient id="tile" x2="0" y2="1"><stop stop-color="#fffaf4"/><stop offset="1" stop-color="#eedfcd"/></linearGradient></defs>
     <rect x="100" y="100" width="824" height="824" rx="185" fill="url(#tile)"/>
     <g transform="translate(192 160) scale(20)">${inner}</g>`,
  );
}

/** The mark's body and wheels without its planks, on 16 units: what is left of it in a tray. */
const wagon =
  '<rect y="2" width="16" height="10" rx="1.5"/><circle cx="4" cy="13" r="2"/><circle cx="12" cy="13" r="2"/>';

/** The middle and the radius of the sign at the lower right, and the ring that sets it off. */
const sign = { x: 11.5, y: 11.5, radius: 4.5, ring: 1 };

const signs: Record<Exclude<TrayState, 'idle'>, { colour: string; ink: string; shape: string }> = {
  'under-way': {
    colour: '#1f74d1',
    ink: '#fff',
    shape:
      '<path d="M11.5 13.9V9.3M9.4 11.1l2.1-2.1 2.1 2.1" fill="none" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round"/>',
  },
  paused: {
    colour: '#6b6259',
    ink: '#fff',
    shape: '<path d="M10 9.5v4M13 9.5v4" fill="none" stroke-width="1.5" stroke-linecap="round"/>',
  },
  'needs-you': {
    colour: '#f2b100',
    ink: '#2a2118',
    shape:
      '<path d="M11.5 8.7v3" fill="none" stroke-width="1.6" stroke-linecap="round"/><circle cx="11.5" cy="14" r="0.5" stroke-width="0.7"/>',
  },
};

/**
 * The tray's icon. A template is black and transparent alone, and macOS colours it; the other one has a red that is told from light
 * and dark panels alike. The sign differs in shape and not in colour alone.
 */
export function trayIcon(state: TrayState, template: boolean): string {
  const body = template ? '#000' : '#d2553c';
  if (state === 'idle') return svg('0 0 16 16', `<g fill="${body}">${wagon}</g>`);
  const { colour, ink, shape } = signs[state];
  const disc = (radius: number, fill: string) => `<circle cx="${sign.x}" cy="${sign.y}" r="${radius}" fill="${fill}"/>`;
  // What is black in a mask is cut out.
  const mask = (id: string, holes: string) =>
    `<mask id="${id}"><rect width="16" height="16" fill="#fff"/>${holes}</mask>`;
  const symbol = (colourOfInk: string) => `<g stroke="${colourOfInk}" fill="${colourOfInk}">${shape}</g>`;
  return svg(
    '0 0 16 16',
    `<defs>${mask('ring', disc(sign.radius + sign.ring, '#000'))}${mask('symbol', symbol('#000'))}</defs>
     <g fill="${body}" mask="url(#ring)">${wagon}</g>
     ${template ? `<g mask="url(#symbol)">${disc(sign.radius, '#000')}</g>` : disc(sign.radius, colour) + symbol(ink)}`,
  );
}

const svg = (viewBox: string, content: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${viewBox}">${content}</svg>`;
