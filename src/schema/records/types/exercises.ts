import { defineRecord } from '../define.ts';
import { choice, optional, text } from '../field.ts';

const words = (about: string, max: number) => optional(text(about, { max, mask: 'keep' }));

export const exercises = defineRecord({
  name: 'exercises',
  about: 'exercises, and how to do them',
  table: 'recovery.exercises',
  family: 'catalogue',
  access: 'catalogue',
  subject: null,
  fields: {
    name: text('what it is called', { max: 200, mask: 'keep' }),
    category: words('what it belongs to', 100),
    description: words('what it is', 4_000),
    instructions: words('how to do it', 10_000),
    videoUrl: words('where it is shown', 500),
    imageUrl: words('a picture of it', 500),
    difficulty: optional(choice('how hard it is', ['beginner', 'intermediate', 'advanced'])),
    targetMuscles: words('what it trains', 500),
    equipment: words('what is needed for it', 500),
  },
  filters: { category: 'is', difficulty: 'is' },
  sorts: ['name'],
  search: true,
  onErase: 'by_hand',
  sources: { '002:Exercises': { isActive: '(it was not removed)' } },
  example: {
    name: 'Heel raise',
    category: 'strength',
    instructions: 'Hold on to a chair and rise to the toes, ten times.',
    difficulty: 'beginner',
    equipment: 'a chair',
  },
});
