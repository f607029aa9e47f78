/** The responders’ page. */
export const responder = {
  title: 'Responder',
} as const;
