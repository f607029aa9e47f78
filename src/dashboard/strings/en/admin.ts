/** The administrators’ page. */
export const admin = {
  title: 'Administration',
} as const;
