import { openDatabase } from './open.ts';

/**
 * A process of its own that makes a new database with PostGIS in the directory given as its first argument and ends, so
 * that the memory of initdb is given back before anything is served.
 */
process.on('disconnect', () => process.exit(1));
const [, , directory, cacheDir] = process.argv;
if (directory === undefined || cacheDir === undefined) throw new Error('usage: build.js DIRECTORY CACHE');
const { db } = await openDatabase(directory, cacheDir);
await db.exec('create extension postgis');
await db.exec('checkpoint');
await db.close();
process.exit(0);
