/**
 * With which flags Node runs an engine. A third of what tens of thousands of moving people leave behind lives until the
 * next collection of the default 16 MiB, and each collection carries it along on all cores: twice the room, half as often.
 * Looking through everything that lives takes all cores for most of half a second, in which events wait: it comes when the heap
 * is four times what lived at the last one, as seldom as V8 ever lets it, and not after every few seconds' worth of people.
 */
export const NODE_FLAGS = ['--max-semi-space-size=32', '--heap-growing-percent=300'] as const;
