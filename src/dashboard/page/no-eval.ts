import { config } from 'zod';

// The page's policy forbids making code from text; zod would try once per schema. Imported before any schema is made.
config({ jitless: true });
