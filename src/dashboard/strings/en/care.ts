/** The page of those who care for patients. */
export const care = {
  title: 'Care',
} as const;
