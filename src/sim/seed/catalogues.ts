import type { RecordInput } from '../../client/index.ts';

export const FOOD_CATEGORIES = ['Fruit', 'Grain', 'Fish', 'Vegetables', 'Dairy'] as const;

interface Food {
  readonly category: (typeof FOOD_CATEGORIES)[number];
  readonly meals: readonly ('breakfast' | 'lunch' | 'dinner')[];
  readonly item: RecordInput<'food-items'>;
}

const food = (
  category: Food['category'],
  meals: Food['meals'],
  name: string,
  servingSize: string,
  [energyKcal, proteinG, carbsG, fatG, sodiumMg]: readonly [number, number, number, number, number],
  healthRating: number,
): Food => ({
  category,
  meals,
  item: { name, servingSize, energyKcal, proteinG, carbsG, fatG, sodiumMg, healthRating },
});

/** Energy, protein, carbohydrates, fat and sodium of one serving, rounded from tables of foods. */
export const FOODS: readonly Food[] = [
  food('Grain', ['breakfast'], 'Porridge with oats', '250 g', [185, 6.5, 32, 3.5, 10], 5),
  food('Grain', ['breakfast'], 'Wholemeal bread', '1 slice, 50 g', [120, 4.5, 21, 1.5, 240], 4),
  food('Dairy', ['breakfast'], 'Yoghurt, plain', '150 g', [95, 7, 9, 3, 75], 4),
  food('Fruit', ['breakfast', 'lunch'], 'Apple', '1, 150 g', [78, 0.5, 17, 0.5, 2], 5),
  food('Vegetables', ['lunch', 'dinner'], 'Lentil soup', '300 g', [210, 12, 30, 4, 420], 5),
  food('Vegetables', ['lunch', 'dinner'], 'Mixed salad with oil', '200 g', [150, 3, 8, 12, 160], 5),
  food('Grain', ['lunch'], 'Wholemeal pasta with tomatoes', '300 g', [390, 14, 68, 6, 310], 4),
  food('Fish', ['dinner'], 'Salmon, steamed', '125 g', [230, 26, 0, 14, 70], 5),
  food('Dairy', ['dinner'], 'Cheese, hard', '30 g', [120, 8, 0, 10, 210], 2),
];

export const EXERCISES: readonly RecordInput<'exercises'>[] = [
  {
    name: 'Walking on level ground',
    category: 'endurance',
    difficulty: 'beginner',
    instructions: 'So that talking is still possible. Stop when breath is short.',
  },
  {
    name: 'Standing up from a chair',
    category: 'strength',
    difficulty: 'beginner',
    targetMuscles: 'thighs',
    equipment: 'a chair',
    instructions: 'Arms crossed, up and slowly down again, ten times.',
  },
  {
    name: 'Stationary bicycle',
    category: 'endurance',
    difficulty: 'intermediate',
    equipment: 'a stationary bicycle',
    instructions: 'Five minutes to warm up, then at the pulse that was agreed on.',
  },
];

export const PHASES: readonly {
  readonly phase: RecordInput<'therapy-phases'>;
  readonly routine: Omit<RecordInput<'therapy-routines'>, 'phaseId'>;
  readonly activities: readonly Omit<RecordInput<'activities'>, 'routineId'>[];
}[] = [
  {
    phase: {
      name: 'Phase 1: at home again',
      weekStart: 0,
      weekEnd: 2,
      goals: 'Getting up, washing and dressing alone',
      restrictions: 'Nothing heavier than 2 kg is lifted',
    },
    routine: { name: 'First steps', frequency: 'twice a day' },
    activities: [
      { name: 'Breathing exercises', durationMin: 5, position: 1 },
      { name: 'Walk through the flat', durationMin: 5, position: 2 },
    ],
  },
  {
    phase: {
      name: 'Phase 2: building up',
      weekStart: 3,
      weekEnd: 12,
      goals: 'Thirty minutes of walking without a pause',
      restrictions: 'Nothing heavier than 5 kg is lifted',
    },
    routine: { name: 'Morning walk', frequency: 'every day' },
    activities: [
      { name: 'Warm up', durationMin: 5, position: 1 },
      { name: 'Walk', durationMin: 25, position: 2 },
      { name: 'Stretching', durationMin: 5, position: 3 },
    ],
  },
];

export const GIVEN = {
  female: ['Nora', 'Ibu', 'Marta', 'Lena', 'Aylin', 'Rosa', 'Ines', 'Thea', 'Hana', 'Vera', 'Ada', 'Mina'],
  male: ['Paul', 'Jonas', 'Emre', 'Luis', 'Otto', 'Ivan', 'Karl', 'Noah', 'Samir', 'Hugo', 'Theo', 'Milan'],
} as const;
export const FAMILY = [
  'Berg',
  'Sari',
  'Moser',
  'Novak',
  'Okafor',
  'Lindt',
  'Yilmaz',
  'Rossi',
  'Haas',
  'Petrov',
  'Garcia',
  'Winter',
  'Keller',
  'Sommer',
  'Ferrari',
] as const;
export const STREETS = ['Lindenstraße', 'Am Markt', 'Gartenweg', 'Bergstraße', 'Uferweg'] as const;
