import { defineRecord } from '../define.ts';
import { optional, text } from '../field.ts';

export const foodCategories = defineRecord({
  name: 'food-categories',
  about: 'kinds of food',
  table: 'recovery.food_categories',
  family: 'catalogue',
  access: 'catalogue',
  subject: null,
  fields: {
    name: text('what it is called', { max: 100, mask: 'keep' }),
    description: optional(text('what belongs to it', { max: 2_000, mask: 'keep' })),
  },
  filters: {},
  sorts: ['name'],
  onErase: 'by_hand',
  sources: { '002:FoodCategories': {} },
  example: { name: 'Fish', description: 'From the sea and from fresh water' },
});
