// A process that says everything there is to say at the level it is told, on its standard output.
import { LOG_LEVELS, openLog } from '../../src/log.ts';

const [wanted] = process.argv.slice(2);
const log = openLog(LOG_LEVELS.find((level) => level === wanted) ?? 'info');

log.debug('looked');
log.info('settled', { amount: 2_100_000_000_000_000_000n, count: 1, ok: true, none: undefined });
log.warn('slow', { after: 'a "quote"\n' });
log.error('broken', {}, new Error('a secret'));
log.error('odd', {}, { stack: 'a secret\nanother line of a secret' });
log.error('no stack', {}, 'a secret');
