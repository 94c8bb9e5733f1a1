import type { Schedule, ScheduleCell } from '../../shared/settings.ts';

/** A cell of the week: day 0 is Monday. */
export interface Cell {
  day: number;
  hour: number;
}

export const hoursPerDay = 24;
export const daysPerWeek = 7;
export const cellKinds: readonly ScheduleCell[] = ['full', 'limited', 'paused'];

/** A week in which nothing is held back. */
export function openWeek(): ScheduleCell[][] {
  return Array.from({ length: daysPerWeek }, () => Array.from({ length: hoursPerDay }, () => 'full' as const));
}

/** The days with every cell of the rectangle between two corners set to one kind. */
export function paint(days: Schedule['days'], from: Cell, to: Cell, kind: ScheduleCell): ScheduleCell[][] {
  const [firstDay, lastDay] = from.day <= to.day ? [from.day, to.day] : [to.day, from.day];
  const [firstHour, lastHour] = from.hour <= to.hour ? [from.hour, to.hour] : [to.hour, from.hour];
  return days.map((hours, day) =>
    hours.map((cell, hour) =>
      day >= firstDay && day <= lastDay && hour >= firstHour && hour <= lastHour ? kind : cell,
    ),
  );
}

/** Where a key leads from a cell; undefined for other keys. It stops at the edges of the week. */
export function step({ day, hour }: Cell, key: string): Cell | undefined {
  switch (key) {
    case 'ArrowUp':
      return { day: Math.max(0, day - 1), hour };
    case 'ArrowDown':
      return { day: Math.min(daysPerWeek - 1, day + 1), hour };
    case 'ArrowLeft':
      return { day, hour: Math.max(0, hour - 1) };
    case 'ArrowRight':
      return { day, hour: Math.min(hoursPerDay - 1, hour + 1) };
    case 'Home':
      return { day, hour: 0 };
    case 'End':
      return { day, hour: hoursPerDay - 1 };
    default:
      return undefined;
  }
}
