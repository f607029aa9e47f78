/**
 * With which flags Node runs an engine. A third of what tens of thousands of moving people leave behind lives until the
 * next collection of the default 16 MiB, and each collection carries it along on all cores: twice the room, half as often.
 */
export const NODE_FLAGS = ['--max-semi-space-size=32'] as const;
