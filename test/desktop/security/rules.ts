import { messageRules } from './message-rules.ts';
import type { Rule } from './rule.ts';
import { wayOutRules } from './way-out-rules.ts';
import { windowRules } from './window-rules.ts';

export const rules: readonly Rule[] = [...windowRules, ...messageRules, ...wayOutRules];
