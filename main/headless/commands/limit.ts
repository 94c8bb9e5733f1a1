import { localTime, pauseText } from '../../../shared/limit-schedule.ts';
import { formatRate, formatSchedule, parseSchedule } from '../../../shared/schedule-text.ts';
import type { Schedule, SettingsChanges, SettingsNow, TrafficRule } from '../../../shared/settings.ts';
import { CommandError, ExitCode } from '../exit-code.ts';
import type { Output } from '../output.ts';
import { boxcarOptions, withBoxcar, type CommonOptions } from '../session.ts';

export interface LimitOptions extends CommonOptions {
  /** Rules as they were given, or `off`. */
  schedule?: string[];
}

/** `boxcar limit [RATE|off] [--schedule RULE…]`: sets the bandwidth limit and its schedule, or shows them. */
export async function limit(
  rate: number | 'off' | undefined,
  options: LimitOptions,
  output: Output,
): Promise<ExitCode> {
  const changes: SettingsChanges = {
    ...(rate === undefined ? {} : { limitBytesPerSecond: rate === 'off' ? null : rate }),
    ...(options.schedule === undefined ? {} : { schedule: scheduleOf(options.schedule) }),
  };
  const isChange = Object.keys(changes).length > 0;
  const { limitBytesPerSecond, schedule, now } = await withBoxcar(
    boxcarOptions(output.io, options, !isChange),
    ({ commands }) => (isChange ? commands.setSettings({ changes }) : commands.settings({})),
  );
  output.event('limit', { limitBytesPerSecond, schedule: schedule && formatSchedule(schedule), now });
  for (const line of limitLines({ limitBytesPerSecond, schedule, now }, Date.now())) output.line(line);
  return ExitCode.ok;
}

function scheduleOf(rules: readonly string[]): Schedule | null {
  if (rules.length === 1 && rules[0]!.trim().toLowerCase() === 'off') return null;
  const parsed = parseSchedule(rules);
  if ('error' in parsed) throw new CommandError(ExitCode.usage, `--schedule ${parsed.error}`);
  return parsed.schedule;
}

/** Limit and schedule for people, and what holds now where that is not the limit. */
export function limitLines(
  { limitBytesPerSecond, schedule, now: rule }: Pick<SettingsNow, 'limitBytesPerSecond' | 'schedule' | 'now'>,
  now: number,
): string[] {
  const lines = [`Limit: ${limitBytesPerSecond === null ? 'none' : formatRate(limitBytesPerSecond)}`];
  const rules = schedule ? formatSchedule(schedule) : [];
  lines.push(...rules.map((text) => `Schedule: ${text}`));
  if (rules.length > 0 || rule.paused) lines.push(`Now: ${ruleText(rule, now)}`);
  return lines;
}

function ruleText(rule: TrafficRule, now: number): string {
  const paused = pauseText(rule, now);
  if (paused !== null) return paused;
  const rate = rule.bytesPerSecond === null ? 'no limit' : formatRate(rule.bytesPerSecond);
  return rule.until === null ? rate : `${rate} until ${localTime(rule.until, now)}`;
}
