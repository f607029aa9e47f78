/** The page of whoever needs help. */
export const sos = {
  title: 'Help',
} as const;
