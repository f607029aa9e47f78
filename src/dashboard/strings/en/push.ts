/** What a notification says: the worker of a closed page has no other words with it. */
export const pushWords = {
  title: 'Somebody near you needs help',
  help: 'Open to see what is asked, and to answer.',
  over: 'You were asked to help',
  over_help: 'The time to answer is over. Open to see how it stands.',
  news: 'There is something new for you',
  news_help: 'Open to see what it is.',
} as const;
