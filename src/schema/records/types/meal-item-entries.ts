import { defineRecord } from '../define.ts';
import { decimal, initially, int, optional, person, reference, text } from '../field.ts';

export const mealItemEntries = defineRecord({
  name: 'meal-item-entries',
  about:
    'what a meal was made of: so many servings of a food of the catalogue, or of one that the person names themselves',
  table: 'recovery.meal_item_entries',
  family: 'log_entry',
  access: 'self_log',
  bulk: true,
  subject: 'personId',
  fields: {
    personId: person(),
    mealEntryId: reference('the meal', 'recovery.meal_entries', { sameSubject: true }),
    foodItemId: optional(reference('the food, when the catalogue has it', 'recovery.food_items')),
    quantity: initially(decimal('how many servings', { min: 0.0001, max: 1_000 }), 1),
    customEnergyKcal: optional(
      int('energy of one serving, when the catalogue does not have it', {
        min: 0,
        max: 20_000,
        unit: 'kcal',
      }),
    ),
    customFoodName: optional(text('the food, when the catalogue does not have it', { max: 200 })),
  },
  filters: { mealEntryId: 'is', foodItemId: 'is' },
  sorts: ['createdAtMs'],
  onErase: 'delete',
  sources: { '002:MealItemEntries': { customCalories: 'customEnergyKcal' } },
  example: {
    personId: '00000000-0000-4000-8000-000000000001',
    mealEntryId: '00000000-0000-4000-8000-000000000002',
    quantity: 1.5,
    customEnergyKcal: 180,
    customFoodName: 'Porridge with plums',
  },
});
