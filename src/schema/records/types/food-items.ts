import { defineRecord } from '../define.ts';
import { decimal, int, optional, reference, text } from '../field.ts';

const grams = (about: string) => optional(decimal(about, { min: 0, max: 10_000, unit: 'g' }));

export const foodItems = defineRecord({
  name: 'food-items',
  about: 'what can be eaten, with what one serving of it holds',
  table: 'recovery.food_items',
  family: 'catalogue',
  access: 'catalogue',
  subject: null,
  fields: {
    categoryId: optional(reference('what kind of food it is', 'recovery.food_categories')),
    name: text('what it is called', { max: 200, mask: 'keep' }),
    servingSize: optional(text('what one serving is, such as 1 cup', { max: 100, mask: 'keep' })),
    energyKcal: optional(int('energy of one serving', { min: 0, max: 20_000, unit: 'kcal' })),
    proteinG: grams('protein in one serving'),
    carbsG: grams('carbohydrates in one serving'),
    fatG: grams('fat in one serving'),
    fiberG: grams('fibre in one serving'),
    sodiumMg: optional(int('sodium in one serving', { min: 0, max: 100_000, unit: 'mg' })),
    healthRating: optional(int('how good it is for the heart, 5 is best', { min: 1, max: 5 })),
    notes: optional(text('what else there is to know', { max: 4_000, mask: 'keep' })),
  },
  filters: { categoryId: 'is', healthRating: 'range' },
  sorts: ['name'],
  search: true,
  onErase: 'by_hand',
  sources: {
    '002:FoodItems': {
      calories: 'energyKcal',
      protein: 'proteinG',
      carbs: 'carbsG',
      fat: 'fatG',
      fiber: 'fiberG',
      sodium: 'sodiumMg',
    },
  },
  example: {
    name: 'Salmon, grilled',
    servingSize: '125 g',
    energyKcal: 260,
    proteinG: 27.5,
    fatG: 16.25,
    sodiumMg: 75,
    healthRating: 5,
  },
});
