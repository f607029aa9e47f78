import { keepFigures } from './accounts/figures.ts';
import { recountFigures } from './dispatch/pg-figures.ts';
import type { Job } from './jobs/job.ts';

/** Brings what dispatch knows of volunteers, their ratings and how often they gave back, to where it is listed. */
export const figuresJob: Job = {
  name: 'volunteer_figures',
  everyMs: 15_000,
  async run({ db, signal }) {
    let counted = 1;
    while (counted > 0 && !signal.aborted) counted = await recountFigures(db, keepFigures);
  },
};
