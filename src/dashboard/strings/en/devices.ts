/** The page of one’s own devices. */
export const devices = {
  title: 'Your devices',
} as const;
