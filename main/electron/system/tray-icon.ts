export const trayStates = ['starting', 'idle', 'under-way', 'paused', 'needs-you'] as const;
export type TrayState = (typeof trayStates)[number];

type Shape = (x: number, y: number) => boolean;

const box =
  (left: number, top: number, right: number, bottom: number): Shape =>
  (x, y) =>
    x >= left && x <= right && y >= top && y <= bottom;
const disc =
  (middleX: number, middleY: number, radius: number): Shape =>
  (x, y) =>
    Math.hypot(x - middleX, y - middleY) <= radius;
const any =
  (...shapes: Shape[]): Shape =>
  (x, y) =>
    shapes.some((shape) => shape(x, y));

/** On a grid of 16: the car with its door, and its wheels. */
const car: Shape = (x, y) =>
  (box(0.5, 3.5, 15.5, 11)(x, y) && !box(6, 5.2, 10, 11)(x, y)) || any(disc(4, 12.6, 1.7), disc(12, 12.6, 1.7))(x, y);

/** The sign in the lower right corner; each has a form of its own, since colours are not seen by everybody. */
const signs: Record<TrayState, Shape | null> = {
  starting: null,
  idle: null,
  'under-way': (x, y) => (y >= 8.5 && y <= 12 && Math.abs(x - 12) <= y - 8.5) || box(11.2, 11.5, 12.8, 15.5)(x, y),
  paused: any(box(9.8, 9, 11.4, 15.5), box(12.8, 9, 14.4, 15.5)),
  'needs-you': any(box(11.2, 8.5, 12.8, 12.9), disc(12, 14.6, 1)),
};
/** What is cleared around the sign, so that it stands out from the car. */
const clearing = disc(12, 12, 4.8);

/** Red, green, blue; they stand out from light and dark panels alike. */
const colours: Record<'car' | TrayState, [number, number, number]> = {
  car: [196, 72, 48],
  starting: [128, 128, 128],
  idle: [196, 72, 48],
  'under-way': [58, 128, 210],
  paused: [140, 140, 140],
  'needs-you': [224, 152, 32],
};

/**
 * The icon of a state as a bitmap of size x size pixels: BGRA, premultiplied, as Electron takes it.
 * @param template black alone, for a panel that colours it itself (macOS).
 */
export function trayBitmap(state: TrayState, size: number, template: boolean): Buffer {
  const bitmap = Buffer.alloc(size * size * 4);
  const sign = signs[state];
  for (let at = 0; at < size * size; at += 1) {
    const column = at % size;
    const row = Math.floor(at / size);
    const signCover = sign ? cover(sign, column, row, size) : 0;
    const carShape: Shape = (x, y) => car(x, y) && !(sign && clearing(x, y));
    const carCover = cover(carShape, column, row, size) * (state === 'starting' ? 0.5 : 1);
    const isSign = signCover >= carCover;
    const [red, green, blue] = template ? [0, 0, 0] : colours[isSign ? state : 'car'];
    const alpha = Math.max(signCover, carCover);
    bitmap.set([blue * alpha, green * alpha, red * alpha, 255 * alpha].map(Math.round), at * 4);
  }
  return bitmap;
}

/** How much of a pixel a shape covers, by 16 samples: 0 to 1. */
function cover(shape: Shape, column: number, row: number, size: number): number {
  let hits = 0;
  for (let sample = 0; sample < 16; sample += 1) {
    const x = ((column + ((sample % 4) + 0.5) / 4) * 16) / size;
    const y = ((row + (Math.floor(sample / 4) + 0.5) / 4) * 16) / size;
    if (shape(x, y)) hits += 1;
  }
  return hits / 16;
}
