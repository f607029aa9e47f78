/** The page of one’s own wearables. */
export const connections = {
  title: 'Your wearables',
} as const;
