/** The map. */
export const map = {
  title: 'Map',
} as const;
