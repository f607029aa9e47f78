import { defineRecord } from '../define.ts';
import { choice, computed, decimal, instant, optional, person, text } from '../field.ts';

const total = (about: string, unit: string) =>
  computed(decimal(`${about}, as far as its items say; null: none does`, { min: 0, max: 1e9, unit }));

/** The database keeps the totals; they are no version of their own, since nobody said them: whoever shows them follows the items. */
export const mealEntries = defineRecord({
  name: 'meal-entries',
  about: 'that a person ate, and what it held in all; what it was made of are meal-item-entries',
  table: 'recovery.meal_entries',
  family: 'log_entry',
  access: 'self_log',
  bulk: true,
  subject: 'personId',
  at: 'eatenAtMs',
  fields: {
    personId: person(),
    mealType: optional(choice('which meal', ['breakfast', 'lunch', 'dinner', 'snack'])),
    eatenAtMs: instant('when it was eaten'),
    totalEnergyKcal: total('energy', 'kcal'),
    totalProteinG: total('protein', 'g'),
    totalCarbsG: total('carbohydrates', 'g'),
    totalFatG: total('fat', 'g'),
    notes: optional(text('what else there is to say', { max: 4_000 })),
  },
  filters: { eatenAtMs: 'range', mealType: 'is' },
  sorts: ['eatenAtMs'],
  onErase: 'delete',
  sources: {
    '002:MealEntries': {
      userId: 'personId',
      mealTime: 'eatenAtMs',
      totalCalories: 'totalEnergyKcal',
      totalProtein: 'totalProteinG',
      totalCarbs: 'totalCarbsG',
      totalFat: 'totalFatG',
    },
  },
  example: {
    personId: '00000000-0000-4000-8000-000000000001',
    mealType: 'breakfast',
    eatenAtMs: 1_790_000_000_000,
    notes: 'At the neighbours’',
  },
});
