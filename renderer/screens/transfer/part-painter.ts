// Draws cells of the map. Each state has a mark of its own beside its colour: hollow, filled from below, hatched, crossed, dotted.
import { partCodes, type PartCode } from '../../../shared/list-model.ts';
import { boxOf, type Box, type CellLayout } from './cell-layout.ts';
import { readCell } from './part-cells.ts';

/** The colours of the tokens, as the theme of now has them. */
export interface Palette {
  ground: string;
  edge: string;
  moving: string;
  movingSoft: string;
  done: string;
  doneSoft: string;
  resumed: string;
  onBox: string;
  unsure: string;
  unsureSoft: string;
  failed: string;
  failedSoft: string;
}

const tokens: Record<keyof Palette, string> = {
  ground: '--surface',
  edge: '--edge-strong',
  moving: '--state-moving',
  movingSoft: '--state-moving-soft',
  done: '--state-done',
  doneSoft: '--state-done-soft',
  resumed: '--state-resumed',
  onBox: '--state-on-box',
  unsure: '--state-waiting',
  unsureSoft: '--state-waiting-soft',
  failed: '--state-failed',
  failedSoft: '--state-failed-soft',
};

/** Reads the tokens on an element. A custom property comes as it is written (`light-dark(…)`), a colour comes as it is now. */
export function readPalette(element: HTMLElement): Palette {
  const before = element.style.color;
  const style = getComputedStyle(element);
  const read = (token: string) => {
    element.style.color = `var(${token})`;
    return style.color;
  };
  const palette = Object.fromEntries(Object.entries(tokens).map(([name, token]) => [name, read(token)]));
  element.style.color = before;
  return palette as unknown as Palette;
}

/** Paints the named cells and nothing else. `scale`: device pixels in a CSS px. */
export function paintCells(
  context: CanvasRenderingContext2D,
  options: { which: Iterable<number>; cells: Uint8Array; layout: CellLayout; scale: number; palette: Palette },
): void {
  const { which, cells, layout, scale, palette } = options;
  const gap = Math.max(1, Math.round(2 * scale));
  for (const cell of which) {
    const box = boxOf(cell, layout, scale);
    context.fillStyle = palette.ground;
    context.fillRect(box.x, box.y, box.width, box.height);
    const car = { ...box, width: box.width - gap, height: box.height - gap };
    const { code, fill } = readCell(cells[cell]!);
    paintCar(context, { box: car, code, fill, scale, palette });
    const endsRow = (cell + 1) % layout.columns === 0 || cell === cells.length - 1;
    if (!endsRow) {
      // The coupling to the next car.
      const thick = Math.max(1, Math.round(scale));
      context.fillStyle = palette.edge;
      context.fillRect(car.x + car.width, car.y + Math.round(car.height * 0.7), gap, thick);
    }
  }
}

/** One cell in its box, in device pixels. */
export function paintCar(
  context: CanvasRenderingContext2D,
  { box, code, fill, scale, palette }: { box: Box; code: PartCode; fill: number; scale: number; palette: Palette },
): void {
  const solid = (colour: string) => {
    context.fillStyle = colour;
    context.fillRect(box.x, box.y, box.width, box.height);
  };
  const from = (colour: string, share: number) => {
    const height = Math.round(box.height * share);
    context.fillStyle = colour;
    context.fillRect(box.x, box.y + box.height - height, box.width, height);
  };
  switch (code) {
    case partCodes['done-sent']:
      return solid(palette.done);
    case partCodes['done-resumed']:
      solid(palette.resumed);
      return stripe(context, box, scale, palette.ground);
    case partCodes['done-on-box']:
      solid(palette.onBox);
      return dot(context, box, palette.ground);
    case partCodes.sending:
      solid(palette.movingSoft);
      from(palette.moving, fill);
      return frame(context, box, scale, palette.moving);
    case partCodes.hashing:
      solid(palette.ground);
      from(palette.doneSoft, fill);
      frame(context, box, scale, palette.moving);
      return dot(context, box, palette.moving);
    case partCodes.unsure:
      solid(palette.unsureSoft);
      hatch(context, box, scale, palette.unsure);
      return frame(context, box, scale, palette.unsure);
    case partCodes.waiting:
      solid(palette.failedSoft);
      cross(context, box, scale, palette.failed);
      return frame(context, box, scale, palette.failed);
    default:
      solid(palette.ground);
      from(palette.doneSoft, fill);
      return frame(context, box, scale, palette.edge);
  }
}

function frame(context: CanvasRenderingContext2D, box: Box, scale: number, colour: string): void {
  const line = Math.max(1, Math.round(scale));
  context.fillStyle = colour;
  context.fillRect(box.x, box.y, box.width, line);
  context.fillRect(box.x, box.y + box.height - line, box.width, line);
  context.fillRect(box.x, box.y, line, box.height);
  context.fillRect(box.x + box.width - line, box.y, line, box.height);
}

function dot(context: CanvasRenderingContext2D, box: Box, colour: string): void {
  const size = Math.max(2, Math.round(Math.min(box.width, box.height) * 0.3));
  context.fillStyle = colour;
  context.fillRect(box.x + Math.round((box.width - size) / 2), box.y + Math.round((box.height - size) / 2), size, size);
}

function stripe(context: CanvasRenderingContext2D, box: Box, scale: number, colour: string): void {
  const height = Math.max(1, Math.round(1.5 * scale));
  context.fillStyle = colour;
  context.fillRect(box.x, box.y + Math.round((box.height - height) / 2), box.width, height);
}

/** Lines within the box alone: a cell never paints over its neighbour. */
function lines(
  context: CanvasRenderingContext2D,
  box: Box,
  { width, colour }: { width: number; colour: string },
  ends: Iterable<readonly [number, number, number, number]>,
): void {
  context.save();
  context.beginPath();
  context.rect(box.x, box.y, box.width, box.height);
  context.clip();
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.beginPath();
  for (const [x1, y1, x2, y2] of ends) {
    context.moveTo(x1, y1);
    context.lineTo(x2, y2);
  }
  context.stroke();
  context.restore();
}

function hatch(context: CanvasRenderingContext2D, box: Box, scale: number, colour: string): void {
  const ends: [number, number, number, number][] = [];
  for (let at = -box.height; at < box.width; at += 4 * scale) {
    ends.push([box.x + at, box.y + box.height, box.x + at + box.height, box.y]);
  }
  lines(context, box, { width: 1.25 * scale, colour }, ends);
}

function cross(context: CanvasRenderingContext2D, box: Box, scale: number, colour: string): void {
  const inset = Math.round(Math.min(box.width, box.height) * 0.25);
  const side = Math.min(box.width, box.height) - 2 * inset;
  const [x, y] = [box.x + (box.width - side) / 2, box.y + (box.height - side) / 2];
  lines(context, box, { width: 1.75 * scale, colour }, [
    [x, y, x + side, y + side],
    [x, y + side, x + side, y],
  ]);
}
