/** The health strip. */
export const health = {
  title: 'Health of the system',
} as const;
