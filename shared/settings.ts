import { z } from 'zod';

/** What holds in one hour of the week: as without a schedule, held back to the schedule's own rate, or nothing goes up. */
export const scheduleCellSchema = z.enum(['full', 'limited', 'paused']);
export type ScheduleCell = z.infer<typeof scheduleCellSchema>;

/** Slower than this an upload of a day would outlive its session. */
export const leastBytesPerSecond = 1000;
const rate = z.number().min(leastBytesPerSecond).max(1e12);
const perMinute = z.number().positive().max(1e9);

/** A week of hours, in the local time of the machine. */
export const scheduleSchema = z.object({
  /** Of the hours that are `limited`; a smaller `limitBytesPerSecond` wins. */
  bytesPerSecond: rate,
  /** Seven days from Monday on, each 24 hours from midnight on. */
  days: z.array(z.array(scheduleCellSchema).length(24)).length(7),
});
export type Schedule = z.infer<typeof scheduleSchema>;

/** What people set for all uploads together; kept in the ledger. */
export const engineSettingsSchema = z.object({
  /** Parts that go up at once; null: Boxcar chooses. Files under way keep what they began with, but for a smaller number. */
  partsInParallel: z.int().min(1).max(5).nullable().default(null),
  /** Bytes of all bodies together; null: no limit. */
  limitBytesPerSecond: rate.nullable().default(null),
  schedule: scheduleSchema.nullable().default(null),
  /** null: Box's own pace for box.com, none elsewhere. What a command line gives wins. */
  uploadsPerMinute: perMinute.nullable().default(null),
  callsPerMinute: perMinute.nullable().default(null),
  /** How long a change must have stood, for pairs that are added from now on. */
  settleMs: z.int().min(0).max(3_600_000).default(2000),
});
export type EngineSettings = z.infer<typeof engineSettingsSchema>;

/** Only what is given changes. */
export const settingsChangesSchema = z.object({
  partsInParallel: engineSettingsSchema.shape.partsInParallel.unwrap().optional(),
  limitBytesPerSecond: engineSettingsSchema.shape.limitBytesPerSecond.unwrap().optional(),
  schedule: engineSettingsSchema.shape.schedule.unwrap().optional(),
  uploadsPerMinute: engineSettingsSchema.shape.uploadsPerMinute.unwrap().optional(),
  callsPerMinute: engineSettingsSchema.shape.callsPerMinute.unwrap().optional(),
  settleMs: engineSettingsSchema.shape.settleMs.unwrap().optional(),
});
export type SettingsChanges = z.infer<typeof settingsChangesSchema>;

/** What of the machine holds uploads back, where a person has set it so: it runs on its battery, or the network counts what it carries. */
export const holdReasons = ['battery', 'metered'] as const;
export type HoldReason = (typeof holdReasons)[number];

/** What holds at the moment, of limit, schedule and pause together. */
export const trafficRuleSchema = z.object({
  /** null: no limit. Without meaning while paused. */
  bytesPerSecond: z.number().nullable(),
  paused: z.boolean(),
  /** Who has paused everything; null while nobody has. A person's pause comes first, then what the machine says, then the schedule. */
  pausedBy: z.enum(['you', 'schedule', ...holdReasons]).nullable(),
  /** When it changes by itself (ms since 1970); null: not before somebody changes it. */
  until: z.number().nullable(),
});
export type TrafficRule = z.infer<typeof trafficRuleSchema>;

export const settingsNowSchema = engineSettingsSchema.extend({ now: trafficRuleSchema });
export type SettingsNow = z.infer<typeof settingsNowSchema>;
