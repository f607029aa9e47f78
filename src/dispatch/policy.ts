import { z } from 'zod';
import type { EmergencyType, Priority } from './machine/state.ts';
import { contradictionIn, DEFAULT_RULE, type Rule, ruleSchema } from './rule.ts';

const TYPES = ['MEDICAL', 'FIRE', 'ACCIDENT', 'CRIME', 'NATURAL_DISASTER', 'OTHER'] as const;
const PRIORITIES = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'] as const;

const override = z.strictObject({
  /** Absent: of every type, of every priority. */
  emergencyType: z.enum(TYPES).optional(),
  priority: z.enum(PRIORITIES).optional(),
  rule: ruleSchema.partial(),
});

/** A rule for everything, and what is different for some types and priorities. What names more of both wins. */
export const policySchema = z
  .strictObject({ base: ruleSchema, overrides: z.array(override).max(100) })
  .superRefine((body, context) => {
    for (const emergencyType of TYPES) {
      for (const priority of PRIORITIES) {
        const contradiction = contradictionIn(ruleFor(body, emergencyType, priority));
        if (contradiction === null) continue;
        context.addIssue({ code: 'custom', message: `${contradiction} (for ${emergencyType}, ${priority})` });
        return;
      }
    }
  });

export interface PolicyBody {
  readonly base: Rule;
  readonly overrides: readonly {
    readonly emergencyType?: EmergencyType | undefined;
    readonly priority?: Priority | undefined;
    readonly rule: { readonly [K in keyof Rule]?: Rule[K] | undefined };
  }[];
}

export interface Policy {
  readonly version: number;
  readonly body: PolicyBody;
}

/** The rule for one kind of SOS. Of two overrides that name as much the later one wins; a type weighs more than a priority. */
export function ruleFor(body: PolicyBody, emergencyType: EmergencyType, priority: Priority): Rule {
  const weight = (o: PolicyBody['overrides'][number]) => (o.emergencyType ? 2 : 0) + (o.priority ? 1 : 0);
  const fitting = body.overrides
    .filter(
      (o) => (o.emergencyType ?? emergencyType) === emergencyType && (o.priority ?? priority) === priority,
    )
    .toSorted((a, b) => weight(a) - weight(b));
  return Object.assign({ ...body.base }, ...fitting.map(({ rule }) => definedOf(rule)));
}

function definedOf(rule: PolicyBody['overrides'][number]['rule']): Partial<Rule> {
  return Object.fromEntries(Object.entries(rule).filter(([, value]) => value !== undefined)) as Partial<Rule>;
}

const primary = (...skills: Rule['slots'][number]['skills']) => ({ role: 'PRIMARY' as const, skills });
const support = (...skills: Rule['slots'][number]['skills']) => ({ role: 'SUPPORT' as const, skills });

/** The first policy: {@link DEFAULT_RULE}, with the slots that each kind of emergency wants. */
export const DEFAULT_POLICY: PolicyBody = {
  base: DEFAULT_RULE,
  overrides: [
    {
      emergencyType: 'FIRE',
      rule: {
        slots: [
          primary('FIREFIGHTING', 'FIRST_AID', 'MEDICAL_PROFESSIONAL'),
          support('FIREFIGHTING', 'FIRST_AID', 'MEDICAL_PROFESSIONAL'),
        ],
      },
    },
    {
      emergencyType: 'ACCIDENT',
      rule: {
        slots: [
          primary('FIRST_AID', 'CPR', 'MEDICAL_PROFESSIONAL', 'FIREFIGHTING', 'SEARCH_RESCUE'),
          support('FIRST_AID', 'CPR', 'MEDICAL_PROFESSIONAL', 'FIREFIGHTING', 'SEARCH_RESCUE'),
        ],
      },
    },
    { emergencyType: 'CRIME', rule: { slots: [primary(), support()] } },
    {
      emergencyType: 'NATURAL_DISASTER',
      rule: {
        slots: [
          primary('SEARCH_RESCUE', 'FIRST_AID', 'FIREFIGHTING', 'MEDICAL_PROFESSIONAL'),
          support('SEARCH_RESCUE', 'FIRST_AID', 'FIREFIGHTING', 'MEDICAL_PROFESSIONAL'),
        ],
      },
    },
    { emergencyType: 'OTHER', rule: { slots: [primary()] } },
    { priority: 'LOW', rule: { waveSizeMin: 1, waveSizeMax: 5 } },
  ],
};
