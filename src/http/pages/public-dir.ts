import { join } from 'node:path';

/** What browsers are given. Sources and compiled files stand equally deep below the project. */
export const PUBLIC_DIR = join(import.meta.dirname, '../../../public');
